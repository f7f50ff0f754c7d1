/*
 * read_faults.c - preloaded, makes reads of a worker short or fail.
 *
 *   READ_SHORT=N    no read gives more than N bytes
 *   READ_FAILS=N    the N-th read fails with EIO, and so do those behind it
 *   READ_EINTR=1    every second read is interrupted
 *   WRITE_FAILS=N   the N-th write fails with ENOSPC
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t (*next_read)(int, void *, size_t);
static ssize_t (*next_pread)(int, void *, size_t, off_t);
static ssize_t (*next_write)(int, const void *, size_t);
static atomic_long reads;
static atomic_long writes;
static long shorten;
static long read_fails;
static long interrupt;
static long write_fails;
static pid_t first; /* the supervisor: it is spared */

static long number_of(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? strtol(value, NULL, 10) : 0;
}

static void __attribute__((constructor)) start(void)
{
    void *found[3] = {dlsym(RTLD_NEXT, "read"), dlsym(RTLD_NEXT, "pread"),
                      dlsym(RTLD_NEXT, "write")};

    memcpy(&next_read, &found[0], sizeof(next_read));
    memcpy(&next_pread, &found[1], sizeof(next_pread));
    memcpy(&next_write, &found[2], sizeof(next_write));
    shorten = number_of("READ_SHORT");
    read_fails = number_of("READ_FAILS");
    interrupt = number_of("READ_EINTR");
    write_fails = number_of("WRITE_FAILS");
    first = getpid();
}

/* 0, or the errno of a read that is not made; *len may become less. */
static int disturb(size_t *len)
{
    if (getpid() == first) {
        return 0;
    }
    long n = atomic_fetch_add(&reads, 1) + 1;

    if (read_fails > 0 && n >= read_fails) {
        return EIO;
    }
    if (interrupt > 0 && n % 2 == 1) {
        return EINTR;
    }
    if (shorten > 0 && *len > (size_t)shorten) {
        *len = (size_t)shorten;
    }
    return 0;
}

ssize_t read(int fd, void *buf, size_t len)
{
    int why = disturb(&len);

    if (why != 0) {
        errno = why;
        return -1;
    }
    return next_read(fd, buf, len);
}

ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
    int why = disturb(&len);

    if (why != 0) {
        errno = why;
        return -1;
    }
    return next_pread(fd, buf, len, at);
}

/* What goes to a report; standard error is spared. */
ssize_t write(int fd, const void *buf, size_t len)
{
    if (getpid() != first && fd != STDERR_FILENO && write_fails > 0 &&
        atomic_fetch_add(&writes, 1) + 1 == write_fails) {
        errno = ENOSPC;
        return -1;
    }
    return next_write(fd, buf, len);
}
