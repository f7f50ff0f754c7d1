/*
 * outcome.c - how a conversation ended, as far as the capture shows it: established,
 * failed (who, when, with what), or incomplete.
 */
#include "wire_priv.h"

#define AFTER_HANDSHAKE \
    (2 * XD_SECOND)                 /* a close within this and without data of one's own */
#define STILL_OPEN (10 * XD_SECOND) /* SSH: longer than any refusal takes */
#define NO_ANSWER  (3 * XD_SECOND)  /* a SYN is repeated after one second, then two more */
#define STALLED    (10 * XD_SECOND) /* twice the appliance's handshake timeout */

enum {
    TLS13 = 0x0304,
    CLOSE_NOTIFY = 0,
    NO_CERTIFICATE = 41,
    NO_RENEGOTIATION = 100,
    UNRECOGNIZED_NAME = 112
};

/* The first FIN or RST. */
struct end {
    struct xd_spot spot;
    unsigned dir;
    bool reset;
    bool seen;
};

static bool is_earlier(struct xd_spot a, struct xd_spot b)
{
    if (a.when >> 12 != b.when >> 12) {
        return a.when >> 12 < b.when >> 12;
    }
    return a.frame < b.frame;
}

static struct end find_end(const struct xd_conn *c)
{
    struct end e = {.seen = false};

    for (unsigned d = 0; d < 2; d++) {
        struct xd_spot fin = c->spots[SPOT_FIN + d];
        struct xd_spot rst = c->spots[SPOT_RST + d];

        if (xd_spot_is(fin) && (!e.seen || is_earlier(fin, e.spot))) {
            e = (struct end){fin, d, false, true};
        }
        if (xd_spot_is(rst) && (!e.seen || is_earlier(rst, e.spot))) {
            e = (struct end){rst, d, true, true};
        }
    }
    return e;
}

/* What every judgement needs. */
struct judge {
    const struct xd_wire *w;
    const struct xd_conn *c;
    struct xd_flow *f;
    unsigned client; /* direction of the client, also where it is only assumed */
    struct end end;
    xd_time last; /* of the view */
};

static void fail(struct judge *j, enum xd_failure_kind kind, enum xd_phase phase,
                 enum xd_by by, struct xd_spot spot)
{
    j->f->outcome = XD_OUTCOME_FAILED;
    j->f->failure = (struct xd_failure){kind, phase, by, -1, xd_export_place(j->w, spot)};
}

static enum xd_by by_of(const struct judge *j, unsigned dir)
{
    return dir == j->client ? XD_BY_CLIENT : XD_BY_SERVER;
}

static void fail_by_end(struct judge *j, enum xd_phase phase)
{
    fail(j, j->end.reset ? XD_FAILURE_RESET : XD_FAILURE_CLOSED, phase,
         by_of(j, j->end.dir), j->end.spot);
}

static void judge_connect(struct judge *j)
{
    const struct xd_conn *c = j->c;
    unsigned server = 1 - j->client;

    if (!xd_spot_is(c->spots[SPOT_SYN])) {
        return;
    }
    if (c->dir[server].syn_seen) {
        if (j->end.seen) {
            fail_by_end(j, XD_PHASE_HANDSHAKE);
        }
        return;
    }
    if (j->end.seen && j->end.reset) {
        fail(j, j->end.dir == server ? XD_FAILURE_REFUSED : XD_FAILURE_RESET,
             XD_PHASE_CONNECT, by_of(j, j->end.dir), j->end.spot);
        return;
    }
    if (c->syn_count >= 2 || j->last - xd_spot_time(c->spots[SPOT_SYN]) >= NO_ANSWER) {
        fail(j, XD_FAILURE_UNANSWERED, XD_PHASE_CONNECT, XD_BY_UNKNOWN, c->spots[SPOT_SYN]);
    }
}

/* A fatal alert, or a warning that is followed by the end and tells its reason. */
static const struct xd_wire_alert *find_alert(const struct judge *j)
{
    const struct xd_wire_alert *found = NULL;

    for (unsigned i = 0; i < j->c->n_alerts; i++) {
        const struct xd_wire_alert *a = &j->c->alerts[i];
        bool harmless = a->code == CLOSE_NOTIFY || a->code == NO_CERTIFICATE ||
                        a->code == NO_RENEGOTIATION || a->code == UNRECOGNIZED_NAME;

        if (a->level == 2 && a->code != CLOSE_NOTIFY) {
            return a;
        }
        if (a->level == 1 && !harmless && j->end.seen && found == NULL) {
            found = a;
        }
    }
    return found;
}

static const struct xd_wire_alert *find_encrypted_alert(const struct xd_conn *c)
{
    for (unsigned i = 0; i < c->n_alerts; i++) {
        if (c->alerts[i].encrypted) {
            return &c->alerts[i];
        }
    }
    return NULL;
}

static void fail_by_alert(struct judge *j, const struct xd_wire_alert *a,
                          enum xd_phase phase)
{
    bool readable = a->code >= 0;

    fail(j, readable ? XD_FAILURE_ALERT : XD_FAILURE_ENCRYPTED_ALERT, phase,
         by_of(j, a->dir), a->spot);
    j->f->failure.alert_code = a->code;
}

/* Are bytes of the handshake missing, so that its end cannot be judged? */
static bool is_partial(const struct judge *j)
{
    const struct xd_conn *c = j->c;
    const struct xd_wire_tls *t = c->u.tls;

    if (!t->client_hello && !t->server_hello) {
        return true;
    }
    if (c->dir[0].gap || c->dir[1].gap) {
        return true;
    }
    if (!t->client_hello || (c->dir[j->client].ccs && c->dir[1 - j->client].payload == 0)) {
        return true;
    }
    return c->dir[1 - j->client].payload > 0 && !t->server_hello && c->n_alerts == 0 &&
           c->dir[1 - j->client].ccs;
}

static bool judge_alerts(struct judge *j)
{
    const struct xd_conn *c = j->c;
    const struct xd_wire_tls *t = c->u.tls;
    const struct xd_wire_alert *a = find_alert(j);
    const struct xd_wire_alert *hidden = find_encrypted_alert(c);

    if (a != NULL && (!c->established || t->version == TLS13) && !c->dir[0].app_data &&
        !c->dir[1].app_data) {
        fail_by_alert(j, a, XD_PHASE_HANDSHAKE);
        return true;
    }
    if (hidden == NULL || hidden->code == CLOSE_NOTIFY) {
        return false;
    }
    if (t->version == TLS13) {
        if (t->client_alert && !c->established) {
            fail_by_alert(j, hidden, XD_PHASE_HANDSHAKE);
            return true;
        }
        if (t->server_alert && j->end.seen) {
            fail_by_alert(j, hidden, XD_PHASE_HANDSHAKE);
            return true;
        }
        return false;
    }
    if (!c->established && !is_partial(j) && !c->dir[0].app_data && !c->dir[1].app_data) {
        fail_by_alert(j, hidden, XD_PHASE_HANDSHAKE);
        return true;
    }
    return false;
}

/*
 * Who closed a connection that was established: whoever said so first, by a last record
 * that is an alert (close_notify as a rule), by FIN or by RST.
 */
static void find_closer(struct judge *j)
{
    const struct xd_conn *c = j->c;

    for (unsigned d = 0; d < 2 && j->end.seen; d++) {
        struct xd_spot last = c->spots[SPOT_LAST_DATA + d];

        if (c->dir[d].alert_last && is_earlier(last, j->end.spot)) {
            j->end = (struct end){last, d, false, true};
        }
    }
}

/*
 * The alert with which it was closed, where its record says that it is one, or (TLS 1.3)
 * its size and that the server said nothing else once the client had finished.
 */
static const struct xd_wire_alert *find_closing_alert(const struct judge *j)
{
    const struct xd_conn *c = j->c;

    for (unsigned i = 0; i < c->n_alerts; i++) {
        const struct xd_wire_alert *a = &c->alerts[i];

        if (a->encrypted && a->code != CLOSE_NOTIFY && a->dir == j->end.dir &&
            a->spot.when == j->end.spot.when && a->spot.frame == j->end.spot.frame) {
            return a;
        }
    }
    return NULL;
}

static void judge_established(struct judge *j)
{
    const struct xd_conn *c = j->c;
    xd_time over = xd_spot_time(c->spots[SPOT_HANDSHAKE_END]);

    j->f->outcome = XD_OUTCOME_ESTABLISHED;
    find_closer(j);
    if (j->end.seen && xd_spot_time(j->end.spot) - over <= AFTER_HANDSHAKE &&
        !c->dir[j->end.dir].app_data) {
        const struct xd_wire_alert *a = find_closing_alert(j);

        if (a != NULL) {
            fail_by_alert(j, a, XD_PHASE_AFTER_HANDSHAKE);
        } else {
            fail_by_end(j, XD_PHASE_AFTER_HANDSHAKE);
        }
    }
}

static void judge_tls(struct judge *j)
{
    const struct xd_conn *c = j->c;
    unsigned server = 1 - j->client;

    if (judge_alerts(j)) {
        return;
    }
    if (c->established) {
        judge_established(j);
        return;
    }
    if ((c->dir[0].app_data && c->dir[1].app_data && c->u.tls->server_hello) ||
        (c->dir[0].finished && c->dir[0].app_data && !c->dir[1].gap &&
         c->dir[1].finished)) {
        j->f->outcome = XD_OUTCOME_ESTABLISHED;
        return;
    }
    if (is_partial(j)) {
        return;
    }
    if (j->end.seen) {
        xd_time waited =
            xd_spot_time(j->end.spot) - xd_spot_time(c->spots[SPOT_LAST_DATA + j->client]);

        if (c->dir[server].payload == 0 && j->end.dir == j->client && waited >= NO_ANSWER) {
            fail(j, XD_FAILURE_UNANSWERED, XD_PHASE_HANDSHAKE, XD_BY_UNKNOWN,
                 c->spots[SPOT_LAST_DATA + j->client]);
            return;
        }
        fail_by_end(j, XD_PHASE_HANDSHAKE);
        return;
    }
    if (j->last - xd_spot_time(c->spots[SPOT_LAST]) >= STALLED) {
        fail(j, XD_FAILURE_UNANSWERED, XD_PHASE_HANDSHAKE, XD_BY_UNKNOWN,
             c->spots[SPOT_LAST]);
    }
}

static void judge_ssh_clear(struct judge *j)
{
    const struct xd_conn *c = j->c;
    const struct xd_wire_ssh *s = c->u.ssh;
    enum { KEX_FAILED = 3, HOST_KEY = 9 };
    enum xd_failure_kind kind = j->end.reset ? XD_FAILURE_RESET : XD_FAILURE_CLOSED;
    unsigned by = s->disconnect_code >= 0 ? s->disconnect_dir : j->end.dir;
    bool gap = c->dir[0].gap || c->dir[1].gap;

    if (!j->end.seen && s->disconnect_code < 0) {
        if (s->kexinit[0] && s->kexinit[1] && j->f->ssh->no_common) {
            fail(j, XD_FAILURE_SSH_KEX, XD_PHASE_HANDSHAKE, XD_BY_UNKNOWN,
                 c->spots[SPOT_LAST]);
        } else if (!gap && j->last - xd_spot_time(c->spots[SPOT_LAST]) >= STALLED) {
            fail(j, XD_FAILURE_UNANSWERED, XD_PHASE_HANDSHAKE, XD_BY_UNKNOWN,
                 c->spots[SPOT_LAST]);
        }
        return;
    }
    if (gap || (s->banner[0] == NULL && s->banner[1] == NULL)) {
        return;
    }
    if (s->disconnect_code == HOST_KEY ||
        (s->has_host_key && !c->dir[j->client].newkeys && by == j->client)) {
        kind = XD_FAILURE_SSH_HOST_KEY;
    } else if (s->disconnect_code == KEX_FAILED || j->f->ssh->no_common) {
        kind = XD_FAILURE_SSH_KEX;
    } else if (s->disconnect_code >= 0) {
        kind = XD_FAILURE_CLOSED;
    }
    fail(j, kind, XD_PHASE_HANDSHAKE, by_of(j, by),
         j->end.seen ? j->end.spot : c->spots[SPOT_LAST]);
}

static void judge_ssh(struct judge *j)
{
    const struct xd_conn *c = j->c;
    const struct xd_ssh_facts *s = j->f->ssh;

    if (!c->dir[0].newkeys || !c->dir[1].newkeys) {
        judge_ssh_clear(j);
        return;
    }
    xd_time keys = xd_spot_time(c->spots[SPOT_APP_DATA]);
    xd_time keys_1 = xd_spot_time(c->spots[SPOT_APP_DATA_1]);
    xd_time until = j->end.seen ? xd_spot_time(j->end.spot) : j->last;

    keys = keys_1 > keys ? keys_1 : keys;
    if (s->key_accepted || s->logged_in || until - keys >= STILL_OPEN) {
        j->f->outcome = XD_OUTCOME_ESTABLISHED;
        return;
    }
    if (s->key_refused && j->end.seen) {
        j->f->outcome = XD_OUTCOME_FAILED;
        j->f->failure = (struct xd_failure){XD_FAILURE_SSH_AUTH, XD_PHASE_HANDSHAKE,
                                            XD_BY_SERVER, -1, s->key_answer_place};
    } else if (s->auth_refused && j->end.seen) {
        fail(j, XD_FAILURE_SSH_AUTH, XD_PHASE_HANDSHAKE, XD_BY_SERVER,
             c->spots[SPOT_LAST_DATA + 1 - j->client]);
    }
}

bool xd_dir_unheard(const struct xd_conn *c, unsigned dir)
{
    return !c->dir[dir].heard && c->dir[1 - dir].acks;
}

/*
 * Half of it was captured: what the other end said, and whether it refused, is not in the
 * evidence.  What the captured end itself says in the clear stands.
 */
static void judge_half(struct judge *j)
{
    const struct xd_conn *c = j->c;

    if (c->proto == PROTO_TLS) {
        const struct xd_wire_alert *a = find_alert(j);

        if (a != NULL && a->code >= 0) {
            fail_by_alert(j, a, XD_PHASE_HANDSHAKE);
        }
    } else if (c->proto == PROTO_SSH && c->u.ssh->disconnect_code >= 0) {
        judge_ssh_clear(j);
    }
}

void xd_outcome_judge(const struct xd_wire *w, const struct xd_conn *c, struct xd_flow *f)
{
    struct judge j = {
        .w = w,
        .c = c,
        .f = f,
        .client = xd_conn_client(c),
        .end = find_end(c),
        .last = xd_spot_time(w->views[c->view].last),
    };

    f->failure.alert_code = -1;
    f->failure.place.time = XD_TIME_NONE;
    if (xd_dir_unheard(c, 0) || xd_dir_unheard(c, 1)) {
        judge_half(&j);
        return;
    }
    switch ((enum xd_wire_proto)c->proto) {
    case PROTO_TLS:
        judge_tls(&j);
        return;
    case PROTO_SSH:
        judge_ssh(&j);
        return;
    case PROTO_UNKNOWN:
        judge_connect(&j);
        return;
    case PROTO_IGNORED:
        return;
    }
}
