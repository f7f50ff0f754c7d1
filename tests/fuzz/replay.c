/*
 * replay.c - a target without libFuzzer: every file named on the command line, or lying
 * in a folder that is, is fed to it once.
 *
 * With --faults PLACES before them each file is fed to processes of its own, in each of
 * which another one of our allocations fails: at so many places for all files together,
 * spread over each, or with PLACES 0 each one.  That must end the process as want of memory
 * does, and in no other way.
 */
#include "fuzz.h"

#include "expdiag/alloc.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST = 60 }; /* seconds: what takes longer hangs */

struct feeding {
    bool faults;
    size_t places; /* 0: all */
    size_t n_files;
    unsigned long failed; /* allocations, in all */
};

/*
 * The input in a process of its own, whose n-th allocation fails; n 0: none does.  Gives
 * its wait status, and how many it made.
 */
static int feed_apart(struct xd_slice input, uint64_t n, uint64_t *made)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        uint64_t before = xd_alloc_count();

        (void)alarm(LONGEST);
        xd_alloc_guard_exit();
        xd_alloc_fail_at(n);
        (void)LLVMFuzzerTestOneInput(input.p, input.len);
        *made = xd_alloc_count() - before;
        _exit(EXIT_SUCCESS);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        (void)fprintf(stderr, "no process could be made\n");
        exit(EXIT_FAILURE);
    }
    return status;
}

static void require_end(const char *path, uint64_t n, int status, int wanted)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted) {
        (void)fprintf(stderr,
                      "%s: allocation %llu fails: %s %d in place of exit status %d\n", path,
                      (unsigned long long)n, WIFEXITED(status) ? "exit status" : "signal",
                      WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), wanted);
        exit(EXIT_FAILURE);
    }
}

/* Random keys of hashes make some more or less: the last hundredth is for them. */
static void feed_with_faults(struct feeding *f, const char *path, struct xd_slice input)
{
    uint64_t *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    xd_fuzz_require(made != MAP_FAILED, "a page for two processes");
    require_end(path, 0, feed_apart(input, 0, made), EXIT_SUCCESS);
    uint64_t last = *made - *made / 100;
    uint64_t places = f->places / f->n_files + 1;
    uint64_t step = f->places == 0 || places >= last ? 1 : last / places;

    for (uint64_t n = 1; n <= last; n += step) {
        require_end(path, n, feed_apart(input, n, made), XD_EXIT_MEMORY);
        f->failed++;
    }
    (void)munmap(made, sizeof(*made));
}

static void replay_file(struct feeding *f, const char *path)
{
    struct stat st = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)fprintf(stderr, "%s: cannot be opened\n", path);
        exit(EXIT_FAILURE);
    }
    uint8_t *bytes = malloc((size_t)st.st_size + 1);
    ssize_t got = bytes == NULL ? -1 : read(fd, bytes, (size_t)st.st_size);

    (void)close(fd);
    if (got != st.st_size) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        exit(EXIT_FAILURE);
    }
    (void)fprintf(stderr, "%s\n", path); /* the last one named is the one that ended us */
    struct xd_slice input = {bytes, (size_t)got};

    if (f->faults) {
        feed_with_faults(f, path, input);
    } else {
        (void)LLVMFuzzerTestOneInput(input.p, input.len);
    }
    free(bytes);
}

/* Gives the files of a folder, fed where f is given. */
static size_t take_folder(struct feeding *f, const char *path, DIR *dir)
{
    size_t n = 0;

    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        char file[PATH_MAX];
        struct stat st = {0};

        (void)snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
            if (f != NULL) {
                replay_file(f, file);
            }
            n++;
        }
    }
    return n;
}

/* The same of what the command line names. */
static size_t take_all(struct feeding *f, char **paths)
{
    size_t n = 0;

    for (; *paths != NULL; paths++) {
        DIR *dir = opendir(*paths);

        if (dir != NULL) {
            n += take_folder(f, *paths, dir);
            (void)closedir(dir);
            continue;
        }
        if (f != NULL) {
            replay_file(f, *paths);
        }
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    struct feeding f = {0};
    char **paths = argv + 1;

    if (argc > 2 && strcmp(argv[1], "--faults") == 0) {
        f.faults = true;
        f.places = strtoul(argv[2], NULL, 10);
        paths += 2;
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    f.n_files = take_all(NULL, paths);
    (void)take_all(&f, paths);
    (void)printf("%zu inputs replayed\n", f.n_files);
    if (f.faults) {
        (void)printf("%lu allocations made to fail\n", f.failed);
    }
    return EXIT_SUCCESS;
}
