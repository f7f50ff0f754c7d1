/*
 * replay.c - a target without libFuzzer: every file named on the command line, or lying
 * in a folder that is, is fed to it once.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void replay_file(const char *path)
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
    (void)LLVMFuzzerTestOneInput(bytes, (size_t)got);
    free(bytes);
}

/* Gives the files that were fed. */
static size_t replay_folder(const char *path, DIR *dir)
{
    size_t n = 0;

    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        char file[PATH_MAX];
        struct stat st = {0};

        (void)snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
            replay_file(file);
            n++;
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    size_t n = 0;

    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);

        if (dir == NULL) {
            replay_file(argv[i]);
            n++;
        } else {
            n += replay_folder(argv[i], dir);
            (void)closedir(dir);
        }
    }
    (void)printf("%zu inputs replayed\n", n);
    return EXIT_SUCCESS;
}
