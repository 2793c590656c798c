// SPDX-License-Identifier: GPL-2.0-or-later
#include "segment_columns.h"
#include "../core/source.h"
#include "../core/traffic.h"

enum { CHUNK_ROWS = 16384, HIST_CHUNK_ROWS = 65536 };

enum table_idx {
	TABLE_INTERVAL,
	TABLE_SUBNET,
	TABLE_TRAFFIC,
	TABLE_ECN,
	TABLE_SPIN,
	TABLE_PROTOCOL,
	TABLE_GAP,
	TABLE_EVENT,
	TABLE_RTT,
	TABLE_HIST,
	TABLE_SLASH8,
	TABLE_SLASH8_HIST,
	TABLE_SLASH8_TRAFFIC,
};

#define AT(member) offsetof(struct segment, member)

const struct segment_table segment_table[] = {
	[TABLE_INTERVAL] = { "interval", "time", 0, AT(interval.n), CHUNK_ROWS,
			     0, 0 },
	[TABLE_SUBNET] = { "subnet", "row", SEGMENT_SUBNET, AT(subnet.n),
			   CHUNK_ROWS, AT(subnet.key),
			   sizeof(struct record_subnet) },
	[TABLE_TRAFFIC] = { "traffic", "row", SEGMENT_TRAFFIC, AT(traffic.n),
			    CHUNK_ROWS, 0, 0 },
	[TABLE_ECN] = { "ecn", "row", SEGMENT_ECN, AT(ecn.n), CHUNK_ROWS, 0,
			0 },
	[TABLE_SPIN] = { "spin", "row", SEGMENT_SPIN, AT(spin.n), CHUNK_ROWS, 0,
			 0 },
	[TABLE_PROTOCOL] = { "protocol", "row", SEGMENT_PROTOCOL,
			     AT(protocol.n), CHUNK_ROWS, 0, 0 },
	[TABLE_GAP] = { "gap", "row", 0, AT(gap.n), CHUNK_ROWS, AT(gap.row),
			sizeof(struct record_gap) },
	[TABLE_EVENT] = { "event", "row", 0, AT(event.n), CHUNK_ROWS,
			  AT(event.row), sizeof(struct record_event) },
	[TABLE_RTT] = { "rtt", "row", SEGMENT_RTT, AT(rtt.n), CHUNK_ROWS, 0,
			0 },
	[TABLE_HIST] = { "hist", "entry", SEGMENT_HIST, AT(rtt.n_bins),
			 HIST_CHUNK_ROWS, 0, 0 },
	[TABLE_SLASH8] = { "slash8", "row", SEGMENT_SLASH8, AT(slash8.n),
			   CHUNK_ROWS, 0, 0 },
	[TABLE_SLASH8_HIST] = { "slash8", "entry", SEGMENT_SLASH8,
				AT(slash8.n_bins), HIST_CHUNK_ROWS, 0, 0 },
	[TABLE_SLASH8_TRAFFIC] = { "slash8_traffic", "row", SEGMENT_SLASH8,
				   AT(slash8_traffic.n), CHUNK_ROWS, 0, 0 },
};
const size_t n_segment_tables =
	sizeof(segment_table) / sizeof(segment_table[0]);

#define CODE(code, upper, name, ...) code,
#define CODE_NAME(code, upper, name, ...) " " #name
/* The leading space of the joined names is skipped by + 1. */
#define CODES(id, table)                                                       \
	static const uint8_t id##_value[] = { table(CODE) };                   \
	static const struct segment_codes id##_codes = {                       \
		id##_value, sizeof(id##_value), false, &(table(CODE_NAME))[1]  \
	}

#define ECN_CODES(X)                                                           \
	X(0, , not_ect)                                                        \
	X(1, , ect1)                                                           \
	X(2, , ect0)                                                           \
	X(3, , ce)
#define SIDE_CODES(X)                                                          \
	X(0, , wan)                                                            \
	X(1, , lan)
#define KIND_CODES(X)                                                          \
	X(0, , prefix)                                                         \
	X(1, , overflow)
#define FAMILY_CODES(X)                                                        \
	X(4, , ipv4)                                                           \
	X(6, , ipv6)
#define FLAG_CODES(X)                                                          \
	X(1, , gap)                                                            \
	X(2, , restart)                                                        \
	X(4, , clock_step)                                                     \
	X(8, , partial)                                                        \
	X(16, , damaged)

CODES(source, SOURCE_TABLE);
CODES(class, TRAFFIC_TABLE);
CODES(cause, GAP_CAUSE_TABLE);
CODES(event_kind, EVENT_KIND_TABLE);
CODES(spin_class, SPIN_CLASS_TABLE);
CODES(ecn, ECN_CODES);
CODES(side, SIDE_CODES);
CODES(kind, KIND_CODES);
CODES(family, FAMILY_CODES);
static const uint8_t flag_mask[] = { FLAG_CODES(CODE) };
static const struct segment_codes flag_codes = { flag_mask, sizeof(flag_mask),
						 true,
						 &(FLAG_CODES(CODE_NAME))[1] };

#define U8 COLUMN_U8, 1, 1, false, false
#define U16 COLUMN_U16, 2, 1, false, false
#define U32 COLUMN_U32, 4, 1, false, false
#define U64 COLUMN_U64, 8, 1, false, false
#define I64 COLUMN_I64, 8, 1, false, false
#define PTR COLUMN_U64, 8, 1, true, false
#define COUNTER COLUMN_U64, 8, 1, false, true
#define SUBNET_FIELD(field) offsetof(struct record_subnet, field)
#define GAP_FIELD(field) offsetof(struct record_gap, field)
#define EVENT_FIELD(field) offsetof(struct record_event, field)
#define EPOCH "nanoseconds since 1970-01-01T00:00:00Z"
#define SUBNET_OF(member)                                                      \
	U32, AT(member.subnet), "1", "position in /subnet", NULL
#define INTERVAL_OF(member)                                                    \
	U32, AT(member.interval), "1", "position in /interval", NULL
#define PACKETS_RX(member)                                                     \
	U64, AT(member.packets_rx), "1", "packets sent by the subnet", NULL
#define PACKETS_TX(member)                                                     \
	U64, AT(member.packets_tx), "1", "packets sent to the subnet", NULL
#define BYTES_RX(member)                                                       \
	U64, AT(member.bytes_rx), "byte", "IP bytes sent by the subnet", NULL
#define BYTES_TX(member)                                                       \
	U64, AT(member.bytes_tx), "byte", "IP bytes sent to the subnet", NULL
#define OCTET "first octet of the family's own address"

/* Columns that RTT tables share. */
#define RTT_COLUMNS(t, member)                                                      \
	{ t,                                                                        \
	  "source",                                                                 \
	  U8,                                                                       \
	  AT(member.source),                                                        \
	  "1",                                                                      \
	  "how the RTT was obtained",                                               \
	  &source_codes },                                                          \
		{ t, "count", U64, AT(member.count), "1", "RTT samples", NULL },    \
		{ t, "min_ns", U64, AT(member.min_ns), "ns", "least RTT", NULL },   \
		{ t,    "max_ns",       U64, AT(member.max_ns),                     \
		  "ns", "greatest RTT", NULL },                                     \
		{ t, "sum_ns", U64, AT(member.sum_ns), "ns", "sum of RTTs", NULL }, \
		{ t,   "overflow",                                                  \
		  U64, AT(member.overflow),                                         \
		  "1", "samples at or above the last bin edge",                     \
		  NULL },                                                           \
	{                                                                           \
		t, "hist_ptr", PTR, AT(member.hist_ptr), "1",                       \
			"first histogram entry of each row", NULL                   \
	}

#define SLASH8_KEY(t, member)                                                  \
	{                                                                      \
		t,   "family",     U8,           AT(member.family),            \
		"1", "IP version", &family_codes                               \
	},                                                                     \
		{ t,          "kind",                                          \
		  U8,         AT(member.kind),                                 \
		  "1",        "what the row stands for",                       \
		  &kind_codes },                                               \
		{ t, "octet", U8, AT(member.octet), "1", OCTET, NULL },        \
	{                                                                      \
		t, "side", U8, AT(member.side), "1",                           \
			"side of the vantage point", &side_codes               \
	}

const struct segment_column segment_column[] = {
	{ TABLE_INTERVAL, "time", I64, AT(interval.time_ns), EPOCH,
	  "start of the interval", NULL },
	{ TABLE_INTERVAL, "duration_ns", U64, AT(interval.duration_ns), "ns",
	  "length of the interval", NULL },
	{ TABLE_INTERVAL, "seq", U64, AT(interval.seq), "1",
	  "sequence number in the campaign", NULL },
	{ TABLE_INTERVAL, "flags", U8, AT(interval.flags), "1",
	  "what is special about it", &flag_codes },
	{ TABLE_INTERVAL, "clock_offset_ns", I64, AT(interval.clock_offset_ns),
	  "ns", "UTC less monotonic clock", NULL },
	{ TABLE_INTERVAL, "last_seq", U64, AT(interval.last_seq), "1",
	  "last sequence number that is part of it", NULL, true },
	{ TABLE_INTERVAL, "n_intervals", U64, AT(interval.n_intervals), "1",
	  "intervals that it is the sum of", NULL, true },
	{ TABLE_INTERVAL, "covered_ns", U64, AT(interval.covered_ns), "ns",
	  "sum of their lengths", NULL, true },
#define X(upper, name, text)                                                   \
	{ TABLE_INTERVAL,                                                      \
	  "outcome_" #name,                                                    \
	  COUNTER,                                                             \
	  AT(interval.outcome[OUTCOME_##upper]),                               \
	  "1",                                                                 \
	  "packets: " text,                                                    \
	  NULL },
	OUTCOME_TABLE(X)
#undef X
#define X(upper, name, text)                                                   \
	{ TABLE_INTERVAL,                                                      \
	  "event_" #name,                                                      \
	  COUNTER,                                                             \
	  AT(interval.event[EVENT_##upper]),                                   \
	  "1",                                                                 \
	  text,                                                                \
	  NULL },
		EVENT_TABLE(X)
#undef X
			{ TABLE_SUBNET, "address", COLUMN_U8, 1, 16, false,
			  false, SUBNET_FIELD(address), "1",
			  "address in network order, IPv4 as v4-mapped", NULL },
	{ TABLE_SUBNET, "prefix_len", U8, SUBNET_FIELD(prefix_len), "1",
	  "prefix length in the family's own terms", NULL },
	{ TABLE_SUBNET, "family", U8, SUBNET_FIELD(family), "1", "IP version",
	  &family_codes },
	{ TABLE_SUBNET, "side", U8, SUBNET_FIELD(side), "1",
	  "side of the vantage point", &side_codes },
	{ TABLE_SUBNET, "kind", U8, SUBNET_FIELD(kind), "1",
	  "what the row stands for", &kind_codes },
	{ TABLE_SUBNET, "traffic_ptr", PTR, AT(subnet.traffic_ptr), "1",
	  "first /traffic row of each subnet", NULL },
	{ TABLE_SUBNET, "rtt_ptr", PTR, AT(subnet.rtt_ptr), "1",
	  "first /rtt row of each subnet", NULL },

	{ TABLE_TRAFFIC, "subnet", SUBNET_OF(traffic) },
	{ TABLE_TRAFFIC, "interval", INTERVAL_OF(traffic) },
	{ TABLE_TRAFFIC, "class", U8, AT(traffic.class), "1", "traffic class",
	  &class_codes },
	{ TABLE_TRAFFIC, "packets_rx", PACKETS_RX(traffic) },
	{ TABLE_TRAFFIC, "packets_tx", PACKETS_TX(traffic) },
	{ TABLE_TRAFFIC, "bytes_rx", BYTES_RX(traffic) },
	{ TABLE_TRAFFIC, "bytes_tx", BYTES_TX(traffic) },

	{ TABLE_ECN, "subnet", SUBNET_OF(ecn) },
	{ TABLE_ECN, "interval", INTERVAL_OF(ecn) },
	{ TABLE_ECN, "codepoint", U8, AT(ecn.codepoint), "1",
	  "ECN field of the IP header (RFC 3168)", &ecn_codes },
	{ TABLE_ECN, "packets_rx", PACKETS_RX(ecn) },
	{ TABLE_ECN, "packets_tx", PACKETS_TX(ecn) },

	{ TABLE_SPIN, "subnet", SUBNET_OF(spin) },
	{ TABLE_SPIN, "interval", INTERVAL_OF(spin) },
	{ TABLE_SPIN, "class", U8, AT(spin.class), "1",
	  "how the QUIC flows use the spin bit", &spin_class_codes },
	{ TABLE_SPIN, "version", U32, AT(spin.version), "1", "QUIC version",
	  NULL },
	{ TABLE_SPIN, "flows", U64, AT(spin.flows), "1", "QUIC flows", NULL },
	{ TABLE_SPIN, "packets", U64, AT(spin.packets), "1",
	  "QUIC packets with a short header", NULL },

	{ TABLE_PROTOCOL, "interval", INTERVAL_OF(protocol) },
	{ TABLE_PROTOCOL, "ip_protocol", U8, AT(protocol.ip_protocol), "1",
	  "IP protocol number", NULL },
	{ TABLE_PROTOCOL, "packets", U64, AT(protocol.packets), "1", "packets",
	  NULL },
	{ TABLE_PROTOCOL, "bytes", U64, AT(protocol.bytes), "byte", "IP bytes",
	  NULL },

	{ TABLE_GAP, "start_ns", I64, GAP_FIELD(start_ns), EPOCH,
	  "start of the gap", NULL },
	{ TABLE_GAP, "end_ns", I64, GAP_FIELD(end_ns), EPOCH, "end of the gap",
	  NULL },
	{ TABLE_GAP, "cause", U8, GAP_FIELD(cause), "1", "why nothing is known",
	  &cause_codes },

	{ TABLE_EVENT, "time_ns", I64, EVENT_FIELD(time_ns), EPOCH,
	  "when it happened", NULL },
	{ TABLE_EVENT, "kind", U8, EVENT_FIELD(kind), "1", "what happened",
	  &event_kind_codes },
	{ TABLE_EVENT, "value", I64, EVENT_FIELD(value), "1",
	  "a number whose meaning the kind gives", NULL },

	{ TABLE_RTT, "subnet", SUBNET_OF(rtt) },
	{ TABLE_RTT, "interval", INTERVAL_OF(rtt) },
	RTT_COLUMNS(TABLE_RTT, rtt),

	{ TABLE_HIST, "bin", U16, AT(rtt.bin), "1",
	  "bin, from /hist/bin_edge_ns", NULL },
	{ TABLE_HIST, "count", COLUMN_U32, 8, 1, false, false,
	  AT(rtt.bin_count), "1", "samples in the bin", NULL },

	SLASH8_KEY(TABLE_SLASH8, slash8),
	RTT_COLUMNS(TABLE_SLASH8, slash8),
	{ TABLE_SLASH8_HIST, "bin", U16, AT(slash8.bin), "1",
	  "bin, from /hist/bin_edge_ns", NULL },
	{ TABLE_SLASH8_HIST, "bin_count", U64, AT(slash8.bin_count), "1",
	  "samples in the bin", NULL },

	SLASH8_KEY(TABLE_SLASH8_TRAFFIC, slash8_traffic),
	{ TABLE_SLASH8_TRAFFIC, "class", U8, AT(slash8_traffic.class), "1",
	  "traffic class", &class_codes },
	{ TABLE_SLASH8_TRAFFIC, "packets_rx", PACKETS_RX(slash8_traffic) },
	{ TABLE_SLASH8_TRAFFIC, "packets_tx", PACKETS_TX(slash8_traffic) },
	{ TABLE_SLASH8_TRAFFIC, "bytes_rx", BYTES_RX(slash8_traffic) },
	{ TABLE_SLASH8_TRAFFIC, "bytes_tx", BYTES_TX(slash8_traffic) },
};
const size_t n_segment_columns =
	sizeof(segment_column) / sizeof(segment_column[0]);

#define META(member) offsetof(struct segment_meta, member)

const struct segment_attribute segment_attribute[] = {
	{ "time_start_ns", COLUMN_I64, META(time_start_ns) },
	{ "time_end_ns", COLUMN_I64, META(time_end_ns) },
	{ "first_seq", COLUMN_U64, META(first_seq) },
	{ "last_seq", COLUMN_U64, META(last_seq) },
	{ "level", N_COLUMN_TYPES, META(level) },
	{ "campaign_uuid", N_COLUMN_TYPES, META(campaign_uuid) },
	{ "vantage_point", N_COLUMN_TYPES, META(vantage_point) },
	{ "boot_id", N_COLUMN_TYPES, META(boot_id) },
	{ "tool_version", N_COLUMN_TYPES, META(tool_version) },
	{ "host", N_COLUMN_TYPES, META(host) },
	{ "kernel", N_COLUMN_TYPES, META(kernel) },
	{ "devices", N_COLUMN_TYPES, META(devices) },
	{ "config_json", N_COLUMN_TYPES, META(config_json) },
	{ "clock_sync_json", N_COLUMN_TYPES, META(clock_sync_json) },
	{ "histogram_json", N_COLUMN_TYPES, META(histogram_json) },
	{ "sources_json", N_COLUMN_TYPES, META(sources_json), true },
};
const size_t n_segment_attributes =
	sizeof(segment_attribute) / sizeof(segment_attribute[0]);
