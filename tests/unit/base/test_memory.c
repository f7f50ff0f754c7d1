/*
 * test_memory.c - arena, arrays, buffer, map, and the end of memory.
 */
#include "unit.h"

#include "expdiag/alloc.h"
#include "expdiag/arena.h"
#include "expdiag/buf.h"
#include "expdiag/map.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct numbers {
    uint64_t *items;
    size_t n_items;
    size_t cap_items;
};

static void arrays_keep_their_elements_while_they_grow(void **state)
{
    struct xd_arena *a = xd_arena_new();
    struct numbers n = {0};

    (void)state;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t *place = XD_PUSH(a, &n, items);

        assert_int_equal(0, *place); /* zeroed */
        *place = i * 3;
    }
    assert_int_equal(10000, n.n_items);
    for (uint64_t i = 0; i < 10000; i++) {
        assert_int_equal(i * 3, n.items[i]);
    }
    xd_arena_free(a);
}

static void large_and_small_pieces_stand_apart(void **state)
{
    struct xd_arena *a = xd_arena_new();
    char *first = xd_arena_text(a, "first", 5);
    uint8_t *large = xd_arena_alloc(a, 1 << 20);
    char *second = xd_arena_printf(a, "%s-%d", "second", 2);

    (void)state;
    memset(large, 0xff, 1 << 20);
    assert_string_equal("first", first);
    assert_string_equal("second-2", second);
    assert_null(xd_arena_strdup(a, NULL));
    assert_int_equal(0, (uintptr_t)second % 16);
    xd_arena_free(a);
}

static void a_buffer_stops_at_its_ceiling(void **state)
{
    struct xd_buf b = {.max = 10};

    (void)state;
    xd_buf_puts(&b, "12345");
    xd_buf_printf(&b, "%d", 678);
    assert_false(b.overflow);
    xd_buf_puts(&b, "90a");
    assert_true(b.overflow);
    assert_string_equal("1234567890", xd_buf_text(&b));
    xd_buf_clear(&b);
    xd_buf_printf(&b, "%s", "longer than ten bytes");
    assert_string_equal("longer tha", xd_buf_text(&b));
    xd_buf_done(&b);
}

static void a_map_finds_what_was_put_and_nothing_else(void **state)
{
    struct xd_map *m = xd_map_new();
    int values[3000];
    char key[16];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(key, sizeof(key), "key %d", i);
        xd_map_put(m, xd_slice_of(key), &values[i]);
    }
    xd_map_put(m, xd_slice_of("key 7"), &values[8]); /* replaced, not added */
    assert_int_equal(3000, xd_map_count(m));
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(key, sizeof(key), "key %d", i);
        assert_ptr_equal(i == 7 ? &values[8] : &values[i], xd_map_get(m, xd_slice_of(key)));
    }
    assert_null(xd_map_get(m, xd_slice_of("key 3000")));
    assert_null(xd_map_get(m, (struct xd_slice){0}));
    xd_map_free(m);
}

static void the_hash_is_siphash_of_its_key(void **state)
{
    uint8_t bytes[15];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    xd_hash_set_key(1, 2);
    uint64_t one = xd_hash((struct xd_slice){bytes, 15});

    assert_true(one == xd_hash((struct xd_slice){bytes, 15}));
    assert_true(one != xd_hash((struct xd_slice){bytes, 14}));
    xd_hash_set_key(1, 3);
    assert_true(one != xd_hash((struct xd_slice){bytes, 15}));
}

/* Exit status of a child in which the n-th allocation fails. */
static int run_with_failure(uint64_t n)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        xd_alloc_fail_at(n);
        struct xd_arena *a = xd_arena_new();
        struct xd_map *m = xd_map_new();

        xd_map_put(m, xd_slice_of("k"), a);
        xd_map_free(m);
        (void)xd_arena_alloc(a, 100);
        xd_arena_free(a);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void every_failing_allocation_ends_the_process_by_its_own_status(void **state)
{
    uint64_t n = 1;

    (void)state;
    while (n < 100 && run_with_failure(n) == XD_EXIT_MEMORY) {
        n++;
    }
    assert_int_equal(6, n); /* arena, map, slots, key, block: five allocations */
    assert_int_equal(0, run_with_failure(n));
}

static void an_overflowing_array_is_out_of_memory(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        (void)xd_alloc_array(SIZE_MAX / 2, 3);
        _exit(0);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(XD_EXIT_MEMORY, WEXITSTATUS(status));
}

static void json_acts_on_no_terminal(void **state)
{
    struct xd_buf b = {.max = 100};
    static const char raw[] =
        "{\"a\": \"\x7f\xe2\x80\xae\xc2\x9b\xf3\xa0\x80\x81\xc3\xa4\"}\n";

    (void)state;
    xd_buf_add_json(&b, raw, strlen(raw));
    assert_string_equal("{\"a\": \"\\u007f\\u202e\\u009b\\udb40\\udc01\xc3\xa4\"}\n",
                        xd_buf_text(&b));
    xd_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_keep_their_elements_while_they_grow),
        cmocka_unit_test(large_and_small_pieces_stand_apart),
        cmocka_unit_test(a_buffer_stops_at_its_ceiling),
        cmocka_unit_test(json_acts_on_no_terminal),
        cmocka_unit_test(a_map_finds_what_was_put_and_nothing_else),
        cmocka_unit_test(the_hash_is_siphash_of_its_key),
        cmocka_unit_test(every_failing_allocation_ends_the_process_by_its_own_status),
        cmocka_unit_test(an_overflowing_array_is_out_of_memory),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
