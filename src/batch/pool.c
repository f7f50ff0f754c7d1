/*
 * pool.c - the parent's side of the pool.
 */
#include "pool.h"

#include "expdiag/alloc.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct xd_pool {
    int fd;
    pid_t pid;
    uint8_t *in; /* bytes that came in */
    size_t len, cap, taken;
};

enum xd_rc xd_pool_start(const struct xd_pool_options *o, struct xd_pool **out,
                         struct xd_err *err)
{
    int ends[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return xd_err_set(err, XD_FAIL, 0, "no socket for workers: %s", strerror(errno));
    }
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        xd_alloc_on_end(NULL, NULL); /* what it undoes is the parent's */
        (void)close(ends[0]);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) { /* it ended before we asked to be told */
            _exit(0);
        }
        xd_pool_serve(o, ends[1]);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return xd_err_set(err, XD_FAIL, 0, "no process could be made: %s", strerror(errno));
    }
    struct xd_pool *p = xd_alloc(sizeof(*p));

    p->fd = ends[0];
    p->pid = pid;
    *out = p;
    return XD_OK;
}

static enum xd_rc is_gone(struct xd_err *err)
{
    return xd_err_set(err, XD_FAIL, 0,
                      "the process that starts the workers was killed from outside, most "
                      "often because the machine ran out of memory; run again with "
                      "--resume");
}

static enum xd_rc send_all(const struct xd_pool *p, struct xd_slice bytes,
                           struct xd_err *err)
{
    while (bytes.len > 0) {
        ssize_t n = send(p->fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return is_gone(err);
        }
        bytes.p += n;
        bytes.len -= (size_t)n;
    }
    return XD_OK;
}

enum xd_rc xd_pool_submit(struct xd_pool *p, const struct xd_pool_job *job,
                          struct xd_err *err)
{
    struct xd_wire_head head = {.id = job->id};
    struct xd_buf b = {.max = UINT32_MAX};

    xd_buf_add(&b, &head, sizeof(head));
    xd_buf_add(&b, job->name, strlen(job->name) + 1);
    xd_buf_add(&b, job->report == NULL ? "" : job->report,
               job->report == NULL ? 1 : strlen(job->report) + 1);
    for (size_t i = 0; i < job->n_paths; i++) {
        xd_buf_puts(&b, job->expected[i] ? "+" : "-");
        xd_buf_add(&b, job->paths[i], strlen(job->paths[i]) + 1);
    }
    head.len = (uint32_t)(b.len - sizeof(head));
    memcpy(b.bytes, &head, sizeof(head));
    enum xd_rc rc = send_all(p, (struct xd_slice){b.bytes, b.len}, err);

    xd_buf_done(&b);
    return rc;
}

int xd_pool_fd(const struct xd_pool *p)
{
    return p->fd;
}

enum xd_rc xd_pool_receive(struct xd_pool *p, struct xd_err *err)
{
    enum { STEP = 64 << 10 };

    if (p->taken > 0) {
        memmove(p->in, p->in + p->taken, p->len - p->taken);
        p->len -= p->taken;
        p->taken = 0;
    }
    if (p->cap - p->len < STEP) {
        p->cap = p->len + 2 * (size_t)STEP;
        p->in = xd_realloc(p->in, p->cap);
    }
    ssize_t n = recv(p->fd, p->in + p->len, p->cap - p->len, 0);

    if (n < 0 && errno == EINTR) {
        return XD_OK;
    }
    if (n <= 0) {
        return is_gone(err);
    }
    p->len += (size_t)n;
    return XD_OK;
}

bool xd_pool_take(struct xd_pool *p, struct xd_pool_end *out)
{
    struct xd_wire_head head;

    if (p->len - p->taken < sizeof(head)) {
        return false;
    }
    memcpy(&head, p->in + p->taken, sizeof(head));
    if (p->len - p->taken - sizeof(head) < head.len) {
        return false;
    }
    *out = (struct xd_pool_end){.id = head.id,
                                .wait_status = head.wait_status,
                                .timed_out = head.timed_out != 0,
                                .no_worker = head.no_worker != 0,
                                .seconds = (double)head.microseconds / 1e6,
                                .peak_mib = (double)head.peak_kib / 1024,
                                .row = {p->in + p->taken + sizeof(head), head.len}};
    memcpy(out->doing, head.doing, sizeof(out->doing));
    out->doing[sizeof(out->doing) - 1] = '\0';
    p->taken += sizeof(head) + head.len;
    const uint8_t *end = out->row.len == 0 ? NULL : memchr(out->row.p, '\n', out->row.len);

    if (end != NULL) { /* behind the row */
        size_t len = (size_t)(end - out->row.p) + 1;

        out->names = (struct xd_slice){out->row.p + len, out->row.len - len};
        out->row.len = len;
    }
    return true;
}

void xd_pool_stop(struct xd_pool *p)
{
    if (p == NULL) {
        return;
    }
    (void)close(p->fd); /* it sees the end, ends its workers, then itself */
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    xd_free(p->in);
    xd_free(p);
}
