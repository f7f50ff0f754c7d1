/*
 * measure.c - run a command several times; print its shortest time in seconds and its
 * largest peak of memory in MiB.
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

int main(int argc, char **argv)
{
    double shortest = 1e9;
    struct rusage usage;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: measure RUNS COMMAND [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    for (long n = strtol(argv[1], NULL, 10); n > 0; n--) {
        double start = now();
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
        double took = now() - start;

        shortest = took < shortest ? took : shortest;
    }
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    (void)printf("%.4f %ld\n", shortest, usage.ru_maxrss / 1024);
    return EXIT_SUCCESS;
}
