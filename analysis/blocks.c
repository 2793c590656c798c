// SPDX-License-Identifier: GPL-2.0-or-later
#include "blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One block on its way to its list. */
struct entry {
	struct group_key key; /* without its step */
	int64_t step_ns;
	uint8_t source;
	const struct tally *tally;
};

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = group_key_compare(&a->key, &b->key);

	if (order)
		return order;
	if (a->source != b->source)
		return a->source - b->source;
	return a->step_ns < b->step_ns ? -1 : a->step_ns > b->step_ns;
}

int blocks_compare(const struct blocks *a, const struct blocks *b)
{
	int order = group_key_compare(&a->group.key, &b->group.key);

	return order ? order : a->source - b->source;
}

/* All blocks that have samples; *ret_n of them. */
static struct entry *list_entries(const struct scan_result *result,
				  size_t *ret_n)
{
	size_t max = result->table.n * N_SOURCES, n = 0;
	struct entry *entry = calloc(max + 1, sizeof(*entry));

	for (size_t i = 0; i < result->table.n && entry; i++) {
		const struct group *group = result->table.group[i];

		for (unsigned source = 0; source < N_SOURCES; source++) {
			const struct tally *tally = group->tally[source];

			if (!tally || !tally->count)
				continue;
			entry[n] =
				(struct entry){ .key = group->key,
						.step_ns = group->key.step_ns,
						.source = (uint8_t)source,
						.tally = tally };
			entry[n++].key.step_ns = 0;
		}
	}
	*ret_n = n;
	return entry;
}

static void add_entry(struct blocks_list *list, const struct entry *entry,
		      size_t at, bool is_new)
{
	struct blocks *blocks;

	if (is_new) {
		blocks = &list->blocks[list->n++];
		blocks->group.key = entry->key;
		blocks->source = entry->source;
		blocks->tally = list->tally + at;
		blocks->start_ns = list->start_ns + at;
	}
	blocks = &list->blocks[list->n - 1];
	list->tally[at] = entry->tally;
	list->start_ns[at] = entry->step_ns;
	blocks->n++;
	blocks->n_samples += entry->tally->count;
}

int blocks_list_init(struct blocks_list *list, const struct scan_result *result)
{
	size_t n;
	struct entry *entry = list_entries(result, &n);
	int err = 0;

	*list = (struct blocks_list){ 0 };
	if (!entry)
		return -ENOMEM;
	if (n)
		qsort(entry, n, sizeof(*entry), compare_entries);
	list->blocks = calloc(n + 1, sizeof(*list->blocks));
	list->tally = calloc(n + 1, sizeof(const struct tally *));
	list->start_ns = calloc(n + 1, sizeof(*list->start_ns));
	if (!list->blocks || !list->tally || !list->start_ns)
		err = -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		bool is_new =
			!i || entry[i].source != entry[i - 1].source ||
			group_key_compare(&entry[i].key, &entry[i - 1].key);

		add_entry(list, &entry[i], i, is_new);
	}
	free(entry);
	if (err)
		blocks_list_fini(list);
	return err;
}

void blocks_list_fini(struct blocks_list *list)
{
	free(list->blocks);
	free(list->tally);
	free(list->start_ns);
	*list = (struct blocks_list){ 0 };
}

static void extend(const struct blocks *blocks, uint32_t *first, uint32_t *end)
{
	for (size_t i = 0; blocks && i < blocks->n; i++) {
		const struct tally *tally = blocks->tally[i];

		if (!tally->n_bins)
			continue;
		if (tally->first_bin < *first)
			*first = tally->first_bin;
		if (tally->first_bin + tally->n_bins > *end)
			*end = tally->first_bin + tally->n_bins;
	}
}

int blocks_sum_init(struct blocks_sum *sum, const struct blocks *a,
		    const struct blocks *b)
{
	uint32_t first = UINT32_MAX, end = 0;

	extend(a, &first, &end);
	extend(b, &first, &end);
	*sum = (struct blocks_sum){ 0 };
	if (end) {
		sum->tally.first_bin = first;
		sum->tally.n_bins = end - first;
	}
	sum->tally.bin = calloc(sum->tally.n_bins + 1, sizeof(uint64_t));
	return sum->tally.bin ? 0 : -ENOMEM;
}

void blocks_sum_fini(struct blocks_sum *sum)
{
	tally_fini(&sum->tally);
}

void blocks_sum_clear(struct blocks_sum *sum)
{
	struct tally *tally = &sum->tally;

	memset(tally->bin, 0, tally->n_bins * sizeof(*tally->bin));
	tally->count = tally->overflow = 0;
	tally->sum_ns = 0;
}

void blocks_sum_add(struct blocks_sum *sum, const struct tally *block,
		    unsigned times)
{
	struct tally *tally = &sum->tally;
	uint64_t *bin = tally->bin + (block->first_bin - tally->first_bin);

	if (!tally->count || block->min_ns < tally->min_ns)
		tally->min_ns = block->min_ns;
	if (!tally->count || block->max_ns > tally->max_ns)
		tally->max_ns = block->max_ns;
	tally->count += times * block->count;
	tally->overflow += times * block->overflow;
	tally->sum_ns += times * block->sum_ns;
	for (uint32_t i = 0; i < block->n_bins; i++)
		bin[i] += times * block->bin[i];
}

void blocks_draw(gsl_rng *random, unsigned *times, size_t n)
{
	memset(times, 0, n * sizeof(*times));
	for (size_t i = 0; i < n; i++)
		times[gsl_rng_uniform_int(random, n)]++;
}

/* FNV-1a of the names. */
void blocks_seed(gsl_rng *random, uint64_t seed, const struct blocks *blocks)
{
	uint64_t hash = 0xcbf29ce484222325 ^ seed;
	const uint8_t *byte = (const uint8_t *)&blocks->group.key;

	for (size_t i = 0; i < sizeof(blocks->group.key); i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	hash = (hash ^ blocks->source) * 0x100000001b3;
	gsl_rng_set(random, (unsigned long)(hash ^ hash >> 32) & 0xffffffff);
}
