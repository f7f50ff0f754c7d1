/*
 * export_ssh.c - SSH facts into the case: what both lists negotiate (RFC 4253, 7.1)
 * and what the runs after NEWKEYS say of the public-key request (RFC 4252, 7).
 */
#include "wire_priv.h"

#include <limits.h>

#include "expdiag/map.h"
#include "expdiag/text.h"

enum { KEX = 0, HOST_KEY = 1, CIPHER_CS = 2, CIPHER_SC = 3, MAC_CS = 4, MAC_SC = 5 };

/* The next name of a comma-separated list; false at its end. */
static bool next_name(const char **list, struct xd_slice *name)
{
    size_t n = strcspn(*list, ",");

    if (**list == '\0') {
        return false;
    }
    *name = (struct xd_slice){(const uint8_t *)*list, n};
    *list += n + ((*list)[n] == ',');
    return true;
}

/* The client's first name that the server has too. */
static const char *negotiate(struct xd_wire *w, const char *client, const char *server)
{
    struct xd_slice name;
    const char *found = NULL;

    if (client == NULL || server == NULL) {
        return NULL;
    }
    struct xd_map *offered = xd_map_new();

    while (next_name(&server, &name)) {
        xd_map_put(offered, name, w); /* whatever, but not NULL */
    }
    while (found == NULL && next_name(&client, &name)) {
        if (name.len > 0 && xd_map_get(offered, name) != NULL) {
            found = xd_intern_text(w, (const char *)name.p, name.len);
        }
    }
    xd_map_free(offered);
    return found;
}

/* AEAD ciphers bring their own integrity: no MAC need be common. */
static bool is_aead(const char *cipher)
{
    return cipher != NULL &&
           (strstr(cipher, "gcm") != NULL || strstr(cipher, "poly1305") != NULL);
}

static void negotiate_all(struct xd_wire *w, const char *const *client,
                          const char *const *server, struct xd_ssh_facts *f)
{
    f->kex = negotiate(w, client[KEX], server[KEX]);
    f->host_key_algorithm = negotiate(w, client[HOST_KEY], server[HOST_KEY]);
    f->cipher[XD_CLIENT] = negotiate(w, client[CIPHER_CS], server[CIPHER_CS]);
    f->cipher[XD_SERVER] = negotiate(w, client[CIPHER_SC], server[CIPHER_SC]);
    f->mac[XD_CLIENT] = negotiate(w, client[MAC_CS], server[MAC_CS]);
    f->mac[XD_SERVER] = negotiate(w, client[MAC_SC], server[MAC_SC]);
    if (client[KEX] == NULL || server[KEX] == NULL) {
        return;
    }
    if (f->kex == NULL) {
        f->no_common_what = "kex";
    } else if (f->host_key_algorithm == NULL) {
        f->no_common_what = "host key";
    } else if (f->cipher[XD_CLIENT] == NULL || f->cipher[XD_SERVER] == NULL) {
        f->no_common_what = "cipher";
    } else if ((f->mac[XD_CLIENT] == NULL && !is_aead(f->cipher[XD_CLIENT])) ||
               (f->mac[XD_SERVER] == NULL && !is_aead(f->cipher[XD_SERVER]))) {
        f->no_common_what = "MAC";
    }
    f->no_common = f->no_common_what != NULL;
}

/* Bytes of a message authentication code (RFC 4253, 6.4; RFC 6668; OpenSSH). */
static unsigned mac_length(const char *mac)
{
    static const struct {
        const char *name;
        unsigned len;
    } macs[] = {
        {"hmac-sha2-256", 32}, {"hmac-sha2-512", 64}, {"hmac-sha1-96", 12},
        {"hmac-sha1", 20},     {"hmac-md5-96", 12},   {"hmac-md5", 16},
        {"umac-64", 8},        {"umac-128", 16},
    };

    for (size_t i = 0; mac != NULL && i < sizeof(macs) / sizeof(*macs); i++) {
        size_t n = strlen(macs[i].name);

        if (strncmp(mac, macs[i].name, n) == 0 &&
            (mac[n] == '\0' || strchr("-@", mac[n]))) {
            return macs[i].len;
        }
    }
    return 0;
}

/*
 * A packet with so many bytes of payload: length, padding length, payload, at least 4
 * bytes of padding up to a block (RFC 4253, 6), MAC or tag.  The length is no part of
 * the blocks with AEAD ciphers and encrypt-then-MAC.  0 where that cannot be told.
 */
static unsigned packet_length(const char *cipher, const char *mac, unsigned payload)
{
    enum { LENGTH = 4, BLOCK = 16, TAG = 16, CHACHA_BLOCK = 8, PADDING = 1 + 4 };
    unsigned inner = payload + PADDING;

    if (cipher == NULL) {
        return 0;
    }
    if (strstr(cipher, "poly1305") != NULL) {
        return LENGTH + (inner + CHACHA_BLOCK - 1) / CHACHA_BLOCK * CHACHA_BLOCK + TAG;
    }
    if (strstr(cipher, "gcm") != NULL) {
        return LENGTH + (inner + BLOCK - 1) / BLOCK * BLOCK + TAG;
    }
    unsigned tag = mac_length(mac);

    if (tag == 0 || strncmp(cipher, "aes", 3) != 0) {
        return 0;
    }
    if (strstr(mac, "-etm@") != NULL) {
        return LENGTH + (inner + BLOCK - 1) / BLOCK * BLOCK + tag;
    }
    return (LENGTH + inner + BLOCK - 1) / BLOCK * BLOCK + tag;
}

/* Runs of the server that are known by their length. */
struct answers {
    unsigned grant; /* position of SSH_MSG_SERVICE_ACCEPT; of no run where it is not seen */
    unsigned success; /* SSH_MSG_USERAUTH_SUCCESS: its number alone; 0: not known */
};

/*
 * AsyncSSH puts an empty SSH_MSG_IGNORE in front of every message: where the service
 * was granted so, a success comes so too.
 */
static struct answers find_answers(const struct xd_conn *c, unsigned client,
                                   const struct xd_ssh_facts *f)
{
    enum { SUCCESS = 1, IGNORE = 1 + 4, ACCEPT = 1 + 4 + 12 /* "ssh-userauth" */ };
    const char *cipher = f->cipher[XD_SERVER];
    const char *mac = f->mac[XD_SERVER];
    unsigned ignored = packet_length(cipher, mac, IGNORE);
    unsigned accept = packet_length(cipher, mac, ACCEPT);
    struct answers a = {UINT_MAX, packet_length(cipher, mac, SUCCESS)};
    unsigned i = 0;

    while (i < c->n_ledger && c->ledger[i].dir != client) {
        i++;
    }
    while (i < c->n_ledger && c->ledger[i].dir == client) {
        i++;
    }
    if (i < c->n_ledger && accept > 0 &&
        (c->ledger[i].length == accept || c->ledger[i].length == accept + ignored)) {
        a.grant = i;
        a.success += c->ledger[i].length - accept;
    }
    return a;
}

/*
 * After NEWKEYS a client asks for the service, then tries "none", then its keys, and
 * every refusal is of one length.  A success is the shortest packet there is.
 */
static void judge_answers(const struct xd_conn *c, unsigned client, unsigned success,
                          struct xd_ssh_facts *f)
{
    enum { SERVICE = 1, NONE = 2 };
    unsigned requests = 0;
    uint32_t refusal = 0;
    uint32_t last = 0;

    for (unsigned i = 0; i < c->n_ledger && i < XD_LEDGER_HEAD; i++) {
        const struct xd_row *r = &c->ledger[i];

        if (r->dir == client) {
            requests++;
            continue;
        }
        if (requests > SERVICE && r->length == success) {
            f->logged_in = true;
            return;
        }
        refusal = requests == NONE ? r->length : refusal;
        last = requests > NONE ? r->length : 0;
    }
    f->auth_refused = success > 0 && refusal > success && last == refusal &&
                      c->n_ledger <= XD_LEDGER_HEAD;
}

/*
 * A long run of the client, and the server's answer: of nearly the same length it is
 * SSH_MSG_USERAUTH_PK_OK, which repeats the key; a short one refuses (or, to a
 * request that was signed at once, accepts: then the conversation goes on).  The run
 * that asks for the service may be long too, with extensions (RFC 8308) in front.
 */
static void judge_key_request(const struct xd_wire *w, const struct xd_conn *c,
                              const struct answers *a, struct xd_ssh_facts *f)
{
    enum { LEAST = 200, USER_AND_HEADERS = 160 };
    unsigned client = xd_conn_client(c);

    for (unsigned i = 0; i + 1 < c->n_ledger && i < XD_LEDGER_HEAD; i++) {
        const struct xd_row *request = &c->ledger[i];
        const struct xd_row *answer = &c->ledger[i + 1];

        if (request->dir != client || request->length < LEAST || f->key_accepted ||
            i + 1 == a->grant) {
            continue;
        }
        f->key_offered = true;
        f->key_request_length = request->length;
        f->key_answer_length = answer->length;
        f->key_request_place =
            xd_export_place(w, (struct xd_spot){request->when, request->frame});
        f->key_answer_place =
            xd_export_place(w, (struct xd_spot){answer->when, answer->frame});
        f->key_accepted = answer->length + USER_AND_HEADERS >= request->length &&
                          answer->length <= request->length + USER_AND_HEADERS;
        f->key_refused = !f->key_accepted && answer->length < request->length / 2 &&
                         answer->length != a->success && i + 3 >= c->n_ledger;
    }
}

void xd_export_ssh(struct xd_wire *w, const struct xd_conn *c, struct xd_flow *flow)
{
    const struct xd_wire_ssh *s = c->u.ssh;
    struct xd_ssh_facts *f = xd_arena_alloc(w->cs->arena, sizeof(*f));
    unsigned client = xd_conn_client(c);

    flow->ssh = f;
    for (unsigned side = 0; side < 2; side++) {
        unsigned dir = side == XD_CLIENT ? client : 1 - client;

        f->banner[side] = s->banner[dir];
        memcpy(f->cookie[side], s->cookie[dir], sizeof(f->cookie[side]));
        f->has_cookie[side] = s->kexinit[dir];
        f->kex_offered[side] = s->lists[dir][KEX];
        f->host_key_offered[side] = s->lists[dir][HOST_KEY];
        f->cipher_offered[side] = s->lists[dir][CIPHER_CS];
        f->mac_offered[side] = s->lists[dir][MAC_CS];
        f->newkeys[side] = c->dir[dir].newkeys;
        f->newkeys_place[side] = xd_export_place(w, c->spots[SPOT_APP_DATA + dir]);
    }
    negotiate_all(w, s->lists[client], s->lists[1 - client], f);
    f->has_host_key = s->has_host_key;
    memcpy(f->host_key_sha256, s->host_key_sha256, sizeof(f->host_key_sha256));
    f->disconnect_code = s->disconnect_code;
    f->disconnect_text = s->disconnect_text;
    if (s->disconnect_code >= 0) {
        f->disconnect_by = s->disconnect_dir == client ? XD_BY_CLIENT : XD_BY_SERVER;
    }
    struct answers a = find_answers(c, client, f);

    judge_key_request(w, c, &a, f);
    judge_answers(c, client, a.success, f);
}
