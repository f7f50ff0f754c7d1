/*
 * hostile.c - what a parser would do that a bundle has taken over.  Linked into
 * expdiag-hostile alone, which is the release's program with this in its way (--wrap) and
 * is never installed.  HOSTILE_FAIL_AT makes that allocation of a process fail.
 *
 * A file of an input that begins "HOSTILE" names deeds; each is tried, and what came of it
 * is told on standard error.  "THREAD" does the same in the thread that inflates.
 */
#include "expdiag/alloc.h"
#include "expdiag/load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { INHERITED = 9, X32 = 0x40000000 };

static const char victim[] = "victim"; /* in the folder that the test runs in */

static long do_read(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static long do_openat2(void)
{
    struct open_how how = {.flags = O_RDONLY};

    return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how));
}

static long do_write(void)
{
    return syscall(SYS_openat, AT_FDCWD, victim, O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static long do_memory_file(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR);
}

static long do_list(void)
{
    return syscall(SYS_openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
}

static long do_unlink(void)
{
    return syscall(SYS_unlinkat, AT_FDCWD, victim, 0);
}

static long do_rename(void)
{
    return syscall(SYS_renameat2, AT_FDCWD, victim, AT_FDCWD, "elsewhere", 0);
}

static long do_mkdir(void)
{
    return syscall(SYS_mkdirat, AT_FDCWD, "folder", 0700);
}

static long do_symlink(void)
{
    return syscall(SYS_symlinkat, victim, AT_FDCWD, "link");
}

static long do_chmod(void)
{
    return syscall(SYS_fchmodat, AT_FDCWD, victim, 0777);
}

static long do_truncate(void)
{
    return syscall(SYS_truncate, victim, 0);
}

static long do_stat(void)
{
    struct stat st;

    return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, 0);
}

static long do_empty_path(void)
{
    struct stat st;

    return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, AT_EMPTY_PATH);
}

static long do_chdir(void)
{
    return syscall(SYS_chdir, "/");
}

static long do_fork(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

    if (child == 0) {
        _exit(0);
    }
    return child;
}

/* A namespace of our own, in a thread: unshare() by another door. */
static long do_namespace(void)
{
    return syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWNET, NULL,
                   NULL, NULL, 0);
}

static long do_clone3(void)
{
    uint64_t args[11] = {0};

    args[4] = SIGCHLD;
    return syscall(SYS_clone3, args, sizeof(args));
}

static long do_kill(void)
{
    return syscall(SYS_kill, getppid(), SIGKILL);
}

static long do_tgkill(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), SIGKILL);
}

static long do_run_memory(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : 0;
}

static long do_make_runnable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long do_memory(void)
{
    size_t len = (size_t)sysconf(_SC_PHYS_PAGES) / 10 * 9 * 4096;
    void *p =
        mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? -1 : 0;
}

static long do_inherited(void)
{
    return write(INHERITED, "x", 1);
}

static long do_type(void)
{
    return ioctl(STDERR_FILENO, TIOCSTI, "x");
}

static long do_dup(void)
{
    return dup(STDERR_FILENO);
}

static long do_fcntl(void)
{
    return fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
}

static long do_fchmod(void)
{
    return fchmod(STDERR_FILENO, 0777);
}

static long do_memfd(void)
{
    return syscall(SYS_memfd_create, "x", 0);
}

static long do_prctl(void)
{
    return prctl(PR_SET_PDEATHSIG, 0);
}

static long do_prlimit(void)
{
    struct rlimit none = {0};

    return syscall(SYS_prlimit64, getppid(), RLIMIT_CPU, &none, NULL);
}

static long do_io_uring(void)
{
    char parameters[256] = {0};

    return syscall(SYS_io_uring_setup, 4, parameters);
}

static long do_pidfd(void)
{
    return syscall(SYS_pidfd_open, getppid(), 0);
}

static long do_send(void)
{
    return syscall(SYS_sendto, STDERR_FILENO, "x", 1, 0, NULL, 0);
}

static long do_userfaultfd(void)
{
    return syscall(SYS_userfaultfd, 0);
}

static long do_perf(void)
{
    return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static long do_key(void)
{
    return syscall(SYS_keyctl, 0, -3, 1);
}

static long do_shared_memory(void)
{
    return syscall(SYS_shmget, 0, 4096, 01600);
}

static long do_setuid(void)
{
    return syscall(SYS_setuid, 65534);
}

static long do_socket(void)
{
    return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long do_unix_socket(void)
{
    return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long do_socketpair(void)
{
    int pair[2];

    return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
}

static long do_connect(void)
{
    return syscall(SYS_connect, STDERR_FILENO, NULL, 0);
}

static long do_execve(void)
{
    char *const argv[] = {(char[]){"true"}, NULL};

    return syscall(SYS_execve, "/bin/true", argv, NULL);
}

static long do_execveat(void)
{
    char *const argv[] = {(char[]){"true"}, NULL};

    return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0);
}

static long do_ptrace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long do_read_memory(void)
{
    char byte = 0;
    struct iovec v = {&byte, 1};

    return syscall(SYS_process_vm_readv, getppid(), &v, 1, &v, 1, 0);
}

static long do_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0);
}

static long do_unshare(void)
{
    return syscall(SYS_unshare, CLONE_NEWUSER);
}

#ifdef __x86_64__
/* The other ways into the kernel of this machine. */
static long do_x32(void)
{
    return syscall(X32 | SYS_getpid);
}

static long do_i386(void)
{
    long result = 5; /* open */

    __asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
    return result;
}
#endif

static const struct {
    const char *name;
    long (*try)(void);
} deeds[] = {
    {"read", do_read},
    {"openat2", do_openat2},
    {"write", do_write},
    {"memory-file", do_memory_file},
    {"list", do_list},
    {"unlink", do_unlink},
    {"rename", do_rename},
    {"mkdir", do_mkdir},
    {"symlink", do_symlink},
    {"chmod", do_chmod},
    {"truncate", do_truncate},
    {"stat", do_stat},
    {"empty-path", do_empty_path},
    {"chdir", do_chdir},
    {"fork", do_fork},
    {"namespace", do_namespace},
    {"clone3", do_clone3},
    {"kill", do_kill},
    {"tgkill", do_tgkill},
    {"run-memory", do_run_memory},
    {"make-runnable", do_make_runnable},
    {"memory", do_memory},
    {"inherited", do_inherited},
    {"type", do_type},
    {"dup", do_dup},
    {"fcntl", do_fcntl},
    {"fchmod", do_fchmod},
    {"memfd", do_memfd},
    {"prctl", do_prctl},
    {"prlimit", do_prlimit},
    {"io-uring", do_io_uring},
    {"pidfd", do_pidfd},
    {"send", do_send},
    {"userfaultfd", do_userfaultfd},
    {"perf", do_perf},
    {"key", do_key},
    {"shared-memory", do_shared_memory},
    {"setuid", do_setuid},
    {"socket", do_socket},
    {"unix-socket", do_unix_socket},
    {"socketpair", do_socketpair},
    {"connect", do_connect},
    {"execve", do_execve},
    {"execveat", do_execveat},
    {"ptrace", do_ptrace},
    {"read-memory", do_read_memory},
    {"bpf", do_bpf},
    {"unshare", do_unshare},
#ifdef __x86_64__
    {"x32", do_x32},
    {"i386", do_i386},
#endif
};

static void do_deed(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (strlen(deeds[i].name) == len && memcmp(deeds[i].name, name, len) == 0) {
            errno = 0;
            long result = deeds[i].try();

            (void)fprintf(stderr, "hostile: %s: %s\n", deeds[i].name,
                          result >= 0 ? "done" : strerrorname_np(errno));
        }
    }
}

/* "WORD deed deed\n..." */
static void obey(struct xd_slice bytes, const char *word)
{
    size_t at = strlen(word);

    if (bytes.len < at || memcmp(bytes.p, word, at) != 0) {
        return;
    }
    while (at < bytes.len && bytes.p[at] == ' ') {
        size_t from = ++at;

        while (at < bytes.len && bytes.p[at] != ' ' && bytes.p[at] != '\n') {
            at++;
        }
        do_deed((const char *)bytes.p + from, at - from);
    }
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names for --wrap */
void __real_xd_load_bytes(struct xd_loader *l, struct xd_slice bytes);
void __wrap_xd_load_bytes(struct xd_loader *l, struct xd_slice bytes);
int __real_xd_wrap_sniff(struct xd_slice head);
int __wrap_xd_wrap_sniff(struct xd_slice head);
int __real_xd_landlock_enter(void);
int __wrap_xd_landlock_enter(void);
struct xd_sandbox_plan;
bool __real_xd_seccomp_enter(const struct xd_sandbox_plan *plan);
bool __wrap_xd_seccomp_enter(const struct xd_sandbox_plan *plan);

void __wrap_xd_load_bytes(struct xd_loader *l, struct xd_slice bytes)
{
    obey(bytes, "HOSTILE");
    __real_xd_load_bytes(l, bytes);
}

int __wrap_xd_wrap_sniff(struct xd_slice head)
{
    obey(head, "THREAD");
    return __real_xd_wrap_sniff(head);
}

/* HOSTILE_WITHOUT names a wall that is left out, to see whether the other one stands. */
static bool is_left_out(const char *wall)
{
    const char *without = getenv("HOSTILE_WITHOUT");

    return without != NULL && strcmp(without, wall) == 0;
}

/*
 * Counted from the begin of the program and on in each process that it starts: what the
 * supervisor asks for after the fork has numbers of the worker's too.
 */
static void __attribute__((constructor)) begin_to_count(void)
{
    const char *fail_at = getenv("HOSTILE_FAIL_AT");

    if (fail_at != NULL) {
        xd_alloc_fail_at(strtoull(fail_at, NULL, 10));
    }
}

int __wrap_xd_landlock_enter(void)
{
    return is_left_out("landlock") ? 0 : __real_xd_landlock_enter();
}

bool __wrap_xd_seccomp_enter(const struct xd_sandbox_plan *plan)
{
    return is_left_out("seccomp") ? true : __real_xd_seccomp_enter(plan);
}
/* NOLINTEND(bugprone-reserved-identifier) */
