// SPDX-License-Identifier: GPL-2.0-or-later
#include "heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	STEP_BYTES = 256 << 20,
	/* Above it a block has pages of its own, and grows by moving them
	 * instead of copying (the largest that glibc accepts). */
	OWN_PAGES_BYTES = 32 << 20,
};

void heap_expect_large_tables(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin, end;
	void *first;

	mallopt(M_MMAP_THRESHOLD, OWN_PAGES_BYTES);
	mallopt(M_TRIM_THRESHOLD, STEP_BYTES);
	mallopt(M_TOP_PAD, STEP_BYTES);
	/* The first block larger than what is free makes the heap grow. */
	first = malloc(OWN_PAGES_BYTES / 2);
	begin = ((uintptr_t)first + page - 1) / page * page;
	end = (uintptr_t)sbrk(0) / page * page;
	if (first && begin < end && end - begin >= STEP_BYTES / 2 &&
	    end - begin <= 2UL * STEP_BYTES)
		madvise((void *)begin, end - begin, MADV_HUGEPAGE);
	free(first);
}
