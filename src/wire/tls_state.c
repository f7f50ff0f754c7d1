/*
 * tls_state.c - what encrypted records say by their type, length and order: when a
 * handshake is over, what is application data, what must be an alert.
 *
 * TLS 1.2: after ChangeCipherSpec one handshake record is the Finished.  TLS 1.3
 * hides the type; the Finished message is told by its length (RFC 8446, 4.4.4), an
 * alert by its 2 bytes (with content type and tag: 19).
 */
#include "wire_priv.h"

enum {
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_DATA = 23,
    TLS13 = 0x0304,
    AES_256_GCM_SHA384 = 0x1302,
    AES_128_CCM_8_SHA256 = 0x1305,
};

static unsigned tag_length(const struct xd_wire_tls *t)
{
    return t->cipher == AES_128_CCM_8_SHA256 ? 8 : 16;
}

/* Message header, verify_data of the hash's size, content type, tag. */
unsigned xd_tls_finished_length(const struct xd_wire_tls *t)
{
    return 4 + (t->cipher == AES_256_GCM_SHA384 ? 48U : 32U) + 1 + tag_length(t);
}

static unsigned alert_length(const struct xd_wire_tls *t)
{
    return 2 + 1 + tag_length(t);
}

void xd_tls_finished(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                     struct xd_spot spot)
{
    (void)w;
    c->dir[dir].finished = true;
    if (c->u.tls->version == TLS13 && dir == c->client) {
        c->dir[1 - dir].finished = true; /* it is only sent in answer to the server's */
    }
    if (c->dir[0].finished && c->dir[1].finished && !c->established) {
        c->established = true;
        c->spots[SPOT_HANDSHAKE_END] = spot;
    }
}

void xd_tls_app_data(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    if (!c->dir[dir].app_data) {
        c->dir[dir].app_data = true;
        c->spots[SPOT_APP_DATA + dir] = w->now;
    }
}

static void note_alert(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_wire_alert a = {
        .spot = w->now, .dir = (uint8_t)dir, .level = 0, .code = -1, .encrypted = true};

    xd_conn_alert(w, c, &a);
}

static void take_client_13(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t len)
{
    struct xd_wire_tls *t = c->u.tls;

    if (c->dir[dir].finished) {
        if (len != alert_length(t)) {
            xd_tls_app_data(w, c, dir);
        } else {
            xd_conn_step(w, c, dir, XD_STEP_ENCRYPTED_ALERT, len);
        }
        return;
    }
    if (len == xd_tls_finished_length(t)) {
        xd_conn_step(w, c, dir, XD_STEP_FINISHED, len);
        xd_tls_finished(w, c, dir, w->now);
        return;
    }
    if (len == alert_length(t)) {
        t->client_alert = true;
        note_alert(w, c, dir);
        return;
    }
    if (!t->early_data || t->server_hello) {
        if (t->client_records < UINT8_MAX) {
            t->client_records++;
        }
        xd_conn_step(w, c, dir, XD_STEP_ENCRYPTED_HANDSHAKE, len);
    }
}

/* Tickets are what a server sends unasked: up to two records, alike in length. */
static bool is_ticket(const struct xd_conn *c, unsigned dir, uint32_t len)
{
    const struct xd_wire_tls *t = c->u.tls;

    if (t->server_records > 2 || len < 64) {
        return false;
    }
    if (t->server_records == 1) {
        return true;
    }
    return c->dir[dir].record_len_before == len;
}

static void take_server_13(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t len)
{
    struct xd_wire_tls *t = c->u.tls;
    bool client_finished = c->client < 2 && c->dir[c->client].finished;

    if (!client_finished && t->client_records > 0 && !t->early_data &&
        len != alert_length(t)) {
        /* Its whole last flight came in one record: the server goes on. */
        xd_tls_finished(w, c, c->client, c->spots[SPOT_LAST_DATA + c->client]);
        client_finished = true;
    }
    if (!client_finished) {
        xd_conn_step(w, c, dir, XD_STEP_ENCRYPTED_HANDSHAKE, len);
        if (len == alert_length(t)) {
            t->server_alert = true;
            note_alert(w, c, dir);
        }
        return;
    }
    if (t->server_records < UINT8_MAX) {
        t->server_records++;
    }
    if (len == alert_length(t)) {
        /* Its first word after the client's Finished; data behind that is no answer to it.
         */
        if (t->server_records == 1 && !c->dir[dir].app_data) {
            t->server_alert = !c->dir[1 - dir].app_data;
            note_alert(w, c, dir);
        } else {
            xd_conn_step(w, c, dir, XD_STEP_ENCRYPTED_ALERT, len);
        }
    } else if (!is_ticket(c, dir, len)) {
        xd_tls_app_data(w, c, dir);
    }
    c->dir[dir].record_len_before = len;
}

static void take_13(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t len)
{
    if (dir == c->client) {
        take_client_13(w, c, dir, len);
    } else {
        take_server_13(w, c, dir, len);
    }
}

static void take_12(struct xd_wire *w, struct xd_conn *c, unsigned dir, unsigned type,
                    uint32_t len)
{
    struct xd_dir *d = &c->dir[dir];

    if (type == TYPE_DATA) {
        if (d->ccs || c->u.tls->version == 0) {
            xd_tls_app_data(w, c, dir);
        }
    } else if (type == TYPE_ALERT) {
        note_alert(w, c, dir);
    } else if (type == TYPE_HANDSHAKE && d->ccs) {
        if (!d->finished) {
            xd_conn_step(w, c, dir, XD_STEP_ENCRYPTED_HANDSHAKE, len);
            xd_tls_finished(w, c, dir, w->now);
        } else if (c->established) {
            c->u.tls->renegotiated = true;
        }
    }
}

void xd_tls_encrypted(struct xd_wire *w, struct xd_conn *c, unsigned dir, unsigned type,
                      uint32_t len)
{
    if (type == 0) { /* the rest of a clear record that was cut by a gap */
        return;
    }
    bool is_13 = c->u.tls->version == TLS13;

    xd_conn_ledger(c, dir, type, len, w->now);
    c->dir[dir].records++;
    c->dir[dir].alert_last =
        is_13 ? type == TYPE_DATA && len == alert_length(c->u.tls) : type == TYPE_ALERT;
    if (is_13) {
        if (type == TYPE_DATA) {
            take_13(w, c, dir, len);
        }
        return;
    }
    take_12(w, c, dir, type, len);
}
