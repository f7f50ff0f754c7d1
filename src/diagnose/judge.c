/*
 * judge.c - the order of judging: conversations, rules, checks, conditions,
 * predictions.
 */
#include "judge_priv.h"

#include "assemble_priv.h"

typedef void (*rule_fn)(struct xd_judge *j);

struct rule {
    const char *what;
    rule_fn judge;
};

/*
 * Order is precedence: what explains a conversation first keeps it (contract: "How
 * a verdict is reached", 3).  Facts that findings of causes silence come after them.
 */
static const struct rule rules[] = {
    {"two views that differ", xd_rule_splits},
    {"certificates that are not their node's", xd_rule_strange_leaves},
    {"refusals that the replay explains", xd_rule_causes},
    {"name resolution", xd_rule_resolution},
    {"SSH tunnels", xd_rule_ssh},
    {"SSH tunnels of a C that is not in the case", xd_rule_ssh_far},
    {"names that the tunnels need", xd_rule_tunnel_names},
    {"conversations that no certificate explains", xd_rule_connections},
    {"failures of strangers", xd_rule_unsolicited},
    {"traversal credentials", xd_rule_traversal_auth},
    {"zones and tunnels by stores and settings", xd_rule_status},
    {"names that zones ask for", xd_rule_zone_names},
    {"the other store", xd_rule_wrong_store},
    {"stores", xd_rule_stores},
    {"settings, versions, clocks", xd_rule_settings},
    {"names in stores", xd_rule_names},
    {"cluster peers and old releases", xd_rule_peers},
    {"dates", xd_rule_dates},
    {"what TLS 1.3 hides", xd_rule_encrypted},
    {"inputs", xd_rule_inputs},
    {"what is left", xd_rule_unexplained},
    {"alarms", xd_rule_alarms},
};

/* Failed related handshakes of which nobody can tell the certificates. */
static void count_hidden(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        bool open = !v->cause || v->cause->f.id == XD_F_HANDSHAKE_CLOSED ||
                    v->cause->f.id == XD_F_HANDSHAKE_RESET;
        if (v->related && open && v->flow && v->flow->tls && xd_conv_failed(v) &&
            v->flow->tls->server_hello && !v->flow->tls->certificates_visible) {
            j->hidden++;
        }
    }
}

void xd_diagnose_judge(struct xd_case *cs, const struct xd_diagnose_options *options)
{
    struct xd_judge j = {.cs = cs, .options = options, .whole = XD_TRI_UNKNOWN};
    xd_judge_pair_up(&j);
    xd_judge_infer(&j);
    xd_judge_converse(&j);
    xd_judge_join_nat(&j);
    xd_judge_join_web(&j);
    xd_judge_learn_halves(&j);
    xd_judge_infer_names(&j);
    xd_judge_adopt_alike(&j);
    xd_judge_learn_clients(&j);
    xd_judge_outrank(&j);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        rules[i].judge(&j);
    }
    xd_judge_tell_halves(&j);
    xd_judge_contradict(&j);
    xd_judge_mended(&j);
    xd_judge_reach(&j);
    count_hidden(&j);
    xd_judge_publish(&j);
    xd_judge_checks(&j);
    xd_judge_scenarios(&j);
    xd_judge_what_if(&j);
    xd_callers_free(j.callers);
    xd_map_free(j.draft_index);
    xd_map_free(j.heard);
    xd_map_free(j.replayed);
}
