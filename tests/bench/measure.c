/*
 * measure.c - run a command several times; print the median, the shortest and the
 * longest of its times, the shortest time of CPU (all in seconds) and its largest peak
 * of memory in MiB and in KiB.
 *
 * Usage: measure RUNS COMMAND [ARGUMENT...]     (its output goes to /dev/null)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* User and system time of the children that have ended. */
static double cpu_so_far(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
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

int main(int argc, char **argv)
{
    enum { MAX_RUNS = 100 };
    double times[MAX_RUNS];
    double least_cpu = 1e9;
    struct rusage usage;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: measure RUNS COMMAND [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    long runs = strtol(argv[1], NULL, 10);

    runs = runs < 1 ? 1 : runs > MAX_RUNS ? MAX_RUNS : runs;
    for (long n = 0; n < runs; n++) {
        double start = now();
        double cpu = cpu_so_far();
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
            become(argv + 2);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
            WEXITSTATUS(status) == 127) {
            (void)fprintf(stderr, "measure: cannot run %s\n", argv[2]);
            return EXIT_FAILURE;
        }
        insert(times, n, now() - start);
        cpu = cpu_so_far() - cpu;
        least_cpu = cpu < least_cpu ? cpu : least_cpu;
    }
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    (void)printf("%.4f %.4f %.4f %.4f %ld %ld\n", times[runs / 2], times[0],
                 times[runs - 1], least_cpu, usage.ru_maxrss / 1024, usage.ru_maxrss);
    return EXIT_SUCCESS;
}
