/*
 * whatif.c - the standing predictions for every pair.
 */
#include "judge_priv.h"

#include <string.h>

struct standing {
    const char *name;
    struct xd_change change;
};

static const struct standing rows[] = {
    {"as-is", {.at = XD_TIME_NONE}},
    {"eku-check=on", {.set_check = true, .check = XD_EKU_CHECK_ON, .at = XD_TIME_NONE}},
    {"eku-check=off", {.set_check = true, .check = XD_EKU_CHECK_OFF, .at = XD_TIME_NONE}},
    {"client-cert+clientAuth", {.good_client = true, .at = XD_TIME_NONE}},
};

static bool any_down(const struct xd_pair *p, bool *up)
{
    const struct xd_zone *zones[2] = {p->c_zone, p->e_zone};
    bool down = false;
    *up = false;
    for (int i = 0; i < 2; i++) {
        down = down || (zones[i] && xd_zone_is_down(zones[i]));
        *up = *up || (zones[i] && xd_zone_is_up(zones[i]));
    }
    return down;
}

static bool tunnels_down(const struct xd_node *n)
{
    for (size_t i = 0; i < n->n_tunnels; i++) {
        if (xd_tunnel_is_down(&n->tunnels[i])) {
            return true;
        }
    }
    return false;
}

/* Where the prediction and the dumps disagree, that is said. */
static const char *compare_status(struct xd_judge *j, const struct xd_pair *p,
                                  const struct xd_what_if *w)
{
    bool up = false;
    bool down = any_down(p, &up);
    const char *text = "";
    if (w->zone == XD_PREDICT_ACTIVE && down) {
        text = " The status says that the zone is down: the reason is no certificate, or "
               "the certificates in use are not those of the stores.";
    } else if (w->zone == XD_PREDICT_FAILED && up && !down) {
        text = " The status says that the zone is active: the connection may be older than "
               "the certificates or the setting.";
    }
    bool ssh_down = tunnels_down(p->c) || tunnels_down(p->e);
    bool ssh_known = p->c->n_tunnels + p->e->n_tunnels > 0;
    if (w->ssh == XD_PREDICT_ACTIVE && ssh_down) {
        text = xd_arena_printf(j->cs->arena,
                               "%s The status says that tunnels are down, which these "
                               "certificates do not explain.",
                               text);
    } else if (w->ssh == XD_PREDICT_FAILED && ssh_known && !ssh_down) {
        text =
            xd_arena_printf(j->cs->arena,
                            "%s The status says that the tunnels are active: they may be "
                            "older than the certificates.",
                            text);
    }
    return text;
}

static const char *word_reason(struct xd_judge *j, const struct xd_outlook *zone,
                               const struct xd_outlook *ssh)
{
    if (zone->result == XD_PREDICT_ACTIVE && ssh->result == XD_PREDICT_ACTIVE) {
        return "Zone and SSH tunnels: no certificate reason is left.";
    }
    if (zone->result == ssh->result && strcmp(zone->reason, ssh->reason) == 0) {
        return xd_arena_printf(j->cs->arena, "Zone and SSH tunnels: %s.", zone->reason);
    }
    return xd_arena_printf(j->cs->arena, "Zone: %s. SSH tunnels: %s.", zone->reason,
                           ssh->reason);
}

void xd_judge_what_if(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            const struct xd_pair *p = &j->pairs[i];
            struct xd_outlook zone;
            struct xd_outlook ssh;
            xd_predict_zone(j, p, &rows[k].change, &zone);
            xd_predict_ssh(j, p, &rows[k].change, &ssh);
            struct xd_what_if *w = XD_PUSH(j->cs->arena, j->cs, what_if);
            w->change = rows[k].name;
            w->c = p->c;
            w->e = p->e;
            w->zone = zone.result;
            w->ssh = ssh.result;
            w->reason = word_reason(j, &zone, &ssh);
            if (k == 0) {
                w->reason = xd_arena_printf(j->cs->arena, "%s%s", w->reason,
                                            compare_status(j, p, w));
            } else if (rows[k].change.set_check &&
                       p->e->eku_check == XD_EKU_CHECK_NOT_AVAILABLE) {
                w->reason =
                    xd_arena_printf(j->cs->arena,
                                    "%s has no EKU check before X15.5, so that nothing "
                                    "changes. %s",
                                    xd_words_node(j, p->e), w->reason);
            }
        }
    }
}
