/*
 * test_batch.c - which bundles are one case, rows to JSON and back, shards, report names.
 */
#include "../base/unit.h"

#include "find.h"
#include "run_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    struct xd_arena *arena;
    char folder[64];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    p->arena = xd_arena_new();
    (void)snprintf(p->folder, sizeof(p->folder), "test_batch.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", p->folder);
    assert_int_equal(0, system(command)); /* NOLINT(cert-env33-c): our own folder */
    xd_arena_free(p->arena);
    free(p);
    return 0;
}

/* A file below the test's folder, with the folders above it. */
static void make_file(struct place *p, const char *name)
{
    char *path = xd_arena_printf(p->arena, "%s/%s", p->folder, name);

    for (size_t i = strlen(p->folder) + 1; path[i] != '\0'; i++) {
        if (path[i] == '/') {
            path[i] = '\0';
            (void)mkdir(path, 0700);
            path[i] = '/';
        }
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    (void)close(fd);
}

/* "case: bundle bundle; case: bundle", of the test's folder. */
static const char *group(struct place *p, enum xd_batch_group how)
{
    char *paths[] = {p->folder};
    struct xd_batch_options o = {.paths = paths, .n_paths = 1, .group = how};
    struct xd_find f = {.arena = NULL};
    struct xd_err err = {0};
    struct xd_buf b = {.max = 10000};

    assert_int_equal(XD_OK, xd_find_run(&f, &o, "rules", &err));
    for (size_t i = 0; i < f.n_cases; i++) {
        xd_buf_printf(&b, "%s%s:", i > 0 ? "; " : "", f.cases[i].name);
        for (size_t k = 0; k < f.cases[i].count; k++) {
            xd_buf_printf(&b, " %s", f.bundles[f.cases[i].first + k].leaf);
        }
    }
    const char *text = xd_arena_strdup(p->arena, xd_buf_text(&b));

    xd_buf_done(&b);
    xd_find_done(&f);
    return text;
}

static void bundles_of_one_folder_are_one_case(void **state)
{
    make_file(*state, "2026/acme/C.tar.gz");
    make_file(*state, "2026/acme/E.tgz");
    make_file(*state, "2026/acme/notes.txt");
    make_file(*state, "2026/zulu/both.zip");
    assert_string_equal("2026/acme: C.tar.gz E.tgz; 2026/zulu: both.zip",
                        group(*state, XD_GROUP_BY_FOLDER));
}

static void each_bundle_is_a_case_of_its_own_without_grouping(void **state)
{
    make_file(*state, "a/C.tar.gz");
    make_file(*state, "a/E.tar.gz");
    assert_string_equal("a/C.tar.gz: C.tar.gz; a/E.tar.gz: E.tar.gz",
                        group(*state, XD_GROUP_NONE));
}

static void names_that_differ_in_the_end_alone_are_one_case(void **state)
{
    make_file(*state, "SR-600123_C.tgz");
    make_file(*state, "SR-600123_E1.tgz");
    make_file(*state, "SR-600123_E2.tgz");
    make_file(*state, "SR-600124-expe.tgz");
    make_file(*state, "SR-600124-expc.tgz");
    assert_string_equal("SR-600123: SR-600123_C.tgz SR-600123_E1.tgz SR-600123_E2.tgz; "
                        "SR-600124: SR-600124-expc.tgz SR-600124-expe.tgz",
                        group(*state, XD_GROUP_BY_NAME));
}

static void the_appliances_names_are_one_case_within_half_an_hour(void **state)
{
    make_file(*state, "diagnostic_log_vcsc_2026-03-29_07_05_00.tar.gz");
    make_file(*state, "diagnostic_log_vcse_2026-03-29_07_09_00.tar.gz");
    make_file(*state, "diagnostic_log_vcse_2026-03-29_07_20_00.tar.gz"); /* same host */
    make_file(*state, "diagnostic_log_vcsc_2026-03-29_09_00_00.tar.gz");
    assert_string_equal("diagnostic_log_vcsc_2026-03-29_07_05_00: "
                        "diagnostic_log_vcsc_2026-03-29_07_05_00.tar.gz "
                        "diagnostic_log_vcse_2026-03-29_07_09_00.tar.gz; "
                        "diagnostic_log_vcsc_2026-03-29_09_00_00: "
                        "diagnostic_log_vcsc_2026-03-29_09_00_00.tar.gz; "
                        "diagnostic_log_vcse_2026-03-29_07_20_00: "
                        "diagnostic_log_vcse_2026-03-29_07_20_00.tar.gz",
                        group(*state, XD_GROUP_BY_NAME));
}

static void a_case_number_in_front_of_the_appliances_name_tells_the_case(void **state)
{
    make_file(*state, "600123-diagnostic_log_a_2026-03-29_07_05_00.tar.gz");
    make_file(*state, "600123-diagnostic_log_b_2026-04-29_07_05_00.tar.gz");
    assert_string_equal("600123: 600123-diagnostic_log_a_2026-03-29_07_05_00.tar.gz "
                        "600123-diagnostic_log_b_2026-04-29_07_05_00.tar.gz",
                        group(*state, XD_GROUP_BY_NAME));
}

static void an_extracted_bundle_is_one_bundle(void **state)
{
    make_file(*state, "one/loggingsnapshot_vcsc_2026-03-29_07_05_00.txt");
    make_file(*state, "one/xconf_dump_vcsc_2026-03-29_07_05_00.txt");
    make_file(*state, "two/loggingsnapshot_vcse_2026-03-29_07_05_00.txt");
    assert_string_equal("one: one; two: two", group(*state, XD_GROUP_BY_FOLDER));
}

static void extracted_halves_side_by_side_are_one_case(void **state)
{
    make_file(*state, "acme/C/loggingsnapshot_vcsc_2026-03-29_07_05_00.txt");
    make_file(*state, "acme/E/loggingsnapshot_vcse_2026-03-29_07_09_00.txt");
    make_file(*state, "zulu/C/loggingsnapshot_vcsc_2026-03-29_07_05_00.txt");
    make_file(*state, "zulu/E.tar.gz");
    assert_string_equal("acme: C E; zulu: C E.tar.gz", group(*state, XD_GROUP_BY_FOLDER));
}

static void extracted_bundles_of_one_node_are_cases_apart(void **state)
{
    make_file(*state, "y/a/loggingsnapshot_vcsc_2026-03-29_07_05_00.txt");
    make_file(*state, "y/b/loggingsnapshot_vcsc_2026-03-29_07_09_00.txt");
    assert_string_equal("y/a: a; y/b: b", group(*state, XD_GROUP_BY_FOLDER));
}

static void hidden_folders_are_passed_over(void **state)
{
    make_file(*state, "a/C.tar.gz");
    make_file(*state, ".snapshot/a/C.tar.gz");
    assert_string_equal("a: C.tar.gz", group(*state, XD_GROUP_BY_FOLDER));
}

static void cases_of_one_name_get_their_paths(void **state)
{
    struct place *p = *state;
    struct xd_find f = {.arena = NULL};
    struct xd_err err = {0};

    make_file(p, "one/x/C.tar.gz");
    make_file(p, "two/x/C.tar.gz");
    make_file(p, "two/y/C.tar.gz");
    char *paths[] = {xd_arena_printf(p->arena, "%s/one", p->folder),
                     xd_arena_printf(p->arena, "%s/two/", p->folder)};
    struct xd_batch_options o = {.paths = paths, .n_paths = 2};

    assert_int_equal(XD_OK, xd_find_run(&f, &o, "rules", &err));
    assert_int_equal(3, f.n_cases);
    assert_string_equal(xd_arena_printf(p->arena, "%s/one/x", p->folder), f.cases[0].name);
    assert_string_equal(xd_arena_printf(p->arena, "%s/two/x", p->folder), f.cases[1].name);
    assert_string_equal("y", f.cases[2].name);
    xd_find_done(&f);
}

/* ---- rows ---- */

static void a_row_reads_as_it_was_written(void **state)
{
    static const char line[] =
        "{\"case\":\"2026/\\u00FC\",\"status\":\"damaged\",\"reason\":\"cut\",\"inputs\":[{"
        "\"path\":\"a/C.tgz\",\"bytes\":12,\"modified\":\"2026-03-29T07:05:00.000001Z\","
        "\"sha256\":\"00ff\",\"problem\":null}],\"seconds\":0.25,\"peak_mib\":12.5,"
        "\"condition\":\"2.1\",\"nodes\":[{\"id\":\"vcs\",\"role\":\"C\",\"version\":"
        "\"X15.5\",\"eku_check\":\"on\"}],\"findings\":[{\"id\":\"unknown-ca\","
        "\"severity\":\"critical\",\"confidence\":\"probable\",\"node\":null}],"
        "\"rules\":\"r\",\"fingerprint\":\"f\",\"last_seen\":null,\"certificates\":[{"
        "\"node\":\"vcs\",\"store\":\"both\",\"sha256\":\"aa\",\"subject\":\"s\","
        "\"issuer\":\"i\",\"issuer_kind\":\"public\",\"not_after\":"
        "\"2027-01-01T00:00:00.000000Z\",\"client_auth\":true,\"policy_date\":"
        "\"2027-03-15T00:00:00.000000Z\"}],\"unexplained\":[\"x: y\"],\"report\":"
        "\"2026/u\",\"left_out\":3}\n";
    struct place *p = *state;
    struct xd_buf b = {.max = XD_ROW_BYTES};
    struct xd_row row;
    struct xd_err err = {0};

    assert_int_equal(XD_OK, xd_row_read(xd_slice_of(line), p->arena, &row, &err));
    assert_string_equal("2026/\xc3\xbc", row.name);
    assert_int_equal(XD_ROW_DAMAGED, row.status);
    assert_int_equal(1, row.n_certs);
    xd_row_write(&row, false, &b);
    assert_string_equal(line, xd_buf_text(&b));
    xd_buf_done(&b);
}

static void what_is_no_row_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "{}",
        "[]",
        "{\"case\":\"a\"}",
        "{\"case\":\"a\",\"status\":\"fine\"}",
        "{\"case\":1,\"status\":\"ok\"}",
        "{\"case\":\"a\",\"status\":\"ok\"",
        "{\"case\":\"a\",\"status\":\"ok\"} {}",
    };
    struct place *p = *state;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct xd_err err = {0};
        struct xd_row row;

        assert_int_equal(XD_BAD, xd_row_read(xd_slice_of(lines[i]), p->arena, &row, &err));
    }
}

static void a_row_with_fields_of_other_types_reads_as_empty(void **state)
{
    static const char line[] =
        "{\"case\":\"a\",\"status\":\"ok\",\"reason\":5,\"inputs\":{},\"nodes\":[1,null],"
        "\"findings\":[[]],\"certificates\":\"x\",\"unexplained\":[7],\"left_out\":-4}";
    struct place *p = *state;
    struct xd_row row;
    struct xd_err err = {0};
    enum xd_severity worst = XD_INFO;

    assert_int_equal(XD_OK, xd_row_read(xd_slice_of(line), p->arena, &row, &err));
    assert_null(row.reason);
    assert_int_equal(0, row.n_inputs);
    assert_int_equal(2, row.n_nodes);
    assert_string_equal("", row.nodes[0].id);
    assert_int_equal(0, row.n_failures);
    assert_int_equal(0, row.left_out);
    assert_false(xd_row_worst(&row, &worst));
}

static void a_report_never_leaves_its_folder(void **state)
{
    struct place *p = *state;

    assert_string_equal("2026/acme", xd_run_report_name(p->arena, "2026/acme"));
    assert_string_equal("%2E./x", xd_run_report_name(p->arena, "../x"));
    assert_string_equal("%2Fnas/x", xd_run_report_name(p->arena, "/nas/x"));
    assert_string_equal("a/%2E./b", xd_run_report_name(p->arena, "a/../b"));
    assert_string_equal("a/%2Fb", xd_run_report_name(p->arena, "a//b"));
    assert_string_equal("50%25", xd_run_report_name(p->arena, "50%"));
}

/* ---- shards ---- */

static const char *tell_slurm(const char *name)
{
    return strcmp(name, "SLURM_ARRAY_TASK_ID") == 0      ? "12"
           : strcmp(name, "SLURM_ARRAY_TASK_MIN") == 0   ? "10"
           : strcmp(name, "SLURM_ARRAY_TASK_COUNT") == 0 ? "4"
                                                         : NULL;
}

static const char *tell_kubernetes(const char *name)
{
    return strcmp(name, "JOB_COMPLETION_INDEX") == 0 ? "0"
           : strcmp(name, "JOB_COMPLETIONS") == 0    ? "4"
                                                     : NULL;
}

static const char *tell_nothing(const char *name)
{
    (void)name;
    return NULL;
}

static void check_shard(const char *text, const char *(*lookup)(const char *name),
                        unsigned k, unsigned n)
{
    struct xd_batch_options o = {.shard = 0};
    struct xd_err err = {0};

    assert_int_equal(k == 0 ? XD_BAD : XD_OK, xd_batch_shard_parse(text, lookup, &o, &err));
    assert_int_equal(k, o.shard);
    assert_int_equal(n, o.shards);
}

static void shards_are_read_from_text_and_environment(void **state)
{
    (void)state;
    check_shard("3/8", tell_nothing, 3, 8);
    check_shard("8/8", tell_nothing, 8, 8);
    check_shard("auto", tell_slurm, 3, 4);
    check_shard("auto/15", tell_slurm, 12, 15);
    check_shard("auto", tell_kubernetes, 1, 4);
    check_shard("auto/7", tell_kubernetes, 1, 7);
    check_shard("9/8", tell_nothing, 0, 0);
    check_shard("0/8", tell_nothing, 0, 0);
    check_shard("3", tell_nothing, 0, 0);
    check_shard("/", tell_nothing, 0, 0);
    check_shard("a/b", tell_nothing, 0, 0);
    check_shard("auto", tell_nothing, 0, 0);
    check_shard("auto/2", tell_slurm, 0, 0);
}

/* The parts must be the same in every version: literal names in literal parts. */
static void a_case_is_always_in_the_same_shard(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= 8; k++) {
        assert_int_equal(k == 5, xd_find_in_shard("2026/acme", k, 8));
        assert_int_equal(k == 6, xd_find_in_shard("2026/zulu", k, 8));
    }
    assert_true(xd_find_in_shard("anything", 1, 1));
    assert_true(xd_find_in_shard("anything", 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bundles_of_one_folder_are_one_case, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_bundle_is_a_case_of_its_own_without_grouping,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_differ_in_the_end_alone_are_one_case,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_appliances_names_are_one_case_within_half_an_hour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_case_number_in_front_of_the_appliances_name_tells_the_case, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(an_extracted_bundle_is_one_bundle, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(extracted_halves_side_by_side_are_one_case, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(extracted_bundles_of_one_node_are_cases_apart,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(hidden_folders_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cases_of_one_name_get_their_paths, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_row_reads_as_it_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_row_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_with_fields_of_other_types_reads_as_empty,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_report_never_leaves_its_folder, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(shards_are_read_from_text_and_environment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_case_is_always_in_the_same_shard, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
