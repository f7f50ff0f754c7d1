/*
 * log_judge.c - which records say something, and what.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

static bool has(struct xd_slice s, const char *words)
{
    return s.len > 0 && xd_text_contains_nocase(s, words);
}

static struct xd_slice slice_from(struct xd_slice s, size_t at)
{
    return (struct xd_slice){s.p + at, s.len - at};
}

static bool starts_nocase(struct xd_slice s, const char *words)
{
    struct xd_slice want = xd_slice_of(words);

    return s.len >= want.len &&
           xd_text_equal_nocase((struct xd_slice){s.p, want.len}, want);
}

/* Detail, else Reason. */
static struct xd_slice detail_of(const struct xd_log_record *r)
{
    struct xd_slice detail = xd_log_field(r, "Detail");

    return detail.len > 0 ? detail : xd_log_field(r, "Reason");
}

/* ---- alarms, restarts, authentication ------------------------------------ */

static void read_alarm(const struct xd_log_record *r, struct xd_log_draft *out)
{
    out->name = xd_log_field(r, "Id");
    if (out->name.len == 0) {
        out->name = xd_log_field(r, "AlarmId");
    }
    out->detail = detail_of(r);
}

static void read_source(const struct xd_log_record *r, struct xd_endpoint *out)
{
    struct xd_slice ip = xd_log_field(r, "Src-ip");
    uint64_t port = 0;

    if (ip.len > 0 && xd_addr_parse((const char *)ip.p, ip.len, &out->addr) &&
        xd_text_number(xd_log_field(r, "Src-port"), 65535, &port)) {
        out->port = (uint16_t)port;
    }
}

/* Events whose kind their name tells. */
static bool judge_event(const struct xd_log_record *r, struct xd_slice event,
                        struct xd_log_draft *out)
{
    static const struct {
        const char *starts;
        enum xd_log_kind kind;
    } events[] = {
        {"Alarm Raised", XD_LOG_ALARM_RAISED},
        {"Alarm Lowered", XD_LOG_ALARM_LOWERED},
        {"Alarm Cleared", XD_LOG_ALARM_LOWERED},
        {"Authentication Fail", XD_LOG_AUTH_FAILED},
        {"Application Start", XD_LOG_RESTART},
        {"Application Exit", XD_LOG_RESTART},
        {"Application Failed", XD_LOG_RESTART},
        {"Restart", XD_LOG_RESTART},
        {"Reboot", XD_LOG_RESTART},
        {"System Start", XD_LOG_RESTART},
        {"System Shut", XD_LOG_RESTART},
        {"System Restart", XD_LOG_RESTART},
        {"System Reboot", XD_LOG_RESTART},
        {"Shutdown", XD_LOG_RESTART},
        {"DEBUG_MARKER", XD_LOG_MARKER},
    };

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (!starts_nocase(event, events[i].starts)) {
            continue;
        }
        out->kind = events[i].kind;
        out->detail = detail_of(r);
        if (out->kind == XD_LOG_ALARM_RAISED || out->kind == XD_LOG_ALARM_LOWERED) {
            read_alarm(r, out);
        } else if (out->kind == XD_LOG_AUTH_FAILED) {
            read_source(r, &out->remote);
        }
        if (out->detail.len == 0) {
            out->detail = event;
        }
        return true;
    }
    return false;
}

static bool judge_auth(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice detail = xd_log_field(r, "Detail");

    if (!has(detail, "failed to authenticate")) {
        return false;
    }
    out->kind = XD_LOG_AUTH_FAILED;
    out->detail = detail;
    return true;
}

/* ---- settings ------------------------------------------------------------ */

/* One pair of single quotes: 'Permissive'. */
static struct xd_slice unquote(struct xd_slice v)
{
    v = xd_text_trim(v);
    if (v.len >= 2 && (v.p[0] == '\'' || v.p[0] == '"') && v.p[v.len - 1] == v.p[0]) {
        return (struct xd_slice){v.p + 1, v.len - 2};
    }
    return v;
}

/* "a to: b" behind "changed from: ". */
static void read_change(struct xd_slice s, struct xd_log_draft *out)
{
    static const char to[] = " to: ";
    const uint8_t *p = xd_text_find(s, to);

    if (p == NULL && s.len >= 4 && xd_text_ends_nocase(s, " to:")) {
        p = s.p + s.len - 4; /* to nothing: the blank at the end was trimmed */
    }
    size_t n = p != NULL ? (size_t)(p - s.p) : s.len;
    size_t skip = n + sizeof(to) - 1;

    out->from = unquote((struct xd_slice){s.p, n});
    out->to = skip < s.len ? unquote(slice_from(s, skip)) : (struct xd_slice){s.p, 0};
    out->has_change = true;
}

/*
 * "xconfiguration <path> - changed from: a to: b"
 * "configuration/cluster/tls_verify - changed from: 'a' to: 'b'"
 * "xconfiguration <path>: b", "xconfiguration <path> name: b"
 */
static bool read_setting(struct xd_slice s, struct xd_log_draft *out)
{
    static const char changed[] = "changed from: ";
    const uint8_t *command = xd_text_find(s, "onfiguration");
    const uint8_t *from = xd_text_find(s, changed);

    if (command == NULL) {
        return false;
    }
    size_t at = (size_t)(command - s.p);
    bool cli = at >= 2 && (s.p[at - 2] | 0x20) == 'x';
    size_t begin = cli ? at + strlen("onfiguration") : at - (at > 0);
    struct xd_slice path = slice_from(s, begin);
    size_t skip = 1;
    const uint8_t *sign = xd_text_find(path, " - ");

    if (sign == NULL || (from != NULL && from < sign)) {
        sign = xd_text_find(path, ":");
    } else {
        skip = 3;
    }
    if (sign == NULL) {
        return false;
    }
    struct xd_slice value = slice_from(path, (size_t)(sign - path.p) + skip);

    path.len = (size_t)(sign - path.p);
    out->kind = XD_LOG_SETTING_CHANGED;
    out->name = xd_text_trim(path);
    out->detail = s;
    if (out->name.len == 0) {
        return false;
    }
    if (xd_load_path_is_secret(out->name)) {
        out->detail = out->name;
        return true;
    }
    if (from != NULL && from >= value.p) {
        read_change(slice_from(value, (size_t)(from - value.p) + sizeof(changed) - 1), out);
    } else if (skip == 1) {
        out->to = unquote(value);
        out->has_change = false;
    }
    return true;
}

static bool judge_setting(const struct xd_log_record *r, struct xd_slice event,
                          struct xd_log_draft *out)
{
    struct xd_slice detail = xd_log_field(r, "Detail");

    if (starts_nocase(event, "System Configuration Changed") ||
        starts_nocase(event, "Configuration Changed")) {
        if (!read_setting(detail, out)) {
            out->kind = XD_LOG_SETTING_CHANGED;
            out->detail = detail.len > 0 ? detail : event;
        }
        return true;
    }
    if (detail.len == 0) {
        detail = r->rest;
    }
    return xd_text_find(detail, "onfiguration") != NULL &&
           xd_text_find(detail, "changed from: ") != NULL && read_setting(detail, out);
}

/* ---- the rest ------------------------------------------------------------ */

static bool judge_zone(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice zone = xd_log_field(r, "MatchedZone");

    if (zone.len == 0 || xd_text_find(r->rest, "getZoneByIdentities") == NULL) {
        return false;
    }
    out->kind = XD_LOG_ZONE_MATCH;
    out->name = zone;
    out->detail = xd_log_field(r, "MatchMechanism");
    return true;
}

static bool judge_marker(const struct xd_log_record *r, struct xd_log_draft *out)
{
    const uint8_t *marker = xd_text_find(r->rest, "DEBUG_MARKER");

    if (marker == NULL) {
        return false;
    }
    out->kind = XD_LOG_MARKER;
    out->detail = detail_of(r);
    if (out->detail.len == 0) {
        size_t skip = (size_t)(marker - r->rest.p) + strlen("DEBUG_MARKER");

        while (skip < r->rest.len && strchr(": \"'", r->rest.p[skip]) != NULL) {
            skip++;
        }
        out->detail = xd_text_trim(slice_from(r->rest, skip));
    }
    return true;
}

/* The name or address that could not be resolved. */
static void read_resolved(struct xd_slice s, struct xd_log_draft *out)
{
    static const char *const before[] = {
        "address=",      "resolve hostname ",  "resolve host name ",
        "resolve host ", "hostname=",          "Hostname=",
        "host=",         "lookup failed for ", "resolve "};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        /* An address may be one of IPv6. */
        struct xd_slice name =
            xd_log_between(s, before[i], i == 0 ? " \t,;\"" : " \t:,;\"");

        if (name.len > 0) {
            out->name = unquote(name);
            (void)xd_log_endpoint(out->name, &out->remote);
            return;
        }
    }
}

/* Detail="Could not resolve hostname" Name="x": the name is a field of its own. */
static void read_resolved_field(const struct xd_log_record *r, struct xd_log_draft *out)
{
    static const char *const fields[] = {"Name", "Hostname", "Host"};
    static const char *const words[] = {"hostname", "host", "name"};
    bool named = out->name.len > 0;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        named = named && !xd_text_equal_nocase(out->name, xd_slice_of(words[i]));
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && !named; i++) {
        out->name = xd_log_field(r, fields[i]);
        named = out->name.len > 0;
    }
}

static bool judge_resolve(const struct xd_log_record *r, struct xd_log_draft *out)
{
    static const char *const words[] = {
        "could not resolve", "unable to resolve", "failed to resolve", "cannot resolve",
        "not be resolved",   "lookup failed",     "resolution failed"};
    struct xd_slice text = detail_of(r);

    if (text.len == 0) {
        text = r->rest;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (has(text, words[i])) {
            out->kind = XD_LOG_RESOLVE_FAILED;
            out->detail = text;
            read_resolved(text, out);
            read_resolved_field(r, out);
            return true;
        }
    }
    return false;
}

bool xd_log_judge(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice event = xd_log_field(r, "Event");

    *out = (struct xd_log_draft){.alert = -1, .service = xd_log_field(r, "Service")};
    return judge_setting(r, event, out) || judge_event(r, event, out) ||
           xd_log_judge_tls(r, out) || judge_resolve(r, out) || xd_log_judge_ssh(r, out) ||
           judge_auth(r, out) || judge_zone(r, out) || judge_marker(r, out);
}
