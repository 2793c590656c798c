/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a segment_builder has gathered, between adding and finishing. */
#ifndef LIB_SEGMENT_BUILDER_H
#define LIB_SEGMENT_BUILDER_H

#include "record.h"
#include "segment_rows.h"
#include "subnet_set.h"

/* A row of /traffic, /ecn, /spin or /protocol. */
struct counter_row {
	struct row_key key;
	uint64_t value[4];
};

struct rtt_row {
	struct row_key key;
	uint32_t n_bins;
	uint64_t count, min_ns, max_ns, sum_ns, overflow;
	size_t first_bin;
};

struct segment_builder {
	struct subnet_set subnet;
	uint32_t *id; /* of each subnet of the record at hand */
	size_t max_ids;
	struct row_array traffic, ecn, spin, protocol, rtt;
	struct row_array bin;        /* struct record_bin */
	struct row_array interval;   /* struct interval_row */
	struct row_array gap, event; /* of struct record_gap, record_event */
};

void segment_builder_clear(struct segment_builder *builder);

struct interval_row {
	int64_t start_ns;
	uint64_t duration_ns, seq;
	int64_t clock_offset_ns;
	uint8_t flags;
	uint64_t outcome[N_OUTCOMES], event[N_EVENTS];
};

#endif
