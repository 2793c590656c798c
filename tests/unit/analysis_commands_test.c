// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands from a campaign on disk to their contract's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../analysis/hilbert.h"
#include "../../analysis/info.h"
#include "../../analysis/percentiles.h"
#include "../../analysis/series.h"
#include "commands_fixture.h"

#define PERCENTILES_HEADER                                                     \
	"group\tside\tsource\tn_samples\tmin_ns\tp5_ns\tp25_ns\tp50_ns\t"      \
	"p75_ns\tp90_ns\tp95_ns\tp99_ns\tmax_ns\tmean_ns\toverflow\t"          \
	"rx_packets\trx_bytes\ttx_packets\ttx_bytes"

#define NO_SAMPLES "-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t"
#define OVER ">17179869184\t"

static void percentiles_by_subnet_keep_their_contract(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &percentiles_command, "--by subnet -t"),
			 0);
	assert_string_equal(
		fixture->text, PERCENTILES_HEADER
		"\n"
		"10.1.2.0/24\tlan\ticmp_echo\t1\t5000000\t5000000\t5000000\t"
		"5000000\t5000000\t5000000\t5000000\t5000000\t5000000\t"
		"5000000\t0\t-\t-\t-\t-\n"
		"10.1.2.0/24\tlan\t" NO_SAMPLES "2\t200\t3\t300\n"
		"192.0.2.0/24\twan\ttcp_ts\t2\t20000000\t21000000\t25000000\t"
		"30000000\t35000000\t38000000\t39000000\t39800000\t40000000\t"
		"30000000\t0\t-\t-\t-\t-\n"
		"192.0.2.0/24\twan\t" NO_SAMPLES "10\t1000\t5\t500\n"
		"2001:db8::/48\twan\ttcp_ts\t1\t20000000000\t" OVER OVER OVER
			OVER OVER OVER OVER
		"20000000000\t20000000000\t1\t-\t-\t-\t-\n");
}

static void percentiles_of_a_period_with_limits(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &percentiles_command,
			     "-t --side wan --at 20ms,40ms --from "
			     "2026-01-01T00:00:00Z --to 2026-01-01T00:00:20Z"),
			 0);
	assert_string_equal(
		fixture->text, PERCENTILES_HEADER
		"\tle_20ms_ratio\tle_40ms_ratio\n"
		"all\t-\ttcp_ts\t2\t20000000\t21000000\t25000000\t30000000\t"
		"35000000\t38000000\t39000000\t39800000\t40000000\t30000000\t"
		"0\t-\t-\t-\t-\t0.500000\t1.000000\n"
		"all\t-\t" NO_SAMPLES "10\t1000\t5\t500\t-\t-\n");
}

static void percentiles_leave_out_what_is_too_few(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &percentiles_command,
			     "-t -q --by slash8 --min-samples 2 --source "
			     "icmp_echo"),
			 0);
	assert_string_equal(
		fixture->text, PERCENTILES_HEADER
		"\n"
		"10\tlan\ticmp_echo\t1\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-"
		"\t-\t-\n"
		"10\tlan\t" NO_SAMPLES "2\t200\t3\t300\n"
		"192\twan\t" NO_SAMPLES "10\t1000\t5\t500\n");
}

static void series_count_covered_time_and_skip_gaps(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &series_command, "-t --step 20s"), 0);
	assert_string_equal(
		fixture->text,
		"time\tside\tsource\tn_samples\tmin_ns\tp50_ns\tmean_ns\t"
		"p95_ns\tp99_ns\toverflow\tdown_bps\tup_bps\n"
		"2026-01-01T00:00:00Z\tlan\ticmp_echo\t1\t5000000\t5000000\t"
		"5000000\t5000000\t5000000\t0\t-\t-\n"
		"2026-01-01T00:00:00Z\tlan\t-\t-\t-\t-\t-\t-\t-\t-\t120\t80\n"
		"2026-01-01T00:00:00Z\twan\ttcp_ts\t2\t20000000\t30000000\t"
		"30000000\t39000000\t39800000\t0\t-\t-\n"
		"2026-01-01T00:00:00Z\twan\t-\t-\t-\t-\t-\t-\t-\t-\t400\t200\n"
		"2026-01-01T00:00:20Z\tlan\t-\t-\t-\t-\t-\t-\t-\t-\t0\t0\n"
		"2026-01-01T00:00:20Z\twan\ttcp_ts\t1\t20000000000\t" OVER
		"20000000000\t" OVER OVER "1\t-\t-\n"
		"2026-01-01T00:00:20Z\twan\t-\t-\t-\t-\t-\t-\t-\t-\t0\t0\n");
	assert_int_equal(run(fixture, &series_command, "-t --step 10s"), 0);
	assert_non_null(strstr(fixture->text, "2026-01-01T00:00:10Z"));
	assert_null(strstr(fixture->text, "2026-01-01T00:00:20Z"));
	assert_non_null(strstr(fixture->text, "2026-01-01T00:00:30Z"));
	assert_int_not_equal(run(fixture, &series_command, "--step 15s"), 0);
}

static void info_names_the_gap(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &info_command, "-t"), 0);
	assert_non_null(
		strstr(fixture->text, "\ncoverage.covered_ratio\t0.750000\n"));
	assert_non_null(strstr(fixture->text,
			       "\ncoverage.gaps.0.start\t2026-01-01T00:00:20Z\n"
			       "coverage.gaps.0.end\t2026-01-01T00:00:30Z\n"));
	assert_null(strstr(fixture->text, "\ncoverage.gaps.1."));
	assert_non_null(strstr(fixture->text, "\npackets_seen\t60\n"));
	assert_non_null(strstr(fixture->text, "\nsubnets.ipv6_wan\t1\n"));
}

static void wrong_use_is_refused(void **state)
{
	static const char *const wrong[] = {
		"--by asn9",
		"--side middle",
		"--source tcp",
		"--source tcp_ts,",
		"--at 20parsecs",
		"--quantile best",
		"--from 2026-01-02 --to 2026-01-01",
		"--from yesterday",
		"--processes 0",
		"--min-samples 0",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(run(fixture, &percentiles_command, wrong[i]),
				 EXIT_USAGE);
	assert_int_equal(run(fixture, &hilbert_command, ""), EXIT_USAGE);
	assert_int_equal(run(fixture, &hilbert_command, "-t --prefix 7"),
			 EXIT_USAGE);
	assert_int_equal(run(fixture, &hilbert_command,
			     "-t --within 10.0.0.0/8 --prefix 8"),
			 EXIT_USAGE);
}

static void failure_leaves_no_file(void **state)
{
	struct fixture *fixture = *state;
	FILE *file;

	assert_int_equal(run(fixture, &percentiles_command,
			     "--from 2027-01-01"),
			 EXIT_FAILED);
	assert_string_equal(fixture->text, "");
	assert_int_equal(run(fixture, &percentiles_command, "--by prefix:28"),
			 EXIT_FAILED);
	file = fopen(fixture->output, "w");
	assert_non_null(file);
	fputs("kept", file);
	fclose(file);
	assert_int_equal(run(fixture, &percentiles_command, "-t"), EXIT_FAILED);
	assert_string_equal(fixture->text, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_by_subnet_keep_their_contract),
		cmocka_unit_test(percentiles_of_a_period_with_limits),
		cmocka_unit_test(percentiles_leave_out_what_is_too_few),
		cmocka_unit_test(series_count_covered_time_and_skip_gaps),
		cmocka_unit_test(info_names_the_gap),
		cmocka_unit_test(wrong_use_is_refused),
		cmocka_unit_test(failure_leaves_no_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
