/*
 * test_sink.c - reports on descriptors that take little, nothing or no more.
 */
#include "render.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report_priv.h"

static void a_full_disk_is_said_in_words(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    int fd = open("/dev/full", O_WRONLY);

    (void)state;
    assert_true(fd >= 0);
    struct xd_err err = {0};
    assert_int_equal(XD_FAIL, xd_report_json(cs, &options, fd, &err));
    assert_string_equal("cannot write the report: No space left on device", err.text);
    err = (struct xd_err){0};
    assert_int_equal(XD_FAIL, xd_report_text(cs, &options, fd, &err));
    assert_string_equal("cannot write the report: No space left on device", err.text);
    (void)close(fd);
    xd_case_free(cs);
}

static void a_reader_that_left_is_said_in_words(void **state)
{
    int ends[2];
    struct xd_sink s;
    struct xd_err err = {0};

    (void)state;
    assert_int_equal(0, pipe(ends));
    (void)close(ends[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    xd_sink_init(&s, ends[1], &err);
    xd_sink_write(&s, "x", 1);
    assert_int_equal(XD_FAIL, xd_sink_done(&s));
    assert_string_equal("cannot write the report: Broken pipe", err.text);
    (void)close(ends[1]);
}

static void catch_signal(int number)
{
    (void)number;
}

/* The child sends signals and reads by small pieces; the sum of what it read is its answer.
 */
static int read_slowly(int fd, pid_t parent)
{
    uint8_t piece[1000];
    uint64_t sum = 0;
    ssize_t n = 0;

    while ((n = read(fd, piece, sizeof(piece))) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            sum += piece[i];
        }
        (void)kill(parent, SIGUSR1);
    }
    return sum == (uint64_t)300000 * 7 ? 0 : 1;
}

static void short_and_interrupted_writes_lose_nothing(void **state)
{
    struct sigaction action = {.sa_handler = catch_signal}; /* no SA_RESTART */
    struct xd_err err = {0};
    struct xd_sink s;
    int ends[2];
    int status = 0;
    static uint8_t bytes[300000];

    (void)state;
    memset(bytes, 7, sizeof(bytes));
    assert_int_equal(0, sigaction(SIGUSR1, &action, NULL));
    assert_int_equal(0, pipe(ends));
    pid_t parent = getpid();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[1]);
        _exit(read_slowly(ends[0], parent));
    }
    (void)close(ends[0]);
    xd_sink_init(&s, ends[1], &err);
    for (size_t at = 0; at < sizeof(bytes); at += 30000) {
        xd_sink_write(&s, bytes + at, 30000);
    }
    assert_int_equal(XD_OK, xd_sink_done(&s));
    (void)close(ends[1]);
    while (waitpid(child, &status, 0) < 0) {
        assert_int_equal(EINTR, errno);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(0, WEXITSTATUS(status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_is_said_in_words),
        cmocka_unit_test(a_reader_that_left_is_said_in_words),
        cmocka_unit_test(short_and_interrupted_writes_lose_nothing),
    };

    return cmocka_run_group_tests_name("report_sink", tests, NULL, NULL);
}
