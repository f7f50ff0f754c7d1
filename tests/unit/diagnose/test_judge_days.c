/*
 * test_judge_days.c - what a store or a CA file tells of a refusal that it is not of the
 * same logging as, or whose length it does not fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static struct xd_cert *leaf_from(struct xd_jstage *s, const char *eku, xd_time from)
{
    struct xd_mint_spec spec = {
        .cn = "c.example.com", .eku = eku, .san = "DNS:c.example.com", .from = from};
    return xd_jstage_mint(s, &spec, &s->root);
}

static struct xd_flow *refuse_login(struct xd_jstage *s)
{
    struct xd_flow *f = xd_jstage_flow(s, s->e, s->c, s->e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_SSH;
    f->tls = NULL;
    f->ssh = xd_arena_alloc(s->cs->arena, sizeof *f->ssh);
    xd_jstage_fail(s, f, XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
    return f;
}

/* TLS 1.3 without keys: E ends it with a record of an alert's size. */
static struct xd_flow *refuse_hidden(struct xd_jstage *s)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, s->e);
    f->tls->version = 0x0304;
    f->tls->certificates_visible = false;
    xd_jstage_fail(s, f, XD_FAILURE_ENCRYPTED_ALERT, XD_BY_SERVER, -1);
    return f;
}

static bool speaks_against(const struct xd_finding *x)
{
    for (size_t i = 0; i < x->n_evidence; i++) {
        if (!x->evidence[i].supports) {
            return true;
        }
    }
    return false;
}

static void a_store_of_days_later_is_not_surely_what_logged_in(void **state)
{
    (void)state;
    for (int days = -3; days <= 3; days += 3) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c->as_of = s.now + days * XD_DAY;
        xd_jstage_store(&s, s.c, &s.c->client, leaf_from(&s, "serverAuth", 0));
        refuse_login(&s);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(days ? XD_PROBABLE : XD_CERTAIN, x->confidence);
        assert_int_equal(days != 0, speaks_against(x));
        xd_jstage_close(&s);
    }
}

static void
a_leaf_that_a_later_store_holds_and_that_begins_later_did_not_log_in(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c->as_of = s.now + (later ? 3 : 0) * XD_DAY;
        xd_jstage_store(&s, s.c, &s.c->client, leaf_from(&s, "serverAuth", s.now + XD_DAY));
        refuse_login(&s);
        xd_jstage_judge(&s);
        assert_int_equal(later, !xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING));
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
        assert_int_equal(later, x != NULL);
        assert_true(!x || strstr(x->summary, "cannot be what was refused"));
        xd_jstage_close(&s);
    }
}

static void a_good_certificate_of_another_day_passes_nothing(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c->as_of = s.now + (later ? 3 : 0) * XD_DAY;
        refuse_login(&s);
        xd_jstage_judge(&s);
        assert_int_equal(later, !xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
        assert_int_equal(later, x != NULL);
        assert_true(!x || strstr(x->summary, "are of another day"));
        xd_jstage_close(&s);
    }
}

static void
a_certificate_that_was_made_later_is_not_the_one_that_was_too_early(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c->as_of = s.now + (later ? 3 : 0) * XD_DAY;
        xd_jstage_store(&s, s.c, &s.c->client, leaf_from(&s, "clientAuth", s.now + XD_DAY));
        refuse_hidden(&s);
        xd_jstage_judge(&s);
        assert_int_equal(later, !xd_jstage_finding(&s, XD_F_CERTIFICATE_NOT_YET_VALID));
        assert_int_equal(later, xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED) != NULL);
        xd_jstage_close(&s);
    }
}

static void a_ca_file_of_days_later_is_not_surely_what_was_trusted(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.e->as_of = s.now + (later ? 3 : 0) * XD_DAY;
        s.c_zone->status = s.e_zone->status = "Failed";
        struct xd_cert *leaf =
            xd_jstage_leaf(&s, "c.example.com", "clientAuth", &s.other_root);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_trust(&s, s.c, s.other_root.cert);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        xd_jstage_present(&s, f, XD_CLIENT, leaf, s.other_root.cert);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 48);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
        assert_non_null(x);
        assert_int_equal(later ? XD_PROBABLE : XD_CERTAIN, x->confidence);
        assert_int_equal(later, speaks_against(x));
        xd_jstage_close(&s);
    }
}

static void infer(struct xd_jstage *s, struct xd_flow *f, enum xd_basis basis, bool fits)
{
    struct xd_inferred *x = XD_PUSH(s->cs->arena, f, inferred);
    *x = (struct xd_inferred){.by = XD_CLIENT,
                              .store = fits ? XD_STORE_CLIENT : XD_STORE_NONE,
                              .basis = basis,
                              .place = f->last,
                              .length = 777,
                              .chain = s->c->client.certs,
                              .n_chain = fits ? 1 : 0};
}

static void a_length_that_fits_no_store_accuses_no_store(void **state)
{
    (void)state;
    for (int fits = 0; fits < 2; fits++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client, leaf_from(&s, "serverAuth", 0));
        infer(&s, refuse_hidden(&s), XD_BASIS_RECORD_LENGTH, fits);
        xd_jstage_judge(&s);
        assert_int_equal(fits, xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING) != NULL);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
        assert_int_equal(!fits, x != NULL);
        assert_true(!x || strstr(x->summary, "holds no chain of its stores"));
        xd_jstage_close(&s);
    }
}

static void a_login_of_another_length_speaks_against_the_store(void **state)
{
    (void)state;
    for (int fits = 0; fits < 2; fits++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client, leaf_from(&s, "serverAuth", 0));
        infer(&s, refuse_login(&s), XD_BASIS_PACKET_LENGTH, fits);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(fits ? XD_CERTAIN : XD_PROBABLE, x->confidence);
        assert_int_equal(!fits, speaks_against(x));
        assert_int_equal(!fits, strstr(x->summary, "none of the stores") != NULL);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_of_days_later_is_not_surely_what_logged_in),
        cmocka_unit_test(
            a_leaf_that_a_later_store_holds_and_that_begins_later_did_not_log_in),
        cmocka_unit_test(a_good_certificate_of_another_day_passes_nothing),
        cmocka_unit_test(
            a_certificate_that_was_made_later_is_not_the_one_that_was_too_early),
        cmocka_unit_test(a_ca_file_of_days_later_is_not_surely_what_was_trusted),
        cmocka_unit_test(a_length_that_fits_no_store_accuses_no_store),
        cmocka_unit_test(a_login_of_another_length_speaks_against_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
