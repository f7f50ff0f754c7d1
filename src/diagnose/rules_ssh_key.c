/*
 * rules_ssh_key.c - the key types of both nodes' certificates against the public key
 * algorithms that the SSH tunnels may use.
 *
 * The tunnels know X.509 keys alone (RFC 6187), one algorithm a key type; the setting
 * sshd_pfwd_pubkeyalgorithms of each node must list those of both.
 */
#include "tunnels_priv.h"

#include <string.h>

#include "expdiag/text.h"

static const char *algorithm_of(const struct xd_cert *c)
{
    static const struct {
        const char *key;
        const char *algorithm;
    } rows[] = {{"RSA", "x509v3-rsa2048-sha256"},
                {"EC P-256", "x509v3-ecdsa-sha2-nistp256"},
                {"EC P-384", "x509v3-ecdsa-sha2-nistp384"},
                {"EC P-521", "x509v3-ecdsa-sha2-nistp521"},
                {"Ed25519", "x509v3-ssh-ed25519"},
                {"Ed448", "x509v3-ssh-ed448"}};
    for (size_t i = 0; c->key && i < sizeof rows / sizeof *rows; i++) {
        if (strncmp(c->key, rows[i].key, strlen(rows[i].key)) == 0) {
            return rows[i].algorithm;
        }
    }
    return NULL;
}

/* The node's list, or NULL where it is not set: by default every type is in it. */
static const struct xd_setting *list_of(const struct xd_node *n)
{
    const struct xd_setting *s =
        n && n->xconf ? xd_dump_find(n->xconf, "Ciphers sshd_pfwd_pubkeyalgorithms Value")
                      : NULL;
    return s && s->value && *s->value ? s : NULL;
}

static bool lists(const struct xd_setting *s, const char *algorithm)
{
    return xd_text_contains_nocase(xd_slice_of(s->value), algorithm);
}

/* The certificates whose key types one node's setting leaves out. */
struct mismatch {
    struct xd_node *at; /* whose setting it is */
    const struct xd_setting *list;
    struct xd_node *owners[2];
    const struct xd_store *stores[2];
    size_t n;
};

static const char *tell_certs(struct xd_judge *j, const struct mismatch *m)
{
    const char *text = "";
    for (size_t i = 0; i < m->n; i++) {
        const struct xd_cert *leaf = m->stores[i]->certs[0];
        text = xd_arena_printf(
            j->cs->arena, "%s%s\"%s\" of %s has a key of type %s, used as %s", text,
            i > 0 ? "; " : "", xd_words_name(leaf), xd_words_node(j, m->owners[i]),
            leaf->key, algorithm_of(leaf));
    }
    return text;
}

static const char *tell_algorithms(struct xd_judge *j, const struct mismatch *m)
{
    const char *text = "";
    for (size_t i = 0; i < m->n; i++) {
        const char *name = algorithm_of(m->stores[i]->certs[0]);
        if (!strstr(text, name)) {
            text = xd_arena_printf(j->cs->arena, "%s%s%s", text, *text ? ", " : "", name);
        }
    }
    return text;
}

static void tell(struct xd_judge *j, struct xd_draft *d, const struct mismatch *m,
                 bool failed)
{
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "The SSH tunnel settings of %s leave out the key type of a "
                        "certificate",
                        xd_words_node(j, m->at)),
        xd_arena_printf(
            j->cs->arena,
            "The SSH tunnels log in with certificates, and each node must admit "
            "the key types of both: %s. The public key algorithms set on %s are "
            "%s. %s Next: add %s to the public key algorithms of %s, or use keys of a "
            "type that it admits.",
            tell_certs(j, m), xd_words_node(j, m->at), m->list->value,
            failed ? "Tunnels fail here, and no certificate explains it."
                   : "No tunnel is known to be up; with these settings none can "
                     "come up.",
            tell_algorithms(j, m), xd_words_node(j, m->at)));
}

static void raise_mismatch(struct xd_judge *j, struct xd_tunnels *t,
                           const struct mismatch *m, bool refused)
{
    struct xd_draft *d = xd_draft_get(j, XD_F_SSH_KEY_ALGORITHM, m->at, NULL, m->at->id);
    struct xd_place place = {
        .entry = m->at->xconf->entry, .line = m->list->line, .time = XD_TIME_NONE};
    bool failed = refused || t->algorithm_event;
    xd_draft_confidence(d, failed ? XD_PROBABLE : XD_POSSIBLE);
    if (xd_draft_is_new(d)) {
        d->f.presenter = (struct xd_party){.node = m->owners[0], .set = true};
        d->f.verifier = (struct xd_party){.node = m->at, .set = true};
        tell(j, d, m, failed || t->n_down > 0);
        xd_remedy_add(j, d, m->at, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Add the algorithm of these keys (%s) to the public "
                                      "key algorithms of the SSH tunnels, "
                                      "sshd_pfwd_pubkeyalgorithms, and see that the other "
                                      "node has it too.",
                                      tell_algorithms(j, m)),
                      "Maintenance > Security > Ciphers");
    }
    xd_evidence_add(
        j, d, place,
        xd_arena_printf(j->cs->arena,
                        "xConfiguration Ciphers sshd_pfwd_pubkeyalgorithms Value: %s",
                        m->list->value),
        true);
    if (t->algorithm_event) {
        xd_evidence_event(j, d, t->algorithm_event, true);
    }
    for (size_t i = 0; i < m->n; i++) {
        xd_draft_cert(j, d, m->stores[i]->certs[0]);
        xd_evidence_store(j, d, m->owners[i], m->stores[i]);
    }
    xd_tunnels_attach(j, d, t);
}

bool xd_ssh_key_algorithm(struct xd_judge *j, struct xd_tunnels *t, bool refused)
{
    struct xd_node *nodes[2] = {t->c, t->e};
    bool raised = false;
    if ((t->accepted || t->up) && !refused && !t->algorithm_event) {
        return false; /* a tunnel is up: the key types are admitted */
    }
    for (int at = 0; at < 2; at++) {
        struct mismatch m = {.at = nodes[at], .list = list_of(nodes[at])};
        for (int owner = 0; owner < 2 && m.list; owner++) {
            const struct xd_store *s =
                nodes[owner] ? xd_node_store_for(nodes[owner], (enum xd_side)owner) : NULL;
            const char *algorithm =
                s && s->certs[0]->parsed ? algorithm_of(s->certs[0]) : NULL;
            if (algorithm && !lists(m.list, algorithm)) {
                m.owners[m.n] = nodes[owner];
                m.stores[m.n++] = s;
            }
        }
        if (m.n > 0) {
            raise_mismatch(j, t, &m, refused);
            raised = true;
        }
    }
    return raised;
}
