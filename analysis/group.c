// SPDX-License-Identifier: GPL-2.0-or-later
#include "group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"

enum { OCTET_AT = 12, MIN_SLOTS = 1024 };

static const char *const source_names[N_SOURCES + 1] = {
#define X(code, upper, name, text) [code] = #name,
	SOURCE_TABLE(X)
#undef X
		[N_SOURCES] = "-",
};

const char *group_side_name(uint8_t side)
{
	if (side == SIDE_LAN)
		return "lan";
	return side == SIDE_WAN ? "wan" : "-";
}

const char *group_source_name(unsigned source)
{
	return source_names[source < N_SOURCES ? source : N_SOURCES];
}

void group_table_fini(struct group_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		for (int source = 0; source < N_SOURCES; source++) {
			if (table->group[i]->tally[source])
				tally_fini(table->group[i]->tally[source]);
			free(table->group[i]->tally[source]);
		}
		free(table->group[i]->participation);
		free(table->group[i]->traffic);
		free(table->group[i]);
	}
	free(table->group);
	free(table->slot);
	*table = (struct group_table){ 0 };
}

/* FNV-1a over 64-bit words, then mixed (the finalizer of MurmurHash3): keys
 * come from measured addresses and only speed depends on their spread. */
static size_t hash_key(const struct group_key *key)
{
	uint64_t word[sizeof(*key) / 8], hash = 0xcbf29ce484222325;

	memcpy(word, key, sizeof(*key));
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		hash = (hash ^ word[i]) * 0x100000001b3;
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
	return (size_t)(hash ^ hash >> 33);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find_slot(const struct group_table *table,
			const struct group_key *key)
{
	size_t slot = hash_key(key) & (table->n_slots - 1);

	while (table->slot[slot] &&
	       memcmp(&table->group[table->slot[slot] - 1]->key, key,
		      sizeof(*key)) != 0)
		slot = (slot + 1) & (table->n_slots - 1);
	return slot;
}

/* At most half of the slots are used, so find_slot() ends. */
static int make_room(struct group_table *table)
{
	size_t n_slots = table->n_slots ? 2 * table->n_slots : MIN_SLOTS;
	struct group **group;
	uint32_t *slot;

	if (2 * (table->n + 1) <= table->n_slots)
		return 0;
	if (n_slots > UINT32_MAX)
		return -ENOMEM;
	group = reallocarray(table->group, n_slots / 2, sizeof(struct group *));
	if (!group)
		return -ENOMEM;
	table->group = group;
	slot = calloc(n_slots, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	free(table->slot);
	table->slot = slot;
	table->n_slots = n_slots;
	for (size_t i = 0; i < table->n; i++)
		slot[find_slot(table, &group[i]->key)] = (uint32_t)i + 1;
	return 0;
}

struct group *group_table_get(struct group_table *table,
			      const struct group_key *key)
{
	struct group *group;
	size_t slot;

	if (make_room(table))
		return NULL;
	slot = find_slot(table, key);
	if (table->slot[slot])
		return table->group[table->slot[slot] - 1];
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	group->key = *key;
	table->group[table->n++] = group;
	table->slot[slot] = (uint32_t)table->n;
	return group;
}

struct tally *group_tally(struct group *group, uint8_t source)
{
	if (!group->tally[source])
		group->tally[source] = calloc(1, sizeof(struct tally));
	return group->tally[source];
}

struct participation *group_participation(struct group *group)
{
	if (!group->participation)
		group->participation = calloc(1, sizeof(*group->participation));
	return group->participation;
}

struct traffic_sums *group_traffic(struct group *group)
{
	if (!group->traffic)
		group->traffic = calloc(1, sizeof(*group->traffic));
	return group->traffic;
}

static int add_group(struct group *group, const struct group *other)
{
	int err = 0;

	if (other->participation) {
		if (!group_participation(group))
			return -ENOMEM;
		participation_add(group->participation, other->participation);
	}
	if (other->traffic) {
		if (!group_traffic(group))
			return -ENOMEM;
		traffic_sums_add(group->traffic, other->traffic);
	}
	group->packets_rx += other->packets_rx;
	group->bytes_rx += other->bytes_rx;
	group->packets_tx += other->packets_tx;
	group->bytes_tx += other->bytes_tx;
	for (uint8_t source = 0; source < N_SOURCES && !err; source++) {
		struct tally *tally;

		if (!other->tally[source])
			continue;
		tally = group_tally(group, source);
		err = tally ? tally_add(tally, other->tally[source]) : -ENOMEM;
	}
	return err;
}

int group_table_add(struct group_table *table, const struct group_table *other)
{
	int err = 0;

	table->left_out_samples += other->left_out_samples;
	table->left_out_packets += other->left_out_packets;
	for (size_t i = 0; i < other->n && !err; i++) {
		struct group *group =
			group_table_get(table, &other->group[i]->key);

		err = group ? add_group(group, other->group[i]) : -ENOMEM;
	}
	return err;
}

/* lan before wan: outwards from the users. */
static int side_rank(uint8_t side)
{
	return side == SIDE_LAN ? 0 : 1;
}

int group_key_compare(const struct group_key *a, const struct group_key *b)
{
	int order;

	if (a->step_ns != b->step_ns)
		return a->step_ns < b->step_ns ? -1 : 1;
	if (a->phase != b->phase)
		return a->phase - b->phase;
	if (a->label != b->label)
		return a->label - b->label;
	if (a->family != b->family)
		return a->family - b->family;
	order = memcmp(a->address, b->address, sizeof(a->address));
	if (order)
		return order;
	if (a->prefix_len != b->prefix_len)
		return a->prefix_len - b->prefix_len;
	return side_rank(a->side) - side_rank(b->side);
}

static int compare_groups(const void *left, const void *right)
{
	return group_key_compare(&(*(struct group *const *)left)->key,
				 &(*(struct group *const *)right)->key);
}

void group_table_sort(struct group_table *table)
{
	if (table->n)
		qsort(table->group, table->n, sizeof(struct group *),
		      compare_groups);
}

/* "AS64500", or "AS64500_64501" of several origins: ten digits each. */
static void format_as(const struct group_key *key, char text[GROUP_TEXT_MAX])
{
	const struct as_origin origin = group_as_origin(key);
	size_t at = 0;

	for (unsigned i = 0; i < origin.n && i < AS_ORIGIN_MAX; i++)
		at += (size_t)snprintf(text + at, GROUP_TEXT_MAX - at, "%s%u",
				       i ? "_" : "AS", origin.asn[i]);
	if (origin.n > AS_ORIGIN_MAX)
		snprintf(text + at, GROUP_TEXT_MAX - at, "_...");
}

void group_format(const struct group_key *key, unsigned source,
		  char text[GROUP_TEXT_MAX])
{
	struct prefix prefix;

	switch ((enum group_label)key->label) {
	case GROUP_LABEL_ALL:
		snprintf(text, GROUP_TEXT_MAX, "all");
		break;
	case GROUP_LABEL_SIDE:
		snprintf(text, GROUP_TEXT_MAX, "%s",
			 group_side_name(key->side));
		break;
	case GROUP_LABEL_SOURCE:
		snprintf(text, GROUP_TEXT_MAX, "%s", group_source_name(source));
		break;
	case GROUP_LABEL_FAMILY:
		snprintf(text, GROUP_TEXT_MAX, "ipv%u", key->family);
		break;
	case GROUP_LABEL_OCTET:
		snprintf(text, GROUP_TEXT_MAX, "%u", key->address[OCTET_AT]);
		break;
	case GROUP_LABEL_PREFIX:
		memcpy(prefix.address, key->address, sizeof(prefix.address));
		prefix.prefix_len = key->prefix_len;
		prefix.family = key->family;
		prefix_format(&prefix, text);
		break;
	case GROUP_LABEL_AS:
		format_as(key, text);
		break;
	case GROUP_LABEL_UNROUTED:
		snprintf(text, GROUP_TEXT_MAX, "unrouted");
		break;
	case GROUP_LABEL_OTHER:
		snprintf(text, GROUP_TEXT_MAX, "other-v%u", key->family);
		break;
	}
}
