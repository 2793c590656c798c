// SPDX-License-Identifier: GPL-2.0-or-later
#include "summary.h"

#include <math.h>

#include "group_row.h"

const char *const summary_column[N_SUMMARY_COLUMNS] = {
	"n_samples", "min_ns", "p1_ns",     "p25_ns",   "p50_ns",
	"p75_ns",    "p95_ns", "p99_ns",    "max_ns",   "mean_ns",
	"std_ns",    "iqr_ns", "p99_p1_ns", "overflow",
};

const char *const summary_title[N_SUMMARY_COLUMNS] = {
	"samples", "min  ", "p1  ",   "p25  ", "p50  ", "p75  ",    "p95  ",
	"p99  ",   "max  ", "mean  ", "std  ", "IQR  ", "p99-p1  ", "overflow",
};

const char *summary_statistic_name(enum summary_statistic statistic)
{
	static const char *const name[N_STATISTICS] = {
		[STATISTIC_P50] = "p50",       [STATISTIC_MEAN] = "mean",
		[STATISTIC_P95] = "p95",       [STATISTIC_P99] = "p99",
		[STATISTIC_STD] = "std",       [STATISTIC_IQR] = "iqr",
		[STATISTIC_P99_P1] = "p99_p1",
	};

	return name[statistic];
}

/* The part of a bin that lies within the extremes. */
struct part {
	double middle_ns, width_ns;
};

static struct part part_of(const struct tally *tally,
			   const struct segment_layout *layout, uint32_t i)
{
	const uint64_t *edge_ns = layout->edge_ns + tally->first_bin + i;
	double low = (double)edge_ns[0], high = (double)edge_ns[1];

	low = fmax(low, (double)tally->min_ns);
	high = fmin(high, (double)tally->max_ns);
	/* Exact extremes of imported data may lie in another bin. */
	if (high < low)
		high = low;
	return (struct part){ (low + high) / 2, high - low };
}

uint64_t summary_std_ns(const struct tally *tally,
			const struct segment_layout *layout)
{
	double n = (double)(tally->count - tally->overflow);
	double mean = 0, variance = 0;

	for (uint32_t i = 0; i < tally->n_bins; i++)
		if (tally->bin[i])
			mean += (double)tally->bin[i] *
				part_of(tally, layout, i).middle_ns / n;
	for (uint32_t i = 0; i < tally->n_bins; i++) {
		struct part part;
		double offset;

		if (!tally->bin[i])
			continue;
		part = part_of(tally, layout, i);
		offset = part.middle_ns - mean;
		variance +=
			(double)tally->bin[i] / n *
			(offset * offset + part.width_ns * part.width_ns / 12);
	}
	return (uint64_t)(sqrt(variance) + 0.5);
}

static struct summary_value exact(uint64_t value_ns)
{
	return (struct summary_value){ value_ns, SUMMARY_EXACT };
}

static struct summary_value of_quantile(struct quantile_value value)
{
	return (struct summary_value){ value.ns, value.is_overflow ?
							 SUMMARY_ABOVE :
							 SUMMARY_EXACT };
}

static struct summary_value difference(struct quantile_value high,
				       struct quantile_value low)
{
	if (low.is_overflow)
		return (struct summary_value){ 0, SUMMARY_ABSENT };
	high.ns -= low.ns;
	return of_quantile(high);
}

struct summary summary_make(const struct group_key *key,
			    const struct tally *tally,
			    const struct segment_layout *layout,
			    uint64_t min_samples)
{
	static const unsigned permille[N_SUMMARY_QUANTILES] = { 10,  250, 500,
								750, 950, 990 };
	struct summary s = { .key = *key, .count = tally ? tally->count : 0 };

	if (!s.count || s.count < min_samples)
		return s;
	s.is_known = true;
	s.min_ns = tally->min_ns;
	s.max_ns = tally->max_ns;
	s.overflow = tally->overflow;
	for (int i = 0; i < N_SUMMARY_QUANTILES; i++)
		s.quantile[i] = quantile_get(tally, layout, permille[i],
					     QUANTILE_LINEAR);
	s.statistic[STATISTIC_P50] = of_quantile(s.quantile[SUMMARY_P50]);
	s.statistic[STATISTIC_MEAN] = exact(tally_mean_ns(tally));
	s.statistic[STATISTIC_P95] = of_quantile(s.quantile[SUMMARY_P95]);
	s.statistic[STATISTIC_P99] = of_quantile(s.quantile[SUMMARY_P99]);
	if (!tally->overflow)
		s.statistic[STATISTIC_STD] =
			exact(summary_std_ns(tally, layout));
	s.statistic[STATISTIC_IQR] =
		difference(s.quantile[SUMMARY_P75], s.quantile[SUMMARY_P25]);
	s.statistic[STATISTIC_P99_P1] =
		difference(s.quantile[SUMMARY_P99], s.quantile[SUMMARY_P1]);
	return s;
}

void summary_put_value(struct output_table *table,
		       const struct summary_value *value)
{
	if (value->kind == SUMMARY_ABSENT)
		output_table_absent(table);
	else
		output_table_quantile(table,
				      (struct quantile_value){
					      value->ns,
					      value->kind == SUMMARY_ABOVE });
}

void summary_put(struct output_table *table, const struct summary *summary)
{
	output_table_u64(table, summary->count);
	if (!summary->is_known) {
		group_row_put_absent(table, N_SUMMARY_COLUMNS - 1);
		return;
	}
	output_table_ns(table, summary->min_ns);
	for (int i = 0; i < N_SUMMARY_QUANTILES; i++)
		output_table_quantile(table, summary->quantile[i]);
	output_table_ns(table, summary->max_ns);
	summary_put_value(table, &summary->statistic[STATISTIC_MEAN]);
	summary_put_value(table, &summary->statistic[STATISTIC_STD]);
	summary_put_value(table, &summary->statistic[STATISTIC_IQR]);
	summary_put_value(table, &summary->statistic[STATISTIC_P99_P1]);
	output_table_u64(table, summary->overflow);
}
