/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One interval as it leaves the tables: what a journal record holds and what a
 * segment is built from.
 *
 * Rows name subnets by their position in `subnet`. Rows may come in any order
 * and a subnet, or a (subnet, source), may occur more than once: whoever builds
 * a segment sorts and adds up. Rows of zeros need not be written.
 *
 * The record owns its arrays. record_clear() keeps their memory for the next
 * interval, record_fini() frees it. Not thread-safe.
 */
#ifndef LIB_RECORD_H
#define LIB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/outcome.h"
#include "../core/spin_class.h"

enum interval_flag {
	INTERVAL_GAP = 1,     /* a gap lies between this and the one before */
	INTERVAL_RESTART = 2, /* first interval after a start of the tool */
	INTERVAL_CLOCK_STEP = 4, /* the wall clock was stepped in it */
	INTERVAL_PARTIAL = 8,    /* measured for less than its duration */
	INTERVAL_DAMAGED = 16,   /* rows of some subnets were lost: salvaged */
};

/* GAP_CAUSE_TABLE(X): X(code, NAME, name, meaning) */
#define GAP_CAUSE_TABLE(X)                                                     \
	X(0, UNKNOWN, unknown, "not known")                                    \
	X(1, NOT_RUNNING, not_running, "the collector did not run")            \
	X(2, NO_CAPTURE, no_capture, "no capture covers it")                   \
	X(3, CLOCK_STEP, clock_step, "the wall clock was stepped forward")     \
	X(4, NO_SPACE, no_space, "no room to write the interval")              \
	X(5, IO_ERROR, io_error, "the interval could not be written")          \
	X(6, TORN, torn, "a record was cut or damaged")                        \
	X(7, DELAYED, delayed, "the collector was not scheduled in time")

enum gap_cause {
#define X(code, upper, name, text) GAP_##upper = code,
	GAP_CAUSE_TABLE(X)
#undef X
		N_GAP_CAUSES = 8,
};

/* EVENT_KIND_TABLE(X): X(code, NAME, name, meaning, what `value` is) */
#define EVENT_KIND_TABLE(X)                                                    \
	X(0, START, start, "measurement started", "0")                         \
	X(1, STOP, stop, "measurement stopped", "signal number, or 0")         \
	X(2, CLOCK_STEP, clock_step, "the wall clock was stepped", "ns")       \
	X(3, SUSPEND, suspend, "the machine was suspended", "ns")              \
	X(4, INTERFACE_DOWN, interface_down, "an interface went", "ifindex")   \
	X(5, INTERFACE_UP, interface_up, "an interface came", "ifindex")       \
	X(6, LOW_SPACE, low_space, "free space below the mark", "bytes")       \
	X(7, TIME_BACKWARD, time_backward,                                     \
	  "packets whose time jumped back (captures)", "packets")

enum event_kind {
#define X(code, upper, name, text, value) EVENT_KIND_##upper = code,
	EVENT_KIND_TABLE(X)
#undef X
		N_EVENT_KINDS = 8,
};

/* Key of all tables. IPv4 is v4-mapped (::ffff:a.b.c.d); prefix_len counts in
 * the family's own terms; bits beyond it are zero. Of an overflow row address
 * and prefix_len are zero, but for the v4-mapped marker. */
struct record_subnet {
	uint8_t address[16];
	uint8_t prefix_len;
	uint8_t family; /* 4 or 6 */
	uint8_t side;   /* enum side */
	uint8_t kind;   /* enum subnet_kind */
};

struct record_traffic {
	uint32_t subnet;
	uint8_t class; /* enum traffic_class */
	uint64_t packets_rx, packets_tx, bytes_rx, bytes_tx;
};

/* All four codepoints are given, so their sum is the subnet's packets. */
struct record_ecn {
	uint32_t subnet;
	uint8_t codepoint; /* enum ecn */
	uint64_t packets_rx, packets_tx;
};

struct record_spin {
	uint32_t subnet;
	uint8_t class; /* enum spin_class */
	uint32_t version;
	uint64_t flows, packets;
};

struct record_protocol {
	uint8_t ip_protocol;
	uint64_t packets, bytes;
};

/* count = sum of its bins + overflow; min_ns, max_ns and sum_ns cover every
 * sample, overflowing ones too. Its bins are bin[first_bin .. + n_bins). */
struct record_rtt {
	uint32_t subnet;
	uint8_t source; /* enum source */
	uint64_t count, min_ns, max_ns, sum_ns, overflow;
	size_t first_bin;
	uint32_t n_bins;
};

struct record_bin {
	uint16_t bin; /* ascending within one row */
	uint64_t count;
};

struct record_gap {
	int64_t start_ns, end_ns; /* UTC */
	uint8_t cause;            /* enum gap_cause */
};

struct record_event {
	int64_t time_ns; /* UTC */
	uint8_t kind;    /* enum event_kind */
	int64_t value;
};

/* A growable array of one row type; rows [0, n) are valid. */
#define RECORD_ARRAY(type)                                                     \
	struct {                                                               \
		type *row;                                                     \
		size_t n, max;                                                 \
	}

struct record {
	uint64_t seq; /* set by the writer: one more than the one before */
	int64_t start_ns;
	uint64_t duration_ns;
	uint8_t flags;           /* enum interval_flag */
	int64_t clock_offset_ns; /* UTC - monotonic; 0 where time is UTC */
	uint64_t outcome[N_OUTCOMES];
	uint64_t event[N_EVENTS];
	RECORD_ARRAY(struct record_subnet) subnet;
	RECORD_ARRAY(struct record_traffic) traffic;
	RECORD_ARRAY(struct record_ecn) ecn;
	RECORD_ARRAY(struct record_spin) spin;
	RECORD_ARRAY(struct record_protocol) protocol;
	RECORD_ARRAY(struct record_rtt) rtt;
	RECORD_ARRAY(struct record_bin) bin;
	RECORD_ARRAY(struct record_gap) gap;
	RECORD_ARRAY(struct record_event) events;
};

/* Makes room for one more row and returns it zeroed, counted in n; NULL when
 * memory is short. */
#define record_add(array)                                                      \
	((typeof((array)->row))record_grow((void **)&(array)->row,             \
					   &(array)->n, &(array)->max,         \
					   sizeof(*(array)->row)))

void *record_grow(void **row, size_t *n, size_t *max, size_t row_bytes);
void record_clear(struct record *record);
void record_fini(struct record *record);

/*
 * What is wrong with the record as a whole, or NULL: an index or code out of
 * range, a prefix with host bits, a count that is not the sum of its bins, bins
 * that do not ascend. A record that is written or was read has passed it.
 */
const char *record_check(const struct record *record);
bool record_subnet_is_valid(const struct record_subnet *subnet);

/*
 * The journal payload: little-endian, columnar, bounded; see
 * spindrift-segment(5). seq, start_ns, duration_ns and flags are not in it: they
 * travel in the journal's record header. *ret_bytes is malloc()ed and the
 * caller's; -EINVAL when record_check() refuses.
 * record_decode() takes hostile bytes: -EBADMSG when a length is wrong or
 * record_check() refuses. It clears the record first, and after a failure too.
 */
int record_encode(const struct record *record, uint8_t **ret_bytes,
		  size_t *ret_n_bytes);
int record_decode(struct record *record, const uint8_t *bytes, size_t n_bytes);

#endif
