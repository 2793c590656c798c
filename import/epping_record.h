/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One record of ePPing's aggregated JSON output (pping of
 * xdp-project/bpf-examples, pping.c: print_aggmetadata_json,
 * print_aggstats_json, print_globalcounters_json), as it stands in the file:
 *
 * - metadata, when an output file is opened: bins, interval, prefix lengths;
 * - a prefix in an interval: traffic, and round-trip times as a histogram;
 * - global counters of an interval, after its prefixes.
 *
 * What ePPing leaves out because it is zero is zero here. Numbers are whole and
 * at most EPPING_MAX_NUMBER, times and prefix are not looked at: epping_convert.h
 * does that. Fields that are derived from others (mean_rtt, median_rtt, p95_rtt)
 * are not kept.
 */
#ifndef IMPORT_EPPING_RECORD_H
#define IMPORT_EPPING_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Above it nothing is plausible, and sums of 2^8 such numbers still fit. */
#define EPPING_MAX_NUMBER (1ull << 56)

enum {
	EPPING_MAX_BINS = 65535,
	EPPING_PREFIX_TEXT_MAX = 50,
	N_IP_PROTOCOLS = 256,
};

/* As the file counts: frame lengths. */
struct epping_counts {
	uint64_t packets, bytes;
};

enum epping_class {
	EPPING_TCP_TS,
	EPPING_TCP_NO_TS,
	EPPING_OTHER,
	N_EPPING_CLASSES,
};

/* Why ePPing could not follow something. */
enum epping_error {
	EPPING_STORE_PACKET_TS,
	EPPING_CREATE_FLOW_STATE,
	EPPING_CREATE_AGG_SUBNET_STATE,
	N_EPPING_ERRORS,
};

/* What stood in a record: bits of `fields`. */
enum epping_field {
	EPPING_FIELD_TIMESTAMP = 1,
	EPPING_FIELD_PREFIX = 2,
	EPPING_FIELD_STATS = 4,     /* rx_stats, tx_stats */
	EPPING_FIELD_FLAT = 8,      /* rx_packets ...: before 2023-10-17 */
	EPPING_FIELD_METADATA = 16, /* any of it */
	EPPING_FIELD_GLOBAL = 32,   /* any of it */
	EPPING_FIELD_OTHER = 64,    /* of no name that is known */
};

struct epping_bin {
	uint32_t bin, count; /* ascending; count > 0 */
};

struct epping_record {
	uint64_t offset;     /* of its first byte in the decompressed file */
	const char *problem; /* why it cannot be used, or NULL; static */
	uint32_t fields;
	uint64_t timestamp; /* ns since 1970: the end of the interval */
	/* Metadata. */
	uint64_t bins, bin_width_ns, aggregation_interval_ns;
	uint64_t timeout_interval_ns, ipv4_prefix_len, ipv6_prefix_len;
	/* A prefix. rx: sent by it. Of the flat layout [EPPING_OTHER] alone is
	 * used, as it stands: there rx and tx were the other way round. */
	char prefix[EPPING_PREFIX_TEXT_MAX];
	struct epping_counts rx[N_EPPING_CLASSES], tx[N_EPPING_CLASSES];
	uint64_t count_rtt, min_rtt, max_rtt;
	uint32_t n_elements, n_bins; /* of the histogram; those not zero */
	/* Global counters. */
	struct epping_counts non_ip;
	uint64_t ecn[4]; /* by codepoint: enum ecn */
	uint64_t error[N_EPPING_ERRORS];
	uint32_t n_protocols;
	/* Arrays after what is cleared for each record. */
	struct {
		uint8_t ip_protocol;
		struct epping_counts counts;
	} protocol[N_IP_PROTOCOLS];
	struct epping_bin bin[EPPING_MAX_BINS];
};

#endif
