/*
 * test_worker.c - inputs, outputs and the job in a process of its own.
 */
#include "../base/unit.h"

#include "expdiag/alloc.h"
#include "expdiag/limits.h"
#include "expdiag/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    struct xd_arena *arena;
    char folder[64];
};

static char *path_of(struct place *p, const char *name)
{
    return xd_arena_printf(p->arena, "%s/%s", p->folder, name);
}

static void write_file(struct place *p, const char *name, const char *text)
{
    int fd = open(path_of(p, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(strlen(text), write(fd, text, strlen(text)));
    (void)close(fd);
}

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    p->arena = xd_arena_new();
    (void)snprintf(p->folder, sizeof(p->folder), "test_worker.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[96];

    (void)snprintf(command, sizeof(command), "rm -rf ./%s", p->folder);
    assert_int_equal(0, system(command)); /* NOLINT(cert-env33-c): our own folder */
    xd_arena_free(p->arena);
    free(p);
    return 0;
}

static void a_folder_is_walked_in_order_of_names(void **state)
{
    struct place *p = *state;

    assert_int_equal(0, mkdir(path_of(p, "sub"), 0700));
    write_file(p, "b", "1");
    write_file(p, "a", "22");
    write_file(p, "sub/c", "333");
    assert_int_equal(0, symlink(".", path_of(p, "loop")));
    assert_int_equal(0, symlink("nowhere", path_of(p, "broken")));
    assert_int_equal(0, mkfifo(path_of(p, "pipe"), 0600));
    char *paths[] = {p->folder};
    struct xd_bundle_input *in = xd_inputs_open(p->arena, paths, 1);

    assert_int_equal(XD_INPUT_FOLDER, in->kind);
    assert_int_equal(0, in->open_error);
    assert_int_equal(4, in->n_files);
    assert_string_equal("a", in->files[0].name);
    assert_string_equal("b", in->files[1].name);
    assert_string_equal("broken", in->files[2].name);
    assert_int_equal(ENOENT, in->files[2].open_error);
    assert_string_equal("sub/c", in->files[3].name);
    char byte = 0;

    assert_int_equal(1, read(in->files[1].fd, &byte, 1));
    assert_int_equal('1', byte);
}

/* A folder may be a stranger's: its links must not lead to files of the reader's own. */
static void a_link_is_followed_inside_its_folder_only(void **state)
{
    static const struct {
        const char *name;
        const char *target;
        int open_error;
    } links[] = {
        {"a-inside", "sub/file", 0},
        {"b-absolute", "/etc/passwd", EXDEV},
        {"c-above", "../../../../../../../../etc/passwd", EXDEV},
        {"d-itself", "d-itself", ELOOP},
    };
    struct place *p = *state;

    assert_int_equal(0, mkdir(path_of(p, "sub"), 0700));
    write_file(p, "sub/file", "1");
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(0, symlink(links[i].target, path_of(p, links[i].name)));
    }
    assert_int_equal(0, symlink("../a-inside", path_of(p, "sub/up")));
    char *paths[] = {p->folder};
    struct xd_bundle_input *in = xd_inputs_open(p->arena, paths, 1);

    assert_int_equal(6, in->n_files);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(links[i].name, in->files[i].name);
        assert_int_equal(links[i].open_error, in->files[i].open_error);
    }
    assert_string_equal("sub/up", in->files[5].name);
    assert_int_equal(0, in->files[5].open_error);
}

static void what_is_not_there_carries_its_errno(void **state)
{
    struct place *p = *state;
    char *paths[] = {path_of(p, "none.tar.gz")};
    struct xd_bundle_input *in = xd_inputs_open(p->arena, paths, 1);

    assert_int_equal(ENOENT, in->open_error);
    assert_int_equal(0, in->n_files);
}

static void a_small_file_is_read_whole_or_refused(void **state)
{
    struct place *p = *state;
    struct xd_slice got = {0};
    struct xd_err err = {0};

    write_file(p, "keys", "12345");
    assert_int_equal(XD_OK, xd_input_slurp(p->arena, path_of(p, "keys"), 5, &got, &err));
    assert_int_equal(5, got.len);
    assert_int_equal(XD_BAD, xd_input_slurp(p->arena, path_of(p, "keys"), 4, &got, &err));
    assert_non_null(strstr(err.text, "longer than 4 bytes"));
}

static size_t count_files(struct place *p)
{
    char *paths[] = {p->folder};

    return xd_inputs_open(p->arena, paths, 1)->n_files;
}

static void an_output_appears_only_when_committed(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};
    struct xd_slice got = {0};

    write_file(p, "report", "old");
    assert_int_equal(XD_OK, xd_output_open(p->arena, path_of(p, "report"), &out, &err));
    assert_int_equal(3, write(out.fd, "new", 3));
    assert_int_equal(XD_OK, xd_input_slurp(p->arena, path_of(p, "report"), 9, &got, &err));
    assert_memory_equal("old", got.p, 3);
    assert_int_equal(XD_OK, xd_output_commit(&out, &err));
    assert_int_equal(XD_OK, xd_input_slurp(p->arena, path_of(p, "report"), 9, &got, &err));
    assert_memory_equal("new", got.p, 3);
    assert_int_equal(1, count_files(p));
}

static void a_discarded_output_leaves_nothing(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};

    assert_int_equal(XD_OK, xd_output_open(p->arena, path_of(p, "report"), &out, &err));
    assert_int_equal(1, count_files(p));
    xd_output_discard(&out);
    xd_output_discard(&out);
    assert_int_equal(0, count_files(p));
}

static void a_link_stays_one_and_what_it_leads_to_is_replaced(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};
    struct xd_slice got = {0};
    struct stat st = {0};

    write_file(p, "target", "old");
    assert_int_equal(0, symlink("target", path_of(p, "link")));
    assert_int_equal(XD_OK, xd_output_open(p->arena, path_of(p, "link"), &out, &err));
    assert_int_equal(3, write(out.fd, "new", 3));
    assert_int_equal(XD_OK, xd_output_commit(&out, &err));
    assert_int_equal(0, lstat(path_of(p, "link"), &st));
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(XD_OK, xd_input_slurp(p->arena, path_of(p, "target"), 9, &got, &err));
    assert_memory_equal("new", got.p, 3);
}

static void a_link_to_nothing_is_no_output_and_says_so(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};

    assert_int_equal(0, symlink("nowhere", path_of(p, "broken")));
    assert_int_equal(XD_FAIL, xd_output_open(p->arena, path_of(p, "broken"), &out, &err));
    assert_non_null(strstr(err.text, "this link leads to nothing"));
    assert_int_equal(1, count_files(p));
}

static void an_output_without_a_name_is_refused(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};

    assert_int_equal(XD_FAIL, xd_output_open(p->arena, "", &out, &err));
    assert_non_null(strstr(err.text, "needs the name of a file"));
}

static void an_output_that_cannot_appear_leaves_nothing(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};

    assert_int_equal(XD_OK, xd_output_open(p->arena, path_of(p, "report"), &out, &err));
    assert_int_equal(0, mkdir(path_of(p, "report"), 0700));
    assert_int_equal(XD_FAIL, xd_output_commit(&out, &err));
    assert_non_null(strstr(err.text, "report: could not be written"));
    assert_int_equal(0, count_files(p));
}

static void a_folder_is_no_output_and_says_so(void **state)
{
    struct place *p = *state;
    struct xd_output out = {0};
    struct xd_err err = {0};

    assert_int_equal(XD_FAIL, xd_output_open(p->arena, p->folder, &out, &err));
    assert_non_null(strstr(err.text, "is a folder"));
}

static int job_that_ends(void *arg, struct xd_worker_status *status)
{
    (void)snprintf(status->doing, sizeof(status->doing), "reading");
    return *(int *)arg;
}

static int job_that_crashes(void *arg, struct xd_worker_status *status)
{
    (void)arg;
    (void)snprintf(status->doing, sizeof(status->doing), "the bad file");
    (void)signal(SIGABRT, SIG_DFL);
    (void)raise(SIGABRT);
    return 0;
}

static int job_without_memory(void *arg, struct xd_worker_status *status)
{
    (void)arg;
    (void)status;
    xd_alloc_fail_at(1);
    (void)xd_alloc(1);
    return 0;
}

static int job_that_is_interrupted(void *arg, struct xd_worker_status *status)
{
    (void)arg;
    (void)status;
    (void)kill(getppid(), SIGTERM);
    for (;;) {
        (void)pause();
    }
    return 0;
}

static void each_end_of_a_worker_is_told_apart(void **state)
{
    struct xd_worker_result r = {0};
    struct xd_err err = {0};
    int three = 3;

    (void)state;
    assert_int_equal(XD_OK, xd_worker_run(job_that_ends, &three, NULL, &r, &err));
    assert_int_equal(XD_WORKER_EXITED, r.end);
    assert_int_equal(3, r.status);
    assert_string_equal("reading", r.doing);
    assert_int_equal(XD_OK, xd_worker_run(job_that_crashes, NULL, NULL, &r, &err));
    assert_int_equal(XD_WORKER_CRASHED, r.end);
    assert_int_equal(SIGABRT, r.status);
    assert_string_equal("the bad file", r.doing);
    assert_int_equal(XD_OK, xd_worker_run(job_without_memory, NULL, NULL, &r, &err));
    assert_int_equal(XD_WORKER_MEMORY, r.end);
    assert_int_equal(XD_OK, xd_worker_run(job_that_is_interrupted, NULL, NULL, &r, &err));
    assert_int_equal(XD_WORKER_INTERRUPTED, r.end);
    assert_int_equal(SIGTERM, r.status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_is_walked_in_order_of_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_followed_inside_its_folder_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_carries_its_errno, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_small_file_is_read_whole_or_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_output_appears_only_when_committed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_discarded_output_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_link_stays_one_and_what_it_leads_to_is_replaced,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_to_nothing_is_no_output_and_says_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_output_without_a_name_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_output_that_cannot_appear_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_folder_is_no_output_and_says_so, set_up,
                                        tear_down),
        cmocka_unit_test(each_end_of_a_worker_is_told_apart),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
