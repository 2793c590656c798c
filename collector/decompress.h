/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gzip, xz and zstd, told by their first bytes, as one interface. Concatenated
 * members, streams and frames are one input, as gzip -dc, xz -dc and zstd -dc
 * have it. Memory is bounded: an xz or zstd input that asks for more than
 * DECOMPRESS_MAX_BYTES of window is refused.
 */
#ifndef COLLECTOR_DECOMPRESS_H
#define COLLECTOR_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DECOMPRESS_MAGIC_BYTES = 6,
	/* xz -9 needs 65 MiB, zstd --ultra -22 128 MiB. */
	DECOMPRESS_MAX_BYTES = 256 << 20,
};

struct decompress;

/* *ret is NULL when the first bytes (fewer than DECOMPRESS_MAGIC_BYTES at the
 * end of a short file) are of none of the three. -ENOMEM. */
int decompress_new(const uint8_t *first, size_t n_first,
		   struct decompress **ret);
/* NULL is accepted. */
void decompress_free(struct decompress *d);

/*
 * Takes bytes from *in (moved on) and writes at most n_out to out; *ret_out may
 * be 0 without an error, when all input was taken. -EBADMSG for damaged data,
 * -ENOMEM when it wants more memory than is allowed.
 */
int decompress_run(struct decompress *d, const uint8_t **in, size_t *n_in,
		   uint8_t *out, size_t n_out, size_t *ret_out);

/* Whether the input may end here: not within a member. */
bool decompress_is_complete(const struct decompress *d);

#endif
