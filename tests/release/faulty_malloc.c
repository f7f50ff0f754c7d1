/*
 * faulty_malloc.c - preloaded, makes one allocation of a worker fail: malloc, calloc and
 * realloc are counted in every process that the first one starts, and number FAULTY_AT
 * gives NULL.  Ours end the process; libraries must cope, or crash where that is seen.
 *
 * FAULTY_LIBRARY counts the calls from that library alone, a part of whose file name it is;
 * FAULTY_FIRST counts in the first process, which is spared otherwise.  FAULTY_COUNT names
 * a file of eight bytes that takes the largest number of any process.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static atomic_long made;
static long fail_at;
static pid_t first;         /* the supervisor: it is spared */
static const char *library; /* whose calls count; NULL: all */
static uintptr_t library_from, library_to;
static atomic_long *largest; /* shared by all processes; NULL: nobody asks */

/* dlsym itself asks for memory before there is any. */
static char early[4096];
static size_t early_used;

static void *take_early(size_t len)
{
    void *p = early + early_used;

    early_used += (len + 15) / 16 * 16;
    if (early_used > sizeof(early)) {
        abort();
    }
    return p;
}

static int is_early(const void *p)
{
    return (uintptr_t)p >= (uintptr_t)early &&
           (uintptr_t)p < (uintptr_t)early + sizeof(early);
}

/* At the first allocation of all: other libraries ask for memory before our turn comes. */
static void start(void)
{
    static int starting;

    if (starting) {
        return;
    }
    starting = 1;
    void *found[3] = {dlsym(RTLD_NEXT, "calloc"), dlsym(RTLD_NEXT, "realloc"),
                      dlsym(RTLD_NEXT, "malloc")};

    memcpy(&next_calloc, &found[0], sizeof(next_calloc));
    memcpy(&next_realloc, &found[1], sizeof(next_realloc));
    memcpy(&next_malloc, &found[2], sizeof(next_malloc));
}

/* Where the code of the library lies. */
static int find_library(struct dl_phdr_info *info, size_t len, void *arg)
{
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)len;
    (void)arg;
    if (slash == NULL || strstr(slash, library) == NULL) {
        return 0;
    }
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            library_from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            library_to = library_from + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 1;
}

/* The environment is there by now, and all libraries are. */
static void __attribute__((constructor)) read_number(void)
{
    const char *at = getenv("FAULTY_AT");
    const char *count = getenv("FAULTY_COUNT");
    int fd = count != NULL ? open(count, O_RDWR | O_CLOEXEC) : -1;

    fail_at = at != NULL ? strtol(at, NULL, 10) : 0;
    first = getenv("FAULTY_FIRST") != NULL ? 0 : getpid();
    library = getenv("FAULTY_LIBRARY");
    if (library != NULL) {
        (void)dl_iterate_phdr(find_library, NULL);
    }
    if (fd >= 0) {
        void *shared =
            mmap(NULL, sizeof(*largest), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        largest = shared == MAP_FAILED ? NULL : shared;
        (void)close(fd);
    }
}

/* Whose allocation it was. */
static void tell(const void *caller)
{
    static const char words[] = "faulty_malloc: refused one to ";
    Dl_info info;

    if (dladdr(caller, &info) != 0 && info.dli_fname != NULL) {
        (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
        (void)!write(STDERR_FILENO, info.dli_fname, strlen(info.dli_fname));
        (void)!write(STDERR_FILENO, "\n", 1);
    }
}

static int fails(const void *caller)
{
    if ((fail_at == 0 && largest == NULL) || getpid() == first) {
        return 0;
    }
    if (library != NULL &&
        ((uintptr_t)caller < library_from || (uintptr_t)caller >= library_to)) {
        return 0;
    }
    long n = atomic_fetch_add(&made, 1) + 1;

    if (largest != NULL && n > atomic_load(largest)) {
        atomic_store(largest, n);
    }
    if (n != fail_at) {
        return 0;
    }
    tell(caller);
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t len)
{
    if (next_malloc == NULL) {
        start();
    }
    if (next_malloc == NULL) {
        return take_early(len);
    }
    return fails(__builtin_return_address(0)) ? NULL : next_malloc(len);
}

void *calloc(size_t n, size_t len)
{
    if (next_malloc == NULL) {
        start();
    }
    if (next_malloc == NULL) {
        return take_early(n * len);
    }
    return fails(__builtin_return_address(0)) ? NULL : next_calloc(n, len);
}

void *realloc(void *p, size_t len)
{
    if (next_realloc == NULL) {
        start();
    }
    return fails(__builtin_return_address(0)) ? NULL : next_realloc(p, len);
}

/* A library's copy of a text is the library's, not libc's. */
char *strdup(const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy =
        next_malloc == NULL || fails(__builtin_return_address(0)) ? NULL : next_malloc(len);

    return copy == NULL ? NULL : memcpy(copy, text, len);
}

void free(void *p)
{
    static void (*next_free)(void *);

    if (p == NULL || is_early(p)) {
        return;
    }
    if (next_free == NULL) {
        void *found = dlsym(RTLD_NEXT, "free");

        memcpy(&next_free, &found, sizeof(next_free));
    }
    next_free(p);
}
