/*
 * test_pem.c - certificates of PEM and DER files.
 *
 * The certificates here have the outer structure of RFC 5280, 4.1, and nothing
 * real inside; their sums were computed by sha256sum.
 */
#include "load_unit.h"

#include "expdiag/text.h"

/* clang-format off */
#define BASE64_A \
    "MIGOMHIEcEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n" \
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n" \
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUEwBQYDKgMEAxEAQUFBQUFBQUFBQUFBQUFB\n" \
    "QQ==\n"
#define BASE64_B \
    "MIGOMHIEcEJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n" \
    "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n" \
    "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkIwBQYDKgMEAxEAQkJCQkJCQkJCQkJCQkJC\n" \
    "Qg==\n"
#define BASE64_PKCS7 \
    "MIIBTQYJKoZIhvcNAQcCoIIBPjCCAToCAQExADALBgkqhkiG9w0BBwGgggEiMIGO\n" \
    "MHIEcEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n" \
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n" \
    "QUFBQUFBQUFBQUFBQUFBQUFBQUEwBQYDKgMEAxEAQUFBQUFBQUFBQUFBQUFBQTCB\n" \
    "jjByBHBCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n" \
    "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n" \
    "QkJCQkJCQkJCQkJCQkJCQkJCQkJCMAUGAyoDBAMRAEJCQkJCQkJCQkJCQkJCQkIx\n" \
    "AA==\n"
static const uint8_t der_a[] = {
    0x30, 0x81, 0x8e, 0x30, 0x72, 0x04, 0x70, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04,
    0x03, 0x11, 0x00, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41,
};
static const uint8_t der_key[] = {
    0x30, 0x81, 0x8f, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04,
    0x81, 0x82, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
};
static const uint8_t der_pfx[] = {
    0x30, 0x81, 0x88, 0x02, 0x01, 0x03, 0x30, 0x81, 0x82, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
    0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b,
};
/* clang-format on */
static const char sum_a[] =
    "59d2e77d53ef2bbf7e3ca597f2c75f7cf0e482b5e739a97d4c3088c7b65a40b9";
static const char sum_b[] =
    "4f2dc667daa0e4a63bd02f125b6c9c2fc5e3371e5aa4c6a91ba18c7aaff4c7d0";

#define BEGIN(label) "-----BEGIN " label "-----\n"
#define END(label)   "-----END " label "-----\n"
#define CERT_A       BEGIN("CERTIFICATE") BASE64_A END("CERTIFICATE")
#define CERT_B       BEGIN("CERTIFICATE") BASE64_B END("CERTIFICATE")
#define KEY_LABEL \
    "RSA PRIVATE" \
    " KEY"

/* The certificates of the entry are these sums at these lines, in order. */
static void expect_certs(const struct xd_case *cs, const char *sums, const uint64_t *lines)
{
    const struct xd_pem *pem = &cs->pems[0];

    assert_int_equal(1, cs->n_pems);
    assert_int_equal(strlen(sums), pem->n_certs);
    assert_int_equal(strlen(sums), pem->n_lines);
    for (size_t i = 0; sums[i] != '\0'; i++) {
        char hex[65];

        xd_text_hex(pem->certs[i]->sha256, 32, hex);
        assert_string_equal(sums[i] == 'a' ? sum_a : sum_b, hex);
        assert_int_equal(lines[i], pem->lines[i]);
    }
}

/* Texts that hold certificates and are whole. */
static const struct {
    const char *what;
    const char *text;
    const char *sums;
    uint64_t lines[3];
} whole[] = {
    {"one", CERT_A, "a", {1}},
    {"two", CERT_A CERT_B, "ab", {1, 7}},
    {"the same twice", CERT_A CERT_A, "aa", {1, 7}},
    {"junk between",
     "Bag Attributes\n    friendlyName: x\n" CERT_A "--- junk ---\n-----\n" CERT_B "tail\n",
     "ab",
     {3, 11}},
    {"a printed certificate around it",
     "Certificate:\n    Data:\n        Version: 3 (0x2)\n-----\n----BEGIN\n" CERT_A,
     "a",
     {6}},
    {"no newline at the end",
     BEGIN("CERTIFICATE") BASE64_A "-----END CERTIFICATE-----",
     "a",
     {1}},
    {"trusted", BEGIN("TRUSTED CERTIFICATE") BASE64_A END("TRUSTED CERTIFICATE"), "a", {1}},
    {"the old label", BEGIN("X509 CERTIFICATE") BASE64_A END("X509 CERTIFICATE"), "a", {1}},
    {"a byte order mark", "\xef\xbb\xbf" CERT_A, "a", {1}},
    {"headers",
     BEGIN("CERTIFICATE") "X-Origin: some-where\n\n" BASE64_A END("CERTIFICATE"),
     "a",
     {1}},
    {"blanks in front of the lines",
     "   " BEGIN("CERTIFICATE") "  " BASE64_A "\t" END("CERTIFICATE"),
     "a",
     {1}},
    {"a bundle", BEGIN("PKCS7") BASE64_PKCS7 END("PKCS7"), "ab", {1, 1}},
    {"a bundle under the wrong label",
     BEGIN("CERTIFICATE") BASE64_PKCS7 END("CERTIFICATE"),
     "ab",
     {1, 1}},
    {"a request beside it",
     BEGIN("CERTIFICATE REQUEST") BASE64_B END("CERTIFICATE REQUEST") CERT_A,
     "a",
     {7}},
    {"hyphens in front",
     "-----------BEGIN CERTIFICATE-----\n" BASE64_A END("CERTIFICATE"),
     "a",
     {1}},
};

static void reads_every_form_of_a_whole_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        for (size_t block = 0; block < 4; block++) {
            struct xd_case *cs =
                load_bytes(XD_ENTRY_CA_PEM, whole[i].text, strlen(whole[i].text), block);

            if (entry_of(cs)->detail != NULL) {
                fail_msg("%s: %s", whole[i].what, entry_of(cs)->detail);
            }
            assert_int_equal(XD_ENTRY_READ, entry_of(cs)->status);
            assert_false(entry_of(cs)->private_key);
            expect_certs(cs, whole[i].sums, whole[i].lines);
            xd_case_free(cs);
        }
    }
}

/* text with every LF as `ends`, and without those between the hyphens if joined. */
static char *with_line_ends(const char *text, const char *ends)
{
    char *out = malloc(strlen(text) * 2 + 1);
    size_t n = 0;

    assert_non_null(out);
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            memcpy(out + n, ends, strlen(ends));
            n += strlen(ends);
        } else {
            out[n++] = *text;
        }
    }
    out[n] = '\0';
    return out;
}

static void reads_every_kind_of_line_end(void **state)
{
    static const char *const ends[] = {"\r\n", "\r", "", " ", "\t", "\n\n", "\r\r\n"};
    static const uint64_t lines[][2] = {{2, 8}, {2, 8},  {1, 1}, {1, 1},
                                        {1, 1}, {3, 15}, {2, 8}};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char *text = with_line_ends("# two\n" CERT_A CERT_B, ends[i]);

        for (size_t block = 0; block < 3; block++) {
            struct xd_case *cs = load_bytes(XD_ENTRY_SERVER_PEM, text, strlen(text), block);

            assert_null(entry_of(cs)->detail);
            expect_certs(cs, "ab", lines[i]);
            xd_case_free(cs);
        }
        free(text);
    }
}

static void reads_utf16_as_some_editors_store_it(void **state)
{
    static const char text[] = CERT_A;
    char wide[2 * sizeof(text)] = {(char)0xff, (char)0xfe};

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        wide[2 + 2 * i] = text[i];
    }
    struct xd_case *cs = load_bytes(XD_ENTRY_PEM, wide, sizeof(wide), 1);

    assert_null(entry_of(cs)->detail);
    expect_certs(cs, "a", (const uint64_t[]){1});
    xd_case_free(cs);
}

static void drops_a_private_key_and_says_where_it_was(void **state)
{
    static const char text[] = CERT_A BEGIN(
        KEY_LABEL) "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" BASE64_B
        END(KEY_LABEL) CERT_B;

    (void)state;
    for (size_t block = 0; block < 3; block++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_CLIENT_PEM, text, sizeof(text) - 1, block);

        assert_null(entry_of(cs)->detail);
        assert_true(entry_of(cs)->private_key);
        assert_int_equal(7, entry_of(cs)->private_key_line);
        expect_certs(cs, "ab", (const uint64_t[]){1, 16});
        xd_case_free(cs);
    }
}

static void knows_a_key_alone_from_an_empty_file(void **state)
{
    struct xd_case *cs = load_text(XD_ENTRY_SERVER_PEM, BEGIN("PRIVATE"
                                                              " KEY") BASE64_A END("PRIVATE"
                                                                                   " KEY"));

    (void)state;
    assert_true(entry_of(cs)->private_key);
    assert_int_equal(0, cs->n_certs);
    assert_null(entry_of(cs)->detail);
    xd_case_free(cs);
    cs = load_bytes(XD_ENTRY_PEM, der_key, sizeof(der_key), 7);
    assert_true(entry_of(cs)->private_key);
    assert_int_equal(0, entry_of(cs)->private_key_line);
    assert_int_equal(0, cs->n_certs);
    xd_case_free(cs);
}

static void reads_der_one_or_several(void **state)
{
    uint8_t two[2 * sizeof(der_a) + 2];

    (void)state;
    memcpy(two, der_a, sizeof(der_a));
    memcpy(two + sizeof(der_a), der_a, sizeof(der_a));
    two[2 * sizeof(der_a)] = '\r';
    two[2 * sizeof(der_a) + 1] = '\n';
    for (size_t block = 0; block < 3; block++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_PEM, der_a, sizeof(der_a), block);

        assert_null(entry_of(cs)->detail);
        expect_certs(cs, "a", (const uint64_t[]){0});
        xd_case_free(cs);
        cs = load_bytes(XD_ENTRY_PEM, two, sizeof(two), block);
        assert_null(entry_of(cs)->detail);
        expect_certs(cs, "aa", (const uint64_t[]){0, 0});
        xd_case_free(cs);
    }
}

/* Damage: what is used, and what is said. */
static const struct {
    const char *text;
    const char *sums;
    uint64_t line;
    enum xd_entry_status status;
    const char *says;
} damaged[] = {
    {"", "", 0, XD_ENTRY_DAMAGED, "the file is empty"},
    {"hello\n", "", 0, XD_ENTRY_DAMAGED, "it holds no certificate"},
    {BEGIN("CERTIFICATE") "MIGOMHIE\n" CERT_B, "b", 3, XD_ENTRY_DAMAGED,
     "the block that begins in line 1 is cut short"},
    {BEGIN("CERTIFICATE") BASE64_A CERT_B, "ab", 0, XD_ENTRY_DAMAGED,
     "the block that begins in line 1 lacks its END line"},
    {BEGIN("CERTIFICATE") "MIGO*HIE\n" END("CERTIFICATE") CERT_B, "b", 4, XD_ENTRY_DAMAGED,
     "the block that begins in line 1 is damaged: its text is no base64"},
    {CERT_B BEGIN("CERTIFICATE") "MIGOMHIE\n", "b", 1, XD_ENTRY_TRUNCATED,
     "the block that begins in line 7 is cut short"},
    {CERT_B BEGIN("CERTIFICATE"), "b", 1, XD_ENTRY_TRUNCATED,
     "the block that begins in line 7 is empty"},
    {CERT_B "-----BEGIN CERTIF", "b", 1, XD_ENTRY_TRUNCATED,
     "the block that begins in line 7 is cut short"},
    {BEGIN("CERTIFICATE") END("CERTIFICATE") CERT_B, "b", 3, XD_ENTRY_DAMAGED,
     "the block that begins in line 1 is empty"},
    {BEGIN("CERTIFICATE") "MAA=\n" END("CERTIFICATE") CERT_B, "b", 4, XD_ENTRY_DAMAGED,
     "the block that begins in line 1 holds no certificate"},
    {BEGIN("PKCS7") "MA0GCSqGSIb3DQEHAqAA\n" END("PKCS7") CERT_B, "b", 4, XD_ENTRY_DAMAGED,
     "the block that begins in line 1 is a PKCS #7 that cannot be read"},
};

static void uses_the_rest_of_a_damaged_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        for (size_t block = 0; block < 2; block++) {
            struct xd_case *cs = load_bytes(XD_ENTRY_CA_PEM, damaged[i].text,
                                            strlen(damaged[i].text), block);
            uint64_t both[2] = {1, 6};

            assert_non_null(entry_of(cs)->detail);
            assert_string_equal(damaged[i].says, entry_of(cs)->detail);
            assert_int_equal(damaged[i].status, entry_of(cs)->status);
            expect_certs(cs, damaged[i].sums,
                         damaged[i].line != 0 ? &damaged[i].line : both);
            xd_case_free(cs);
        }
    }
}

/* Cut at every byte: never more than the whole file gives, and always a word about it. */
static void says_of_every_cut_what_is_missing(void **state)
{
    static const char text[] = CERT_A CERT_B;
    size_t first_end = strlen(CERT_A) - strlen("-----\n");

    (void)state;
    for (size_t n = 1; n < sizeof(text) - 7; n++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_CA_PEM, text, n, WHOLE_BLOCK);

        assert_true(cs->pems[0].n_certs <= 2);
        assert_true(n < first_end || cs->pems[0].n_certs >= 1);
        if (cs->pems[0].n_certs == 0) {
            assert_non_null(entry_of(cs)->detail);
        }
        xd_case_free(cs);
    }
}

static void notes_der_that_is_cut_or_of_another_kind(void **state)
{
    (void)state;
    for (size_t n = 2; n < sizeof(der_a); n++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_PEM, der_a, n, WHOLE_BLOCK);

        assert_int_equal(0, cs->n_certs);
        assert_non_null(strstr(entry_of(cs)->detail, "cut short"));
        xd_case_free(cs);
    }
    struct xd_case *cs = load_bytes(XD_ENTRY_PEM, der_pfx, sizeof(der_pfx), 3);

    assert_string_equal("the DER object at byte 0 is a PKCS #12 store, which is not read",
                        entry_of(cs)->detail);
    xd_case_free(cs);
}

static void says_that_the_end_is_missing(void **state)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);

    (void)state;
    entry->kind = XD_ENTRY_CA_PEM;
    struct xd_loader *l = xd_load_begin(cs, entry);

    feed(l, CERT_A, strlen(CERT_A));
    xd_load_end(l, true);
    assert_int_equal(XD_ENTRY_TRUNCATED, entry->status);
    expect_certs(cs, "a", (const uint64_t[]){1});
    xd_case_free(cs);
}

static void takes_no_more_than_its_limits(void **state)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);
    static char zeros[1 << 20];

    (void)state;
    entry->kind = XD_ENTRY_CA_PEM;
    struct xd_loader *l = xd_load_begin(cs, entry);

    for (int i = 0; i < 4097; i++) {
        xd_load_bytes(l, (struct xd_slice){der_a, sizeof(der_a)});
    }
    xd_load_end(l, false);
    assert_int_equal(4096, cs->pems[0].n_certs);
    assert_string_equal("more than 4096 certificates; the rest was not read",
                        entry->detail);
    xd_case_free(cs);

    cs = xd_case_new();
    entry = xd_case_entry(cs);
    entry->kind = XD_ENTRY_CA_PEM;
    l = xd_load_begin(cs, entry);
    memset(zeros, 'A', sizeof(zeros));
    feed(l, BEGIN("CERTIFICATE"), strlen(BEGIN("CERTIFICATE")));
    for (int i = 0; i < 12; i++) {
        xd_load_bytes(l, (struct xd_slice){(const uint8_t *)zeros, sizeof(zeros)});
    }
    feed(l, "\n" END("CERTIFICATE") CERT_A, strlen("\n" END("CERTIFICATE") CERT_A));
    xd_load_end(l, false);
    assert_string_equal("the block that begins in line 1 is too large (more than 8 MiB)",
                        entry->detail);
    assert_int_equal(1, cs->pems[0].n_certs);
    xd_case_free(cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_form_of_a_whole_file),
        cmocka_unit_test(reads_every_kind_of_line_end),
        cmocka_unit_test(reads_utf16_as_some_editors_store_it),
        cmocka_unit_test(drops_a_private_key_and_says_where_it_was),
        cmocka_unit_test(knows_a_key_alone_from_an_empty_file),
        cmocka_unit_test(reads_der_one_or_several),
        cmocka_unit_test(uses_the_rest_of_a_damaged_file),
        cmocka_unit_test(says_of_every_cut_what_is_missing),
        cmocka_unit_test(notes_der_that_is_cut_or_of_another_kind),
        cmocka_unit_test(says_that_the_end_is_missing),
        cmocka_unit_test(takes_no_more_than_its_limits),
    };

    return cmocka_run_group_tests_name("pem", tests, NULL, NULL);
}
