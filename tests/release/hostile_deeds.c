/*
 * hostile_deeds.c - what a parser would do that a bundle has taken over, each deed by its
 * name: sandbox.py says what must come of it.
 */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
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

static long do_bind(void)
{
    return syscall(SYS_bind, STDERR_FILENO, NULL, 0);
}

static long do_listen(void)
{
    return syscall(SYS_listen, STDERR_FILENO, 1);
}

static long do_accept4(void)
{
    return syscall(SYS_accept4, STDERR_FILENO, NULL, NULL, 0);
}

static long do_write_memory(void)
{
    char byte = 0;
    struct iovec v = {&byte, 1};

    return syscall(SYS_process_vm_writev, getppid(), &v, 1, &v, 1, 0);
}

static long do_module(void)
{
    return syscall(SYS_init_module, "", 0, "");
}

static long do_finit_module(void)
{
    return syscall(SYS_finit_module, STDERR_FILENO, "", 0);
}

static long do_kexec(void)
{
    return syscall(SYS_kexec_load, 0, 0, NULL, 0);
}

static long do_mount(void)
{
    return syscall(SYS_mount, "none", ".", "tmpfs", 0, NULL);
}

static long do_setns(void)
{
    return syscall(SYS_setns, STDERR_FILENO, 0);
}

/* A program that never was in a file: made in memory, then started. */
static long do_run_memfd(void)
{
    char *const argv[] = {(char[]){"x"}, NULL};
    long fd = syscall(SYS_memfd_create, "x", 0);

    (void)!write((int)fd, "#!/bin/true\n", 12);
    return syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
}

/* A signal with words in it, to whoever waits for us. */
static long do_queue_signal(void)
{
    siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_QUEUE};

    return syscall(SYS_rt_sigqueueinfo, getppid(), SIGTERM, &info);
}

static long do_tkill(void)
{
    return syscall(SYS_tkill, getppid(), SIGKILL);
}

/* A filter of our own, which would answer instead of the kernel. */
static long do_seccomp(void)
{
    enum { NEW_LISTENER = 8 };
    return syscall(SYS_seccomp, 1, NEW_LISTENER, NULL);
}

static long do_prctl_seccomp(void)
{
    return prctl(PR_SET_SECCOMP, 2, NULL);
}

static long do_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1);
}

static long do_name(void)
{
    return prctl(PR_SET_NAME, "init");
}

/* Memory that can be run, by ways beside mmap and mprotect. */
static long do_pkey(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return syscall(SYS_pkey_mprotect, p, 4096, PROT_READ | PROT_EXEC, -1);
}

static long do_personality(void)
{
    enum { READ_IMPLIES_EXEC = 0x0400000 };
    return syscall(SYS_personality, READ_IMPLIES_EXEC);
}

/* A bundle's own bytes, run where they lie. */
static long do_run_input(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 3, 0);

    return p == MAP_FAILED ? -1 : 0;
}

/* What is in a terminal's or pipe's way, and what else a descriptor can be told. */
static long do_steal_terminal(void)
{
    return ioctl(STDERR_FILENO, TIOCSCTTY, 1);
}

static long do_paste(void)
{
    char paste = 3;

    return ioctl(STDERR_FILENO, TIOCLINUX, &paste);
}

static long do_async(void)
{
    int on = 1;

    return ioctl(STDERR_FILENO, FIOASYNC, &on);
}

static long do_raise_limit(void)
{
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

    return syscall(SYS_prlimit64, 0, RLIMIT_AS, &all, NULL);
}

/*
 * Every number of a system call that is not on this list, which is not the filter's own,
 * is refused: those of today, and those that a kernel may learn.
 */
static bool is_known(long number)
{
    static const long known[] = {
        SYS_read,
        SYS_pread64,
        SYS_readv,
        SYS_write,
        SYS_writev,
        SYS_lseek,
        SYS_close,
        SYS_fstat,
        SYS_brk,
        SYS_munmap,
        SYS_mremap,
        SYS_madvise,
        SYS_futex,
        SYS_rseq,
        SYS_set_robust_list,
        SYS_set_tid_address,
        SYS_membarrier,
        SYS_restart_syscall,
        SYS_rt_sigaction,
        SYS_rt_sigprocmask,
        SYS_rt_sigreturn,
        SYS_sigaltstack,
        SYS_getpid,
        SYS_gettid,
        SYS_getrandom,
        SYS_clock_gettime,
        SYS_gettimeofday,
#ifdef SYS_time
        SYS_time,
#endif
        SYS_sched_yield,
        SYS_sched_getaffinity,
        SYS_sysinfo,
        SYS_exit,
        SYS_exit_group,
        /* by their arguments; each has a deed of its own */
        SYS_mmap,
        SYS_mprotect,
        SYS_clone,
        SYS_clone3,
        SYS_tgkill,
        SYS_ioctl,
#ifdef __x86_64__
        /* uprobe and uretprobe: the kernel asks no filter, and raises SIGILL */
        335,
        336,
#endif
        /* the worker ends */
        SYS_execve,
        SYS_execveat,
        SYS_socket,
        SYS_socketpair,
        SYS_connect,
        SYS_bind,
        SYS_listen,
        SYS_accept,
        SYS_accept4,
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_init_module,
        SYS_finit_module,
        SYS_kexec_load,
        SYS_bpf,
        SYS_mount,
        SYS_setns,
        SYS_unshare,
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i] == number) {
            return true;
        }
    }
    return false;
}

static long do_all_numbers(void)
{
    enum { NUMBERS = 2048 };
    long open = 0;

    for (long number = 0; number < NUMBERS; number++) {
        errno = 0;
        if (!is_known(number) &&
            (syscall(number, -1, 0, 0, 0, 0, 0) != -1 || errno != EPERM)) {
            (void)fprintf(stderr, "hostile: number %ld: done\n", number);
            open++;
        }
    }
    errno = EPERM;
    return open == 0 ? -1 : open;
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
    {"bind", do_bind},
    {"listen", do_listen},
    {"accept4", do_accept4},
    {"write-memory", do_write_memory},
    {"module", do_module},
    {"finit-module", do_finit_module},
    {"kexec", do_kexec},
    {"mount", do_mount},
    {"setns", do_setns},
    {"run-memfd", do_run_memfd},
    {"queue-signal", do_queue_signal},
    {"tkill", do_tkill},
    {"seccomp", do_seccomp},
    {"prctl-seccomp", do_prctl_seccomp},
    {"dumpable", do_dumpable},
    {"name", do_name},
    {"pkey", do_pkey},
    {"personality", do_personality},
    {"run-input", do_run_input},
    {"steal-terminal", do_steal_terminal},
    {"paste", do_paste},
    {"async", do_async},
    {"raise-limit", do_raise_limit},
    {"all-numbers", do_all_numbers},
#ifdef __x86_64__
    {"x32", do_x32},
    {"i386", do_i386},
#endif
};

void hostile_do(const char *name, size_t len)
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
