/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of consecutive intervals -> struct segment: subnets gathered, rows
 * sorted and equal keys added up, pointers and /8 tables made. The result
 * depends on the records' content alone, not on the order of rows inside them.
 */
#ifndef LIB_SEGMENT_BUILD_H
#define LIB_SEGMENT_BUILD_H

#include "record.h"
#include "segment.h"

struct segment_builder;

/* `seed` keys a hash table, so that crafted prefixes cannot slow it down; it
 * does not show in the result. NULL when memory is short. */
struct segment_builder *segment_builder_new(uint64_t seed);
void segment_builder_free(struct segment_builder *builder);

/* The record has passed record_check(), starts where the one before ended or
 * later, and its seq is greater: else -EINVAL. */
int segment_builder_add(struct segment_builder *builder,
			const struct record *record);

/*
 * Takes ownership of layout->edge_ns, also on failure. Of the meta data only
 * times and sequence numbers are set. -EBADMSG when a bin lies outside the
 * layout, -ERANGE when a bin of one interval counts more than 2^32 - 1.
 */
int segment_builder_finish(struct segment_builder *builder,
			   const struct segment_layout *layout,
			   struct segment *ret_segment);

/*
 * The tables of subnets and their rows alone, for a file that is written range
 * by range of subnets. `is_rollup`: bins may count more than 2^32 - 1. The
 * builder is empty afterwards and takes the next range.
 */
int segment_builder_finish_rows(struct segment_builder *builder,
				uint32_t n_layout_bins, bool is_rollup,
				struct segment *ret_segment);

/* Fills /slash8 and /slash8_traffic from the other tables. */
int segment_slash8_build(struct segment *segment);

/* The same for a segment that comes range by range of subnets. */
struct segment_slash8_sums;
struct segment_slash8_sums *segment_slash8_new(uint32_t n_bins);
void segment_slash8_free(struct segment_slash8_sums *sums);
int segment_slash8_add(struct segment_slash8_sums *sums,
		       const struct segment *segment);
/* Adds tables that were made before, of the same layout. */
int segment_slash8_add_tables(struct segment_slash8_sums *sums,
			      const struct segment *segment);
int segment_slash8_finish(const struct segment_slash8_sums *sums,
			  struct segment *segment);

#endif
