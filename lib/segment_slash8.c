// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "segment_build.h"
#include "../core/source.h"
#include "../core/traffic.h"

enum { N_OCTETS = 256, N_KINDS = 2, N_FAMILIES = 2 };

/* Position of (family, kind, octet, side) in the order of the tables. */
#define N_CELLS (N_FAMILIES * N_KINDS * N_OCTETS * N_SIDES)

struct sum {
	uint64_t count, min_ns, max_ns, sum_ns, overflow;
	uint64_t *bin_count; /* n_bins of the layout */
};

struct traffic_sum {
	uint64_t packets_rx, packets_tx, bytes_rx, bytes_tx;
};

struct segment_slash8_sums {
	uint32_t n_bins;
	struct sum *sum;             /* by cell and source */
	struct traffic_sum *traffic; /* by cell and class */
};

struct cell_key {
	uint8_t family, kind, octet, side;
};

static size_t cell_of(const struct record_subnet *key)
{
	size_t cell = key->family == 6;
	uint8_t octet = key->address[key->family == 6 ? 0 : 12];

	cell = cell * N_KINDS + key->kind;
	cell = cell * N_OCTETS + octet;
	return cell * N_SIDES + key->side;
}

static struct cell_key key_of(size_t cell)
{
	struct cell_key key;

	key.side = cell % N_SIDES;
	cell /= N_SIDES;
	key.octet = cell % N_OCTETS;
	cell /= N_OCTETS;
	key.kind = cell % N_KINDS;
	key.family = cell / N_KINDS ? 6 : 4;
	return key;
}

static void sum_add_row(struct sum *sum, const struct segment_rtt *rtt,
			size_t i)
{
	uint64_t b;

	if (!sum->count || rtt->min_ns[i] < sum->min_ns)
		sum->min_ns = rtt->min_ns[i];
	if (rtt->max_ns[i] > sum->max_ns)
		sum->max_ns = rtt->max_ns[i];
	sum->count += rtt->count[i];
	sum->sum_ns += rtt->sum_ns[i];
	sum->overflow += rtt->overflow[i];
	for (b = rtt->hist_ptr[i]; b < rtt->hist_ptr[i + 1]; b++)
		sum->bin_count[rtt->bin[b]] += rtt->bin_count[b];
}

/* Histograms only where there are samples. */
static int sum_rtts(const struct segment *segment, uint32_t n_bins,
		    struct sum *sums)
{
	const struct segment_rtt *rtt = &segment->rtt;
	struct sum *sum;
	size_t i;

	for (i = 0; i < rtt->n; i++) {
		sum = &sums[cell_of(&segment->subnet.key[rtt->subnet[i]]) *
				    N_SOURCES +
			    rtt->source[i]];
		if (!sum->bin_count)
			sum->bin_count = calloc(n_bins + 1, sizeof(uint64_t));
		if (!sum->bin_count)
			return -ENOMEM;
		sum_add_row(sum, rtt, i);
	}
	return 0;
}

#define NEW_COLUMN(column, n) ((column) = calloc((n) + 1, sizeof(*(column))))

static int new_columns(struct segment_slash8 *to, size_t n, size_t n_bins)
{
	if (!NEW_COLUMN(to->family, n) || !NEW_COLUMN(to->kind, n) ||
	    !NEW_COLUMN(to->octet, n) || !NEW_COLUMN(to->side, n) ||
	    !NEW_COLUMN(to->source, n) || !NEW_COLUMN(to->count, n) ||
	    !NEW_COLUMN(to->min_ns, n) || !NEW_COLUMN(to->max_ns, n) ||
	    !NEW_COLUMN(to->sum_ns, n) || !NEW_COLUMN(to->overflow, n) ||
	    !NEW_COLUMN(to->hist_ptr, n) || !NEW_COLUMN(to->bin, n_bins) ||
	    !NEW_COLUMN(to->bin_count, n_bins))
		return -ENOMEM;
	return 0;
}

static void put_sum(struct segment_slash8 *to, struct cell_key key,
		    uint8_t source, const struct sum *sum, uint32_t n_bins)
{
	size_t i = to->n++;
	uint32_t b;

	to->family[i] = key.family;
	to->kind[i] = key.kind;
	to->octet[i] = key.octet;
	to->side[i] = key.side;
	to->source[i] = source;
	to->count[i] = sum->count;
	to->min_ns[i] = sum->min_ns;
	to->max_ns[i] = sum->max_ns;
	to->sum_ns[i] = sum->sum_ns;
	to->overflow[i] = sum->overflow;
	for (b = 0; b < n_bins; b++) {
		if (!sum->bin_count[b])
			continue;
		to->bin[to->n_bins] = (uint16_t)b;
		to->bin_count[to->n_bins++] = sum->bin_count[b];
	}
	to->hist_ptr[to->n] = to->n_bins;
}

static int put_sums(const struct sum *sums, uint32_t n_layout_bins,
		    struct segment_slash8 *to)
{
	size_t i, n = 0, n_bins = 0;
	uint32_t b;

	for (i = 0; i < N_CELLS * N_SOURCES; i++) {
		if (!sums[i].bin_count)
			continue;
		n++;
		for (b = 0; b < n_layout_bins; b++)
			n_bins += !!sums[i].bin_count[b];
	}
	if (new_columns(to, n, n_bins))
		return -ENOMEM;
	for (i = 0; i < N_CELLS * N_SOURCES; i++)
		if (sums[i].bin_count)
			put_sum(to, key_of(i / N_SOURCES), i % N_SOURCES,
				&sums[i], n_layout_bins);
	return 0;
}

static void sum_traffic(const struct segment *segment, struct traffic_sum *sums)
{
	const struct segment_traffic *from = &segment->traffic;
	struct traffic_sum *sum;
	size_t i;

	for (i = 0; i < from->n; i++) {
		sum = &sums[cell_of(&segment->subnet.key[from->subnet[i]]) *
				    N_TRAFFIC_CLASSES +
			    from->class[i]];
		sum->packets_rx += from->packets_rx[i];
		sum->packets_tx += from->packets_tx[i];
		sum->bytes_rx += from->bytes_rx[i];
		sum->bytes_tx += from->bytes_tx[i];
	}
}

static bool is_zero(const struct traffic_sum *sum)
{
	return !(sum->packets_rx | sum->packets_tx | sum->bytes_rx |
		 sum->bytes_tx);
}

static void put_traffic(const struct traffic_sum *sums,
			struct segment_slash8_traffic *to)
{
	struct cell_key key;
	size_t i, n = 0;

	for (i = 0; i < N_CELLS * N_TRAFFIC_CLASSES; i++) {
		if (is_zero(&sums[i]))
			continue;
		key = key_of(i / N_TRAFFIC_CLASSES);
		to->family[n] = key.family;
		to->kind[n] = key.kind;
		to->octet[n] = key.octet;
		to->side[n] = key.side;
		to->class[n] = i % N_TRAFFIC_CLASSES;
		to->packets_rx[n] = sums[i].packets_rx;
		to->packets_tx[n] = sums[i].packets_tx;
		to->bytes_rx[n] = sums[i].bytes_rx;
		to->bytes_tx[n++] = sums[i].bytes_tx;
	}
}

static int put_traffics(const struct traffic_sum *sums,
			struct segment_slash8_traffic *to)
{
	size_t i;

	for (i = 0; i < N_CELLS * N_TRAFFIC_CLASSES; i++)
		to->n += !is_zero(&sums[i]);
	if (!NEW_COLUMN(to->family, to->n) || !NEW_COLUMN(to->kind, to->n) ||
	    !NEW_COLUMN(to->octet, to->n) || !NEW_COLUMN(to->side, to->n) ||
	    !NEW_COLUMN(to->class, to->n) ||
	    !NEW_COLUMN(to->packets_rx, to->n) ||
	    !NEW_COLUMN(to->packets_tx, to->n) ||
	    !NEW_COLUMN(to->bytes_rx, to->n) ||
	    !NEW_COLUMN(to->bytes_tx, to->n))
		return -ENOMEM;
	put_traffic(sums, to);
	return 0;
}

struct segment_slash8_sums *segment_slash8_new(uint32_t n_bins)
{
	struct segment_slash8_sums *sums = calloc(1, sizeof(*sums));

	if (!sums)
		return NULL;
	sums->n_bins = n_bins;
	sums->sum = calloc(N_CELLS * N_SOURCES, sizeof(*sums->sum));
	sums->traffic =
		calloc(N_CELLS * N_TRAFFIC_CLASSES, sizeof(*sums->traffic));
	if (sums->sum && sums->traffic)
		return sums;
	segment_slash8_free(sums);
	return NULL;
}

void segment_slash8_free(struct segment_slash8_sums *sums)
{
	size_t i;

	if (!sums)
		return;
	for (i = 0; sums->sum && i < N_CELLS * N_SOURCES; i++)
		free(sums->sum[i].bin_count);
	free(sums->sum);
	free(sums->traffic);
	free(sums);
}

int segment_slash8_add(struct segment_slash8_sums *sums,
		       const struct segment *segment)
{
	sum_traffic(segment, sums->traffic);
	return sum_rtts(segment, sums->n_bins, sums->sum);
}

static size_t cell_at(uint8_t family, uint8_t kind, uint8_t octet, uint8_t side)
{
	struct record_subnet key = { .family = family,
				     .side = side,
				     .kind = kind };

	key.address[family == 6 ? 0 : 12] = octet;
	return cell_of(&key);
}

int segment_slash8_add_tables(struct segment_slash8_sums *sums,
			      const struct segment *segment)
{
	const struct segment_slash8_traffic *t = &segment->slash8_traffic;
	const struct segment_slash8 *s = &segment->slash8;
	/* The columns that both kinds of table have. */
	const struct segment_rtt rows = {
		.count = s->count,
		.min_ns = s->min_ns,
		.max_ns = s->max_ns,
		.sum_ns = s->sum_ns,
		.overflow = s->overflow,
		.hist_ptr = s->hist_ptr,
		.bin = s->bin,
		.bin_count = s->bin_count,
	};
	struct traffic_sum *traffic;
	struct sum *sum;
	size_t i;

	for (i = 0; i < s->n; i++) {
		sum = &sums->sum[cell_at(s->family[i], s->kind[i], s->octet[i],
					 s->side[i]) *
					 N_SOURCES +
				 s->source[i]];
		if (!sum->bin_count)
			sum->bin_count =
				calloc(sums->n_bins + 1, sizeof(uint64_t));
		if (!sum->bin_count)
			return -ENOMEM;
		sum_add_row(sum, &rows, i);
	}
	for (i = 0; i < t->n; i++) {
		traffic = &sums->traffic[cell_at(t->family[i], t->kind[i],
						 t->octet[i], t->side[i]) *
						 N_TRAFFIC_CLASSES +
					 t->class[i]];
		traffic->packets_rx += t->packets_rx[i];
		traffic->packets_tx += t->packets_tx[i];
		traffic->bytes_rx += t->bytes_rx[i];
		traffic->bytes_tx += t->bytes_tx[i];
	}
	return 0;
}

int segment_slash8_finish(const struct segment_slash8_sums *sums,
			  struct segment *segment)
{
	int err = put_sums(sums->sum, sums->n_bins, &segment->slash8);

	return err ? err :
		     put_traffics(sums->traffic, &segment->slash8_traffic);
}

int segment_slash8_build(struct segment *segment)
{
	struct segment_slash8_sums *sums =
		segment_slash8_new(segment->layout.n_bins);
	int err = sums ? segment_slash8_add(sums, segment) : -ENOMEM;

	if (!err)
		err = segment_slash8_finish(sums, segment);
	segment_slash8_free(sums);
	return err;
}
