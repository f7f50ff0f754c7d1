/*
 * measure.c - run commands several times, each after the other in every round, so that
 * what else the machine does meets all of them; print for each, in a line, the median, the
 * shortest and the longest of its times, the shortest time of CPU (all in seconds) and
 * its largest peak of memory in MiB and in KiB.
 *
 * Usage: measure RUNS COMMAND [ARGUMENT...] [::: COMMAND [ARGUMENT...]]
 * The output of the commands goes to /dev/null.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void become(char **argv)
{
    int null = open("/dev/null", O_WRONLY);

    (void)dup2(null, 1);
    (void)dup2(null, 2);
    execvp(argv[0], argv);
    _exit(127);
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Insert into the sorted times. */
static void insert(double *times, long n, double t)
{
    while (n > 0 && times[n - 1] > t) {
        times[n] = times[n - 1];
        n--;
    }
    times[n] = t;
}

enum { MAX_RUNS = 100, MAX_COMMANDS = 4 };

struct measured {
    char **argv;
    double times[MAX_RUNS]; /* sorted */
    double least_cpu;
    long peak; /* KiB */
};

static void run(struct measured *m, long n)
{
    double start = now();
    pid_t child = fork();
    int status = 0;
    struct rusage usage;

    if (child == 0) {
        become(m->argv);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) == 127) {
        (void)fprintf(stderr, "measure: cannot run %s\n", m->argv[0]);
        exit(EXIT_FAILURE);
    }
    insert(m->times, n, now() - start);
    double cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    m->least_cpu = n == 0 || cpu < m->least_cpu ? cpu : m->least_cpu;
    m->peak = usage.ru_maxrss > m->peak ? usage.ru_maxrss : m->peak;
}

int main(int argc, char **argv)
{
    static struct measured all[MAX_COMMANDS];
    size_t several = 0;

    for (int i = 2; i < argc; i++) {
        bool separator = strcmp(argv[i], ":::") == 0;

        if ((i == 2 || separator) && several < MAX_COMMANDS) {
            all[several++].argv = argv + i + separator;
        }
        if (separator) {
            argv[i] = NULL;
        }
    }
    for (size_t i = 0; i < several; i++) {
        if (all[i].argv[0] == NULL) {
            several = 0;
        }
    }
    if (several == 0) {
        (void)fprintf(
            stderr,
            "usage: measure RUNS COMMAND [ARGUMENT...] [::: COMMAND [ARGUMENT...]]\n");
        return EXIT_FAILURE;
    }
    long runs = strtol(argv[1], NULL, 10);

    runs = runs < 1 ? 1 : runs > MAX_RUNS ? MAX_RUNS : runs;
    for (long n = 0; n < runs; n++) {
        for (size_t i = 0; i < several; i++) {
            run(&all[i], n);
        }
    }
    for (size_t i = 0; i < several; i++) {
        (void)printf("%.4f %.4f %.4f %.4f %ld %ld\n", all[i].times[runs / 2],
                     all[i].times[0], all[i].times[runs - 1], all[i].least_cpu,
                     all[i].peak / 1024, all[i].peak);
    }
    return EXIT_SUCCESS;
}
