// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_field.h"

#include <netinet/in.h>
#include <string.h>

#include "../core/traffic.h"

#define AT(member) ((uint16_t)offsetof(struct epping_record, member))
#define ROW(bit, name, kind, fields, offset)                                   \
	{                                                                      \
		name, sizeof(name) - 1, EPPING_VALUE_##kind, fields, offset,   \
			1u << (bit)                                            \
	}

/* In the order in which ePPing writes them. */
static const struct epping_field_row rows[] = {
	ROW(0, "timestamp", NUMBER, EPPING_FIELD_TIMESTAMP, AT(timestamp)),
	ROW(1, "ip_prefix", PREFIX, EPPING_FIELD_PREFIX, AT(prefix)),
	ROW(2, "rx_stats", STATS, EPPING_FIELD_STATS, AT(rx)),
	ROW(3, "tx_stats", STATS, EPPING_FIELD_STATS, AT(tx)),
	ROW(4, "count_rtt", NUMBER, 0, AT(count_rtt)),
	ROW(5, "min_rtt", NUMBER, 0, AT(min_rtt)),
	ROW(6, "mean_rtt", IGNORED, 0, 0),
	ROW(7, "median_rtt", IGNORED, 0, 0),
	ROW(8, "p95_rtt", IGNORED, 0, 0),
	ROW(9, "max_rtt", NUMBER, 0, AT(max_rtt)),
	ROW(10, "histogram", BINS, 0, 0),
	ROW(11, "protocol_counters", PROTOCOLS, EPPING_FIELD_GLOBAL, 0),
	ROW(12, "ecn_counters", ECN, EPPING_FIELD_GLOBAL, 0),
	ROW(13, "errors", ERRORS, EPPING_FIELD_GLOBAL, 0),
	ROW(14, "bins", NUMBER, EPPING_FIELD_METADATA, AT(bins)),
	ROW(15, "bin_width_ns", NUMBER, EPPING_FIELD_METADATA,
	    AT(bin_width_ns)),
	ROW(16, "aggregation_interval_ns", NUMBER, EPPING_FIELD_METADATA,
	    AT(aggregation_interval_ns)),
	ROW(17, "timeout_interval_ns", NUMBER, EPPING_FIELD_METADATA,
	    AT(timeout_interval_ns)),
	ROW(18, "ipv4_prefix_len", NUMBER, EPPING_FIELD_METADATA,
	    AT(ipv4_prefix_len)),
	ROW(19, "ipv6_prefix_len", NUMBER, EPPING_FIELD_METADATA,
	    AT(ipv6_prefix_len)),
	ROW(20, "rx_packets", NUMBER, EPPING_FIELD_FLAT,
	    AT(rx[EPPING_OTHER].packets)),
	ROW(21, "rx_bytes", NUMBER, EPPING_FIELD_FLAT,
	    AT(rx[EPPING_OTHER].bytes)),
	ROW(22, "tx_packets", NUMBER, EPPING_FIELD_FLAT,
	    AT(tx[EPPING_OTHER].packets)),
	ROW(23, "tx_bytes", NUMBER, EPPING_FIELD_FLAT,
	    AT(tx[EPPING_OTHER].bytes)),
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct epping_field_row unknown = {
	.name = "",
	.kind = EPPING_VALUE_IGNORED,
	.fields = EPPING_FIELD_OTHER,
};

static const char *const class_names[N_EPPING_CLASSES] = {
	[EPPING_TCP_TS] = "TCP_TS",
	[EPPING_TCP_NO_TS] = "TCP_noTS",
	[EPPING_OTHER] = "other",
};

static const char *const ecn_names[N_ECN] = {
	[ECN_NOT_ECT] = "no_ECT",
	[ECN_ECT1] = "ECT1",
	[ECN_ECT0] = "ECT0",
	[ECN_CE] = "CE",
};

static const char *const error_names[N_EPPING_ERRORS] = {
	[EPPING_STORE_PACKET_TS] = "store_packet_ts",
	[EPPING_CREATE_FLOW_STATE] = "create_flow_state",
	[EPPING_CREATE_AGG_SUBNET_STATE] = "create_agg_subnet_state",
};

const struct epping_field_row *epping_field_find(const char *name, size_t n,
						 size_t *next)
{
	for (size_t i = 0, at = *next; i < N_ROWS; i++, at++) {
		const struct epping_field_row *row = &rows[at %= N_ROWS];

		if (row->n_name != n || memcmp(row->name, name, n) != 0)
			continue;
		*next = at + 1;
		return row;
	}
	return &unknown;
}

uint64_t *epping_field_number(struct epping_record *record,
			      const struct epping_field_row *row)
{
	return (uint64_t *)((char *)record + row->offset);
}

bool epping_value_is_group(enum epping_value kind)
{
	return kind == EPPING_VALUE_STATS || kind == EPPING_VALUE_PROTOCOLS ||
	       kind == EPPING_VALUE_ECN || kind == EPPING_VALUE_ERRORS;
}

static int find_name(const char *const *names, int n_names, const char *name,
		     size_t n)
{
	for (int i = 0; i < n_names; i++)
		if (strlen(names[i]) == n && !memcmp(names[i], name, n))
			return i;
	return -1;
}

/* "TCP", "UDP", "ICMP", "ICMPv6", or the number; -1. */
static int find_protocol(const char *name, size_t n)
{
	static const char *const names[] = { "TCP", "UDP", "ICMP", "ICMPv6" };
	static const uint8_t codes[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
					 IPPROTO_ICMPV6 };
	int code = find_name(names, 4, name, n);

	if (code >= 0)
		return codes[code];
	if (n == 0 || n > 3)
		return -1;
	for (code = 0; n > 0 && *name >= '0' && *name <= '9'; name++, n--)
		code = code * 10 + (*name - '0');
	return n == 0 && code < N_IP_PROTOCOLS ? code : -1;
}

static struct epping_counts *protocol_counts(struct epping_record *record,
					     const char *name, size_t n)
{
	int code = find_protocol(name, n);
	uint32_t i;

	if (n == 6 && !memcmp(name, "non_IP", 6))
		return &record->non_ip;
	if (code < 0)
		return NULL;
	for (i = 0; i < record->n_protocols; i++)
		if (record->protocol[i].ip_protocol == code)
			return &record->protocol[i].counts;
	record->protocol[i].ip_protocol = (uint8_t)code;
	record->protocol[i].counts = (struct epping_counts){ 0 };
	record->n_protocols++;
	return &record->protocol[i].counts;
}

bool epping_group_find(struct epping_record *record,
		       const struct epping_field_row *group, const char *name,
		       size_t n, struct epping_counts **ret_counts,
		       uint64_t **ret_number)
{
	struct epping_counts *stats;
	int i;

	switch ((enum epping_value)group->kind) {
	case EPPING_VALUE_PROTOCOLS:
		*ret_counts = protocol_counts(record, name, n);
		return *ret_counts;
	case EPPING_VALUE_STATS:
		stats = group->offset == AT(rx) ? record->rx : record->tx;
		i = find_name(class_names, N_EPPING_CLASSES, name, n);
		if (i >= 0)
			*ret_counts = &stats[i];
		return i >= 0;
	case EPPING_VALUE_ECN:
		i = find_name(ecn_names, N_ECN, name, n);
		if (i >= 0)
			*ret_number = &record->ecn[i];
		return i >= 0;
	default:
		i = find_name(error_names, N_EPPING_ERRORS, name, n);
		if (i >= 0)
			*ret_number = &record->error[i];
		return i >= 0;
	}
}
