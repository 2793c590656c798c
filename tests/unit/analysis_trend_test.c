// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes and slopes that were planted in a made-up ISP are found, where and as
 * large as they are; where nothing was planted nothing is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../../analysis/trend_series.h"
#include "../../analysis/zone.h"
#include "../synthetic/isp_random.h"
#include "../synthetic/isp_scan.h"

#define HOUR_NS 3600000000000ll
#define DAY_NS (24 * HOUR_NS)
#define FDR 0.01

enum { N_WORLDS = 20, N_DAYS = 30, SHIFT_DAY = 12 };

/* The AS that a change is planted in, and its first octet. */
enum { SHIFT_AS = 3, SHIFT_OCTET = 112 };

static struct isp_options world_of(uint64_t seed)
{
	return (struct isp_options){
		.seed = seed,
		.n_days = N_DAYS,
		.n_subnets = 64,
		.interval_ns = HOUR_NS,
		.start_ns = 1793577600000000000,
		.utc_offset_ns = HOUR_NS,
		.n_incidents = 10,
		.n_gaps = 3,
		.shift_as = ISP_NO_AS,
		.drift_as = ISP_NO_AS,
		.wander_ms = 0.5,
		.wander_h = 8,
	};
}

/* The caller ends with trend_list_fini(). */
static void fit_world(const struct isp_options *options,
		      enum trend_statistic statistic, struct trend_list *list)
{
	struct trend_gather gather = { .statistic = statistic,
				       .min_samples = 1 };
	struct isp *isp = calloc(1, sizeof(*isp));
	struct scan_result scan;

	assert_non_null(isp);
	assert_int_equal(isp_init(isp, options), 0);
	assert_int_equal(isp_scan(isp, 0, options->n_days, HOUR_NS,
				  GROUP_BY_SLASH8, &scan),
			 0);
	for (size_t i = 0; i < scan.table.n; i++) {
		const struct steps_moment moment = {
			scan.table.group[i]->key.step_ns, 3600
		};

		assert_int_equal(trend_gather_take(&gather, &moment,
						   scan.table.group[i],
						   &scan.layout),
				 0);
	}
	assert_int_equal(trend_list_init(list, &gather, 0), 0);
	assert_int_equal(list->n, isp->n_ases + 1);
	assert_int_equal(trend_fit(list->series, list->n, FDR, false), 0);
	trend_gather_fini(&gather);
	scan_result_fini(&scan);
	isp_fini(isp);
	free(isp);
}

static uint8_t octet_of(const struct trend_series *series)
{
	return series->group.key.address[12];
}

/*
 * Nothing is found in any world, at a false-discovery rate of 1 %; and p is what
 * it says: below 5 % not more often than 9 % of the time (of 220 series).
 */
static void check_null(enum trend_statistic statistic)
{
	size_t n_changes = 0, n_slopes = 0, n_series = 0;

	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		const struct isp_options options = world_of(seed);
		struct trend_list list;

		fit_world(&options, statistic, &list);
		for (size_t i = 0; i < list.n; i++) {
			assert_int_equal(list.series[i].n_changes, 0);
			assert_true(list.series[i].slope_q > FDR);
			assert_true(list.series[i].change_q > FDR);
			n_changes += list.series[i].change_p < 0.05;
			n_slopes += list.series[i].slope.p < 0.05;
			n_series++;
		}
		trend_list_fini(&list);
	}
	assert_true((double)n_changes < 0.09 * (double)n_series);
	assert_true((double)n_slopes < 0.09 * (double)n_series);
}

static void medians_without_a_change_show_none(void **state)
{
	check_null(TREND_P50);
}

static void tails_without_a_change_show_none(void **state)
{
	check_null(TREND_P95);
}

static const struct trend_series *find_octet(const struct trend_list *list,
					     uint8_t octet)
{
	for (size_t i = 0; i < list->n; i++)
		if (octet_of(&list->series[i]) == octet)
			return &list->series[i];
	fail();
	return NULL;
}

/* Of one AS and nowhere else, but for one series in two hundred by chance. */
static void a_planted_shift_is_found_on_its_day(void **state)
{
	int64_t shift_ns = SHIFT_DAY * DAY_NS;
	size_t n_other = 0;

	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		struct isp_options options = world_of(seed);
		const struct trend_change *change;
		const struct trend_series *series;
		struct trend_list list;

		options.shift_as = SHIFT_AS;
		options.shift_ms = 5;
		options.shift_day = SHIFT_DAY;
		fit_world(&options, TREND_MEAN, &list);
		for (size_t i = 0; i < list.n; i++)
			n_other += octet_of(&list.series[i]) != SHIFT_OCTET &&
				   list.series[i].n_changes > 0;
		series = find_octet(&list, SHIFT_OCTET);
		assert_int_equal(series->n_changes, 1);
		change = &series->change[0];
		assert_int_equal(change->day_idx, SHIFT_DAY);
		assert_in_range(change->time_ns - options.start_ns,
				shift_ns - 12 * HOUR_NS,
				shift_ns + 12 * HOUR_NS);
		assert_true(change->low < 5.5e6 && change->high > 4.5e6);
		assert_true(change->low > 2e6 && change->high < 8e6);
		trend_list_fini(&list);
	}
	assert_in_range(n_other, 0, 1);
}

/* The interval holds the truth each time; ranks of so few days, and days that go
 * together, do not always suffice to claim it among the tests of all series. */
static void a_drift_is_found_and_is_as_steep_as_it_is(void **state)
{
	size_t n_found = 0;

	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		struct isp_options options = world_of(seed);
		const struct trend_series *series;
		struct trend_list list;

		options.drift_as = SHIFT_AS;
		options.drift_ms_per_day = 0.3;
		fit_world(&options, TREND_MEAN, &list);
		series = find_octet(&list, SHIFT_OCTET);
		n_found += series->slope_q <= FDR;
		assert_true(series->slope.p < 0.01);
		assert_true(series->slope.low < 0.32e6 &&
			    series->slope.high > 0.28e6);
		assert_true(series->slope.low > 0.15e6);
		trend_list_fini(&list);
	}
	assert_in_range(n_found, N_WORLDS * 3 / 4, N_WORLDS);
}

/* A square wave: up after a third, down after two. */
static void two_changes_are_both_found(void **state)
{
	enum { N_POINTS = N_DAYS * 24 };
	static struct season_point point[N_POINTS];
	struct trend_series series = { .point = point, .n = N_POINTS };
	uint64_t random = isp_seed(1, 3);

	for (int i = 0; i < N_POINTS; i++) {
		int day = i / 24;

		point[i].time_ns = i * HOUR_NS;
		point[i].n_samples = 1;
		point[i].value = 1e7 + 1e5 * isp_normal(&random) +
				 (day >= 10 && day < 20 ? 1e6 : 0);
	}
	assert_int_equal(trend_fit(&series, 1, FDR, false), 0);
	assert_int_equal(series.n_changes, 2);
	assert_int_equal(series.change[0].day_idx, 10);
	assert_int_equal(series.change[1].day_idx, 20);
	assert_int_equal(series.change[0].time_ns, 10 * DAY_NS);
	assert_int_equal(series.change[1].time_ns, 20 * DAY_NS);
	trend_fini(&series);
}

/* What repeats by hour and weekday is taken out whole, and a step with it is
 * not. */
static void a_season_is_what_repeats(void **state)
{
	enum { N_POINTS = 28 * 24, MONDAY = 4 * 24 };
	static struct season_point point[N_POINTS];
	struct season season;

	for (int i = 0; i < N_POINTS; i++) {
		int week_hour = i % SEASON_WEEK_HOURS;

		/* 1970-01-05 was a Monday. */
		point[i].time_ns = (MONDAY + i) * HOUR_NS;
		point[i].value = 100 + week_hour % 24 +
				 (week_hour / 24 == 6 ? 10 : 0) +
				 (i >= 14 * 24 ? 50 : 0);
	}
	assert_int_equal(season_fit(&season, point, N_POINTS, false), 0);
	assert_true(season.has_weekdays);
	assert_int_equal(season.n, 28);
	for (int hour = 0; hour < SEASON_WEEK_HOURS; hour++) {
		double other = season.week[(hour + 24) % SEASON_WEEK_HOURS];
		double more = hour / 24 == 5 ? 10 : (hour / 24 == 6 ? -10 : 0);

		assert_int_equal(season.n_days[hour], 4);
		assert_true(fabs(other - season.week[hour] - more) < 1e-9);
	}
	for (size_t d = 1; d < season.n; d++)
		assert_true(fabs(season.day[d].value - season.day[d - 1].value -
				 (d == 14 ? 50 : 0)) < 1e-9);
	season_fini(&season);
}

static void few_days_have_no_test(void **state)
{
	struct isp_options options = world_of(1);
	struct trend_list list;

	options.n_days = 7;
	options.n_gaps = 0;
	fit_world(&options, TREND_P50, &list);
	for (size_t i = 0; i < list.n; i++) {
		assert_true(isfinite(list.series[i].level));
		assert_false(list.series[i].season.has_weekdays);
		assert_true(isnan(list.series[i].slope.p) &&
			    isnan(list.series[i].slope_q) &&
			    isnan(list.series[i].change_p));
	}
	trend_list_fini(&list);
}

static void hours_are_those_of_the_zone(void **state)
{
	unsigned hour;
	int64_t day;

	/* 2026-11-01 was a Sunday; New York set its clock back at 06:00 UTC. */
	zone_week_hour(1793491200000000000, false, &day, &hour);
	assert_int_equal(day, 20758);
	assert_int_equal(hour, 6 * 24);
	assert_true(zone_set("America/New_York"));
	zone_week_hour(1793491200000000000, true, &day, &hour);
	assert_int_equal(day, 20757);
	assert_int_equal(hour, 5 * 24 + 20);
	zone_week_hour(1793491200000000000 + 5 * HOUR_NS, true, &day, &hour);
	assert_int_equal(hour, 6 * 24 + 1);
	zone_week_hour(1793491200000000000 + 6 * HOUR_NS, true, &day, &hour);
	assert_int_equal(hour, 6 * 24 + 1);
	zone_week_hour(1793491200000000000 + 7 * HOUR_NS, true, &day, &hour);
	assert_int_equal(hour, 6 * 24 + 2);
	assert_int_equal(day, 20758);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(medians_without_a_change_show_none),
		cmocka_unit_test(tails_without_a_change_show_none),
		cmocka_unit_test(a_planted_shift_is_found_on_its_day),
		cmocka_unit_test(a_drift_is_found_and_is_as_steep_as_it_is),
		cmocka_unit_test(two_changes_are_both_found),
		cmocka_unit_test(a_season_is_what_repeats),
		cmocka_unit_test(few_days_have_no_test),
		cmocka_unit_test(hours_are_those_of_the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
