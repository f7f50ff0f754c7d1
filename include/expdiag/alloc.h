/*
 * alloc.h - the one door for allocations.
 *
 * No function here returns NULL.  When memory runs out, the process ends with
 * XD_EXIT_MEMORY: a worker owns nothing that needs undoing (its outputs are
 * temporary files of the supervisor, which removes them and says what happened).
 * That spares every caller a branch that no ordinary run ever takes.
 */
#ifndef EXPDIAG_ALLOC_H
#define EXPDIAG_ALLOC_H

#include <stddef.h>
#include <stdint.h>

/* Exit status of a process that ran out of memory; told apart by the supervisor. */
enum { XD_EXIT_MEMORY = 97 };

/* len bytes, zeroed; free with xd_free.  len 0 gives a valid pointer. */
/*
 * The next 64 MiB of the heap come in pages of 2 MiB where the system has them: page
 * faults were 7 % of the time of a capture of handshakes.  Once a process, at its start.
 */
void xd_alloc_expect_much(void);

void *xd_alloc(size_t len);

/* n elements of size bytes each, zeroed; an overflow of n * size counts as out of memory.
 */
void *xd_alloc_array(size_t n, size_t size);

/* As realloc; the new part is not zeroed. */
void *xd_realloc(void *p, size_t len);

/* p may be NULL. */
void xd_free(void *p);

/* A library has told that there is no memory: the process ends as if we had asked. */
void xd_alloc_ended(void) __attribute__((noreturn));

/*
 * For a worker: exit() ends the process as want of memory does.  We leave by _exit;
 * libarchive and libpcap call exit(1) and exit(2) for want of memory, which must not pass
 * for ours.
 */
void xd_alloc_guard_exit(void);

/*
 * What a process does at the end of its memory in place of leaving without a word, in the
 * thread that asked for more: it removes what it would leave half made, and gives the exit
 * status.  It may not allocate.  NULL: XD_EXIT_MEMORY, as a worker ends.
 */
void xd_alloc_on_end(int (*end)(void *arg), void *arg);

/*
 * For tests: make the n-th allocation from now (1 is the next) behave as if
 * memory had run out.  0 switches that off.
 */
void xd_alloc_fail_at(uint64_t n);

/* Allocations made so far in this process. */
uint64_t xd_alloc_count(void);

#endif
