/*
 * test_load_limits.c - each limit of the loaders: at it nothing is said, one beyond it
 * the entry says so and the rest is used.
 */
#include "load_unit.h"

#include "expdiag/buf.h"

enum { MAX_BYTES = 8 << 20 };

/* At the limit the entry is read; one more is noted with these words. */
static void expect(enum xd_entry_kind kind, void (*put)(struct xd_buf *, unsigned),
                   unsigned limit, const char *words)
{
    for (unsigned n = limit; n <= limit + 1; n++) {
        struct xd_buf b = {.max = MAX_BYTES};

        put(&b, n);
        assert_false(b.overflow);
        struct xd_case *cs = load_bytes(kind, b.bytes, b.len, WHOLE_BLOCK);

        if (n == limit) {
            assert_int_equal(XD_ENTRY_READ, entry_of(cs)->status);
        } else {
            assert_int_not_equal(XD_ENTRY_READ, entry_of(cs)->status);
            assert_non_null(entry_of(cs)->detail);
            if (strstr(entry_of(cs)->detail, words) == NULL) {
                fail_msg("\"%s\" does not say \"%s\"", entry_of(cs)->detail, words);
            }
        }
        xd_case_free(cs);
        xd_buf_done(&b);
    }
}

static void put_repeated(struct xd_buf *b, const char *text, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        xd_buf_puts(b, text);
    }
}

/* SEQUENCE { SEQUENCE {}, SEQUENCE {}, BIT STRING of what is left }: len bytes in all. */
static void put_cert(struct xd_buf *b, unsigned len, unsigned number)
{
    uint8_t head[] = {0x30, 0x83, 0, 0, 0, 0x30, 0, 0x30, 0, 0x03, 0x83, 0, 0, 0};
    unsigned inside = len - 5;
    unsigned bits = len - (unsigned)sizeof(head);

    for (unsigned i = 0; i < 3; i++) {
        head[2 + i] = (uint8_t)(inside >> (16 - 8 * i));
        head[11 + i] = (uint8_t)(bits >> (16 - 8 * i));
    }
    xd_buf_add(b, head, sizeof(head));
    for (unsigned i = 0; i < bits; i++) {
        uint8_t byte = i < 4 ? (uint8_t)(number >> (8 * i)) : 0;

        xd_buf_add(b, &byte, 1);
    }
}

static void put_certs(struct xd_buf *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put_cert(b, 24, i);
    }
}

static void put_large_cert(struct xd_buf *b, unsigned len)
{
    put_cert(b, len, 0);
}

static void put_deep_xml(struct xd_buf *b, unsigned n)
{
    put_repeated(b, "<a>", n);
    xd_buf_puts(b, "x");
    put_repeated(b, "</a>", n);
}

static void put_attributes(struct xd_buf *b, unsigned n)
{
    xd_buf_puts(b, "<Status><a");
    for (unsigned i = 0; i < n; i++) {
        xd_buf_printf(b, " b%u=\"\"", i);
    }
    xd_buf_puts(b, ">x</a></Status>");
}

/* A tag of n bytes between its brackets. */
static void put_long_tag(struct xd_buf *b, unsigned n)
{
    xd_buf_puts(b, "<Status><a b=\"");
    put_repeated(b, "c", n - 6);
    xd_buf_puts(b, "\">x</a></Status>");
}

static void put_namespaces(struct xd_buf *b, unsigned n)
{
    enum { EACH = 32 }; /* below the limit of attributes */

    xd_buf_puts(b, "<Status>");
    for (unsigned i = 0; i < n; i++) {
        xd_buf_puts(b, i % EACH == 0 ? "<a" : "");
        xd_buf_printf(b, " xmlns:n%u=\"u\"", i);
        xd_buf_puts(b, i % EACH == EACH - 1 || i == n - 1 ? ">" : "");
    }
    put_repeated(b, "</a>", (n + EACH - 1) / EACH);
    xd_buf_puts(b, "</Status>");
}

static void a_store_holds_so_many_certificates(void **state)
{
    (void)state;
    expect(XD_ENTRY_CA_PEM, put_certs, 4096, "more than 4096 certificates");
}

static void a_certificate_is_no_larger(void **state)
{
    (void)state;
    expect(XD_ENTRY_SERVER_PEM, put_large_cert, 256 << 10, "too large for a certificate");
}

static void xml_is_no_deeper(void **state)
{
    (void)state;
    expect(XD_ENTRY_XSTAT_XML, put_deep_xml, 64, "64");
}

/* At the limit what follows is read; one more ends the reading. */
static void no_more_elements_are_open(void **state)
{
    (void)state;
    for (unsigned n = 4095; n <= 4096; n++) { /* and the one around them */
        struct xd_buf b = {.max = MAX_BYTES};

        xd_buf_puts(&b, "<Status>");
        put_deep_xml(&b, n);
        xd_buf_puts(&b, "<b>y</b></Status>");
        struct xd_case *cs = load_bytes(XD_ENTRY_XSTAT_XML, b.bytes, b.len, WHOLE_BLOCK);
        bool whole = strstr(entry_of(cs)->detail, "4096") == NULL;

        assert_true(!whole || strstr(entry_of(cs)->detail, "more than 64 deep") != NULL);
        assert_int_equal(n == 4095, whole);
        assert_int_equal(whole ? 2 : 0, cs->dumps[0]->n_settings);
        xd_case_free(cs);
        xd_buf_done(&b);
    }
}

static void a_tag_has_no_more_attributes(void **state)
{
    (void)state;
    expect(XD_ENTRY_XSTAT_XML, put_attributes, 64, "attributes");
}

static void a_tag_is_no_longer(void **state)
{
    (void)state;
    expect(XD_ENTRY_XSTAT_XML, put_long_tag, 64 << 10, "tag");
}

static void no_more_namespaces_are_in_force(void **state)
{
    (void)state;
    expect(XD_ENTRY_XSTAT_XML, put_namespaces, 256, "namespaces");
}

/* A value is cut, and its entry is no damaged one for that. */
static void a_value_keeps_so_many_bytes(void **state)
{
    static const char end[] = "\xe2\x80\xa6"; /* what stands for the rest */

    (void)state;
    for (unsigned n = 8192; n <= 8193; n++) {
        struct xd_buf b = {.max = MAX_BYTES};

        xd_buf_puts(&b, "*c xConfiguration SystemUnit Name: \"");
        put_repeated(&b, "v", n);
        xd_buf_puts(&b, "\"\n");
        struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_TXT, b.bytes, b.len, WHOLE_BLOCK);
        const char *value = cs->dumps[0]->settings[0].value;

        assert_int_equal(1, cs->dumps[0]->n_settings);
        assert_int_equal(n == 8192 ? 8192 : 8192 + sizeof(end) - 1, strlen(value));
        assert_int_equal(n == 8193, strcmp(value + strlen(value) - 3, end) == 0);
        xd_case_free(cs);
        xd_buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_holds_so_many_certificates),
        cmocka_unit_test(a_certificate_is_no_larger),
        cmocka_unit_test(xml_is_no_deeper),
        cmocka_unit_test(no_more_elements_are_open),
        cmocka_unit_test(a_tag_has_no_more_attributes),
        cmocka_unit_test(a_tag_is_no_longer),
        cmocka_unit_test(no_more_namespaces_are_in_force),
        cmocka_unit_test(a_value_keeps_so_many_bytes),
    };

    return cmocka_run_group_tests_name("load_limits", tests, NULL, NULL);
}
