/*
 * rules_input.c - what could not be read, what should not be there, what is missing.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

enum { BLANK_LOG = 4 }; /* bytes of two line ends */

static const char where_logging[] = "Maintenance > Diagnostics > Diagnostic logging";

static void collect_again(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  "Download the diagnostic log again (binary transfer, whole file); if the "
                  "damage is in the original, collect a new one.",
                  where_logging);
}

/* One finding a kind and bundle; each entry is a row of evidence. */
static struct xd_draft *input_draft(struct xd_judge *j, enum xd_finding_id id,
                                    unsigned input, const struct xd_node *n)
{
    const char *name = input < j->cs->n_inputs ? j->cs->inputs[input].name : NULL;
    struct xd_draft *d =
        xd_draft_get(j, id, NULL, NULL, xd_arena_printf(j->cs->arena, "%u", input));
    if (xd_draft_is_new(d)) {
        const struct xd_finding_info *info = xd_finding_info(id);
        xd_draft_text(j, d,
                      xd_arena_printf(j->cs->arena, "%s (%s)", info->title,
                                      n      ? xd_words_node(j, n)
                                      : name ? name
                                             : "input"),
                      id == XD_F_INPUT_DAMAGED
                          ? "Some of it could not be read, or cannot be trusted."
                          : "What stands before the end was read and judged. What would "
                            "have followed is not in the analysis, so that a missing "
                            "handshake, certificate or log line proves nothing for that "
                            "file.");
        xd_draft_confidence(d, XD_CERTAIN);
        collect_again(j, d, n);
    }
    return d;
}

static void append_summary(struct xd_judge *j, struct xd_draft *d, const char *text)
{
    /* The evidence rows hold the rest; a summary stays a paragraph. */
    if (strlen(d->f.summary) < 1200) {
        d->f.summary = xd_arena_printf(j->cs->arena, "%s %s", d->f.summary, text);
    }
}

bool xd_entry_is_empty(const struct xd_entry *e)
{
    /* No log record is shorter than its time; a blank line or two are nothing. */
    bool blank = e->bytes == 0 || (e->kind == XD_ENTRY_LOG && e->bytes <= BLANK_LOG);
    return e->status == XD_ENTRY_DAMAGED && blank;
}

/* Not damaged: there is nothing in it. */
static void judge_empty(struct xd_judge *j, const struct xd_entry *e)
{
    const struct xd_node *n = xd_judge_node_of(j, e);
    bool log = e->kind == XD_ENTRY_LOG;
    const char *what = log ? "log" : "file";
    const char *file = e->label ? e->label : e->name;
    const char *size =
        e->bytes == 0 ? "The file has no bytes" : "The file holds blank lines alone";
    struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_DAMAGED, NULL, NULL,
                                      xd_arena_printf(j->cs->arena, "empty %u", e->id));
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(
        j, d,
        n ? xd_arena_printf(j->cs->arena, "%s of %s is empty", log ? "The log" : "A file",
                            xd_words_node(j, n))
          : xd_arena_printf(j->cs->arena, "The %s %s is empty", what, file),
        xd_arena_printf(j->cs->arena,
                        "%s: %s. Nothing was written, or it was lost on the way; what the "
                        "%s would have shown could not be judged. Next: collect the "
                        "diagnostic log again.",
                        size, file, what));
    struct xd_place place = {.entry = e, .time = XD_TIME_NONE};
    xd_evidence_add(j, d, place, XD_ENTRY_EMPTY, true);
    collect_again(j, d, n);
}

/* Of a link, or of what needs a password, no byte was read either. */
static bool has_other_reason(const struct xd_entry *e)
{
    return e->bytes == 0 && e->detail && strcmp(e->detail, XD_ENTRY_EMPTY) != 0;
}

static void judge_entry(struct xd_judge *j, const struct xd_entry *e)
{
    if (e->status != XD_ENTRY_TRUNCATED && e->status != XD_ENTRY_DAMAGED) {
        return;
    }
    if (xd_entry_is_empty(e) && !has_other_reason(e)) {
        judge_empty(j, e);
        return;
    }
    struct xd_draft *d = input_draft(
        j, e->status == XD_ENTRY_TRUNCATED ? XD_F_INPUT_TRUNCATED : XD_F_INPUT_DAMAGED,
        e->input, xd_judge_node_of(j, e));
    const char *detail = e->detail ? e->detail : "its end is missing";
    struct xd_place place = {.entry = e, .time = XD_TIME_NONE};
    xd_evidence_add(j, d, place, detail, true);
    append_summary(
        j, d,
        xd_arena_printf(j->cs->arena, "%s: %s.", e->label ? e->label : e->name, detail));
}

static void judge_private_key(struct xd_judge *j, const struct xd_entry *e)
{
    if (!e->private_key) {
        return;
    }
    const struct xd_node *n = xd_judge_node_of(j, e);
    struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_DAMAGED, n, NULL,
                                      xd_arena_printf(j->cs->arena, "key %u", e->input));
    if (xd_draft_is_new(d)) {
        xd_draft_confidence(d, XD_CERTAIN);
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena, "A private key is in the bundle (%s)",
                            e->label ? e->label : e->name),
            "A diagnostic bundle never holds a private key, yet this one does. It was "
            "neither kept nor printed. Whoever has the bundle has the key: treat it as "
            "disclosed. Next: have its certificate revoked and issued again with a new "
            "key, "
            "and delete every copy of the bundle.");
        xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                      "Urgent: generate a new key and signing request, install the new "
                      "certificate, and delete every copy of this bundle.",
                      "Maintenance > Security");
        xd_remedy_add(j, d, n, XD_ACTOR_CA, "Urgent: revoke the certificate of that key.",
                      NULL);
    }
    struct xd_place place = {.entry = e, .line = e->private_key_line, .time = XD_TIME_NONE};
    xd_evidence_add(j, d, place, "a private key begins here (not printed)", true);
}

static bool reads_truncated(const char *problem)
{
    struct xd_slice s = xd_slice_of(problem);
    return xd_text_contains_nocase(s, "trunc") ||
           xd_text_contains_nocase(s, "unexpected end") ||
           xd_text_contains_nocase(s, "ends early") || xd_text_contains_nocase(s, "cut") ||
           xd_text_contains_nocase(s, "without its end mark");
}

/*
 * Did the entry come out of what the problem speaks of?  Of a folder it names the
 * archive, by the path that the archive's files begin with.
 */
static bool is_out_of(struct xd_judge *j, const struct xd_input *in,
                      const struct xd_entry *e)
{
    const char *end = e->path ? strrchr(e->path, '!') : NULL;
    if (in->kind != XD_INPUT_FOLDER) {
        return true;
    }
    return end && strstr(in->problem, xd_arena_text(j->cs->arena, e->path,
                                                    (size_t)(end - e->path))) != NULL;
}

/* A file of a folder that could not be opened, which the problem names. */
static bool is_unread(const struct xd_input *in, const struct xd_entry *e)
{
    return in->kind == XD_INPUT_FOLDER && e->status == XD_ENTRY_SKIPPED && e->path &&
           e->detail && strstr(in->problem, e->path) != NULL &&
           strstr(in->problem, e->detail) != NULL;
}

/* Nothing of it was read, so that nothing of it is damaged. */
static void judge_unopened(struct xd_judge *j, unsigned at)
{
    const struct xd_input *in = &j->cs->inputs[at];
    struct xd_arena *a = j->cs->arena;
    const char *path = in->path ? in->path : in->name;
    struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_MISSING, NULL, NULL,
                                      xd_arena_printf(a, "unopened %u", at));
    struct xd_place nowhere = {.time = XD_TIME_NONE};
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(j, d, xd_arena_printf(a, "An input could not be opened (%s)", path),
                  xd_arena_printf(a,
                                  "%s: %s. Nothing of it was read; what it would have "
                                  "shown could not be judged. Next: run expdiag again "
                                  "with the right path.",
                                  path, in->problem));
    xd_evidence_add(j, d, nowhere, xd_arena_printf(a, "%s: %s", path, in->problem), true);
    xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                  "Check the name of the input and whether it may be read, and run expdiag "
                  "again.",
                  NULL);
}

/*
 * The last entry that came out of a container.  Of a folder the problem may name a file
 * that is an entry, though unread; else any of its entries is the place.
 */
static const struct xd_entry *find_place(struct xd_judge *j, unsigned at,
                                         const struct xd_entry **last)
{
    const struct xd_input *in = &j->cs->inputs[at];
    const struct xd_entry *any = NULL;
    const struct xd_entry *unread = NULL;
    for (size_t i = 0; i < j->cs->n_entries; i++) {
        const struct xd_entry *e = j->cs->entries[i];
        if (e->input == at) {
            any = e;
            *last = is_out_of(j, in, e) ? e : *last;
            unread = is_unread(in, e) && !unread ? e : unread;
        }
    }
    return *last ? *last : unread ? unread : any;
}

/* The container itself. */
static void judge_input(struct xd_judge *j, unsigned at)
{
    const struct xd_input *in = &j->cs->inputs[at];
    const struct xd_entry *last = NULL;
    /* What is no bundle is not damaged; it is named, and the exit status tells. */
    if (!in->problem || (in->no_bundle && in->bytes > 0)) {
        return;
    }
    if (in->unopened) {
        judge_unopened(j, at);
        return;
    }
    struct xd_place place = {.entry = find_place(j, at, &last), .time = XD_TIME_NONE};
    struct xd_draft *d = input_draft(
        j, reads_truncated(in->problem) ? XD_F_INPUT_TRUNCATED : XD_F_INPUT_DAMAGED, at,
        last ? xd_judge_node_of(j, last) : NULL);
    xd_evidence_add(
        j, d, place,
        xd_arena_printf(j->cs->arena, "%s: %s%s", in->path ? in->path : in->name,
                        in->problem,
                        last ? " (this is the last entry that came out of it)" : ""),
        true);
    append_summary(j, d,
                   xd_arena_printf(j->cs->arena, "%s: %s.", in->name ? in->name : "input",
                                   in->problem));
}

static bool holds_kind(const struct xd_node *n, enum xd_entry_kind kind)
{
    for (size_t i = 0; i < n->n_entries; i++) {
        if (n->entries[i]->kind == kind) {
            return true;
        }
    }
    return false;
}

static void list_missing(struct xd_judge *j, const char **list, const char *what)
{
    *list = *list ? xd_arena_printf(j->cs->arena, "%s, %s", *list, what) : what;
}

/* A dump, or one of its two forms where the other dump has both. */
static void list_missing_dump(struct xd_judge *j, const char **list, const bool forms[2],
                              bool other_has_both, const char *const words[3])
{
    if (!forms[0] && !forms[1]) {
        list_missing(j, list, words[0]);
    } else if (forms[0] != forms[1] && other_has_both) {
        list_missing(j, list, forms[0] ? words[2] : words[1]);
    }
}

/* The files that a node of this version always writes and that are not here; or NULL. */
static const char *name_missing(struct xd_judge *j, const struct xd_node *n)
{
    static const char *const xconf[] = {"configuration (xconf_dump_*)", "xconf_dump_*.txt",
                                        "xconf_dump_*.xml"};
    static const char *const xstat[] = {"status (xstat_dump_*)", "xstat_dump_*.txt",
                                        "xstat_dump_*.xml"};
    const char *list = NULL;
    bool confs[2] = {holds_kind(n, XD_ENTRY_XCONF_TXT), holds_kind(n, XD_ENTRY_XCONF_XML)};
    bool stats[2] = {holds_kind(n, XD_ENTRY_XSTAT_TXT), holds_kind(n, XD_ENTRY_XSTAT_XML)};
    if (!n->server.entry) {
        list_missing(j, &list, "server certificate (server_*.pem)");
    }
    if (!n->client.entry && xd_version_at_least(&n->version, 15, 5)) {
        list_missing(j, &list, "client certificate (client_*.pem)");
    }
    if (!n->ca.entry) {
        list_missing(j, &list, "trusted CAs (ca_*.pem)");
    }
    if (!n->log) {
        list_missing(j, &list, "log (loggingsnapshot_*.txt)");
    }
    list_missing_dump(j, &list, confs, stats[0] && stats[1], xconf);
    list_missing_dump(j, &list, stats, confs[0] && confs[1], xstat);
    return list;
}

static void judge_missing(struct xd_judge *j, struct xd_node *n)
{
    const char *list = name_missing(j, n);
    if (!list) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_MISSING, NULL, NULL,
                                      xd_arena_printf(j->cs->arena, "files %s", n->id));
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The bundle of %s lacks files that it should hold",
                        xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "Missing: %s. What they would have shown could not be judged.%s If the "
            "node restarted while logging, only its log is collected. Next: "
            "collect the diagnostic log again.",
            list,
            n->xconf || n->xstat || n->n_addrs == 0
                ? ""
                : " Its address and role were told from its captures instead."));
    struct xd_place place = {.entry = n->n_entries ? n->entries[0] : NULL,
                             .time = XD_TIME_NONE};
    xd_evidence_add(
        j, d, place,
        xd_arena_printf(j->cs->arena, "the bundle of this file lacks: %s", list), true);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  "Collect the diagnostic log again, with tcpdump, without a restart in "
                  "between.",
                  where_logging);
}

/* "Expressway-E edge.example", as the zone names what is behind it. */
static const char *tell_half(struct xd_judge *j, const struct xd_zone *uc)
{
    const char *role = xd_zone_is_server(uc) ? "Expressway-C" : "Expressway-E";
    for (size_t i = 0; i < uc->n_peers; i++) {
        if (!uc->peers[i].node && uc->peers[i].address) {
            return xd_arena_printf(j->cs->arena, "%s %s", role, uc->peers[i].address);
        }
    }
    return xd_arena_printf(j->cs->arena, "the %s", role);
}

static bool in_pair(const struct xd_judge *j, const struct xd_node *n)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        if (j->pairs[i].c == n || j->pairs[i].e == n) {
            return true;
        }
    }
    return false;
}

/* One E of several that the zone leads to; who calls a server zone is not configured. */
static bool lacks_a_peer(const struct xd_zone *z)
{
    for (size_t i = 0; !xd_zone_is_server(z) && i < z->n_peers; i++) {
        if (z->peers[i].configured && z->peers[i].address && *z->peers[i].address &&
            !z->peers[i].node) {
            return true;
        }
    }
    return false;
}

/* Which nodes have the address of a peer that was not told; "" unless several do. */
static const char *list_candidates(struct xd_judge *j, const struct xd_node *n,
                                   const struct xd_zone *uc)
{
    struct xd_arena *a = j->cs->arena;
    for (size_t k = 0; k < uc->n_peers; k++) {
        const char *list = "";
        size_t found = 0;
        for (size_t i = 0; !uc->peers[k].node && i < j->cs->n_nodes; i++) {
            const struct xd_node *other = j->cs->nodes[i];
            if (other != n && xd_node_has_address(other, &uc->peers[k].addr)) {
                list =
                    xd_arena_printf(a, "%s%s%s", list, found++ > 0 ? ", " : "", other->id);
            }
        }
        if (found > 1) {
            return list;
        }
    }
    return "";
}

/* Two deployments' bundles in one case, and nothing tells whose peer is whose. */
static void tell_several(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                         const struct xd_zone *uc, const char *list)
{
    struct xd_arena *a = j->cs->arena;
    xd_draft_text(
        j, d,
        xd_arena_printf(a,
                        "Which bundle is of the other half of %s's Unified "
                        "Communications pair cannot be told",
                        xd_words_node(j, n)),
        xd_arena_printf(
            a,
            "%s has the Unified Communications zone \"%s\", and more than one node of the "
            "case has the address of %s behind it: %s. Neither names nor certificates nor "
            "a conversation that two captures show tell which is meant, so that none was "
            "taken. Next: run expdiag on the bundles of one deployment at a time.",
            xd_words_node(j, n), uc->name ? uc->name : "?", tell_half(j, uc), list));
    xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                  "Run expdiag on the bundles of one deployment at a time.", NULL);
}

static void judge_other_half(struct xd_judge *j, struct xd_node *n)
{
    const struct xd_zone *uc = NULL;
    bool paired = in_pair(j, n);
    for (size_t i = 0; i < n->n_zones && !uc; i++) {
        bool lacks = n->zones[i].uc == XD_TRI_ON && (!paired || lacks_a_peer(&n->zones[i]));
        uc = lacks ? &n->zones[i] : NULL;
    }
    if (!uc) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_MISSING, NULL, NULL,
                                      xd_arena_printf(j->cs->arena, "half %s", n->id));
    d->f.severity = XD_INFO;
    xd_draft_confidence(d, XD_CERTAIN);
    xd_evidence_add(j, d, uc->config.entry ? uc->config : uc->state,
                    xd_arena_printf(j->cs->arena, "zone %s", uc->name ? uc->name : "?"),
                    true);
    const char *several = list_candidates(j, n, uc);
    if (*several) {
        tell_several(j, d, n, uc, several);
        return;
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "The other half of %s's Unified Communications pair is "
                        "missing",
                        xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "%s has the Unified Communications zone \"%s\", and no bundle of "
            "%s behind it is in the case. Its trusted CAs, settings and log could "
            "not be judged. Next: collect its diagnostic log over the same time.",
            xd_words_node(j, n), uc->name ? uc->name : "?", tell_half(j, uc)));
    xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(
                      j->cs->arena,
                      "Collect the diagnostic log of %s, with tcpdump, over the same time "
                      "as that of %s.",
                      tell_half(j, uc), n->id),
                  where_logging);
}

/* The text and the XML form of a dump do not agree: both places, both values. */
static void judge_contradictions(struct xd_judge *j, struct xd_node *n)
{
    for (size_t i = 0; i < n->n_contradictions; i++) {
        const struct xd_contradiction *c = &n->contradictions[i];
        struct xd_draft *d =
            xd_draft_get(j, XD_F_INPUT_DAMAGED, NULL, NULL,
                         xd_arena_printf(j->cs->arena, "contradiction %s", n->id));
        if (xd_draft_is_new(d)) {
            xd_draft_confidence(d, XD_CERTAIN);
            xd_draft_text(
                j, d,
                xd_arena_printf(j->cs->arena, "The dumps of %s contradict each other",
                                xd_words_node(j, n)),
                "The text and the XML form of a dump are written at the same moment "
                "and should agree; here they do not. The text form was used. Next: "
                "collect the diagnostic log again, and check the setting on the "
                "node itself.");
            collect_again(j, d, n);
        }
        xd_evidence_add(j, d, c->used, c->text, true);
        xd_evidence_add(j, d, c->other, c->text, true);
    }
}

static void judge_gap(struct xd_judge *j, const struct xd_flow *f)
{
    for (int s = 0; s < 2; s++) {
        if (!f->related || !f->tcp.gap[s] || !f->tcp.gap_place[s]) {
            continue;
        }
        const struct xd_node *n = xd_judge_node_of(j, f->first.entry);
        struct xd_draft *d =
            xd_draft_get(j, XD_F_CAPTURE_GAP, NULL, NULL, n ? n->id : NULL);
        if (xd_draft_is_new(d)) {
            xd_draft_confidence(d, XD_CERTAIN);
            xd_draft_text(j, d, "Bytes are missing inside a handshake of the case",
                          xd_arena_printf(
                              j->cs->arena,
                              "The capture%s%s lost packets inside a related handshake, "
                              "so that it could not be read whole. What is said about it "
                              "rests on the packets that are there%s. Next: capture "
                              "again with a filter on the addresses involved, or under "
                              "less load.",
                              n ? " of " : "", n ? xd_words_node(j, n) : "",
                              f->n_same_as > 0 ? ", and on the other capture of it" : ""));
            char ends[2][XD_ADDR_TEXT];
            xd_remedy_add(
                j, d, n, XD_ACTOR_CUSTOMER,
                xd_arena_printf(j->cs->arena,
                                "Capture again with a tcpdump filter on %s and %s "
                                "(TCP port %u), so that no packet is lost.",
                                xd_addr_format(&f->end[0].addr, ends[0]),
                                xd_addr_format(&f->end[1].addr, ends[1]),
                                f->end[XD_SERVER].port),
                where_logging);
        }
        *XD_PUSH(j->cs->arena, &d->f, flows) = f->id;
        char from[XD_ENDPOINT_TEXT];
        xd_evidence_add(j, d, *f->tcp.gap_place[s],
                        xd_arena_printf(j->cs->arena,
                                        "bytes sent by %s before this frame are missing",
                                        xd_endpoint_format(&f->end[s], from)),
                        true);
        return;
    }
}

/* Does another capture show both directions? */
static bool seen_whole(const struct xd_case *cs, const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        const struct xd_flow *g = cs->flows[f->same_as[i] - 1];
        if (!g->tcp.unheard[XD_CLIENT] && !g->tcp.unheard[XD_SERVER]) {
            return true;
        }
    }
    return false;
}

/* One direction of it was captured: a filter, a mirror port, or another interface's. */
static void judge_half(struct xd_judge *j, const struct xd_flow *f)
{
    bool half = f->tcp.unheard[XD_CLIENT] || f->tcp.unheard[XD_SERVER];
    if (!half || !f->related || seen_whole(j->cs, f)) {
        return;
    }
    enum xd_side unheard = f->tcp.unheard[XD_CLIENT] ? XD_CLIENT : XD_SERVER;
    const struct xd_node *n = xd_judge_node_of(j, f->first.entry);
    struct xd_draft *d =
        xd_draft_get(j, XD_F_CAPTURE_GAP, NULL, NULL,
                     xd_arena_printf(j->cs->arena, "half %s", n ? n->id : "?"));
    if (xd_draft_is_new(d)) {
        xd_draft_confidence(d, XD_CERTAIN);
        xd_draft_text(
            j, d, "The capture holds one direction only of a conversation of the case",
            "What one end acknowledges shows that the other end spoke, and no packet of "
            "that end was captured (a capture filter, a mirror port, or packets that leave "
            "by another interface). Whether it answered or refused is not in the evidence. "
            "Next: capture again without a filter on the direction, on every interface.");
        xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                      "Capture again in both directions: no \"src\" or \"dst\" in the "
                      "tcpdump filter, and all interfaces of the node.",
                      where_logging);
    }
    *XD_PUSH(j->cs->arena, &d->f, flows) = f->id;
    char from[XD_ENDPOINT_TEXT];
    xd_evidence_add(j, d, f->first,
                    xd_arena_printf(j->cs->arena, "no packet of %s was captured",
                                    xd_endpoint_format(&f->end[unheard], from)),
                    true);
}

/* A list of certificates that is damaged, or longer than XD_MAX_CHAIN. */
static void judge_cut_chain(struct xd_judge *j, const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];
        if (!p->chain_cut || !f->related) {
            continue;
        }
        struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_TRUNCATED, NULL, NULL, "chains");
        if (xd_draft_is_new(d)) {
            xd_draft_confidence(d, XD_CERTAIN);
            xd_draft_text(
                j, d, "Not all certificates that were presented could be read",
                "A list of certificates in a capture is damaged, or holds more or "
                "larger ones than are read. What stands in front of the place was "
                "used. Next: capture again.");
        }
        *XD_PUSH(j->cs->arena, &d->f, flows) = f->id;
        xd_evidence_add(
            j, d, p->place,
            xd_arena_printf(j->cs->arena,
                            "%zu certificates of this message were read; the "
                            "rest is damaged, or beyond the limits (%d of them, "
                            "%d KiB each)",
                            p->n_certs, XD_MAX_CHAIN, XD_MAX_CERT_BYTES >> 10),
            true);
    }
}

static void judge_left_out(struct xd_judge *j)
{
    struct xd_arena *a = j->cs->arena;
    if (j->cs->flows_left_out == 0) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_INPUT_TRUNCATED, NULL, NULL, "flows");
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(
        j, d, "The captures hold more conversations than are read",
        xd_arena_printf(a,
                        "%d conversations were read, those that come first in the order "
                        "of the files; %zu packets would have begun further ones. Next: "
                        "run expdiag on fewer captures, or "
                        "flows with --filter.",
                        XD_MAX_FLOWS, j->cs->flows_left_out));
    xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                  "Run expdiag on fewer captures, or flows with --filter.", NULL);
}

void xd_rule_inputs(struct xd_judge *j)
{
    judge_left_out(j);
    for (size_t i = 0; i < j->cs->n_entries; i++) {
        judge_entry(j, j->cs->entries[i]);
        judge_private_key(j, j->cs->entries[i]);
    }
    for (size_t i = 0; i < j->cs->n_inputs; i++) {
        judge_input(j, (unsigned)i);
    }
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        judge_missing(j, j->cs->nodes[i]);
        judge_other_half(j, j->cs->nodes[i]);
        judge_contradictions(j, j->cs->nodes[i]);
    }
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        judge_gap(j, j->cs->flows[i]);
        judge_half(j, j->cs->flows[i]);
        judge_cut_chain(j, j->cs->flows[i]);
    }
}
