/*
 * test_dump_xml.c - the XML form of dumps.
 */
#include "load_unit.h"

#include "expdiag/dump.h"

struct row {
    uint64_t line;
    const char *path;
    const char *value; /* NULL: secret */
};

static void expect_rows(const struct xd_case *cs, const struct row *rows, size_t n)
{
    const struct xd_dump *d = cs->dumps[0];

    assert_int_equal(1, cs->n_dumps);
    for (size_t i = 0; i < n && i < d->n_settings; i++) {
        assert_string_equal(rows[i].path, d->settings[i].path);
        assert_int_equal(rows[i].line, d->settings[i].line);
        assert_int_equal(rows[i].value == NULL, d->settings[i].secret);
        if (rows[i].value == NULL) {
            assert_null(d->settings[i].value);
        } else {
            assert_string_equal(rows[i].value, d->settings[i].value);
        }
    }
    assert_int_equal(n, d->n_settings);
}

static void expect_xml(const char *text, size_t len, const struct row *rows, size_t n)
{
    static const size_t blocks[] = {WHOLE_BLOCK, 1, 2, 7};

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_XSTAT_XML, text, len, blocks[i]);

        if (entry_of(cs)->detail != NULL) {
            fail_msg("%s", entry_of(cs)->detail);
        }
        expect_rows(cs, rows, n);
        xd_case_free(cs);
    }
}

#define EXPECT(text, rows) \
    expect_xml((text), sizeof(text) - 1, (rows), sizeof(rows) / sizeof((rows)[0]))

static void reads_the_words_and_items_of_the_tree(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<Configuration xmlns=\"http://www.tandberg.no/XML/CUIL/1.0\" product=\"TANDBERG "
        "VCS\">\n"
        " <Zones item=\"1\"><Zone item=\"3\"><Name item=\"1\"> UC &amp; co </Name>\n"
        "  <TraversalClient item=\"1\"><Peer item=\"2\"><Address item=\"1\"/></Peer>\n"
        "   <Authentication item=\"1\"><Password "
        "item=\"1\">hunter2</Password></Authentication>\n"
        "  </TraversalClient></Zone></Zones>\n"
        " <SIP item=\"1\"><TLS item=\"1\"><Port item=\"1\">5061</Port></TLS></SIP>\n"
        " <Odd><![CDATA[a<b]]></Odd>\n"
        "</Configuration>\n";
    static const struct row rows[] = {
        {3, "Zones 1 Zone 3 Name 1", "UC & co"},
        {4, "Zones 1 Zone 3 TraversalClient 1 Peer 2 Address 1", ""},
        {5, "Zones 1 Zone 3 TraversalClient 1 Authentication 1 Password 1", NULL},
        {7, "SIP 1 TLS 1 Port 1", "5061"},
        {8, "Odd", "a<b"},
    };

    (void)state;
    EXPECT(text, rows);
}

static void ignores_names_of_spaces_and_wrappers(void **state)
{
    static const char bare[] =
        "<Status><Zones><Zone><Name>a</Name></Zone></Zones></Status>";
    static const char spaced[] =
        "<s:XmlDoc xmlns:s='urn:s'><s:Status><s:Zones><s:Zone><s:Name>a"
        "</s:Name></s:Zone></s:Zones></s:Status></s:XmlDoc>";
    static const char unbound[] =
        "<anything><q:Zones><q:Zone><q:Name>a</q:Name></q:Zone></q:Zones></anything>";
    static const struct row rows[] = {{1, "Zones Zone Name", "a"}};

    (void)state;
    EXPECT(bare, rows);
    EXPECT(spaced, rows);
    EXPECT(unbound, rows);
}

static void gives_what_the_text_form_gives(void **state)
{
    struct xd_case *xml =
        load_text(XD_ENTRY_XSTAT_XML,
                  "<Status><Tunnels item='1'><Tunnel item='2'><Status item='1'>Failed"
                  "</Status></Tunnel></Tunnels></Status>");
    struct xd_case *text = load_text(
        XD_ENTRY_XSTAT_TXT, "*s Tunnels: /\n  Tunnel 2: /\n    Status: Failed\n*s/end\n");

    (void)state;
    assert_string_equal("Failed",
                        xd_dump_find(xml->dumps[0], "Tunnels Tunnel 2 Status")->value);
    assert_string_equal("Failed",
                        xd_dump_find(text->dumps[0], "Tunnels Tunnel 2 Status")->value);
    xd_case_free(xml);
    xd_case_free(text);
}

static void reads_other_encodings(void **state)
{
    static const char declared[] =
        "<?xml version='1.0' encoding='ISO-8859-1'?><S><A>Z\xfcrich</A></S>";
    static const char undeclared[] = "<S><A>Z\xfcrich \xe2\x82\xac</A></S>";
    static const char wide[] = "\xff\xfe<\0S\0>\0<\0A\0>\0x\0<\0/\0A\0>\0<\0/\0S\0>\0";
    static const struct row as_told[] = {{1, "A", "Z\xc3\xbcrich"}};
    static const struct row replaced[] = {{1, "A", "Z\xef\xbf\xbdrich \xe2\x82\xac"}};
    static const struct row plain[] = {{1, "A", "x"}};

    (void)state;
    EXPECT(declared, as_told);
    EXPECT(undeclared, replaced);
    EXPECT(wide, plain);
}

static void keeps_what_stood_before_the_damage(void **state)
{
    static const char text[] =
        "<Status>\n<A>1</A>\n<B>2</B>\n<C>3</D>\n<E>4</E>\n</Status>\n";
    static const struct row rows[] = {{2, "A", "1"}, {3, "B", "2"}};

    (void)state;
    for (size_t block = 0; block < 3; block++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, sizeof(text) - 1, block);

        assert_int_equal(XD_ENTRY_DAMAGED, entry_of(cs)->status);
        assert_string_equal("the XML breaks in line 4: an end tag is of another element",
                            entry_of(cs)->detail);
        assert_true(cs->dumps[0]->n_settings >= 2);
        cs->dumps[0]->n_settings = 2; /* C and what is in its line may count or not */
        expect_rows(cs, rows, 2);
        xd_case_free(cs);
    }
}

/* A password that is no XML: the parser's own words would quote it. */
static void words_about_damage_quote_nothing(void **state)
{
    static const char *const texts[] = {
        "<Status><A Password='x'><secret</A></Status>",
        "<Status><A>a&secret;b</A></Status>",
        "<Status><A secret='1' secret='2'/></Status>",
        "<Status><A></secret></Status>",
        "<Status><A:secret></A></Status>",
        "<Status><?secret <A></Status>",
        "<Status><A secret></Status>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct xd_case *cs =
            load_bytes(XD_ENTRY_XSTAT_XML, texts[i], strlen(texts[i]), WHOLE_BLOCK);

        assert_true(entry_of(cs)->detail == NULL ||
                    strstr(entry_of(cs)->detail, "secret") == NULL);
        xd_case_free(cs);
    }
}

static void says_of_every_cut_that_it_is_one(void **state)
{
    static const char text[] = "<Status><A item='1'>x</A><B>\xe2\x82\xac</B></Status>";

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, n, WHOLE_BLOCK);

        assert_int_equal(XD_ENTRY_DAMAGED, entry_of(cs)->status);
        assert_non_null(entry_of(cs)->detail);
        assert_true(cs->dumps[0]->n_settings <= 2);
        xd_case_free(cs);
    }
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);

    entry->kind = XD_ENTRY_XSTAT_XML;
    struct xd_loader *l = xd_load_begin(cs, entry);

    feed(l, "<Status>\n<A>1</A>\n<B>", 21);
    xd_load_end(l, true);
    assert_int_equal(XD_ENTRY_TRUNCATED, entry->status);
    assert_string_equal("the XML ends in line 3", entry->detail);
    assert_int_equal(1, cs->dumps[0]->n_settings);
    xd_case_free(cs);
}

static void expands_no_entities_and_reads_no_files(void **state)
{
    static const char *const texts[] = {
        "<!DOCTYPE a [<!ENTITY b \"boom\">]><a><c>&b;</c></a>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]><a><c>&b;</c></a>",
        "<!DOCTYPE a SYSTEM \"http://192.0.2.1/a.dtd\"><a><c>&b;</c></a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/hostname\">%p;]><a><c>&b;</c></a>",
        "<!DOCTYPE a [<!ENTITY x '&#60;c>boom&#60;/c>'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY k 'lol'><!ENTITY l '&k;&k;&k;&k;'>]><a><c>&l;&l;</c></a>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct xd_case *cs = load_text(XD_ENTRY_XCONF_XML, texts[i]);

        for (size_t k = 0; k < cs->dumps[0]->n_settings; k++) {
            assert_string_equal("", cs->dumps[0]->settings[k].value);
        }
        xd_case_free(cs);
    }
}

static void goes_no_deeper_than_its_limit(void **state)
{
    enum { DEEP = 100 };
    static char text[DEEP * 8 + 64];
    size_t n = 0;

    (void)state;
    n += (size_t)sprintf(text + n, "<s>");
    for (int i = 0; i < DEEP; i++) {
        n += (size_t)sprintf(text + n, "<e>");
    }
    n += (size_t)sprintf(text + n, "x");
    for (int i = 0; i < DEEP; i++) {
        n += (size_t)sprintf(text + n, "</e>");
    }
    n += (size_t)sprintf(text + n, "<f>1</f></s>");
    struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, n, WHOLE_BLOCK);

    assert_string_equal("line 1: elements more than 64 deep were not read",
                        entry_of(cs)->detail);
    assert_string_equal("1", xd_dump_find(cs->dumps[0], "f")->value);
    xd_case_free(cs);
}

static struct xd_case *load_with_attributes(unsigned n, size_t block)
{
    char *text = malloc((size_t)n * 16 + 256);
    size_t len = 0;

    assert_non_null(text);
    len += (size_t)sprintf(text, "<s>\n<a>1</a>\n<b");
    for (unsigned i = 0; i < n; i++) {
        len += (size_t)sprintf(text + len, " a%u='>'", i);
    }
    len += (size_t)sprintf(text + len, ">2</b><c>3</c></s>");
    struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, len, block);

    free(text);
    return cs;
}

/* 200,000 of them would take libxml2 minutes. */
static void refuses_an_element_of_too_many_attributes(void **state)
{
    static const struct {
        unsigned n;
        size_t block;
    } refused[] = {{65, WHOLE_BLOCK}, {65, 3}, {200000, WHOLE_BLOCK}, {200000, 4096}};
    struct xd_case *cs = load_with_attributes(64, 5);

    (void)state;
    assert_null(entry_of(cs)->detail);
    assert_int_equal(3, cs->dumps[0]->n_settings);
    xd_case_free(cs);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        cs = load_with_attributes(refused[i].n, refused[i].block);
        assert_string_equal(
            "the XML breaks in line 3: an element has too many attributes (more than 64)",
            entry_of(cs)->detail);
        assert_int_equal(1, cs->dumps[0]->n_settings);
        assert_string_equal("1", xd_dump_find(cs->dumps[0], "a")->value);
        xd_case_free(cs);
    }
}

/* Bytes of the tag behind its '<', with its '>'. */
static struct xd_case *load_with_tag(unsigned len)
{
    char *text = malloc((size_t)len + 256);

    assert_non_null(text);
    int n = sprintf(text, "<s>\n<a>1</a>\n<b x=\"%0*d\">2</b></s>", (int)len - 7, 0);
    struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, (size_t)n, 1000);

    free(text);
    return cs;
}

static void refuses_a_tag_that_is_too_long(void **state)
{
    struct xd_case *cs = load_with_tag(65536);

    (void)state;
    assert_null(entry_of(cs)->detail);
    assert_int_equal(2, cs->dumps[0]->n_settings);
    xd_case_free(cs);
    cs = load_with_tag(65538);
    assert_string_equal("the XML breaks in line 3: a tag is too long (more than 64 KiB)",
                        entry_of(cs)->detail);
    assert_int_equal(1, cs->dumps[0]->n_settings);
    xd_case_free(cs);
}

static void refuses_document_types_encodings_and_namespaces(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } rows[] = {
        {"<!DOCTYPE s [<!ATTLIST a b CDATA 'c'>]><s><a>1</a></s>",
         "the XML breaks in line 1: a document type is not read"},
        {"<?xml version='1.0' encoding='IBM037'?><s><a>1</a></s>",
         "the XML breaks in line 1: its encoding is not read"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xd_case *cs = load_text(XD_ENTRY_XCONF_XML, rows[i].text);

        assert_string_equal(rows[i].why, entry_of(cs)->detail);
        xd_case_free(cs);
    }
    char text[16384];
    size_t n = (size_t)sprintf(text, "<s><a>1</a>");

    for (unsigned i = 0; i < 300; i++) {
        n += (size_t)sprintf(text + n, i % 10 == 0 ? "<e xmlns:n%u='u'" : " xmlns:n%u='u'",
                             i);
        n += (size_t)sprintf(text + n, i % 10 == 9 ? ">" : "");
    }
    struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, n, WHOLE_BLOCK);

    assert_string_equal("the XML breaks in line 1: too many namespaces (more than 256)",
                        entry_of(cs)->detail);
    assert_int_equal(1, cs->dumps[0]->n_settings);
    xd_case_free(cs);
}

/* ASCII as it stands, or each byte in two with a byte order mark. */
static size_t encode(const char *text, bool wide, uint8_t *out)
{
    size_t n = 0;

    if (!wide) {
        memcpy(out, text, strlen(text));
        return strlen(text);
    }
    out[n++] = 0xff;
    out[n++] = 0xfe;
    for (size_t i = 0; text[i] != '\0'; i++) {
        out[n++] = (uint8_t)text[i];
        out[n++] = 0;
    }
    return n;
}

static void finds_a_document_type_in_its_line_however_the_file_is_cut(void **state)
{
    char text[2048] = "<s>\n";
    uint8_t bytes[4096];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        (void)strcat(text, "<a>1</a>\n");
    }
    (void)strcat(text, "\n  <!DOCTYPE s [<!ENTITY b 'c'>]><a>1</a></s>");
    for (size_t block = 0; block < 64; block++) {
        size_t n = encode(text, block % 2 == 1, bytes);
        struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, bytes, n, block / 2);

        assert_string_equal("the XML breaks in line 103: a document type is not read",
                            entry_of(cs)->detail);
        xd_case_free(cs);
    }
}

static void passes_comments_and_character_data(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\"?><!-- <b don't - > = --><s><![CDATA[ <c ' ]> ]]>\n"
        "<a>1</a><!----><?p <d ' ?><e>2</e></s>";

    (void)state;
    for (size_t block = 1; block < 4; block++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_XML, text, sizeof(text) - 1, block);

        assert_string_equal("1", xd_dump_find(cs->dumps[0], "a")->value);
        assert_string_equal("2", xd_dump_find(cs->dumps[0], "e")->value);
        xd_case_free(cs);
    }
}

static void notes_a_file_without_settings(void **state)
{
    struct xd_case *cs = load_text(XD_ENTRY_XCONF_XML, "");

    (void)state;
    assert_string_equal("the file is empty", entry_of(cs)->detail);
    xd_case_free(cs);
    cs = load_text(XD_ENTRY_XCONF_XML, "<Configuration/>");
    assert_string_equal("it holds no setting", entry_of(cs)->detail);
    assert_int_equal(0, cs->dumps[0]->n_settings);
    xd_case_free(cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_words_and_items_of_the_tree),
        cmocka_unit_test(ignores_names_of_spaces_and_wrappers),
        cmocka_unit_test(gives_what_the_text_form_gives),
        cmocka_unit_test(reads_other_encodings),
        cmocka_unit_test(keeps_what_stood_before_the_damage),
        cmocka_unit_test(words_about_damage_quote_nothing),
        cmocka_unit_test(says_of_every_cut_that_it_is_one),
        cmocka_unit_test(expands_no_entities_and_reads_no_files),
        cmocka_unit_test(goes_no_deeper_than_its_limit),
        cmocka_unit_test(refuses_an_element_of_too_many_attributes),
        cmocka_unit_test(refuses_a_tag_that_is_too_long),
        cmocka_unit_test(refuses_document_types_encodings_and_namespaces),
        cmocka_unit_test(finds_a_document_type_in_its_line_however_the_file_is_cut),
        cmocka_unit_test(passes_comments_and_character_data),
        cmocka_unit_test(notes_a_file_without_settings),
    };

    return cmocka_run_group_tests_name("dump_xml", tests, NULL, NULL);
}
