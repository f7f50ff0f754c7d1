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
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

/* The filter as the kernel takes it; OWN_PID in it is whoever enters. */
struct xd_sandbox_plan {
    struct sock_filter *code;
    size_t n;
};

enum { OWN_PID = 0x7fffff01 }; /* no process has it: the kernel counts to 2^22 */

static const scmp_datum_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                       CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                       CLONE_NEWNET;

enum { N_ALLOWED = sizeof(allowed) / sizeof(allowed[0]) };
enum { N_DEADLY = sizeof(deadly) / sizeof(deadly[0]) };

/*
 * The memory for the wall is missing: one with a hole, or without a door, is none.
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
    /* threads, not processes nor namespaces; clone3 hides its flags in memory, and glibc
     * does without */
    add_masked(c, SCMP_SYS(clone), 0, CLONE_THREAD | namespaces, CLONE_THREAD);
    require(seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0);
    /* abort(): a signal to ourselves */
    add_equal(c, SCMP_SYS(tgkill), 0, OWN_PID);
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
static void limit_time(time_t seconds)
{
    struct itimerval most = {.it_value = {.tv_sec = seconds}};

    (void)setitimer(ITIMER_VIRTUAL, &most, NULL);
}

/*
 * What libseccomp would load: it writes it to a descriptor.  Two sockets hold any filter,
 * where a pipe may have room for but a page, and a file is under the limit of file sizes.
 */
static void export(scmp_filter_ctx c, struct xd_sandbox_plan *out)
{
    struct sock_filter code[BPF_MAXINSNS];
    int ends[2] = {-1, -1};
    ssize_t len = 0;

    require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 &&
            seccomp_export_bpf(c, ends[1]) == 0);
    do {
        len = recv(ends[0], code, sizeof(code), 0);
    } while (len < 0 && errno == EINTR);
    require(len > 0 && (size_t)len % sizeof(*code) == 0);
    out->n = (size_t)len / sizeof(*code);
    out->code = xd_alloc((size_t)len);
    memcpy(out->code, code, (size_t)len);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

struct xd_sandbox_plan *xd_seccomp_plan_new(void)
{
    struct xd_sandbox_plan *plan = xd_alloc(sizeof(*plan));

    limit_time(1);
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    require(c != NULL &&
            seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0);
    add_plain(c);
    add_conditional(c);
    export(c, plan);
    seccomp_release(c);
    limit_time(0);
    return plan;
}

void xd_sandbox_plan_free(struct xd_sandbox_plan *plan)
{
    if (plan != NULL) {
        xd_free(plan->code);
        xd_free(plan);
    }
}

bool xd_seccomp_possible(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

void xd_seccomp_enter(const struct xd_sandbox_plan *plan)
{
    size_t bytes = plan->n * sizeof(*plan->code);
    struct sock_fprog program = {.len = (unsigned short)plan->n, .filter = xd_alloc(bytes)};

    memcpy(program.filter, plan->code, bytes);
    for (size_t i = 0; i < plan->n; i++) {
        if (program.filter[i].code == (BPF_JMP | BPF_JEQ | BPF_K) &&
            program.filter[i].k == OWN_PID) {
            program.filter[i].k = (uint32_t)getpid();
        }
    }
    require(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                    &program) == 0);
    xd_free(program.filter);
    check_doors();
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
