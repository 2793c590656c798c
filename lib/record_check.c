// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <string.h>

#include "record.h"
#include "../core/source.h"
#include "../core/traffic.h"

static const uint8_t mapped_marker[12] = { [10] = 0xff, [11] = 0xff };

/* True if all bits of the address from bit `first` on are zero. */
static bool address_is_zero_from(const uint8_t address[16], unsigned int first)
{
	unsigned int i = first / 8;

	if (i < 16 && address[i] & (0xff >> first % 8))
		return false;
	for (i++; i < 16; i++)
		if (address[i])
			return false;
	return true;
}

bool record_subnet_is_valid(const struct record_subnet *subnet)
{
	unsigned int skipped_bits = subnet->family == 4 ? 96 : 0;

	if (subnet->family != 4 && subnet->family != 6)
		return false;
	if (subnet->family == 4 &&
	    memcmp(subnet->address, mapped_marker, sizeof(mapped_marker)))
		return false;
	if (subnet->side >= N_SIDES || subnet->kind > SUBNET_OVERFLOW)
		return false;
	if (subnet->prefix_len > 128 - skipped_bits)
		return false;
	if (subnet->kind == SUBNET_OVERFLOW && subnet->prefix_len)
		return false;
	return address_is_zero_from(subnet->address,
				    skipped_bits + subnet->prefix_len);
}

/* The row's bins lie inside the record, ascend, and add up to its count. */
static const char *check_bins(const struct record *record,
			      const struct record_rtt *rtt)
{
	const struct record_bin *bin = record->bin.row;
	uint64_t sum = rtt->overflow;
	uint32_t i;

	if (rtt->first_bin > record->bin.n ||
	    rtt->n_bins > record->bin.n - rtt->first_bin)
		return "histogram outside the record";
	if (rtt->first_bin)
		bin += rtt->first_bin;
	for (i = 0; i < rtt->n_bins; i++) {
		if (i && bin[i].bin <= bin[i - 1].bin)
			return "bins that do not ascend";
		sum += bin[i].count;
	}
	if (sum != rtt->count)
		return "count is not the sum of its bins";
	return NULL;
}

static const char *check_rtt(const struct record *record)
{
	const struct record_rtt *rtt = record->rtt.row;
	const char *problem;
	size_t i;

	for (i = 0; i < record->rtt.n; i++, rtt++) {
		if (rtt->subnet >= record->subnet.n)
			return "rtt row of no subnet";
		if (rtt->source >= N_SOURCES)
			return "source out of range";
		if (!rtt->count)
			return "rtt row without samples";
		if (rtt->min_ns > rtt->max_ns)
			return "minimum above maximum";
		problem = check_bins(record, rtt);
		if (problem)
			return problem;
	}
	return NULL;
}

static const char *check_counters(const struct record *record)
{
	size_t i;

	for (i = 0; i < record->traffic.n; i++) {
		if (record->traffic.row[i].subnet >= record->subnet.n)
			return "traffic row of no subnet";
		if (record->traffic.row[i].class >= N_TRAFFIC_CLASSES)
			return "traffic class out of range";
	}
	for (i = 0; i < record->ecn.n; i++) {
		if (record->ecn.row[i].subnet >= record->subnet.n)
			return "ecn row of no subnet";
		if (record->ecn.row[i].codepoint >= N_ECN)
			return "ecn codepoint out of range";
	}
	for (i = 0; i < record->spin.n; i++) {
		if (record->spin.row[i].subnet >= record->subnet.n)
			return "spin row of no subnet";
		if (record->spin.row[i].class >= N_SPIN_CLASSES)
			return "spin class out of range";
	}
	return NULL;
}

static const char *check_notes(const struct record *record)
{
	const struct record_gap *gap = record->gap.row;
	size_t i;

	for (i = 0; i < record->gap.n; i++, gap++)
		if (gap->start_ns >= gap->end_ns || gap->cause >= N_GAP_CAUSES)
			return "gap without length or cause";
	for (i = 0; i < record->events.n; i++)
		if (record->events.row[i].kind >= N_EVENT_KINDS)
			return "event kind out of range";
	return NULL;
}

const char *record_check(const struct record *record)
{
	const char *problem = NULL;
	size_t i;

	for (i = 0; i < record->subnet.n; i++)
		if (!record_subnet_is_valid(&record->subnet.row[i]))
			return "subnet that is not a prefix";
	problem = check_counters(record);
	if (!problem)
		problem = check_rtt(record);
	if (!problem)
		problem = check_notes(record);
	return problem;
}
