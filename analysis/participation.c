// SPDX-License-Identifier: GPL-2.0-or-later
#include "participation.h"

#include <stddef.h>
#include <string.h>

static void add_count(struct spin_count *sum, const struct spin_count *other)
{
	sum->flow_intervals += other->flow_intervals;
	sum->packets += other->packets;
}

void participation_add(struct participation *sum,
		       const struct participation *other)
{
	sum->tcp_packets += other->tcp_packets;
	sum->tcp_ts_packets += other->tcp_ts_packets;
	sum->quic_packets += other->quic_packets;
	for (int class = 0; class < N_SPIN_CLASSES; class ++)
		for (int version = 0; version < N_VERSION_NAMES; version++)
			add_count(&sum->spin[class][version],
				  &other->spin[class][version]);
}

struct spin_count participation_count(const struct participation *sum,
				      enum spin_class class,
				      const struct participation_choice *choice)
{
	struct spin_count count = { 0 };

	for (int version = 0; version < N_VERSION_NAMES; version++)
		if (choice->versions >> version & 1)
			add_count(&count, &sum->spin[class][version]);
	return count;
}

struct spin_count
participation_count_all(const struct participation *sum,
			const struct participation_choice *choice)
{
	struct spin_count all = { 0 };

	for (int class = 0; class < N_SPIN_CLASSES; class ++) {
		struct spin_count count =
			participation_count(sum, class, choice);

		add_count(&all, &count);
	}
	return all;
}

uint32_t participation_millionths(uint64_t share, uint64_t whole)
{
	return (uint32_t)(((unsigned __int128)share * RATIO_ONE + whole / 2) /
			  whole);
}

bool participation_ratio_get(const struct participation *sum,
			     enum participation_ratio ratio,
			     const struct participation_choice *choice,
			     uint32_t *ret_millionths)
{
	struct spin_count undecided =
		participation_count(sum, SPIN_CLASS_UNDECIDED, choice);
	struct spin_count spinning =
		participation_count(sum, SPIN_CLASS_SPINNING, choice);
	struct spin_count all = participation_count_all(sum, choice);
	uint64_t share = sum->tcp_ts_packets, whole = sum->tcp_packets;

	if (ratio == RATIO_SPIN_FLOW) {
		share = spinning.flow_intervals;
		whole = all.flow_intervals - undecided.flow_intervals;
	} else if (ratio == RATIO_SPIN_PACKET) {
		share = spinning.packets;
		whole = all.packets - undecided.packets;
	}
	if (whole < choice->min_count)
		return false;
	*ret_millionths = participation_millionths(share, whole);
	return true;
}

const char *participation_ratio_name(enum participation_ratio ratio)
{
	static const char *const names[N_PARTICIPATION_RATIOS] = {
		[RATIO_TCP_TS] = "tcp_ts_ratio",
		[RATIO_SPIN_FLOW] = "quic_spin_flow_ratio",
		[RATIO_SPIN_PACKET] = "quic_spin_packet_ratio",
	};

	return names[ratio];
}

const char *participation_class_name(unsigned class)
{
	static const char *const names[N_SPIN_CLASSES] = {
#define X(code, upper, name, text) [code] = #name,
		SPIN_CLASS_TABLE(X)
#undef X
	};

	return names[class];
}

static const char *const version_names[N_VERSION_NAMES] = {
	[QUIC_V1] = "v1",
	[QUIC_V2] = "v2",
	[QUIC_V2_DRAFT] = "v2_draft",
	[QUIC_DRAFT] = "draft",
	[QUIC_VERSION_OTHER] = "other",
};

unsigned participation_version(uint32_t number)
{
	return quic_version_code(number);
}

const char *participation_version_name(unsigned version)
{
	return version_names[version];
}

static bool find_version(const char *name, size_t n_name, uint32_t *versions)
{
	for (unsigned i = 0; i < N_VERSION_NAMES; i++)
		if (strlen(version_names[i]) == n_name &&
		    memcmp(version_names[i], name, n_name) == 0) {
			*versions |= 1u << i;
			return true;
		}
	return false;
}

bool participation_versions_parse(const char *text, uint32_t *ret_versions)
{
	uint32_t versions = 0;

	for (;;) {
		size_t n_name = strcspn(text, ",");

		if (!find_version(text, n_name, &versions))
			return false;
		text += n_name;
		if (!*text)
			break;
		text++;
	}
	*ret_versions = versions;
	return true;
}
