/*
 * nodes_dump.c - identity and settings of one node from its dumps.
 */
#include <string.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

enum { MAX_LAN = 4 };

/* Addresses of one LAN interface. */
struct lan_build {
    struct xd_addr v4;
    struct xd_addr v6;
    struct xd_addr nat;
    enum xd_tri nat_on;
};

struct xd_identity_build {
    struct lan_build config[MAX_LAN];
    struct lan_build status[MAX_LAN];
    const char *hostname;
    const char *domain;
    enum xd_tri dual_nic;
};

struct seen_setting {
    const struct xd_setting *setting;
    const struct xd_dump *dump;
};

/* --- the reader --- */

struct xd_place xd_reader_place(const struct xd_dump_reader *r, const struct xd_setting *s)
{
    return (struct xd_place){
        .entry = r->dump->entry, .line = s->line, .time = r->node->as_of};
}

static bool same_value(const char *a, const char *b)
{
    enum xd_tri tri = xd_tri_of(a);

    return xd_text_equal_nocase(xd_text_trim(xd_slice_of(a)),
                                xd_text_trim(xd_slice_of(b))) ||
           (tri != XD_TRI_UNKNOWN && tri == xd_tri_of(b));
}

static void note_contradiction(struct xd_dump_reader *r, const struct seen_setting *used,
                               const struct xd_setting *other)
{
    if (r->node->n_contradictions >= XD_MAX_CONTRADICTIONS) {
        return;
    }
    struct xd_contradiction *c = XD_PUSH(r->cs->arena, r->node, contradictions);
    c->text = xd_arena_printf(r->cs->arena, "%s is \"%s\" in %s but \"%s\" in %s",
                              used->setting->path, used->setting->value,
                              used->dump->entry->label != NULL ? used->dump->entry->label
                                                               : used->dump->entry->name,
                              other->value,
                              r->dump->entry->label != NULL ? r->dump->entry->label
                                                            : r->dump->entry->name);
    c->used = (struct xd_place){
        .entry = used->dump->entry, .line = used->setting->line, .time = r->node->as_of};
    c->other = xd_reader_place(r, other);
}

bool xd_reader_takes(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s)
{
    uint8_t key[XD_WORDS_KEY + sizeof(w->index) + 1];
    size_t len = strlen(w->key);
    size_t numbers = w->n * sizeof(w->index[0]);

    if (s->value == NULL || s->value[0] == '\0') {
        return false;
    }
    memcpy(key, w->key, len + 1);
    memcpy(key + len + 1, w->index, numbers);
    struct xd_slice slice = {.p = key, .len = len + 1 + numbers};
    const struct seen_setting *seen = xd_map_get(r->seen, slice);
    if (seen == NULL) {
        struct seen_setting *first = xd_arena_alloc(r->cs->arena, sizeof(*first));

        *first = (struct seen_setting){.setting = s, .dump = r->dump};
        xd_map_put(r->seen, slice, first);
        return true;
    }
    if (seen->dump != r->dump && !same_value(seen->setting->value, s->value)) {
        note_contradiction(r, seen, s);
    }
    return false;
}

/* --- single settings --- */

static struct lan_build *get_lan(struct lan_build lans[MAX_LAN], unsigned index)
{
    return index >= 1 && index <= MAX_LAN ? &lans[index - 1] : NULL;
}

static void set_address(struct xd_addr *out, const char *value)
{
    struct xd_endpoint e;

    if (xd_address_of(value, &e)) {
        *out = e.addr;
    }
}

/* "Ethernet N IP V4 Address" and so on; tail: the words behind "ethernet". */
static bool take_ethernet(struct xd_dump_reader *r, const struct xd_words *w,
                          const struct xd_setting *s, struct lan_build lans[MAX_LAN])
{
    const char *tail = xd_words_from(w, 1);
    struct lan_build *lan = get_lan(lans, w->index[0]);

    if (!xd_words_is(w, 0, "ethernet") || lan == NULL || !xd_reader_takes(r, w, s)) {
        return false;
    }
    if (strcmp(tail, "ip v4 address") == 0 || strcmp(tail, "ipv4 address") == 0) {
        set_address(&lan->v4, s->value);
    } else if (strcmp(tail, "ip v6 address") == 0 || strcmp(tail, "ipv6 address") == 0) {
        set_address(&lan->v6, s->value);
    } else if (strcmp(tail, "ip v4 staticnat address") == 0) {
        set_address(&lan->nat, s->value);
    } else if (strcmp(tail, "ip v4 staticnat mode") == 0) {
        lan->nat_on = xd_tri_of(s->value);
    }
    return true;
}

static void set_tri(enum xd_tri *out, struct xd_place *place,
                    const struct xd_dump_reader *r, const struct xd_setting *s)
{
    *out = xd_tri_of(s->value);
    if (place != NULL) {
        *place = xd_reader_place(r, s);
    }
}

static void set_port(uint16_t *out, const char *value)
{
    uint64_t port = 0;

    if (xd_text_number(xd_text_trim(xd_slice_of(value)), UINT16_MAX, &port) && port > 0) {
        *out = (uint16_t)port;
    }
}

static void take_eku_check(struct xd_dump_reader *r, const struct xd_words *w,
                           const struct xd_setting *s)
{
    enum xd_tri tri = xd_tri_of(s->value);

    (void)w;
    if (tri != XD_TRI_UNKNOWN) {
        r->node->eku_check = tri == XD_TRI_ON ? XD_EKU_CHECK_ON : XD_EKU_CHECK_OFF;
        r->node->eku_check_place = xd_reader_place(r, s);
    }
}

static void take_eku_upload(struct xd_dump_reader *r, const struct xd_words *w,
                            const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->server_eku_upload, &r->node->server_eku_upload_place, r, s);
}

static void take_verify_origin(struct xd_dump_reader *r, const struct xd_words *w,
                               const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->verify_origin, &r->node->verify_origin_place, r, s);
}

static void take_default_zone(struct xd_dump_reader *r, const struct xd_words *w,
                              const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->default_zone_mtls, &r->node->default_zone_place, r, s);
}

static void take_mra(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->mra, NULL, r, s);
}

static void take_sip_tls_port(struct xd_dump_reader *r, const struct xd_words *w,
                              const struct xd_setting *s)
{
    (void)w;
    set_port(&r->node->sip_tls_port, s->value);
}

static void take_sip_mtls_port(struct xd_dump_reader *r, const struct xd_words *w,
                               const struct xd_setting *s)
{
    (void)w;
    set_port(&r->node->sip_mtls_port, s->value);
}

static void take_tls_versions(struct xd_dump_reader *r, const struct xd_words *w,
                              const struct xd_setting *s)
{
    (void)w;
    r->node->sip_tls_versions = s->value;
    r->node->sip_tls_place = xd_reader_place(r, s);
}

static void take_revocation_check(struct xd_dump_reader *r, const struct xd_words *w,
                                  const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->revocation_check, &r->node->revocation_check_place, r, s);
}

static void take_cvs(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->cvs, &r->node->cvs_place, r, s);
}

static void take_verify_hostname(struct xd_dump_reader *r, const struct xd_words *w,
                                 const struct xd_setting *s)
{
    (void)w;
    set_tri(&r->node->verify_hostname, &r->node->verify_hostname_place, r, s);
}

static void take_cluster_name(struct xd_dump_reader *r, const struct xd_words *w,
                              const struct xd_setting *s)
{
    (void)w;
    r->node->cluster_name = s->value;
}

static void take_cluster_peer(struct xd_dump_reader *r, const struct xd_words *w,
                              const struct xd_setting *s)
{
    (void)w;
    *XD_PUSH(r->cs->arena, r->node, cluster_peers) = s->value;
}

static void take_hostname(struct xd_dump_reader *r, const struct xd_words *w,
                          const struct xd_setting *s)
{
    (void)w;
    r->names->hostname = s->value;
}

static void take_domain(struct xd_dump_reader *r, const struct xd_words *w,
                        const struct xd_setting *s)
{
    (void)w;
    r->names->domain = s->value;
}

static void take_version(struct xd_dump_reader *r, const struct xd_words *w,
                         const struct xd_setting *s)
{
    (void)w;
    if (r->node->version.text == NULL) {
        xd_version_parse(s->value, &r->node->version);
        r->node->version_place = xd_reader_place(r, s);
    }
}

static void take_system_time(struct xd_dump_reader *r, const struct xd_words *w,
                             const struct xd_setting *s)
{
    (void)w;
    if (r->node->as_of == XD_TIME_NONE &&
        !xd_time_parse(s->value, strlen(s->value), &r->node->as_of, NULL)) {
        r->node->as_of = XD_TIME_NONE;
    }
}

static void take_dual_nic(struct xd_dump_reader *r, const struct xd_words *w,
                          const struct xd_setting *s)
{
    (void)w;
    r->names->dual_nic = xd_tri_of(s->value);
}

typedef void (*setting_fn)(struct xd_dump_reader *r, const struct xd_words *w,
                           const struct xd_setting *s);

struct setting_row {
    const char *key; /* as xd_words.key */
    setting_fn take;
};

static const struct setting_row config_rows[] = {
    {"sip tls certificate extendedkeyusage checking mode", take_eku_check},
    {"xcp tls certificate cvs enableserverekuupload", take_eku_upload},
    {"edgeconfigserver verifyoriginserver", take_verify_origin},
    {"zones defaultzone sip tls verify mode", take_default_zone},
    {"collaborationedge enabled", take_mra},
    {"sip tls port", take_sip_tls_port},
    {"sip mtls port", take_sip_mtls_port},
    {"sip advanced siptlsversions", take_tls_versions},
    {"sip tls certificate revocation checking mode", take_revocation_check},
    {"xcp tls certificate cvs enablecvs", take_cvs},
    {"xcp tls certificate cvs verifyhostname", take_verify_hostname},
    {"alternates cluster name", take_cluster_name},
    {"cluster name", take_cluster_name},
    {"alternates peer address", take_cluster_peer},
    {"ip dns hostname", take_hostname},
    {"dns hostname", take_hostname},
    {"ip dns domain name", take_domain},
    {"dns domain name", take_domain},
    {"systemunit software version", take_version},
    {"software version", take_version},
    {"version", take_version},
};

static const struct setting_row status_rows[] = {
    {"systemunit software version", take_version},
    {"software version", take_version},
    {"systemunit version", take_version},
    {"systemunit systemtime", take_system_time},
    {"time systemtime", take_system_time},
    {"systemunit software configuration dualnetworkinterfaces", take_dual_nic},
    {"systemunit dualnetworkinterfaces", take_dual_nic},
};

static bool take_row(struct xd_dump_reader *r, const struct setting_row *rows, size_t n,
                     const struct xd_words *w, const struct xd_setting *s)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].key, w->key) == 0) {
            if (xd_reader_takes(r, w, s)) {
                rows[i].take(r, w, s);
            }
            return true;
        }
    }
    return false;
}

/*
 * The cluster's TLS mode stands in no reference of the command line; the log calls
 * it "clusterConfiguration tls_verify", with Permissive and Enforcing.
 */
static void take_cluster_mode(struct xd_dump_reader *r, const struct xd_words *w,
                              const struct xd_setting *s)
{
    struct xd_slice key = xd_slice_of(w->key);
    bool cluster = xd_text_starts(key, "cluster") || xd_text_starts(key, "alternates");

    if (!cluster || xd_text_find(key, "tls") == NULL ||
        xd_text_find(key, "verif") == NULL ||
        xd_tri_of(s->value != NULL ? s->value : "") == XD_TRI_UNKNOWN ||
        !xd_reader_takes(r, w, s)) {
        return;
    }
    set_tri(&r->node->cluster_enforcing, &r->node->cluster_enforcing_place, r, s);
}

static void read_config(struct xd_dump_reader *r)
{
    struct xd_words w;

    for (size_t i = 0; i < r->dump->n_settings; i++) {
        const struct xd_setting *s = &r->dump->settings[i];

        if (!xd_words_of(s->path, &w) ||
            take_row(r, config_rows, sizeof(config_rows) / sizeof(config_rows[0]), &w, s) ||
            take_ethernet(r, &w, s, r->names->config)) {
            continue;
        }
        if (xd_words_is(&w, 0, "zones") && xd_words_is(&w, 1, "zone")) {
            xd_zones_config(r, &w, s);
        } else {
            take_cluster_mode(r, &w, s);
        }
    }
}

static void read_status(struct xd_dump_reader *r)
{
    struct xd_words w;

    for (size_t i = 0; i < r->dump->n_settings; i++) {
        const struct xd_setting *s = &r->dump->settings[i];

        if (!xd_words_of(s->path, &w) ||
            take_row(r, status_rows, sizeof(status_rows) / sizeof(status_rows[0]), &w, s) ||
            take_ethernet(r, &w, s, r->names->status)) {
            continue;
        }
        if (xd_words_is(&w, 0, "zones") && xd_words_is(&w, 1, "zone")) {
            xd_zones_status(r, &w, s);
        } else {
            (void)xd_status_take(r, &w, s);
        }
    }
}

/* The node's dump of a kind, or NULL. */
static const struct xd_dump *find_dump(const struct xd_case *cs, const struct xd_node *node,
                                       enum xd_entry_kind kind)
{
    for (size_t i = 0; i < node->n_entries; i++) {
        for (size_t k = 0; node->entries[i]->kind == kind && k < cs->n_dumps; k++) {
            if (cs->dumps[k]->entry == node->entries[i] && cs->dumps[k]->n_settings > 0) {
                return cs->dumps[k];
            }
        }
    }
    return NULL;
}

/* Run over the text form, then the XML form; gives the one that counts. */
static const struct xd_dump *read_forms(struct xd_dump_reader *r, enum xd_entry_kind text,
                                        enum xd_entry_kind xml,
                                        void (*read)(struct xd_dump_reader *r))
{
    const struct xd_dump *forms[2] = {find_dump(r->cs, r->node, text),
                                      find_dump(r->cs, r->node, xml)};

    r->seen = xd_map_new();
    for (size_t i = 0; i < 2; i++) {
        r->dump = forms[i];
        if (r->dump != NULL) {
            read(r);
        }
    }
    xd_map_free(r->seen);
    r->seen = NULL;
    return forms[0] != NULL ? forms[0] : forms[1];
}

/* --- what follows from several settings --- */

static void add_address(struct xd_case *cs, struct xd_node *node,
                        const struct xd_addr *addr)
{
    static const struct xd_addr zero4 = {.family = XD_ADDR_V4};
    static const struct xd_addr zero6 = {.family = XD_ADDR_V6};

    if (addr->family == XD_ADDR_NONE || xd_addr_equal(addr, &zero4) ||
        xd_addr_equal(addr, &zero6) || xd_node_has_address(node, addr)) {
        return;
    }
    *XD_PUSH(cs->arena, node, addrs) = *addr;
}

/* LAN2 comes from the factory with 192.168.0.100 and keeps it until it is used. */
static bool is_factory_lan(const struct xd_addr *addr, size_t lan, enum xd_tri dual_nic)
{
    static const struct xd_addr factory = {.family = XD_ADDR_V4,
                                           .bytes = {192, 168, 0, 100}};

    return lan > 0 && dual_nic != XD_TRI_ON && xd_addr_equal(addr, &factory);
}

static void finish_addresses(struct xd_dump_reader *r)
{
    for (size_t i = 0; i < MAX_LAN; i++) {
        const struct lan_build *config = &r->names->config[i];
        const struct lan_build *status = &r->names->status[i];

        if (!is_factory_lan(&config->v4, i, r->names->dual_nic)) {
            add_address(r->cs, r->node, &config->v4);
        }
        if (!is_factory_lan(&status->v4, i, r->names->dual_nic)) {
            add_address(r->cs, r->node, &status->v4);
        }
        add_address(r->cs, r->node, &config->v6);
        add_address(r->cs, r->node, &status->v6);
        if (config->nat_on != XD_TRI_OFF) {
            add_address(r->cs, r->node, &config->nat);
        }
    }
}

static void finish_names(struct xd_dump_reader *r)
{
    const char *host = r->names->hostname;

    if (host != NULL && strchr(host, '.') != NULL) {
        r->node->fqdn = host;
    } else if (host != NULL && r->names->domain != NULL) {
        r->node->fqdn = xd_arena_printf(r->cs->arena, "%s.%s", host, r->names->domain);
    }
}

/* The switch came with X15.5: before it the setting cannot count. */
static void finish_eku_check(struct xd_node *node)
{
    if (node->version.major != 0 && !xd_version_at_least(&node->version, 15, 5)) {
        node->eku_check = XD_EKU_CHECK_NOT_AVAILABLE;
        node->eku_check_place = node->version_place;
    }
}

static void start_of_logging(const struct xd_case *cs, struct xd_node *node)
{
    for (size_t i = 0; i < cs->n_logs && node->as_of == XD_TIME_NONE; i++) {
        if (node->log != NULL && cs->logs[i].entry == node->log) {
            node->as_of = cs->logs[i].first;
        }
    }
    if (node->as_of == XD_TIME_NONE) {
        node->as_of = node->stamp;
    }
}

void xd_nodes_read_dumps(struct xd_case *cs, struct xd_node *node)
{
    struct xd_identity_build names = {.dual_nic = XD_TRI_UNKNOWN};
    struct xd_dump_reader r = {.cs = cs, .node = node, .names = &names};

    for (size_t i = 0; i < MAX_LAN; i++) {
        names.config[i].nat_on = XD_TRI_UNKNOWN;
        names.status[i].nat_on = XD_TRI_UNKNOWN;
    }
    r.zones = xd_zones_begin();
    r.status = xd_status_begin();
    node->xstat = read_forms(&r, XD_ENTRY_XSTAT_TXT, XD_ENTRY_XSTAT_XML, read_status);
    start_of_logging(cs, node);
    node->xconf = read_forms(&r, XD_ENTRY_XCONF_TXT, XD_ENTRY_XCONF_XML, read_config);
    xd_zones_end(&r);
    xd_status_end(&r);
    finish_addresses(&r);
    finish_names(&r);
    finish_eku_check(node);
}
