/*
 * seccomp.c - the first wall: which system calls a worker may make from here on.
 *
 * A list of what is allowed; all else fails with EPERM, so that libraries that look for a
 * file lazily (iconv, locale, OpenSSL) do without it.  What no honest worker ever tries
 * ends the process.
 */
#include "worker_priv.h"

#include "expdiag/alloc.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Reading and writing what is open, memory, waiting, leaving. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(membarrier),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo), /* qsort asks how much memory there is */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Programs, sockets, other processes' memory, the kernel itself. */
static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(bpf),
    SCMP_SYS(mount),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
};

enum { N_ALLOWED = sizeof(allowed) / sizeof(allowed[0]) };
enum { N_DEADLY = sizeof(deadly) / sizeof(deadly[0]) };

/*
 * The memory for the wall is missing: one with a hole, or without a door, is none.  (A
 * kernel that cannot filter is told by seccomp_load alone.)
 */
static void require(bool ok)
{
    if (!ok) {
        _exit(XD_EXIT_MEMORY);
    }
}

static void add_plain(scmp_filter_ctx c)
{
    for (size_t i = 0; i < N_ALLOWED + N_DEADLY; i++) {
        int call = i < N_ALLOWED ? allowed[i] : deadly[i - N_ALLOWED];
        uint32_t action = i < N_ALLOWED ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS;

        /* negative: a call that this architecture does not have */
        require(seccomp_rule_add(c, action, call, 0) == 0 || call < 0);
    }
}

/* Allowed where the argument's bits under mask are value. */
static void add_masked(scmp_filter_ctx c, int call, unsigned argument, scmp_datum_t mask,
                       scmp_datum_t value)
{
    struct scmp_arg_cmp condition = {
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};

    require(seccomp_rule_add_array(c, SCMP_ACT_ALLOW, call, 1, &condition) == 0 ||
            call < 0);
}

static void add_equal(scmp_filter_ctx c, int call, unsigned argument, scmp_datum_t value)
{
    struct scmp_arg_cmp condition = {
        .arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};

    require(seccomp_rule_add_array(c, SCMP_ACT_ALLOW, call, 1, &condition) == 0);
}

/* Calls that are fine with the right argument only. */
static void add_conditional(scmp_filter_ctx c)
{
    /* memory that can be run is never made; which mmap there is depends on the machine */
    add_masked(c, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
    add_masked(c, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
    add_masked(c, SCMP_SYS(mmap2), 2, PROT_EXEC, 0);
    /* threads, not processes; clone3 hides its flags in memory, and glibc does without */
    add_masked(c, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
    require(seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0);
    /* abort(): a signal to ourselves */
    add_equal(c, SCMP_SYS(tgkill), 0, (scmp_datum_t)getpid());
    /* is it a terminal, and how wide */
    add_equal(c, SCMP_SYS(ioctl), 1, TCGETS);
    add_equal(c, SCMP_SYS(ioctl), 1, TIOCGWINSZ);
}

/*
 * libseccomp 2.5.4 loses rules without a word where memory fails it while it makes the
 * filter: then what must be allowed is refused.  Each of these calls fails in itself.
 */
static void check_doors(void)
{
    static const int doors[] = {SYS_read,   SYS_pread64, SYS_readv, SYS_write,
                                SYS_writev, SYS_lseek,   SYS_close, SYS_fstat};

    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        require(syscall(doors[i], -1, NULL, 0, 0) != -1 || errno != EPERM);
    }
}

/*
 * libseccomp 2.5.4 runs in circles where some of its allocations fail.  Making a filter
 * takes a millisecond; SIGVTALRM ends what takes seconds.
 */
static void limit_time(void)
{
    enum { SECONDS = 1 };
    struct itimerval most = {.it_value = {.tv_sec = SECONDS}};

    (void)setitimer(ITIMER_VIRTUAL, &most, NULL);
}

bool xd_seccomp_enter(void)
{
    limit_time();
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    require(c != NULL && seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
            seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0);
    add_plain(c);
    add_conditional(c);
    int rc = seccomp_load(c);

    require(rc != -ENOMEM && rc != -EINVAL && rc != -EFAULT);
    seccomp_release(c);
    (void)signal(SIGVTALRM, SIG_IGN); /* the timer itself can be reached no more */
    if (rc == 0) {
        check_doors();
    }
    return rc == 0;
}

bool xd_seccomp_offline(void)
{
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);

    if (c == NULL) {
        return false;
    }
    bool ok = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 0) == 0 &&
              seccomp_load(c) == 0;

    seccomp_release(c);
    return ok;
}
