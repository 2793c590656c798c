/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment in memory: consecutive intervals, sorted and added up, column by
 * column as the file has them (spindrift-segment(5)). It is built from records
 * (of a journal), written to HDF5, read back from HDF5; analysis sees only it.
 *
 * All arrays are owned by the segment and freed by segment_fini(). A reader may
 * load only some groups (enum segment_load); the others have n = 0.
 */
#ifndef LIB_SEGMENT_H
#define LIB_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* Histogram layout: data of the file. edge_ns[n_bins] is the overflow limit. */
struct segment_layout {
	uint32_t n_bins;
	uint64_t *edge_ns; /* n_bins + 1, ascending */
};

/*
 * In a rollup a row is the sum of n_intervals measured ones, numbered seq up to
 * last_seq: it starts where the first of them starts and ends where the last
 * ends. covered_ns is the sum of their lengths, the rest are gaps. flags are
 * those of any of them, clock_offset_ns is that of the first. In raw segments a
 * row is one interval.
 */
struct segment_interval {
	size_t n;
	int64_t *time_ns; /* start, UTC, ascending */
	uint64_t *duration_ns, *seq;
	uint64_t *last_seq, *n_intervals, *covered_ns;
	uint8_t *flags;
	int64_t *clock_offset_ns;
	uint64_t *outcome[N_OUTCOMES]; /* a column each */
	uint64_t *event[N_EVENTS];
};

/* Sorted by (address, prefix_len, side, kind). Rows of subnet i are
 * traffic[traffic_ptr[i] .. traffic_ptr[i + 1]), and so for rtt. */
struct segment_subnet {
	size_t n;
	struct record_subnet *key;
	uint64_t *traffic_ptr, *rtt_ptr; /* n + 1 each */
};

/* `interval` is a position in the interval table. Sorted by (subnet, interval,
 * class); rows of zeros are left out. */
struct segment_traffic {
	size_t n;
	uint32_t *subnet, *interval;
	uint8_t *class;
	uint64_t *packets_rx, *packets_tx, *bytes_rx, *bytes_tx;
};

struct segment_ecn {
	size_t n;
	uint32_t *subnet, *interval;
	uint8_t *codepoint;
	uint64_t *packets_rx, *packets_tx;
};

struct segment_spin {
	size_t n;
	uint32_t *subnet, *interval, *version;
	uint8_t *class;
	uint64_t *flows, *packets;
};

struct segment_protocol {
	size_t n;
	uint32_t *interval;
	uint8_t *ip_protocol;
	uint64_t *packets, *bytes;
};

/* Sorted by (subnet, interval, source). Bins of row i are
 * bin[hist_ptr[i] .. hist_ptr[i + 1]), ascending. */
struct segment_rtt {
	size_t n;
	uint32_t *subnet, *interval;
	uint8_t *source;
	uint64_t *count, *min_ns, *max_ns, *sum_ns, *overflow;
	uint64_t *hist_ptr; /* n + 1 */
	size_t n_bins;
	uint16_t *bin;
	uint64_t *bin_count;
};

/*
 * The whole segment merged per first octet, so that a month's map, and every
 * coarse grouping, reads small tables. One row per (family, kind, octet, side,
 * source); octet is the first of the family's own address (10 for 10.1.2.3,
 * 32 for 2001:db8::), 0 in overflow rows. Traffic likewise per class.
 */
struct segment_slash8 {
	size_t n;
	uint8_t *family, *kind, *octet, *side, *source;
	uint64_t *count, *min_ns, *max_ns, *sum_ns, *overflow;
	uint64_t *hist_ptr; /* n + 1 */
	size_t n_bins;
	uint16_t *bin;
	uint64_t *bin_count;
};

struct segment_slash8_traffic {
	size_t n;
	uint8_t *family, *kind, *octet, *side, *class;
	uint64_t *packets_rx, *packets_tx, *bytes_rx, *bytes_tx;
};

struct segment_gap {
	size_t n;
	struct record_gap *row;
};

struct segment_event {
	size_t n;
	struct record_event *row;
};

/* What the root attributes say. Strings are owned. */
struct segment_meta {
	uint32_t schema_major, schema_minor;
	uint64_t interval_ns;
	int64_t time_start_ns, time_end_ns;
	uint64_t first_seq, last_seq;
	char *level; /* of enum segment_level, by name */
	char *campaign_uuid, *vantage_point, *boot_id, *tool_version, *host;
	char *kernel, *devices, *config_json, *clock_sync_json;
	char *histogram_json;
	char *sources_json; /* of a rollup: the files that it is the sum of */
};

struct segment {
	struct segment_meta meta;
	struct segment_layout layout;
	struct segment_interval interval;
	struct segment_subnet subnet;
	struct segment_traffic traffic;
	struct segment_ecn ecn;
	struct segment_spin spin;
	struct segment_protocol protocol;
	struct segment_rtt rtt;
	struct segment_slash8 slash8;
	struct segment_slash8_traffic slash8_traffic;
	struct segment_gap gap;
	struct segment_event event;
};

/* Groups a reader loads. Meta, layout, intervals, gaps and events always come;
 * SEGMENT_HIST needs SEGMENT_RTT. */
enum segment_load {
	SEGMENT_SUBNET = 1,
	SEGMENT_TRAFFIC = 2,
	SEGMENT_RTT = 4,
	SEGMENT_HIST = 8,
	SEGMENT_SLASH8 = 16, /* slash8 and slash8_traffic */
	SEGMENT_ECN = 32,
	SEGMENT_SPIN = 64,
	SEGMENT_PROTOCOL = 128,
	SEGMENT_ALL = 255,
};

void segment_fini(struct segment *segment);

/* The layout of core/hist.h. edge_ns is the caller's. */
int segment_layout_init(struct segment_layout *layout);

/* Equal bins from 0, as imported data has. Bins are u16 in the file, and edges
 * far from the end of u64. */
enum { SEGMENT_MAX_LINEAR_BINS = 65535 };
#define SEGMENT_MAX_BIN_WIDTH_NS (1ull << 40)
int segment_layout_init_linear(struct segment_layout *layout, uint32_t n_bins,
			       uint64_t width_ns);

#endif
