/*
 * supervise.c - one job in a process of its own.
 */
#include "expdiag/worker.h"

#include "expdiag/alloc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* The signals that a supervisor answers itself while its worker runs. */
static void fill_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
    (void)sigaddset(set, SIGQUIT);
    (void)sigaddset(set, SIGPIPE);
    (void)sigaddset(set, SIGCHLD);
}

void xd_worker_hold_signals(sigset_t *before)
{
    sigset_t signals;

    fill_signals(&signals);
    (void)sigprocmask(SIG_BLOCK, &signals, before);
}

void xd_worker_end_by(int number)
{
    sigset_t only;

    (void)sigemptyset(&only);
    (void)sigaddset(&only, number);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
}

XD_NORETURN static void be_worker(xd_worker_job_fn job, void *arg,
                                  struct xd_worker_status *status, const sigset_t *held,
                                  pid_t supervisor)
{
    struct rlimit no_core = {0};

    xd_alloc_on_end(NULL, NULL); /* what it undoes is the supervisor's */
    xd_alloc_guard_exit();
    /* a core file would hold a customer's bundle; and without us the work is for nobody */
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) { /* it ended before we asked to be told */
        _exit(EXIT_FAILURE);       /* nobody hears it */
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)signal(SIGINT, SIG_IGN); /* Ctrl-C and Ctrl-\ go to all: the supervisor answers */
    (void)signal(SIGQUIT, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file-size limit then is an error with words */
    (void)sigprocmask(SIG_UNBLOCK, held, NULL);
    _exit(job(arg, status));
}

/* Wait for the child or a signal to us; gives the signal, or 0 when the child ended. */
static int wait_for_end(pid_t child, int signals, const struct xd_worker_watch *watch,
                        const struct xd_worker_status *status, int *wait_status)
{
    enum { TICK = 200 }; /* milliseconds */

    for (;;) {
        struct signalfd_siginfo info;
        struct pollfd p = {.fd = signals, .events = POLLIN};

        pid_t ended = waitpid(child, wait_status, WNOHANG);

        if (ended == child || (ended < 0 && errno != EINTR)) {
            return 0;
        }
        int ready = poll(&p, 1, watch != NULL ? TICK : -1);

        if (ready == 0 && watch != NULL) {
            watch->tick(watch->arg, status);
        }
        if (ready <= 0) {
            continue;
        }
        if (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
            info.ssi_signo != SIGCHLD) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, wait_status, 0);
            return (int)info.ssi_signo;
        }
    }
}

static void read_end(int interrupted_by, int wait_status, struct xd_worker_result *out)
{
    if (interrupted_by != 0) {
        out->end = XD_WORKER_INTERRUPTED;
        out->status = interrupted_by;
    } else if (WIFEXITED(wait_status)) {
        out->status = WEXITSTATUS(wait_status);
        out->end = out->status == XD_EXIT_MEMORY ? XD_WORKER_MEMORY : XD_WORKER_EXITED;
    } else {
        out->end = XD_WORKER_CRASHED;
        out->status = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    }
}

enum xd_rc xd_worker_run(xd_worker_job_fn job, void *arg,
                         const struct xd_worker_watch *watch, struct xd_worker_result *out,
                         struct xd_err *err)
{
    struct xd_worker_status *status = mmap(NULL, sizeof(*status), PROT_READ | PROT_WRITE,
                                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sigset_t signals;
    sigset_t before;
    int wait_status = 0;

    if (status == MAP_FAILED) {
        return xd_err_set(err, XD_FAIL, 0, "no memory to share with a worker: %s",
                          strerror(errno));
    }
    fill_signals(&signals);
    (void)sigprocmask(SIG_BLOCK, &signals, &before);
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    pid_t supervisor = getpid();
    pid_t child = signal_fd < 0 ? -1 : fork();

    if (child == 0) {
        be_worker(job, arg, status, &signals, supervisor);
    }
    if (child < 0) {
        (void)xd_err_set(err, XD_FAIL, 0, "no worker process could be made: %s",
                         strerror(errno));
    } else {
        int interrupted_by = wait_for_end(child, signal_fd, watch, status, &wait_status);

        read_end(interrupted_by, wait_status, out);
        memcpy(out->doing, status->doing, sizeof(out->doing));
        out->doing[sizeof(out->doing) - 1] = '\0';
    }
    if (signal_fd >= 0) {
        (void)close(signal_fd);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)munmap(status, sizeof(*status));
    return child < 0 ? XD_FAIL : XD_OK;
}
