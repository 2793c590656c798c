// SPDX-License-Identifier: GPL-2.0-or-later
/* Group tables from one process of a program to another. */
#include "group.h"

#include <errno.h>
#include <stdlib.h>

enum { MAX_TALLY_BINS = 65536 + 32 };

static int put(FILE *file, const void *bytes, size_t n_bytes)
{
	return fwrite(bytes, 1, n_bytes, file) == n_bytes ? 0 : -EIO;
}

static int take(FILE *file, void *bytes, size_t n_bytes)
{
	return fread(bytes, 1, n_bytes, file) == n_bytes ? 0 : -EIO;
}

static int save_group(const struct group *group, FILE *file)
{
	int err = put(file, group, sizeof(*group));

	if (!err && group->participation)
		err = put(file, group->participation,
			  sizeof(*group->participation));
	if (!err && group->traffic)
		err = put(file, group->traffic, sizeof(*group->traffic));
	for (int source = 0; source < N_SOURCES && !err; source++) {
		const struct tally *tally = group->tally[source];

		if (!tally)
			continue;
		err = put(file, tally, sizeof(*tally));
		if (!err && tally->n_bins)
			err = put(file, tally->bin,
				  tally->n_bins * sizeof(*tally->bin));
	}
	return err;
}

int group_table_save(const struct group_table *table, FILE *file)
{
	int err = put(file, &table->n, sizeof(table->n));

	if (!err)
		err = put(file, &table->left_out_samples,
			  sizeof(table->left_out_samples));
	if (!err)
		err = put(file, &table->left_out_packets,
			  sizeof(table->left_out_packets));
	for (size_t i = 0; i < table->n && !err; i++)
		err = save_group(table->group[i], file);
	return err;
}

static int load_tally(struct tally *sum, FILE *file)
{
	struct tally tally;
	int err = take(file, &tally, sizeof(tally));

	if (err)
		return err;
	tally.bin = NULL;
	if (tally.n_bins > MAX_TALLY_BINS)
		return -EIO;
	if (tally.n_bins) {
		tally.bin = calloc(tally.n_bins, sizeof(*tally.bin));
		if (!tally.bin)
			return -ENOMEM;
		err = take(file, tally.bin, tally.n_bins * sizeof(*tally.bin));
	}
	if (!err)
		err = tally_add(sum, &tally);
	tally_fini(&tally);
	return err;
}

static int load_participation(struct group *group, FILE *file)
{
	struct participation other;
	int err = take(file, &other, sizeof(other));

	if (err)
		return err;
	if (!group_participation(group))
		return -ENOMEM;
	participation_add(group->participation, &other);
	return 0;
}

static int load_traffic(struct group *group, FILE *file)
{
	struct traffic_sums other;
	int err = take(file, &other, sizeof(other));

	if (err)
		return err;
	if (!group_traffic(group))
		return -ENOMEM;
	traffic_sums_add(group->traffic, &other);
	return 0;
}

static int load_group(struct group_table *table, FILE *file)
{
	struct group copy, *group;
	int err = take(file, &copy, sizeof(copy));

	if (err)
		return err;
	group = group_table_get(table, &copy.key);
	if (!group)
		return -ENOMEM;
	group->packets_rx += copy.packets_rx;
	group->bytes_rx += copy.bytes_rx;
	group->packets_tx += copy.packets_tx;
	group->bytes_tx += copy.bytes_tx;
	/* Pointers are the other process's: they only say "present". */
	if (copy.participation)
		err = load_participation(group, file);
	if (!err && copy.traffic)
		err = load_traffic(group, file);
	for (uint8_t source = 0; source < N_SOURCES && !err; source++) {
		struct tally *tally;

		if (!copy.tally[source])
			continue;
		tally = group_tally(group, source);
		err = tally ? load_tally(tally, file) : -ENOMEM;
	}
	return err;
}

int group_table_load(struct group_table *table, FILE *file)
{
	uint64_t left_out_samples, left_out_packets;
	size_t n;
	int err = take(file, &n, sizeof(n));

	if (!err)
		err = take(file, &left_out_samples, sizeof(left_out_samples));
	if (!err)
		err = take(file, &left_out_packets, sizeof(left_out_packets));
	if (err)
		return err;
	table->left_out_samples += left_out_samples;
	table->left_out_packets += left_out_packets;
	for (size_t i = 0; i < n && !err; i++)
		err = load_group(table, file);
	return err;
}
