// SPDX-License-Identifier: GPL-2.0-or-later
#include "shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"
#include "../lib/cli.h"

/* Of one shard: tallies of some 2 kB each, and rows of one part. Few and large
 * ones, as each opens every file. */
enum { MAX_SUBNETS = 65536, MAX_PART_ROWS = 1 << 20 };

struct listing {
	const struct scan_query *query;
	struct prefix *subnet; /* sorted, distinct */
	size_t n;
	uint64_t most_rows; /* of a part */
	uint64_t n_bytes;
	int64_t end_ns;
};

void shard_list_fini(struct shard_list *list)
{
	free(list->prefix);
	*list = (struct shard_list){ 0 };
}

int shard_compare(const struct prefix *a, const struct prefix *b)
{
	int order = a->family - b->family;

	if (!order)
		order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : a->prefix_len - b->prefix_len;
}

/* The end of the subnets from `first` on that lie in the prefix. */
static size_t find_end(const struct prefix *subnet, size_t first, size_t n,
		       const struct prefix *prefix)
{
	size_t low = first, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_contains(prefix, &subnet[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The widest prefix that begins with subnet[at], has none before it, and is
 * narrow enough. What contains subnet[at] stands before it, in an earlier shard
 * that would contain subnet[at] as well; so no subnet is wider than its shard.
 */
static size_t choose(const struct shard_limit *limit,
		     const struct prefix *subnet, size_t at, size_t n,
		     struct prefix *ret_prefix)
{
	size_t end = at;

	for (unsigned len = limit->min_len; len <= subnet[at].prefix_len;
	     len++) {
		*ret_prefix = subnet[at];
		prefix_cut(ret_prefix, (uint8_t)len);
		if (at && prefix_contains(ret_prefix, &subnet[at - 1]))
			continue;
		end = find_end(subnet, at, n, ret_prefix);
		if (end > at && end - at <= limit->max_subnets)
			break;
	}
	return end > at ? end : at + 1;
}

int shard_list_part(struct shard_list *list, const struct shard_limit *limit,
		    const struct prefix *subnet, size_t n)
{
	for (size_t at = 0; at < n;) {
		struct prefix *prefix = record_grow((void **)&list->prefix,
						    &list->n, &list->max,
						    sizeof(*list->prefix));

		if (!prefix)
			return -ENOMEM;
		at = choose(limit, subnet, at, n, prefix);
	}
	return 0;
}

static bool is_wanted(const struct scan_query *query,
		      const struct record_subnet *subnet,
		      struct prefix *ret_prefix)
{
	*ret_prefix = (struct prefix){ .prefix_len = subnet->prefix_len,
				       .family = subnet->family };
	memcpy(ret_prefix->address, subnet->address, sizeof(subnet->address));
	if (subnet->kind == SUBNET_OVERFLOW ||
	    !(query->sides >> subnet->side & 1))
		return false;
	return !query->has_subnet ||
	       prefix_contains(&query->subnet, ret_prefix);
}

static int compare_prefixes(const void *left, const void *right)
{
	return shard_compare(left, right);
}

/* Of one part: a few are out of order, as IPv4 stands among IPv6. */
static struct prefix *list_part(const struct scan_query *query,
				const struct segment_subnet *subnet, size_t *n)
{
	struct prefix *list = calloc(subnet->n + 1, sizeof(*list));

	*n = 0;
	for (size_t i = 0; list && i < subnet->n; i++)
		*n += is_wanted(query, &subnet->key[i], &list[*n]);
	if (list)
		qsort(list, *n, sizeof(*list), compare_prefixes);
	return list;
}

/* The union of two sorted lists; equal ones of both sides once. */
static int merge(struct listing *listing, const struct prefix *other, size_t n)
{
	struct prefix *sum = calloc(listing->n + n + 1, sizeof(*sum));
	size_t i = 0, j = 0, n_sum = 0;

	if (!sum)
		return -ENOMEM;
	while (i < listing->n || j < n) {
		const struct prefix *next;

		if (j == n ||
		    (i < listing->n &&
		     shard_compare(&listing->subnet[i], &other[j]) <= 0))
			next = &listing->subnet[i++];
		else
			next = &other[j++];
		if (!n_sum || shard_compare(&sum[n_sum - 1], next) != 0)
			sum[n_sum++] = *next;
	}
	free(listing->subnet);
	listing->subnet = sum;
	listing->n = n_sum;
	return 0;
}

static int add_part(struct listing *listing,
		    const struct campaign_reader *reader, size_t i)
{
	const struct campaign_part *part = campaign_reader_part(reader, i);
	struct segment segment = { 0 };
	struct prefix *list;
	size_t n;
	int err;

	if (part->time_end_ns <= listing->query->from_ns ||
	    part->time_start_ns >= listing->query->to_ns)
		return 0;
	/* Its line is printed. */
	err = campaign_reader_load(reader, i, SEGMENT_SUBNET, &segment);
	if (err)
		return err;
	listing->n_bytes += part->n_file_bytes;
	if (part->n_rtt_rows > listing->most_rows)
		listing->most_rows = part->n_rtt_rows;
	if (part->time_end_ns > listing->end_ns)
		listing->end_ns = part->time_end_ns;
	list = list_part(listing->query, &segment.subnet, &n);
	err = list ? merge(listing, list, n) : -ENOMEM;
	free(list);
	segment_fini(&segment);
	if (err)
		cli_error("%s: cannot be read: %s",
			  campaign_reader_path(reader), strerror(-err));
	return err;
}

static int add_campaign(struct listing *listing, const char *path)
{
	const struct campaign_wish wish = {
		.max_level = listing->query->max_level,
		.from_ns = listing->query->from_ns,
		.to_ns = listing->query->to_ns,
	};
	struct campaign_reader *reader;
	int err = campaign_reader_open(path, &reader);

	if (err)
		return err;
	err = campaign_reader_choose(reader, &wish);
	for (size_t i = 0; i < campaign_reader_n_parts(reader) && !err; i++)
		err = add_part(listing, reader, i);
	campaign_reader_close(reader);
	return err;
}

static struct shard_limit limit_of(const struct listing *listing,
				   size_t min_shards)
{
	size_t n_shards = listing->most_rows / MAX_PART_ROWS + 1;
	size_t max_subnets;

	n_shards = n_shards > min_shards ? n_shards : min_shards;
	max_subnets = listing->n / n_shards + 1;
	return (struct shard_limit){
		.max_subnets = max_subnets < MAX_SUBNETS ? max_subnets :
							   MAX_SUBNETS,
		.min_len = listing->query->has_subnet ?
				   listing->query->subnet.prefix_len :
				   0,
	};
}

int shard_list_make(const char *const *path, size_t n_campaigns,
		    const struct scan_query *query, size_t min_shards,
		    struct shard_list *ret_list)
{
	struct listing listing = { .query = query, .end_ns = INT64_MIN };
	struct shard_list list = { 0 };
	struct shard_limit limit;
	int err = 0;

	for (size_t i = 0; i < n_campaigns && !err; i++)
		err = add_campaign(&listing, path[i]);
	if (err)
		goto out;
	limit = limit_of(&listing, min_shards);
	err = shard_list_part(&list, &limit, listing.subnet, listing.n);
	if (err) {
		cli_error("%s: cannot be read: no memory", path[0]);
		goto out;
	}
	list.n_subnets = listing.n;
	list.n_bytes = listing.n_bytes;
	list.end_ns = listing.end_ns;
	*ret_list = list;
	list = (struct shard_list){ 0 };
out:
	shard_list_fini(&list);
	free(listing.subnet);
	return err;
}
