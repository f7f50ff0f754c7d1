/*
 * serve.c - the forking process: starts a worker a case, gathers rows, keeps the time.
 *
 * It waits for one thing at a time and never for the parent: what the parent does not
 * take yet stays in a buffer, so that neither can hold the other up.
 */
#include "pool.h"

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"
#include "expdiag/load.h"
#include "expdiag/worker.h"
#include "expdiag/x509.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker {
    pid_t pid; /* 0: the place is free */
    uint32_t id;
    int row_fd;
    uint64_t began; /* microseconds */
    bool timed_out;
    bool refused; /* no process could be made for it */
    struct xd_buf row;
    struct xd_worker_status *status; /* shared with it */
};

struct server {
    const struct xd_pool_options *o;
    struct xd_roots roots;
    struct xd_pool_shared shared;
    pid_t pid; /* our own */
    int fd;
    int signals;
    struct xd_buf in; /* requests that came in */
    size_t in_taken;
    struct xd_buf out;
    size_t out_sent;
    struct worker *workers;
    struct pollfd *polls;
};

static uint64_t read_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- a worker's beginning ---- */

#if !defined(EXPDIAG_SANITIZED) /* ASan takes terabytes of addresses */
/* Addresses that programs and libraries take: no case's. */
static uint64_t own_addresses(void)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0) {
        (void)close(fd);
    }
    return len <= 0 ? 0 : strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}
#endif

static void limit_worker(const struct xd_pool_options *o)
{
    struct rlimit none = {0};

    (void)setrlimit(RLIMIT_CORE, &none); /* it would hold a customer's bundle */
#if !defined(EXPDIAG_SANITIZED)
    rlim_t most = ((rlim_t)o->memory << 20) + own_addresses();
    struct rlimit memory = {.rlim_cur = most, .rlim_max = most};

    (void)setrlimit(RLIMIT_AS, &memory);
#else
    (void)o;
#endif
}

/* What it needs none of: the parent's socket, other workers' rows and words. */
static void leave_others(const struct server *s, const struct worker *own)
{
    (void)close(s->fd);
    (void)close(s->signals);
    for (unsigned i = 0; i < s->o->jobs; i++) {
        const struct worker *w = &s->workers[i];

        if (w != own) {
            (void)munmap(w->status, sizeof(*w->status));
        }
        if (w != own && w->pid != 0 && w->row_fd >= 0) {
            (void)close(w->row_fd);
        }
    }
}

XD_NORETURN static void be_worker(struct server *s, struct worker *own,
                                  const struct xd_pool_job *job, int row_fd)
{
    sigset_t none;
    struct xd_worker_status *status = own->status;

    xd_alloc_guard_exit();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != s->pid) { /* it ended before we asked to be told */
        _exit(XD_POOL_NO_ROW);
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    leave_others(s, own);
    limit_worker(s->o);
    /* Ctrl-C, and the end of a batch system's task, go to all: the parent answers, and
     * without it none of us lives on */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGQUIT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    _exit(xd_pool_work(s->o, &s->shared, job, row_fd, status));
}

/* ---- requests ---- */

/* Name, report and paths as they stand in the request. */
static void read_job(struct xd_arena *a, const struct xd_wire_head *head,
                     const uint8_t *bytes, struct xd_pool_job *job)
{
    struct {
        char **texts;
        size_t n_texts, cap_texts;
    } all = {0};

    char *own = xd_arena_text(a, (const char *)bytes, head->len);

    for (size_t at = 0; at < head->len; at += strlen(own + at) + 1) {
        *XD_PUSH(a, &all, texts) = own + at;
    }
    if (all.n_texts < 2) { /* the parent writes two at the least */
        _exit(1);
    }
    size_t n_paths = all.n_texts - 2;
    bool *expected = xd_arena_alloc(a, n_paths * sizeof(*expected));

    for (size_t i = 0; i < n_paths; i++) { /* '+' or '-', then the path */
        expected[i] = *all.texts[i + 2]++ == '+';
    }
    *job = (struct xd_pool_job){.id = head->id,
                                .name = all.texts[0],
                                .report = all.texts[1][0] != '\0' ? all.texts[1] : NULL,
                                .paths = all.texts + 2,
                                .expected = expected,
                                .n_paths = n_paths};
}

static void send_end(struct server *s, struct worker *w, int wait_status,
                     const struct rusage *usage)
{
    struct xd_wire_head head = {.len = (uint32_t)w->row.len,
                                .id = w->id,
                                .wait_status = wait_status,
                                .timed_out = w->timed_out,
                                .no_worker = w->refused,
                                .microseconds = read_clock() - w->began,
                                .peak_kib = (uint64_t)usage->ru_maxrss};

    memcpy(head.doing, w->status->doing, sizeof(head.doing));
    xd_buf_add(&s->out, &head, sizeof(head));
    xd_buf_add(&s->out, w->row.bytes, w->row.len);
    xd_buf_clear(&w->row);
    w->row.overflow = false;
}

/* No process could be made for it: the parent is told so. */
static void refuse_job(struct server *s, struct worker *w, int why)
{
    struct rusage usage = {0};

    w->began = read_clock();
    w->refused = true;
    (void)snprintf(w->status->doing, sizeof(w->status->doing), "%s", strerror(why));
    send_end(s, w, 0, &usage);
}

static void start_worker(struct server *s, struct worker *w,
                         const struct xd_wire_head *head, const uint8_t *bytes)
{
    int ends[2] = {-1, -1};
    struct xd_arena *a = xd_arena_new();
    struct xd_pool_job job;

    read_job(a, head, bytes, &job);
    *w = (struct worker){.id = head->id, .row = w->row, .status = w->status};
    memset(w->status, 0, sizeof(*w->status));
    pid_t pid = pipe2(ends, O_CLOEXEC) != 0 ? -1 : fork();

    if (pid == 0) {
        (void)close(ends[0]);
        be_worker(s, w, &job, ends[1]);
    }
    if (pid < 0) {
        refuse_job(s, w, errno);
        if (ends[0] >= 0) {
            (void)close(ends[0]);
        }
    } else {
        w->pid = pid;
        w->row_fd = ends[0];
        w->began = read_clock();
        (void)fcntl(w->row_fd, F_SETFL, O_NONBLOCK);
    }
    if (ends[1] >= 0) {
        (void)close(ends[1]);
    }
    xd_arena_free(a);
}

static struct worker *free_worker(struct server *s)
{
    for (unsigned i = 0; i < s->o->jobs; i++) {
        if (s->workers[i].pid == 0) {
            return &s->workers[i];
        }
    }
    return NULL;
}

/* Start what has come in, as far as there are places. */
static void start_workers(struct server *s)
{
    struct xd_wire_head head;

    for (;;) {
        struct worker *w = free_worker(s);
        size_t left = s->in.len - s->in_taken;

        if (w == NULL || left < sizeof(head)) {
            break;
        }
        memcpy(&head, s->in.bytes + s->in_taken, sizeof(head));
        if (left - sizeof(head) < head.len) {
            break;
        }
        start_worker(s, w, &head, s->in.bytes + s->in_taken + sizeof(head));
        s->in_taken += sizeof(head) + head.len;
    }
    if (s->in_taken > 0) {
        memmove(s->in.bytes, s->in.bytes + s->in_taken, s->in.len - s->in_taken);
        s->in.len -= s->in_taken;
        s->in_taken = 0;
    }
}

XD_NORETURN static void leave(struct server *s)
{
    for (unsigned i = 0; i < s->o->jobs; i++) {
        if (s->workers[i].pid != 0) {
            (void)kill(s->workers[i].pid, SIGKILL);
            (void)waitpid(s->workers[i].pid, NULL, 0);
        }
    }
    _exit(0);
}

static void read_requests(struct server *s)
{
    uint8_t block[16 << 10];
    ssize_t n = recv(s->fd, block, sizeof(block), MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        leave(s); /* the parent wants no more, or is gone */
    }
    if (n > 0) {
        xd_buf_add(&s->in, block, (size_t)n);
    }
}

static void send_ends(struct server *s)
{
    while (s->out_sent < s->out.len) {
        ssize_t n = send(s->fd, s->out.bytes + s->out_sent, s->out.len - s->out_sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n < 0) {
            leave(s);
        }
        s->out_sent += (size_t)n;
    }
    xd_buf_clear(&s->out);
    s->out_sent = 0;
}

/* ---- rows and ends ---- */

static void read_row(struct worker *w)
{
    uint8_t block[16 << 10];

    while (w->row_fd >= 0) {
        ssize_t n = read(w->row_fd, block, sizeof(block));

        if (n < 0) {
            return;
        }
        if (n == 0) { /* it may still run: then there is nothing to wait for here */
            (void)close(w->row_fd);
            w->row_fd = -1;
            return;
        }
        xd_buf_add(&w->row, block, (size_t)n);
        if (w->row.overflow) { /* who writes without end must not keep us here */
            (void)close(w->row_fd);
            w->row_fd = -1;
        }
    }
}

static void reap_workers(struct server *s)
{
    for (unsigned i = 0; i < s->o->jobs; i++) {
        struct worker *w = &s->workers[i];
        struct rusage usage = {0};
        int wait_status = 0;

        if (w->pid == 0 || wait4(w->pid, &wait_status, WNOHANG, &usage) != w->pid) {
            continue;
        }
        read_row(w);
        if (w->row_fd >= 0) {
            (void)close(w->row_fd);
        }
        w->pid = 0;
        if (w->row.overflow) {
            xd_buf_clear(&w->row); /* half a row is none */
        }
        send_end(s, w, wait_status, &usage);
    }
}

/* Ends what is over its time; gives the milliseconds until the next is. */
static int watch_time(struct server *s)
{
    uint64_t now = read_clock();
    uint64_t limit = (uint64_t)s->o->timeout * 1000000;
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < s->o->jobs; i++) {
        struct worker *w = &s->workers[i];

        if (w->pid == 0 || w->timed_out) {
            continue;
        }
        uint64_t spent = now - w->began;

        if (spent >= limit) {
            w->timed_out = true;
            (void)kill(w->pid, SIGKILL);
        } else if (limit - spent < next) {
            next = limit - spent;
        }
    }
    return next == UINT64_MAX ? -1 : (int)(next / 1000 < 60000 ? next / 1000 + 1 : 60000);
}

static void wait_for_something(struct server *s)
{
    nfds_t n = 0;
    int patience = watch_time(s);
    struct signalfd_siginfo info;

    s->polls[n++] = (struct pollfd){
        .fd = s->fd, .events = (short)(POLLIN | (s->out.len > s->out_sent ? POLLOUT : 0))};
    s->polls[n++] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    for (unsigned i = 0; i < s->o->jobs; i++) {
        if (s->workers[i].pid != 0 && s->workers[i].row_fd >= 0) {
            s->polls[n++] = (struct pollfd){.fd = s->workers[i].row_fd, .events = POLLIN};
        }
    }
    if (poll(s->polls, n, patience) <= 0) {
        return;
    }
    if ((s->polls[0].revents & (POLLIN | POLLHUP)) != 0) {
        read_requests(s);
    }
    while (read(s->signals, &info, sizeof(info)) > 0) {
    }
    for (unsigned i = 0; i < s->o->jobs; i++) {
        if (s->workers[i].pid != 0) {
            read_row(&s->workers[i]);
        }
    }
}

/* ---- the beginning ---- */

/* What all workers would do alike, once. */
static void prepare(struct server *s)
{
    xd_crypto_init();
    xd_load_init();
    s->shared = (struct xd_pool_shared){&s->roots, xd_sandbox_plan_new()};
    if (s->o->public_roots == NULL) {
        xd_roots_builtin(&s->roots);
        xd_roots_parse(&s->roots);
    }
}

static void open_server(struct server *s)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGINT); /* the parent decides */
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGQUIT);
    (void)sigprocmask(SIG_SETMASK, &set, NULL);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    s->in.max = SIZE_MAX / 2;
    s->out.max = SIZE_MAX / 2;
    s->workers = xd_alloc_array(s->o->jobs, sizeof(*s->workers));
    s->polls = xd_alloc_array(s->o->jobs + (size_t)2, sizeof(*s->polls));
    for (unsigned i = 0; i < s->o->jobs; i++) {
        s->workers[i].row.max = s->o->redact != NULL ? XD_POOL_SAYS : XD_ROW_BYTES;
        s->workers[i].status =
            mmap(NULL, sizeof(struct xd_worker_status), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (s->workers[i].status == MAP_FAILED) {
            _exit(XD_EXIT_MEMORY);
        }
    }
    if (s->signals < 0) {
        _exit(1);
    }
}

void xd_pool_serve(const struct xd_pool_options *o, int fd)
{
    struct server s = {.o = o, .pid = getpid(), .fd = fd};

    open_server(&s);
    prepare(&s);
    for (;;) {
        wait_for_something(&s);
        reap_workers(&s);
        start_workers(&s);
        send_ends(&s);
    }
}
