// SPDX-License-Identifier: GPL-2.0-or-later
#include "distribution.h"

#include <errno.h>
#include <stdlib.h>

static int compare_values(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

int distribution_init(struct distribution *distribution,
		      const struct group_table *table, uint8_t side,
		      enum participation_ratio ratio,
		      const struct participation_choice *choice)
{
	struct distribution d = { 0 };

	d.value = calloc(table->n + 1, sizeof(*d.value));
	if (!d.value)
		return -ENOMEM;
	for (size_t i = 0; i < table->n; i++) {
		const struct group *group = table->group[i];

		if (group->key.side != side ||
		    group->key.label == GROUP_LABEL_OTHER ||
		    !group->participation)
			continue;
		if (participation_ratio_get(group->participation, ratio, choice,
					    &d.value[d.n]))
			d.n++;
	}
	qsort(d.value, d.n, sizeof(*d.value), compare_values);
	*distribution = d;
	return 0;
}

void distribution_fini(struct distribution *distribution)
{
	free(distribution->value);
	*distribution = (struct distribution){ 0 };
}

double distribution_quantile(const struct distribution *distribution,
			     unsigned permille)
{
	const uint32_t *value = distribution->value;
	uint64_t rank = (uint64_t)permille * (distribution->n - 1);
	size_t i = rank / 1000;
	double quantile = value[i];

	if (rank % 1000)
		quantile += (double)(value[i + 1] - value[i]) *
			    (double)(rank % 1000) / 1000;
	return quantile / RATIO_ONE;
}

double distribution_mean(const struct distribution *distribution)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < distribution->n; i++)
		sum += distribution->value[i];
	return (double)sum / (double)distribution->n / RATIO_ONE;
}

size_t distribution_n_same(const struct distribution *distribution, size_t i)
{
	size_t end = i;

	while (end < distribution->n &&
	       distribution->value[end] == distribution->value[i])
		end++;
	return end - i;
}
