/*
 * log_ssh.c - records about the tunnels: ssh, sshd and the service that runs them.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

static bool is_process(const struct xd_log_record *r, const char *name)
{
    return xd_text_equal_nocase(r->process, xd_slice_of(name));
}

/* Of the service's many lines, those that say how a tunnel fares. */
static bool tells_of_tunnel(struct xd_slice text)
{
    static const char *const words[] = {"fail",    "denied", "refused", "timed out",
                                        "unreach", "error",  "tunnel",  "connect",
                                        "verif",   "closed", "reset",   "host key"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (xd_text_contains_nocase(text, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_about_ssh(const struct xd_log_record *r, struct xd_slice text)
{
    static const char *const signs[] = {"ssh: ", "ssh_verify_cert", "ssh_x509store_cb",
                                        "ssh_exchange_identification",
                                        "kex_exchange_identification"};

    if (is_process(r, "ssh") || is_process(r, "sshd")) {
        return true;
    }
    if (is_process(r, "portforwarding") || xd_text_find(text, "portforwarding") != NULL) {
        return tells_of_tunnel(text);
    }
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (xd_text_find(text, signs[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static struct xd_slice last_word(struct xd_slice s)
{
    size_t from = s.len;

    while (from > 0 && s.p[from - 1] != ' ') {
        from--;
    }
    return (struct xd_slice){s.p + from, s.len - from};
}

/*
 * "_pfwd@e.example.com: Permission denied (publickey)."
 * "Connection to e.example.com closed by remote host."
 * "Timeout, server e.example.com not responding."
 */
static void read_server(struct xd_slice text, struct xd_log_draft *out)
{
    static const char *const before[] = {"Connection to ", "server "};
    struct xd_slice first = xd_log_between(text, "", " ");
    const uint8_t *user = first.len > 0 ? memchr(first.p, '@', first.len) : NULL;

    if (user != NULL && first.p[first.len - 1] == ':') {
        out->name =
            (struct xd_slice){user + 1, (size_t)(first.p + first.len - 1 - (user + 1))};
    }
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]) && out->name.len == 0; i++) {
        out->name = xd_log_between(text, before[i], " :,");
    }
    (void)xd_log_endpoint(out->name, &out->remote);
}

/* "connect to host e.example.com port 2222: ...", "... from 192.0.2.1 port 31000 ssh2" */
static void read_far_end(struct xd_slice text, struct xd_log_draft *out)
{
    static const char sign[] = " port ";
    const uint8_t *p = xd_text_find(text, sign);
    uint64_t port = 0;

    if (p == NULL) {
        read_server(text, out);
        return;
    }
    struct xd_slice front = {text.p, (size_t)(p - text.p)};
    struct xd_slice host = last_word(front);

    (void)xd_log_endpoint(host, &out->remote);
    if (xd_text_number(xd_log_between(text, sign, " :,;.\"\t["), 65535, &port)) {
        out->remote.port = (uint16_t)port;
    }
    if (xd_text_find(text, "connect to host ") != NULL) {
        out->name = host;
    }
}

bool xd_log_judge_ssh(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice text = xd_log_field(r, "Detail");

    if (text.len == 0) {
        text = xd_text_trim(r->rest);
    }
    if (text.len == 0 || !is_about_ssh(r, text)) {
        return false;
    }
    out->kind = XD_LOG_SSH;
    out->detail = text;
    if (is_process(r, "sshd")) {
        out->role = XD_LOG_ROLE_SERVER;
    } else if (is_process(r, "ssh") || xd_text_starts(text, "ssh: ")) {
        out->role = XD_LOG_ROLE_CLIENT;
    }
    read_far_end(text, out);
    return true;
}
