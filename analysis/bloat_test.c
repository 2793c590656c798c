// SPDX-License-Identifier: GPL-2.0-or-later
#include "bloat_test.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "serial.h"

static const unsigned permille[N_BLOAT_STATISTICS] = {
	[BLOAT_P50] = 500,
	[BLOAT_P95] = 950,
	[BLOAT_P99] = 990,
};

/* A day's samples of each phase; NULL: none. */
struct day {
	const struct tally *phase[N_BLOAT_PHASES];
};

struct test {
	const struct segment_layout *layout;
	struct day *day;
	size_t n;
	struct blocks_sum sum[N_BLOAT_PHASES];
};

const char *bloat_statistic_name(enum bloat_statistic statistic)
{
	static const char *const name[N_BLOAT_STATISTICS] = {
		[BLOAT_P50] = "p50",
		[BLOAT_P95] = "p95",
		[BLOAT_P99] = "p99",
	};

	return name[statistic];
}

/* Days of either, in order of time. */
static void pair_days(struct test *test, const struct blocks *idle,
		      const struct blocks *loaded)
{
	size_t i = 0, j = 0;

	while (i < idle->n || j < loaded->n) {
		struct day *day = &test->day[test->n++];
		bool is_idle = j == loaded->n ||
			       (i < idle->n &&
				idle->start_ns[i] <= loaded->start_ns[j]);
		bool is_loaded = i == idle->n ||
				 (j < loaded->n &&
				  loaded->start_ns[j] <= idle->start_ns[i]);

		if (is_idle)
			day->phase[BLOAT_IDLE] = idle->tally[i++];
		if (is_loaded)
			day->phase[BLOAT_LOADED] = loaded->tally[j++];
	}
}

static double difference(const struct tally *idle, const struct tally *loaded,
			 const struct segment_layout *layout, size_t s)
{
	struct quantile_value a =
		quantile_get(idle, layout, permille[s], QUANTILE_LINEAR);
	struct quantile_value b =
		quantile_get(loaded, layout, permille[s], QUANTILE_LINEAR);

	if (a.is_overflow || b.is_overflow)
		return NAN;
	return (double)b.ns - (double)a.ns;
}

/* The sums of the days, each so often; false: a phase has no samples. */
static bool sum_days(struct test *test, const unsigned *times)
{
	for (int p = 0; p < N_BLOAT_PHASES; p++) {
		blocks_sum_clear(&test->sum[p]);
		for (size_t d = 0; d < test->n; d++)
			if (times[d] && test->day[d].phase[p])
				blocks_sum_add(&test->sum[p],
					       test->day[d].phase[p], times[d]);
	}
	return test->sum[BLOAT_IDLE].tally.count &&
	       test->sum[BLOAT_LOADED].tally.count;
}

static void describe(struct test *test, unsigned *times,
		     struct bloat_result *ret)
{
	for (size_t d = 0; d < test->n; d++)
		times[d] = 1;
	sum_days(test, times);
	for (size_t s = 0; s < N_BLOAT_STATISTICS; s++) {
		for (int p = 0; p < N_BLOAT_PHASES; p++)
			ret->value[s][p] =
				quantile_get(&test->sum[p].tally, test->layout,
					     permille[s], QUANTILE_LINEAR);
		ret->difference_ns[s] = difference(
			&test->sum[BLOAT_IDLE].tally,
			&test->sum[BLOAT_LOADED].tally, test->layout, s);
	}
}

/* Of the differences of the days that have both. */
static double inflation_of(const struct test *test, size_t s, double *room)
{
	double inflation;
	size_t n = 0;

	for (size_t d = 0; d < test->n; d++) {
		const struct day *day = &test->day[d];

		if (day->phase[BLOAT_IDLE] && day->phase[BLOAT_LOADED])
			room[n++] = difference(day->phase[BLOAT_IDLE],
					       day->phase[BLOAT_LOADED],
					       test->layout, s);
	}
	inflation = serial_inflation(room, n);
	/* Of few days it is not known. */
	return inflation > 1 ? inflation : 1;
}

static void set_interval(struct bloat_result *ret, size_t s, double variance,
			 double n_days)
{
	double freedom = fmax(n_days - 1, 1), error = sqrt(variance), reach;

	if (!(error > 0) || isnan(ret->difference_ns[s]))
		return;
	reach = gsl_cdf_tdist_Qinv(0.025, freedom) * error;
	ret->low_ns[s] = ret->difference_ns[s] - reach;
	ret->high_ns[s] = ret->difference_ns[s] + reach;
	ret->p[s] = 2 * gsl_cdf_tdist_Q(fabs(ret->difference_ns[s]) / error,
					freedom);
}

/* A resample without samples of a phase, which only groups with very few have,
 * or that overflows, is NAN, and so is then what comes of it. */
static int bootstrap(struct test *test, unsigned *times, gsl_rng *random,
		     size_t n_resamples, struct bloat_result *ret)
{
	double *value =
		calloc(n_resamples * N_BLOAT_STATISTICS, sizeof(*value));
	double *room = calloc(test->n, sizeof(*room)), n = (double)test->n;
	int err = value && room ? 0 : -ENOMEM;

	for (size_t r = 0; r < n_resamples && !err; r++) {
		bool has_both;

		blocks_draw(random, times, test->n);
		has_both = sum_days(test, times);
		for (size_t s = 0; s < N_BLOAT_STATISTICS; s++)
			value[s * n_resamples + r] =
				has_both ? difference(&test->sum[0].tally,
						      &test->sum[1].tally,
						      test->layout, s) :
					   NAN;
	}
	for (size_t s = 0; s < N_BLOAT_STATISTICS && !err; s++) {
		double inflation = inflation_of(test, s, room);
		double variance = gsl_stats_variance(value + s * n_resamples, 1,
						     n_resamples);

		set_interval(ret, s, variance * n / (n - 1) * inflation,
			     n / inflation);
	}
	free(value);
	free(room);
	return err;
}

static void count_days(const struct test *test, struct bloat_result *ret)
{
	for (size_t d = 0; d < test->n; d++)
		ret->n_days += test->day[d].phase[BLOAT_IDLE] &&
			       test->day[d].phase[BLOAT_LOADED];
}

int bloat_test(const struct blocks *idle, const struct blocks *loaded,
	       const struct segment_layout *layout, uint64_t seed,
	       uint64_t n_resamples, struct bloat_result *ret)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct test test = { .layout = layout };
	unsigned *times = calloc(idle->n + loaded->n, sizeof(*times));
	int err;

	*ret = (struct bloat_result){ 0 };
	for (size_t s = 0; s < N_BLOAT_STATISTICS; s++)
		ret->low_ns[s] = ret->high_ns[s] = ret->p[s] = NAN;
	test.day = calloc(idle->n + loaded->n, sizeof(*test.day));
	err = random && times && test.day ? 0 : -ENOMEM;
	for (int p = 0; p < N_BLOAT_PHASES && !err; p++)
		err = blocks_sum_init(&test.sum[p], idle, loaded);
	if (!err) {
		pair_days(&test, idle, loaded);
		describe(&test, times, ret);
		count_days(&test, ret);
		blocks_seed(random, seed, idle);
	}
	if (!err && ret->n_days >= BLOAT_MIN_DAYS)
		err = bootstrap(&test, times, random, n_resamples, ret);
	for (int p = 0; p < N_BLOAT_PHASES; p++)
		blocks_sum_fini(&test.sum[p]);
	free(test.day);
	free(times);
	if (random)
		gsl_rng_free(random);
	return err;
}
