// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_convert.h"

#include <errno.h>
#include <string.h>

#include "../core/source.h"
#include "../core/traffic.h"
#include "../lib/clock.h"
#include "../lib/segment.h"

#define MIN_INTERVAL_NS 1000000ull
#define MAX_INTERVAL_NS (7 * 86400 * 1000000000ull)
#define MAX_TIME_NS (4102444800 * CLOCK_NS_PER_S) /* 2100-01-01 */
/* Of one row; sums of many rows are far from 2^64. */
#define MAX_SUM_NS (1ull << 63)

static const uint8_t class_code[N_EPPING_CLASSES] = {
	[EPPING_TCP_TS] = TRAFFIC_TCP_TS,
	[EPPING_TCP_NO_TS] = TRAFFIC_TCP_OTHER,
	[EPPING_OTHER] = TRAFFIC_OTHER,
};

static const uint8_t error_event[N_EPPING_ERRORS] = {
	[EPPING_STORE_PACKET_TS] = EVENT_STAMP_SKIPPED,
	[EPPING_CREATE_FLOW_STATE] = EVENT_FLOW_REFUSED,
	[EPPING_CREATE_AGG_SUBNET_STATE] = EVENT_SUBNET_OVERFLOW,
};

static bool is_between(uint64_t value, uint64_t min, uint64_t max)
{
	return value >= min && value <= max;
}

const char *epping_settings_read(const struct epping_record *record,
				 struct epping_settings *ret_settings)
{
	if (!is_between(record->bins, 2, EPPING_MAX_BINS))
		return "metadata without a usable number of bins";
	if (!is_between(record->bin_width_ns, 1, SEGMENT_MAX_BIN_WIDTH_NS))
		return "metadata without a usable bin_width_ns";
	if (!is_between(record->aggregation_interval_ns, MIN_INTERVAL_NS,
			MAX_INTERVAL_NS))
		return "metadata without a usable aggregation_interval_ns";
	if (!is_between(record->ipv4_prefix_len, 1, 32) ||
	    !is_between(record->ipv6_prefix_len, 1, 128))
		return "metadata without usable prefix lengths";
	*ret_settings = (struct epping_settings){
		.n_bins = record->bins,
		.bin_width_ns = record->bin_width_ns,
		.interval_ns = record->aggregation_interval_ns,
		.v4_prefix_len = (uint8_t)record->ipv4_prefix_len,
		.v6_prefix_len = (uint8_t)record->ipv6_prefix_len,
	};
	return NULL;
}

const char *epping_settings_difference(const struct epping_settings *a,
				       const struct epping_settings *b)
{
	if (a->n_bins != b->n_bins)
		return "bins";
	if (a->bin_width_ns != b->bin_width_ns)
		return "bin_width_ns";
	if (a->interval_ns != b->interval_ns)
		return "aggregation_interval_ns";
	if (a->v4_prefix_len != b->v4_prefix_len)
		return "ipv4_prefix_len";
	return a->v6_prefix_len != b->v6_prefix_len ? "ipv6_prefix_len" : NULL;
}

const char *epping_time(const struct epping_record *record,
			int64_t *ret_time_ns)
{
	if (!(record->fields & EPPING_FIELD_TIMESTAMP))
		return "no timestamp";
	/* An interval before it must be a time, too. */
	if (!is_between(record->timestamp, MAX_INTERVAL_NS, MAX_TIME_NS))
		return "a timestamp outside the years 1970 to 2099";
	*ret_time_ns = (int64_t)record->timestamp;
	return NULL;
}

/* The bins are those of the metadata, and what is said of them is true. */
static const char *check_rtt(const struct epping_settings *settings,
			     const struct epping_record *record)
{
	uint64_t sum = 0, first, last = settings->n_bins - 1;
	uint64_t width_ns = settings->bin_width_ns;
	uint32_t i;

	if (record->n_elements > settings->n_bins)
		return "a histogram of more bins than the metadata say";
	for (i = 0; i < record->n_bins; i++)
		sum += record->bin[i].count;
	if (sum != record->count_rtt)
		return "a histogram that does not add up to count_rtt";
	if (!sum)
		return NULL;
	if (record->min_rtt > record->max_rtt)
		return "min_rtt above max_rtt";
	if ((unsigned __int128)sum * record->max_rtt > MAX_SUM_NS)
		return "round-trip times that are impossible";
	first = record->min_rtt / width_ns;
	first = first < last ? first : last;
	last = record->max_rtt / width_ns < last ? record->max_rtt / width_ns :
						   last;
	if (record->bin[0].bin != first ||
	    record->bin[record->n_bins - 1].bin != last)
		return "min_rtt and max_rtt that do not fit the histogram";
	return NULL;
}

static bool is_lan(const struct epping_convert *convert,
		   const struct prefix *prefix)
{
	for (size_t i = 0; i < convert->n_lan; i++)
		if (prefix_contains(&convert->lan[i], prefix))
			return true;
	return false;
}

/* At most MAX_SUM_NS, as was checked. */
static uint64_t sum_of(const struct epping_settings *settings,
		       const struct epping_record *record)
{
	uint64_t last = settings->n_bins - 1, value_ns;
	uint64_t limit_ns = last * settings->bin_width_ns;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < record->n_bins; i++) {
		const struct epping_bin *bin = &record->bin[i];

		value_ns = bin->bin * settings->bin_width_ns +
			   settings->bin_width_ns / 2;
		if (bin->bin == last)
			value_ns = limit_ns + (record->max_rtt - limit_ns) / 2;
		if (value_ns < record->min_rtt)
			value_ns = record->min_rtt;
		if (value_ns > record->max_rtt)
			value_ns = record->max_rtt;
		sum += value_ns * bin->count;
	}
	return sum;
}

const char *epping_check_layout(bool is_flat, bool is_old)
{
	if (is_flat == is_old)
		return NULL;
	if (is_flat)
		return "layout of ePPing before 2023-10-17, where rx and tx "
		       "were the other way round: --rx-tx old converts it";
	return "not the layout of before 2023-10-17, which --rx-tx old is for";
}

const char *epping_check_prefix(const struct epping_convert *convert,
				const struct epping_record *record,
				struct record_subnet *ret_subnet)
{
	const struct epping_settings *settings = &convert->settings;
	struct record_subnet subnet = { .side = SIDE_WAN };
	struct prefix prefix;
	const char *problem = epping_check_layout(
		record->fields & EPPING_FIELD_FLAT, convert->is_old);
	uint8_t len;

	if (!problem)
		problem = check_rtt(settings, record);
	if (problem)
		return problem;
	if (prefix_parse(record->prefix, &prefix))
		return "ip_prefix that is no prefix";
	len = prefix.family == 4 ? settings->v4_prefix_len :
				   settings->v6_prefix_len;
	if (prefix.prefix_len == 0)
		subnet.kind = SUBNET_OVERFLOW;
	else if (prefix.prefix_len != len)
		return "ip_prefix of another length than the metadata say";
	else if (is_lan(convert, &prefix))
		subnet.side = SIDE_LAN;
	memcpy(subnet.address, prefix.address, sizeof(subnet.address));
	subnet.prefix_len = prefix.prefix_len;
	subnet.family = prefix.family;
	*ret_subnet = subnet;
	return NULL;
}

static int add_traffic(const struct epping_convert *convert,
		       const struct epping_record *record, uint32_t subnet,
		       struct record *to)
{
	const struct epping_counts *rx = record->rx, *tx = record->tx;
	struct record_traffic *row;

	if (convert->is_old) {
		rx = record->tx;
		tx = record->rx;
	}
	for (int i = 0; i < N_EPPING_CLASSES; i++) {
		if (!(rx[i].packets | rx[i].bytes | tx[i].packets |
		      tx[i].bytes))
			continue;
		row = record_add(&to->traffic);
		if (!row)
			return -ENOMEM;
		*row = (struct record_traffic){
			.subnet = subnet,
			.class = class_code[i],
			.packets_rx = rx[i].packets,
			.packets_tx = tx[i].packets,
			.bytes_rx = rx[i].bytes,
			.bytes_tx = tx[i].bytes,
		};
	}
	return 0;
}

static int add_rtt(const struct epping_settings *settings,
		   const struct epping_record *record, uint32_t subnet,
		   struct record *to)
{
	struct record_rtt *row = record_add(&to->rtt);
	struct record_bin *bin;

	if (!row)
		return -ENOMEM;
	*row = (struct record_rtt){
		.subnet = subnet,
		.source = SOURCE_EPPING,
		.count = record->count_rtt,
		.min_ns = record->min_rtt,
		.max_ns = record->max_rtt,
		.sum_ns = sum_of(settings, record),
		.first_bin = to->bin.n,
	};
	for (uint32_t i = 0; i < record->n_bins; i++) {
		if (record->bin[i].bin == settings->n_bins - 1) {
			row->overflow = record->bin[i].count;
			break;
		}
		bin = record_add(&to->bin);
		if (!bin)
			return -ENOMEM;
		bin->bin = (uint16_t)record->bin[i].bin;
		bin->count = record->bin[i].count;
		row->n_bins++;
	}
	return 0;
}

int epping_add_prefix(const struct epping_convert *convert,
		      const struct epping_record *record,
		      const struct record_subnet *subnet, struct record *to)
{
	uint32_t id = (uint32_t)to->subnet.n;
	struct record_subnet *row = record_add(&to->subnet);
	int err = row ? 0 : -ENOMEM;

	if (!err) {
		*row = *subnet;
		err = add_traffic(convert, record, id, to);
	}
	if (!err && record->count_rtt) {
		err = add_rtt(&convert->settings, record, id, to);
		to->event[EVENT_SAMPLE] += record->count_rtt;
	}
	return err;
}

int epping_add_global(const struct epping_record *record, struct record *to)
{
	struct record_protocol *row;

	for (int i = 0; i < N_EPPING_ERRORS; i++)
		to->event[error_event[i]] += record->error[i];
	for (uint32_t i = 0; i < record->n_protocols; i++) {
		row = record_add(&to->protocol);
		if (!row)
			return -ENOMEM;
		row->ip_protocol = record->protocol[i].ip_protocol;
		row->packets = record->protocol[i].counts.packets;
		row->bytes = record->protocol[i].counts.bytes;
	}
	return 0;
}
