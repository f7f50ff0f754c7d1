/*
 * test_memory.c - what a conversation whose handshake is over costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>

#include <cmocka.h>

#include "scene.h"
#include "wire_priv.h"

enum { MAX_BYTES = 1 << 20, BEFORE = 256, MANY = 2048, RECORDS = 40 };

#ifdef EXPDIAG_SANITIZED
#include <sanitizer/allocator_interface.h>
#endif

/* Bytes of the heap that are in use, with what the allocator adds. */
static size_t heap_in_use(void)
{
#ifdef EXPDIAG_SANITIZED
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

/* A full TLS 1.2 handshake with client certificate, and bulk data both ways. */
static void converse(struct xd_scene *s, unsigned number)
{
    uint8_t data[500] = {0xee};
    struct xd_buf sealed = {.max = MAX_BYTES};

    s->port[CLIENT] = (uint16_t)(20000 + number);
    s->seq[CLIENT] = number << 16;
    s->seq[SERVER] = number << 16;
    xd_scene_open(s);
    for (unsigned flight = 0; flight < 4; flight++) {
        struct xd_buf b = {.max = MAX_BYTES};

        xd_put_flight(&b, flight);
        xd_scene_say(s, flight % 2, xd_slice_of_buf(&b), 1448);
        xd_buf_done(&b);
    }
    xd_put_record(&sealed, 23, (struct xd_slice){data, sizeof(data)});
    for (unsigned i = 0; i < RECORDS; i++) {
        xd_scene_say(s, i % 2, xd_slice_of_buf(&sealed), 1448);
    }
    xd_buf_done(&sealed);
}

static size_t bytes_each(bool no_steps)
{
    struct xd_scene s;
    struct xd_buf out = {.max = MAX_BYTES};

    xd_scene_begin(&s);
    if (no_steps) {
        xd_wire_no_steps(s.w);
    }
    for (unsigned i = 0; i < BEFORE; i++) { /* what is there once: certificates, tables */
        converse(&s, i);
    }
    size_t before = heap_in_use();

    for (unsigned i = BEFORE; i < BEFORE + MANY; i++) {
        converse(&s, i);
    }
    size_t after = heap_in_use();

    const char *facts = xd_scene_end(&s, &out);

    assert_non_null(strstr(facts, "10.0.0.1:20000 established TLSv1.2"));
    assert_null(strstr(facts, "incomplete"));
    xd_buf_done(&out);
    return (after - before) / MANY;
}

static void a_listing_needs_less_than_one_kib_a_conversation(void **state)
{
    (void)state;
    assert_in_range(bytes_each(true), 400, 1024);
}

/* Sixteen messages and 26 encrypted records more, packed. */
static void ladder_and_ledger_fit_into_the_same_kib(void **state)
{
    (void)state;
    assert_in_range(bytes_each(false), 400, 1024);
}

/* The parts of it that are of one size; what they hold is above. */
static void the_forms_of_a_conversation_stay_small(void **state)
{
    (void)state;
    assert_in_range(sizeof(struct xd_conn), 1, 440);
    assert_in_range(sizeof(struct xd_wire_tls), 1, 152);
    assert_in_range(sizeof(struct xd_wire_ssh), 1, 264);
    assert_in_range(sizeof(struct xd_flow), 1, 400);
    assert_in_range(sizeof(struct xd_tls_facts), 1, 248);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listing_needs_less_than_one_kib_a_conversation),
        cmocka_unit_test(ladder_and_ledger_fit_into_the_same_kib),
        cmocka_unit_test(the_forms_of_a_conversation_stay_small),
    };

    return cmocka_run_group_tests_name("wire_memory", tests, NULL, NULL);
}
