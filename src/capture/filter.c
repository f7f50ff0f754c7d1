/*
 * filter.c - filter expressions as users of tcpdump know them, compiled and run by
 * libpcap, a program a link type.
 *
 * All are compiled at the start: names of ports stand in a file (services(5)), and no file
 * can be opened once captures are read.
 */
#include "capture_priv.h"

#include <string.h>

#include <pcap/pcap.h>

#include "expdiag/alloc.h"

/* Those that wire reads; Ethernet first, whose words about an expression are given. */
static const int links[] = {
    XD_LINK_ETHERNET, XD_LINK_NULL,       XD_LINK_PPP,        XD_LINK_RAW_BSD,
    XD_LINK_PPP_HDLC, XD_LINK_PPP_ETHER,  XD_LINK_RAW,        XD_LINK_RAW_OPENBSD,
    XD_LINK_C_HDLC,   XD_LINK_IEEE802_11, XD_LINK_LOOP,       XD_LINK_LINUX_SLL,
    XD_LINK_PFLOG,    XD_LINK_RADIOTAP,   XD_LINK_IPV4,       XD_LINK_IPV6,
    XD_LINK_NFLOG,    XD_LINK_IPOIB,      XD_LINK_LINUX_SLL2,
};

enum { N_LINKS = sizeof(links) / sizeof(links[0]) };

struct xd_filter {
    struct {
        bool usable; /* the expression makes sense for this link type */
        struct bpf_program program;
    } links[N_LINKS];
};

/* libpcap tells want of memory as it tells a slip in the expression. */
static bool wanted_memory(const char *text)
{
    return strncmp(text, "malloc", 6) == 0 || strncmp(text, "out of memory", 13) == 0 ||
           strncmp(text, "not enough core", 15) == 0 ||
           strstr(text, "Cannot allocate memory") != NULL;
}

static bool compile(const char *expression, int link, struct bpf_program *out, char *why,
                    size_t why_len)
{
    enum { SNAP = 262144 };
    pcap_t *handle = pcap_open_dead(link, SNAP);
    bool ok = false;

    if (handle == NULL) {
        xd_alloc_ended();
    }
    ok = pcap_compile(handle, out, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok && wanted_memory(pcap_geterr(handle))) {
        xd_alloc_ended(); /* else it would pass nothing of that link type */
    }
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

/* Link types of savefiles and of libpcap agree but for raw IP. */
static int find_dlt(int link)
{
    return link == XD_LINK_RAW ? DLT_RAW : link;
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

    f->links[0].usable = true;
    f->links[0].program = program;
    for (size_t i = 1; i < N_LINKS; i++) {
        f->links[i].usable =
            compile(expression, find_dlt(links[i]), &f->links[i].program, NULL, 0);
    }
    *out = f;
    return XD_OK;
}

bool xd_filter_passes(struct xd_filter *f, const struct xd_wire_frame *frame)
{
    size_t i = 0;

    while (i < N_LINKS && links[i] != frame->link) {
        i++;
    }
    if (i == N_LINKS) {
        return true; /* wire leaves it out, and says so */
    }
    return f->links[i].usable && bpf_filter(f->links[i].program.bf_insns, frame->bytes,
                                            (u_int)frame->wire_len, (u_int)frame->len) != 0;
}

void xd_filter_free(struct xd_filter *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < N_LINKS; i++) {
        if (f->links[i].usable) {
            pcap_freecode(&f->links[i].program);
        }
    }
    xd_free(f);
}
