/*
 * test_text.c - the text report: verdict first, wrapped, harmless.
 */
#include "render.h"

#include <stdio.h>

#include "expdiag/node.h"

#include "say_priv.h"
#include "text_priv.h"

static const enum xd_report_command commands[] = {XD_REPORT_ANALYZE, XD_REPORT_FLOWS,
                                                  XD_REPORT_CERTS, XD_REPORT_WHATIF};

static void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("the report does not say '%s':\n%s", part, text);
    }
}

static void refuse_unsafe(const char *text)
{
    size_t len = strlen(text);

    for (size_t at = 0; at < len;) {
        size_t used = 0;
        uint32_t rune = xd_rune_read((const uint8_t *)text + at, len - at, &used);
        if (rune == UINT32_MAX || (rune != '\n' && xd_rune_is_unsafe(rune))) {
            fail_msg("code point %x at %zu of the report", rune, at);
        }
        at += used;
    }
}

static void the_verdict_comes_first(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    char *text = render_text(cs, &options);
    static const char first[] =
        "CRITICAL: vcs_8e refuses vcs_8c's client certificate: it lacks clientAuth\n"
        "   client-eku-missing, certain. It stops: UC zone, MRA login and registration. "
        "To be changed on vcs_8c (Expressway-C, X15.5).\n";
    assert_memory_equal(first, text, sizeof(first) - 1);
    free(text);
    xd_case_free(cs);
}

static void a_finding_has_cause_effect_remedies_and_evidence(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    char *text = render_text(cs, &options);
    holds(text,
          "\n   vcs_8c presents \"vcs-8c.example.com\" from its client store (serverAuth "
          "only; public CA \"Example Root\"; valid 2026-01-02 to 2027-01-02)\n"
          "   -> vcs_8e sends alert 43 unsupported_certificate (conversation #1)\n"
          "   -> zone \"UC Traversal\" on vcs_8c is Failed, \"TLS negotiation failure\"\n"
          "   -> alarm 35013 on vcs_8c\n"
          "   -> this stops UC zone, MRA login and registration\n");
    holds(text,
          "\nWHAT TO DO\n"
          " 1. vcs_8c, customer: Install a client certificate with clientAuth.\n"
          "    Menu: Maintenance > Security > Client certificate\n"
          "    xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: On\n"
          " 2. certificate authority: Issue it.\n"
          " Read: ");
    holds(text, "\nREASONS AND EVIDENCE\n[1] client-eku-missing\n"
                "   vcs_8c opens the traversal zone ");
    holds(text, "eth0_tcpdump00.pcap frame 29  fatal alert 43 unsupported_certificate\n");
    holds(text, "against: xstat_dump_vcs_8c.txt:12  *c xConfiguration SIP TLS: On\n");
    holds(text, "once this is mended, the same certificate will fail for "
                "certificate-expired.\n");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text, "-> vcs_8e sends alert 43 unsupported_certificate (eth0_tcpdump00.pcap "
                "frame 29, conversation #1)\n");
    holds(text, "is Failed, \"TLS negotiation failure\" (xstat_dump_vcs_8c.txt:41)\n");
    free(text);
    xd_case_free(cs);
}

/* A summary ends with the next step, which the verdict takes from it. */
static void the_verdict_says_what_is_next(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    cs->findings[0]->summary = "The name is \"a Next: b\". Next: install it.";
    char *text = render_text(cs, &options);
    holds(text, "It stops: UC zone, MRA login and registration. Next: install it "
                "(WHAT TO DO, steps 1, 2).\n");
    holds(text, "\n   The name is \"a Next: b\".\n");
    free(text);
    xd_case_free(cs);
}

/* Each step once, with the findings that it serves where it does not serve all. */
static void steps_of_several_findings_are_one_list(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    struct xd_finding *copy = xd_arena_alloc(cs->arena, sizeof(*copy));
    *copy = *cs->findings[0];
    copy->id = XD_F_SSH_CLIENT_EKU_MISSING;
    copy->n_remedies = 1;
    *XD_PUSH(cs->arena, cs, findings) = copy;
    char *text = render_text(cs, &options);
    holds(text, "\n 1. vcs_8c, customer: Install a client certificate with clientAuth.\n");
    holds(text, "\n 2. certificate authority: Issue it. [1]\n Read: ");
    free(text);
    xd_case_free(cs);
}

/* A bundle of C with the UC zone in that state. */
static struct xd_node *give_node(struct xd_case *cs, const char *id, xd_time as_of,
                                 const char *status)
{
    struct xd_node *n = xd_arena_alloc(cs->arena, sizeof(*n));
    n->id = id;
    n->host = "vcs8c";
    n->role = XD_ROLE_C;
    n->as_of = as_of;
    struct xd_zone *z = XD_PUSH(cs->arena, n, zones);
    z->name = "UC";
    z->status = status;
    *XD_PUSH(cs->arena, cs, nodes) = n;
    return n;
}

/* What another customer's node of the same name shows mends nothing here. */
static void only_a_later_bundle_of_the_node_itself_mends(void **state)
{
    static const char *const ids[2][2] = {{"vcs8c@1", "vcs8c@2"},
                                          {"vcs8c.a.example", "vcs8c.b.example"}};

    (void)state;
    for (int other = 0; other < 2; other++) {
        struct xd_case *cs = xd_case_new();
        struct xd_finding *f = xd_arena_alloc(cs->arena, sizeof(*f));
        f->id = XD_F_CLIENT_EKU_MISSING;
        f->severity = XD_CRITICAL;
        f->node = give_node(cs, ids[other][0], 1000 * XD_SECOND, "Failed");
        (void)give_node(cs, ids[other][1], 9000 * XD_SECOND, "Active");
        *XD_PUSH(cs->arena, cs, findings) = f;
        *XD_PUSH(cs->arena, &cs->nodes[0]->zones[0], findings) = 0;
        assert_int_equal(!other, xd_is_mended(cs, 0));
        xd_case_free(cs);
    }
}

/* Long quotes tell what happened; the rest is behind --verbose. */
static void long_quotes_are_shortened(void **state)
{
    static const char line[] = "2026-03-29T06:55:20.013+00:00 vcs_8e tvcs: Event=\"Inbound "
                               "TLS Negotiation Error\" "
                               "Service=\"SIP\" Src-ip=\"10.106.80.16\" Src-port=\"25001\" "
                               "Dst-ip=\"10.106.80.31\" "
                               "Detail=\"unsuitable certificate purpose\" Protocol=\"TLS\" "
                               "Level=\"1\" (2 times until "
                               "2026-03-29 06:56:37Z)";
    static const char cert[] =
        "client store of Expressway-C: subject \"C = IN, ST = KA, O = A long organisation "
        "with many words, CN = vcs_8c\", serial 0a1b2c, issuer \"C = NL, O = Another, CN = "
        "Example\", Extended Key Usage: serverAuth";
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    struct xd_entry *log = xd_case_entry(cs);
    log->label = "loggingsnapshot.txt";
    log->kind = XD_ENTRY_LOG;
    cs->findings[0]->evidence[0] =
        (struct xd_evidence){{log, 0, 132, XD_TIME_NONE}, line, true};
    cs->findings[0]->evidence[1].quote = cert;
    char *text = render_text(cs, &options);
    holds(text, "\n   loggingsnapshot.txt:132  Event=\"Inbound TLS Negotiation Error\" "
                "Detail=\"unsuitable certificate purpose\" (2 times until 2026-03-29 "
                "06:56:37Z)\n");
    holds(text, "client store of Expressway-C: serial 0a1b2c, Extended Key Usage: "
                "serverAuth\n");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text, line);
    holds(text, cert);
    free(text);
    xd_case_free(cs);
}

/* Two-byte characters without a blank: no cut falls into one. */
static void a_shortened_quote_is_well_formed(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    for (size_t n = 150; n < 260; n++) {
        char quote[600];
        size_t len = n % 2;
        quote[0] = 'x';
        for (; len < n * 2; len += 2) {
            memcpy(quote + len, "\xc3\xa9", 2);
        }
        quote[len] = '\0';
        cs->findings[0]->evidence[0].quote = quote;
        char *text = render_text(cs, &options);
        refuse_unsafe(text);
        holds(text, " ...\xc3\xa9");
        free(text);
    }
    xd_case_free(cs);
}

static void nothing_wrong_is_said_in_words_with_what_was_looked_at(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    cs->n_findings = 0;
    char *text = render_text(cs, &options);
    static const char first[] =
        "NO FAULT FOUND: nothing in this evidence fails for a certificate or a "
        "connection.\n"
        "   Looked at: 2 nodes - vcs_8c (Expressway-C, X15.5), vcs_8e (Expressway-E, "
        "X15.5); "
        "1 capture with 2 conversations (2 of this case: 0 established, 1 failed, 1 cut "
        "off); "
        "no log; 1 zone (1 down) and 1 SSH tunnel (1 down).\n";
    assert_memory_equal(first, text, sizeof(first) - 1);
    free(text);
    xd_case_free(cs);
    cs = filled_case();
    cs->n_findings = 0;
    cs->checks[0].outcome = XD_CHECK_NOT_EVALUATED;
    text = render_text(cs, &options);
    holds(text, "TOO LITTLE EVIDENCE: 1 conversation failed, but most questions could not "
                "be judged (what to collect stands below).\n");
    free(text);
    xd_case_free(cs);
    cs = xd_case_new();
    text = render_text(cs, &options);
    holds(text, "NOTHING TO JUDGE: the input holds nothing of an Expressway, no "
                "conversation and no certificate.\n");
    free(text);
    xd_case_free(cs);
}

/* ESC, BEL, DEL, a C1 control, an override, a line feed, a tab, a broken byte. */
#define HOSTILE "\x1b]0;x\x07\x7f\xc2\x9b\xe2\x80\xae\n\t\xff"
#define VISIBLE "\\x1b]0;x\\x07\\x7f\\u009b\\u202e\\n \\xff"

static void poison(struct xd_case *cs)
{
    struct xd_node *n = cs->nodes[0];
    struct xd_finding *f = cs->findings[0];

    n->id = HOSTILE;
    n->version.text = HOSTILE;
    n->zones[0].name = HOSTILE;
    n->zones[0].type = HOSTILE;
    n->zones[0].status = HOSTILE;
    n->zones[0].reason = HOSTILE;
    n->zones[0].peers[0].address = HOSTILE;
    n->zones[0].peers[0].status = HOSTILE;
    n->tunnels[0].target = HOSTILE;
    n->tunnels[0].domain = HOSTILE;
    n->tunnels[0].status = HOSTILE;
    n->tunnels[0].reason = HOSTILE;
    n->alarms[0].id = HOSTILE;
    n->alarms[0].detail = HOSTILE;
    n->changes[0].setting = HOSTILE;
    n->changes[0].from = HOSTILE;
    n->changes[0].to = HOSTILE;
    n->chains[0].missing = HOSTILE;
    for (size_t i = 0; i < cs->n_entries; i++) {
        cs->entries[i]->label = HOSTILE;
        cs->entries[i]->detail = HOSTILE;
    }
    cs->inputs[0].path = HOSTILE;
    cs->inputs[0].problem = HOSTILE;
    for (size_t i = 0; i < cs->n_certs; i++) {
        struct xd_cert *c = cs->certs[i];
        c->subject = c->subject_cn = c->issuer = c->issuer_cn = c->serial = HOSTILE;
        c->key = c->signature = c->issuer_kind_why = c->san[0].text = HOSTILE;
    }
    cs->flows[0]->tls->sni = HOSTILE;
    cs->flows[1]->ssh->host_key_algorithm = HOSTILE;
    f->title = f->summary = HOSTILE;
    f->evidence[0].quote = HOSTILE;
    f->effects[0] = HOSTILE;
    f->remedies[0].text = f->remedies[0].where = f->remedies[0].command = HOSTILE;
    cs->checks[1].why = cs->checks[2].why = HOSTILE;
    cs->checks[2].missing[0] = HOSTILE;
    cs->scenarios[0].why = HOSTILE;
    cs->what_if[0].reason = HOSTILE;
    *XD_PUSH(cs->arena, cs, what_if) = cs->what_if[0];
    cs->what_if[cs->n_what_if - 1].change = HOSTILE;
    cs->what_if[cs->n_what_if - 1].next = HOSTILE;
}

static void no_byte_of_a_bundle_acts_on_the_terminal(void **state)
{
    struct xd_case *cs = filled_case();
    static const char *missing[] = {HOSTILE};

    (void)state;
    cs->checks[2].missing = missing;
    poison(cs);
    for (unsigned i = 0; i < 8; i++) {
        struct xd_report_options options = filled_options(commands[i % 4]);
        options.verbose = i >= 4;
        options.width = 0;
        char *text = render_text(cs, &options);
        refuse_unsafe(text);
        holds(text, VISIBLE);
        free(text);
        free(render_json(cs, &options));
    }
    xd_case_free(cs);
}

static unsigned measure_line(const char *line, size_t len)
{
    unsigned columns = 0;

    for (size_t at = 0; at < len;) {
        size_t used = 0;
        columns += xd_rune_width(xd_rune_read((const uint8_t *)line + at, len - at, &used));
        at += used;
    }
    return columns;
}

static void check_widths(const char *text, unsigned width)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        const char *line = text;

        while (*line == ' ') {
            line++;
        }
        /* Commands are to be copied, words searched: they stay whole. */
        size_t word = strcspn(line, " \n");
        bool whole = strncmp(line, "xConfiguration", 14) == 0 || line + word == text + len;
        if (!whole && measure_line(text, len) > width) {
            fail_msg("wider than %u: %.*s", width, (int)len, text);
        }
        if (len > 0 && text[len - 1] == ' ') {
            fail_msg("blanks at the end: '%.*s'", (int)len, text);
        }
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

static void lines_fit_the_width(void **state)
{
    struct xd_case *cs = filled_case();

    (void)state;
    /* Wide and combining characters: two columns, and none. */
    cs->nodes[0]->zones[0].name = "\xe8\xa7\xa3\xe6\x9e\x90\xe8\xa7\xa3\xe6\x9e\x90 "
                                  "\xe8\xa7\xa3\xe6\x9e\x90 e\xcc\x81";
    for (unsigned width = 40; width <= 132; width += 4) {
        for (unsigned i = 0; i < 8; i++) {
            struct xd_report_options options = filled_options(commands[i % 4]);
            options.width = width;
            options.verbose = i >= 4;
            char *text = render_text(cs, &options);
            check_widths(text, width);
            free(text);
        }
    }
    xd_case_free(cs);
}

/* Words that are longer than the line, in prose, tables and lists. */
static void no_word_is_split_at_any_width(void **state)
{
    static const char far_end[] = "a-very-long-name-of-a-far-end.in-some.example.com";
    static const char path[] = "some/folder/with/many/parts/diagnostic_log_vcs_8c.tar.gz";
    static const char sum[] =
        "1111111111111111111111111111111111111111111111111111111111111111";
    struct xd_case *cs = filled_case();

    (void)state;
    cs->nodes[0]->zones[0].peers[0].address = far_end;
    cs->inputs[0].path = path;
    cs->findings[0]->summary =
        "See some/folder/with/many/parts/diagnostic_log_vcs_8c.tar.gz.";
    for (unsigned width = 40; width <= 132; width++) {
        struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
        options.width = width;
        options.verbose = width % 2 == 0;
        char *text = render_text(cs, &options);
        holds(text, "a-very-long-name-of-a-far-end.in-some.example.com:7001");
        holds(text, "some/folder/with/many/parts/diagnostic_log_vcs_8c.tar.gz.");
        holds(text, "some/folder/with/many/parts/diagnostic_log_vcs_8c.tar.gz:");
        if (options.verbose) {
            holds(text, sum);
            holds(text, "(xstat_dump_vcs_8c.txt:41)");
        }
        holds(text, "unsupported_certificate");
        check_widths(text, width);
        free(text);
    }
    xd_case_free(cs);
}

static void a_row_that_does_not_fit_is_told_as_lines(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 50;
    char *text = render_text(cs, &options);
    holds(text, "\n vcs_8c: UC Traversal (UC TraversalClient)\n"
                "   far end: vcs-8e.example.com:7001 = vcs_8e\n"
                "   status: Failed: TLS negotiation failure [1]\n");
    free(text);
    options.width = 132;
    text = render_text(cs, &options);
    holds(text, "\n vcs_8c                             far end ");
    free(text);
    xd_case_free(cs);
}

static void paragraphs_stay_readable_on_wide_terminals(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 300;
    char *text = render_text(cs, &options);
    char *tables = strstr(text, "\nNODES\n");
    assert_non_null(tables);
    *tables = '\0';
    check_widths(text, 110);
    free(text);
    xd_case_free(cs);
}

static void colours_come_only_when_asked_and_end_on_each_line(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    char *text = render_text(cs, &options);
    assert_null(strchr(text, 0x1b));
    char *plain = text;
    options.color = true;
    text = render_text(cs, &options);
    char *stripped = calloc(1, strlen(text) + 1);
    assert_non_null(stripped);
    bool on = false;
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == 0x1b) {
            on = strncmp(p, "\x1b[0m", 4) != 0;
            p += strcspn(p, "m");
            continue;
        }
        assert_false(on && *p == '\n');
        stripped[n++] = *p;
    }
    assert_string_equal(plain, stripped);
    free(stripped);
    free(plain);
    free(text);
    xd_case_free(cs);
}

static void knows_the_widths_of_characters(void **state)
{
    (void)state;
    assert_int_equal(1, xd_rune_width('a'));
    assert_int_equal(1, xd_rune_width(0xe9));
    assert_int_equal(0, xd_rune_width(0x301));
    assert_int_equal(2, xd_rune_width(0x89e3));
    assert_int_equal(2, xd_rune_width(0xff21));
    assert_int_equal(2, xd_rune_width(0x1f600));
}

static void reads_only_well_formed_utf8(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t rune;
        size_t used;
    } rows[] = {
        {"a", 'a', 1},
        {"\xc3\xa9", 0xe9, 2},
        {"\xe2\x82\xac", 0x20ac, 3},
        {"\xf0\x9f\x98\x80", 0x1f600, 4},
        {"\xc0\x80", UINT32_MAX, 1}, /* overlong */
        {"\xe0\x80\x80", UINT32_MAX, 1},
        {"\xed\xa0\x80", UINT32_MAX, 1},     /* a surrogate */
        {"\xf4\x90\x80\x80", UINT32_MAX, 1}, /* beyond U+10FFFF */
        {"\xe2\x82", UINT32_MAX, 1},         /* cut short */
        {"\x80", UINT32_MAX, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].bytes);
        uint8_t *block = malloc(len);
        size_t used = 0;

        assert_non_null(block);
        memcpy(block, rows[i].bytes, len);
        assert_int_equal(rows[i].rune, xd_rune_read(block, len, &used));
        assert_int_equal(rows[i].used, used);
        free(block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_comes_first),
        cmocka_unit_test(a_finding_has_cause_effect_remedies_and_evidence),
        cmocka_unit_test(the_verdict_says_what_is_next),
        cmocka_unit_test(steps_of_several_findings_are_one_list),
        cmocka_unit_test(only_a_later_bundle_of_the_node_itself_mends),
        cmocka_unit_test(long_quotes_are_shortened),
        cmocka_unit_test(a_shortened_quote_is_well_formed),
        cmocka_unit_test(nothing_wrong_is_said_in_words_with_what_was_looked_at),
        cmocka_unit_test(no_byte_of_a_bundle_acts_on_the_terminal),
        cmocka_unit_test(lines_fit_the_width),
        cmocka_unit_test(no_word_is_split_at_any_width),
        cmocka_unit_test(a_row_that_does_not_fit_is_told_as_lines),
        cmocka_unit_test(paragraphs_stay_readable_on_wide_terminals),
        cmocka_unit_test(colours_come_only_when_asked_and_end_on_each_line),
        cmocka_unit_test(knows_the_widths_of_characters),
        cmocka_unit_test(reads_only_well_formed_utf8),
    };

    return cmocka_run_group_tests_name("report_text", tests, NULL, NULL);
}
