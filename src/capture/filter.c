/*
 * filter.c - filter expressions as users of tcpdump know them, compiled and run by
 * libpcap, a program a link type.
 */
#include "capture_priv.h"

#include <pcap/pcap.h>

enum { MAX_LINKS = 16 };

struct xd_filter {
    char *expression;
    struct {
        int link;
        bool usable; /* the expression makes sense for this link type */
        struct bpf_program program;
    } links[MAX_LINKS];
    size_t n_links;
};

static bool compile(const char *expression, int link, struct bpf_program *out, char *why,
                    size_t why_len)
{
    enum { SNAP = 262144 };
    pcap_t *handle = pcap_open_dead(link, SNAP);
    bool ok = false;

    if (handle == NULL) {
        return false;
    }
    ok = pcap_compile(handle, out, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok && why != NULL) {
        const char *text = pcap_geterr(handle);
        size_t n = strlen(text);

        n = n < why_len - 1 ? n : why_len - 1;
        memcpy(why, text, n);
        why[n] = '\0';
    }
    pcap_close(handle);
    return ok;
}

enum xd_rc xd_filter_new(const char *expression, struct xd_filter **out, struct xd_err *err)
{
    char why[160] = "unknown reason";
    struct bpf_program program;

    if (!compile(expression, DLT_EN10MB, &program, why, sizeof(why))) {
        return xd_err_set(err, XD_BAD, 0, "the filter \"%s\" cannot be used: %s",
                          expression, why);
    }
    struct xd_filter *f = xd_alloc(sizeof(*f));
    size_t len = strlen(expression) + 1;

    f->expression = xd_alloc(len);
    memcpy(f->expression, expression, len);
    f->links[0].link = XD_LINK_ETHERNET;
    f->links[0].usable = true;
    f->links[0].program = program;
    f->n_links = 1;
    *out = f;
    return XD_OK;
}

/* Link types of savefiles and of libpcap agree but for raw IP. */
static int find_dlt(int link)
{
    return link == XD_LINK_RAW ? DLT_RAW : link;
}

bool xd_filter_passes(struct xd_filter *f, const struct xd_wire_frame *frame)
{
    size_t i = 0;

    while (i < f->n_links && f->links[i].link != frame->link) {
        i++;
    }
    if (i == MAX_LINKS) {
        return false;
    }
    if (i == f->n_links) {
        f->links[i].link = frame->link;
        f->links[i].usable =
            compile(f->expression, find_dlt(frame->link), &f->links[i].program, NULL, 0);
        f->n_links++;
    }
    return f->links[i].usable && bpf_filter(f->links[i].program.bf_insns, frame->bytes,
                                            (u_int)frame->wire_len, (u_int)frame->len) != 0;
}

void xd_filter_free(struct xd_filter *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->n_links; i++) {
        if (f->links[i].usable) {
            pcap_freecode(&f->links[i].program);
        }
    }
    xd_free(f->expression);
    xd_free(f);
}
