// SPDX-License-Identifier: GPL-2.0-or-later
#include "rank.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The next position from `i` on whose value is kept; n: none. */
static size_t next_kept(const size_t *order, size_t n,
			const unsigned char *keep, size_t i)
{
	while (i < n && keep && !keep[order[i]])
		i++;
	return i;
}

void rank_average(const double *value, const size_t *order, size_t n,
		  const unsigned char *keep, double *ret_rank)
{
	size_t rank = 0, i = next_kept(order, n, keep, 0);

	while (i < n) {
		double tied = value[order[i]];
		size_t n_tied = 0, end = i;
		double mean;

		while (end < n && value[order[end]] == tied) {
			n_tied++;
			end = next_kept(order, n, keep, end + 1);
		}
		mean = (double)rank + ((double)n_tied + 1) / 2;
		rank += n_tied;
		for (; i < end && i < n; i = next_kept(order, n, keep, i + 1))
			ret_rank[order[i]] = mean;
	}
}

struct point {
	double x, y;
};

static int compare_points(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return a->y < b->y ? -1 : a->y > b->y;
}

static double n_pairs(double n)
{
	return n * (n - 1) / 2;
}

/* Merges two sorted halves; returns by how many places elements of the second
 * moved before those of the first. */
static double merge(const double *from, size_t middle, size_t n, double *to)
{
	size_t i = 0, j = middle, at = 0;
	double n_exchanges = 0;

	while (i < middle && j < n) {
		if (from[j] < from[i]) {
			n_exchanges += (double)(middle - i);
			to[at++] = from[j++];
		} else {
			to[at++] = from[i++];
		}
	}
	memcpy(to + at, from + i, (middle - i) * sizeof(*to));
	at += middle - i;
	memcpy(to + at, from + j, (n - j) * sizeof(*to));
	return n_exchanges;
}

/* Sorts value from the bottom up; counts pairs that stood the wrong way. */
static double count_exchanges(double *value, double *spare, size_t n)
{
	double n_exchanges = 0;

	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at < n; at += 2 * width) {
			size_t left = n - at;
			size_t middle = width < left ? width : left;
			size_t end = 2 * width < left ? 2 * width : left;

			n_exchanges +=
				merge(value + at, middle, end, spare + at);
		}
		memcpy(value, spare, n * sizeof(*value));
	}
	return n_exchanges;
}

/* Pairs that are equal in x, and in both, of points in order. */
static void count_ties(const struct point *point, size_t n, double *ret_x,
		       double *ret_both)
{
	size_t x_from = 0, both_from = 0;

	*ret_x = *ret_both = 0;
	for (size_t i = 1; i <= n; i++) {
		bool is_x = i < n && point[i].x == point[i - 1].x;

		if (!is_x || point[i].y != point[i - 1].y) {
			*ret_both += n_pairs((double)(i - both_from));
			both_from = i;
		}
		if (!is_x) {
			*ret_x += n_pairs((double)(i - x_from));
			x_from = i;
		}
	}
}

static double count_equal(const double *sorted, size_t n)
{
	double pairs = 0;
	size_t from = 0;

	for (size_t i = 1; i <= n; i++)
		if (i == n || sorted[i] != sorted[i - 1]) {
			pairs += n_pairs((double)(i - from));
			from = i;
		}
	return pairs;
}

int rank_kendall(const double *x, const double *y, size_t n, double *ret_tau)
{
	struct point *point = calloc(n + 1, sizeof(*point));
	double *sorted = calloc(2 * n + 1, sizeof(*sorted));
	double ties_x, ties_both, ties_y, n_wrong, all = n_pairs((double)n);
	double scale;
	int err = point && sorted ? 0 : -ENOMEM;

	if (err)
		goto out;
	for (size_t i = 0; i < n; i++)
		point[i] = (struct point){ x[i], y[i] };
	qsort(point, n, sizeof(*point), compare_points);
	count_ties(point, n, &ties_x, &ties_both);
	for (size_t i = 0; i < n; i++)
		sorted[i] = point[i].y;
	n_wrong = count_exchanges(sorted, sorted + n, n);
	ties_y = count_equal(sorted, n);
	scale = sqrt(all - ties_x) * sqrt(all - ties_y);
	*ret_tau = n > 1 && scale > 0 ?
			   (all - ties_x - ties_y + ties_both - 2 * n_wrong) /
				   scale :
			   NAN;
out:
	free(point);
	free(sorted);
	return err;
}
