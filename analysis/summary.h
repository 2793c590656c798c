/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of one group's round-trip times of one source: quantiles, mean
 * and measures of spread. A plain struct, without pointers, so that it can go
 * from one process of a program to another as bytes.
 *
 * The standard deviation is that of the samples themselves (divisor n), each
 * bin's spread evenly over what of the bin lies within [min, max], as
 * quantile.h has it: wrong by less than the widest bin that has samples. It is
 * not known when samples overflow.
 */
#ifndef ANALYSIS_SUMMARY_H
#define ANALYSIS_SUMMARY_H

#include "group.h"
#include "output.h"

enum summary_quantile {
	SUMMARY_P1,
	SUMMARY_P25,
	SUMMARY_P50,
	SUMMARY_P75,
	SUMMARY_P95,
	SUMMARY_P99,
	N_SUMMARY_QUANTILES,
};

/* Those whose distribution over groups is asked for. */
enum summary_statistic {
	STATISTIC_P50,
	STATISTIC_MEAN,
	STATISTIC_P95,
	STATISTIC_P99,
	STATISTIC_STD,
	STATISTIC_IQR,    /* p75 - p25 */
	STATISTIC_P99_P1, /* p99 - p1 */
	N_STATISTICS,
};

enum summary_kind {
	SUMMARY_ABSENT, /* not known */
	SUMMARY_EXACT,
	SUMMARY_ABOVE, /* ns is a lower bound: samples overflowed */
};

struct summary_value {
	uint64_t ns;
	uint64_t kind; /* enum summary_kind */
};

/* All is zero but key and count when the samples are too few. */
struct summary {
	struct group_key key;
	uint64_t count, min_ns, max_ns, overflow;
	uint64_t is_known; /* at least min_samples, and one */
	struct quantile_value quantile[N_SUMMARY_QUANTILES];
	struct summary_value statistic[N_STATISTICS];
};

/* tally NULL: no sample. */
struct summary summary_make(const struct group_key *key,
			    const struct tally *tally,
			    const struct segment_layout *layout,
			    uint64_t min_samples);

/* Of an exact one, rounded to ns; 0 of a tally without samples. */
uint64_t summary_std_ns(const struct tally *tally,
			const struct segment_layout *layout);

/* `p50`, `std`, `p99_p1`, ... */
const char *summary_statistic_name(enum summary_statistic statistic);

void summary_put_value(struct output_table *table,
		       const struct summary_value *value);

/* n_samples min p1 p25 p50 p75 p95 p99 max mean std iqr p99_p1 overflow: names
 * for machines and for people, and the cells of a row. */
enum { N_SUMMARY_COLUMNS = 14 };
extern const char *const summary_column[N_SUMMARY_COLUMNS];
extern const char *const summary_title[N_SUMMARY_COLUMNS];
void summary_put(struct output_table *table, const struct summary *summary);

#endif
