/*
 * trace.c - rows of a trace, packed.
 *
 *    uint8 head;       kind in 6 bits, direction, record
 *    varint time;      difference in microseconds, zigzag
 *    varint frame;     difference, zigzag
 *    varint length;    lowest bit: another source
 *    varint source;    only where the bit says so
 *
 * A varint has seven bits a byte, low ones first, the eighth bit where more follow.
 */
#include "expdiag/trace.h"

#include <string.h>

enum { KIND = 0x3f, BY = 0x40, RECORD = 0x80 };

_Static_assert(XD_STEP_COUNT <= KIND + 1, "a step fits in six bits");

static const char *const names[XD_STEP_COUNT] = {
    [XD_STEP_SYN] = "SYN",
    [XD_STEP_SYN_ACK] = "SYN-ACK",
    [XD_STEP_FIN] = "FIN",
    [XD_STEP_RST] = "RST",
    [XD_STEP_HELLO_REQUEST] = "HelloRequest",
    [XD_STEP_CLIENT_HELLO] = "ClientHello",
    [XD_STEP_SERVER_HELLO] = "ServerHello",
    [XD_STEP_HELLO_RETRY] = "HelloRetryRequest",
    [XD_STEP_NEW_TICKET] = "NewSessionTicket",
    [XD_STEP_END_EARLY_DATA] = "EndOfEarlyData",
    [XD_STEP_ENCRYPTED_EXTENSIONS] = "EncryptedExtensions",
    [XD_STEP_CERTIFICATE] = "Certificate",
    [XD_STEP_SERVER_KEY_EXCHANGE] = "ServerKeyExchange",
    [XD_STEP_CERTIFICATE_REQUEST] = "CertificateRequest",
    [XD_STEP_HELLO_DONE] = "ServerHelloDone",
    [XD_STEP_CERTIFICATE_VERIFY] = "CertificateVerify",
    [XD_STEP_CLIENT_KEY_EXCHANGE] = "ClientKeyExchange",
    [XD_STEP_FINISHED] = "Finished",
    [XD_STEP_CERTIFICATE_STATUS] = "CertificateStatus",
    [XD_STEP_KEY_UPDATE] = "KeyUpdate",
    [XD_STEP_CHANGE_CIPHER] = "ChangeCipherSpec",
    [XD_STEP_ENCRYPTED_HANDSHAKE] = "encrypted handshake",
    [XD_STEP_ALERT] = "Alert",
    [XD_STEP_ENCRYPTED_ALERT] = "encrypted alert",
    [XD_STEP_OTHER_HANDSHAKE] = "other handshake message",
    [XD_STEP_APPLICATION_DATA] = "application data",
    [XD_STEP_SSH_BANNER] = "SSH identification",
    [XD_STEP_SSH_KEXINIT] = "KEXINIT",
    [XD_STEP_SSH_KEX] = "key exchange",
    [XD_STEP_SSH_KEX_REPLY] = "key exchange reply",
    [XD_STEP_SSH_NEWKEYS] = "NEWKEYS",
    [XD_STEP_SSH_DISCONNECT] = "DISCONNECT",
    [XD_STEP_SSH_ENCRYPTED] = "encrypted",
    [XD_STEP_COMPRESSED_CERTIFICATE] = "CompressedCertificate",
};

const char *xd_step_name(enum xd_step step)
{
    return (size_t)step < XD_STEP_COUNT ? names[step] : "";
}

enum xd_step xd_step_find(const char *name)
{
    unsigned i = 0;

    while (i < XD_STEP_COUNT && strcmp(names[i], name) != 0) {
        i++;
    }
    return (enum xd_step)i;
}

static size_t put_varint(uint8_t *p, uint64_t v)
{
    size_t n = 0;

    while (v > 0x7f) {
        p[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    p[n++] = (uint8_t)v;
    return n;
}

static uint64_t get_varint(struct xd_cur *c)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = xd_cur_u8(c);

        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return v;
}

/* Small differences of either sign to small numbers; they wrap, as unsigned ones do. */
static uint64_t fold_sign(uint64_t v)
{
    return v << 1 ^ (v >> 63 != 0 ? UINT64_MAX : 0);
}

static uint64_t unfold_sign(uint64_t v)
{
    return v >> 1 ^ ((v & 1) != 0 ? UINT64_MAX : 0);
}

size_t xd_trace_put(uint8_t out[XD_TRACE_ROW_MAX], struct xd_trace_at *at,
                    const struct xd_trace_row *row)
{
    bool moved = row->source != at->source;
    size_t n = 1;

    out[0] = (uint8_t)((row->kind & KIND) | (row->by != 0 ? BY : 0) |
                       (row->record ? RECORD : 0));
    n += put_varint(out + n, fold_sign((uint64_t)row->time - (uint64_t)at->time));
    n += put_varint(out + n, fold_sign((uint64_t)row->frame - (uint64_t)at->frame));
    n += put_varint(out + n, (uint64_t)row->length << 1 | moved);
    if (moved) {
        n += put_varint(out + n, row->source);
    }
    *at = (struct xd_trace_at){row->source, row->time, row->frame};
    return n;
}

bool xd_trace_get(struct xd_slice *bytes, struct xd_trace_at *at, struct xd_trace_row *row)
{
    struct xd_cur c = xd_cur_init(*bytes);
    uint8_t head = xd_cur_u8(&c);

    at->time = (xd_time)((uint64_t)at->time + unfold_sign(get_varint(&c)));
    at->frame = (uint32_t)((uint64_t)at->frame + unfold_sign(get_varint(&c)));
    uint64_t length = get_varint(&c);

    if ((length & 1) != 0) {
        at->source = get_varint(&c);
    }
    *row = (struct xd_trace_row){
        .source = at->source,
        .time = at->time,
        .frame = at->frame,
        .length = (uint32_t)(length >> 1),
        .kind = head & KIND,
        .by = (head & BY) != 0,
        .record = (head & RECORD) != 0,
    };
    if (c.bad) {
        return false;
    }
    size_t used = xd_cur_at(&c);

    *bytes = (struct xd_slice){bytes->p + used, bytes->len - used};
    return true;
}

void xd_trace_rename(uint8_t *p, enum xd_step step)
{
    *p = (uint8_t)((*p & (BY | RECORD)) | ((unsigned)step & KIND));
}
