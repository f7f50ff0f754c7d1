/*
 * fuzz_x509.c - certificates described, judged and verified: a byte of choices, then a
 * length of two bytes before each DER.
 */
#include "fuzz.h"

#include "expdiag/crypto.h"
#include "expdiag/x509.h"

enum { MOST = 8 };

static void verify(struct xd_case *cs, struct xd_cert **certs, size_t n, unsigned how)
{
    static const enum xd_purpose purposes[] = {XD_PURPOSE_NONE, XD_PURPOSE_CLIENT,
                                               XD_PURPOSE_SERVER};
    struct xd_verify_request request = {.chain = certs,
                                        .n_chain = n,
                                        .trust = certs,
                                        .n_trust = n,
                                        .purpose = purposes[how % 3],
                                        .time = 1774000000 * XD_SECOND,
                                        .security_level = (int)(how / 3 % 3)};
    struct xd_verify_result result = {0};

    xd_x509_verify(cs, &request, &result);
    xd_fuzz_require(result.ok || result.error != 0, "a refusal names its error");
    (void)xd_x509_fault(&request, &result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    struct xd_roots *roots = xd_fuzz_roots();
    struct xd_case *cs = xd_case_new();
    struct xd_cert *certs[MOST];
    size_t n = 0;
    unsigned how = xd_cur_u8(&c);

    while (n < MOST && xd_cur_left(&c) > 2) {
        size_t said = xd_cur_u16(&c);
        struct xd_slice der =
            xd_cur_take(&c, said < xd_cur_left(&c) ? said : xd_cur_left(&c));
        uint8_t sum[32];
        uint8_t *exact = xd_fuzz_exact(der);

        der.p = exact;
        xd_sha256(der, sum);
        certs[n++] = xd_case_cert(cs, der, sum);
        free(exact);
    }
    xd_x509_describe_all(cs);
    xd_x509_judge_issuers(cs, roots);
    for (size_t i = 0; i < n; i++) {
        (void)xd_x509_issued(certs[0], certs[i]);
        (void)xd_x509_san_matches(certs[i], "vcs8c.example.com");
        (void)xd_x509_san_matches(certs[i], "192.0.2.1");
        (void)xd_x509_cn_matches(certs[i], "vcs8c.example.com");
    }
    if (n > 0) {
        verify(cs, certs, n, how);
    }
    xd_case_free(cs);
    return 0;
}
