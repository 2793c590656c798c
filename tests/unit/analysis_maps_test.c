// SPDX-License-Identifier: GPL-2.0-or-later
/* Maps, from a campaign on disk to tables and pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../analysis/hilbert.h"
#include "commands_fixture.h"

static void hilbert_table_has_every_block(void **state)
{
	struct fixture *fixture = *state;
	static const char start[] =
		"prefix\tx\ty\tn_samples\tmin_ns\tp50_ns\tp95_ns\tp99_ns\t"
		"value_ns\n0.0.0.0/8\t0\t0\t0\t-\t-\t-\t-\t-\n1.0.0.0/8\t";
	int n_lines = 0;

	assert_int_equal(run(fixture, &hilbert_command, "-t -q --stat p95"), 0);
	for (const char *c = fixture->text; *c; c++)
		n_lines += *c == '\n';
	assert_int_equal(n_lines, 257);
	assert_memory_equal(fixture->text, start, strlen(start));
	assert_non_null(strstr(fixture->text,
			       "\n192.0.0.0/8\t15\t7\t2\t20000000\t30000000\t"
			       "39000000\t39800000\t39000000\n"));
	assert_non_null(strstr(fixture->text, "\n255.0.0.0/8\t15\t0\t0\t"));
}

static void maps_are_pictures_with_tooltips(void **state)
{
	struct fixture *fixture = *state;
	char *output = fixture->output;
	size_t n = strlen(output);

	strcpy(output + n, ".svg");
	assert_int_equal(run(fixture, &hilbert_command,
			     "-q --stat min --title <&\x01\xff"),
			 0);
	assert_memory_equal(fixture->text, "<?xml", 5);
	assert_non_null(strstr(fixture->text, ">&lt;&amp;?"
					      "?</text>"));
	assert_non_null(strstr(fixture->text,
			       "<g><title>192.0.0.0/8\n2 samples\nmin 20.0 ms\n"
			       "p50 30.0 ms\np95 39.0 ms\np99 39.8 ms\n"
			       "mean 30.0 ms</title>"));
	assert_non_null(strstr(fixture->text, "224.0.0.0/8 (multicast)"));
	assert_string_equal(fixture->text + strlen(fixture->text) - 7,
			    "</svg>\n");
	strcpy(output + n, ".png");
	assert_int_equal(run(fixture, &hilbert_command, "-q --prefix 16"), 0);
	assert_memory_equal(fixture->text, "\x89PNG\r\n\x1a\n", 8);
	output[n] = '\0';
}

static void steps_are_frames_and_gaps_are_empty_ones(void **state)
{
	static const char start[] = "time\tprefix\tx\ty\tn_samples\tmin_ns\t";
	struct fixture *fixture = *state;
	int n_lines = 0;

	assert_int_equal(run(fixture, &hilbert_command,
			     "-t -q --animate 10s --within 192.0.0.0/6 "
			     "--prefix 8"),
			 0);
	for (const char *c = fixture->text; *c; c++)
		n_lines += *c == '\n';
	assert_int_equal(n_lines, 1 + 4 * 4);
	assert_memory_equal(fixture->text, start, strlen(start));
	assert_non_null(strstr(fixture->text,
			       "\n2026-01-01T00:00:00Z\t192.0.0.0/8\t1\t1\t1\t"
			       "20000000\t20000000\t"));
	assert_non_null(strstr(fixture->text,
			       "\n2026-01-01T00:00:10Z\t192.0.0.0/8\t1\t1\t1\t"
			       "40000000\t40000000\t"));
	/* The third interval is missing, the fourth has no IPv4. */
	assert_non_null(strstr(fixture->text,
			       "\n2026-01-01T00:00:20Z\t192.0.0.0/8\t1\t1\t0\t"
			       "-\t-\t-\t-\t-\n"));
	assert_non_null(strstr(fixture->text,
			       "\n2026-01-01T00:00:30Z\t192.0.0.0/8\t1\t1\t0\t"
			       "-\t"));
}

static void frames_are_files_named_by_their_time(void **state)
{
	struct fixture *fixture = *state;
	char *output = fixture->output, path[160], text[4096] = "";
	size_t n = strlen(output);
	FILE *file;

	strcpy(output + n, ".svg");
	assert_int_equal(run(fixture, &hilbert_command, "-q --animate 20s"), 0);
	output[n] = '\0';
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s-20260101T0000%d0Z.svg", output,
			 2 * i);
		file = fopen(path, "r");
		assert_non_null(file);
		assert_int_equal(fread(text, 1, sizeof(text) - 1, file),
				 sizeof(text) - 1);
		fclose(file);
		unlink(path);
		assert_non_null(strstr(text, i ? "2026-01-01T00:00:20Z to "
						 "2026-01-01T00:00:40Z<" :
						 "n = 2 samples in 1 of"));
	}
}

static void map_of_ipv6_has_the_block_and_its_overflow(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &hilbert_command, "-t -q --family ipv6"),
			 0);
	assert_non_null(strstr(fixture->text,
			       "\n2000::/11\t0\t0\t1\t20000000000\t"
			       ">17179869184\t>17179869184\t>17179869184\t"
			       ">17179869184\n"));
	assert_non_null(strstr(fixture->text, "\n3fe0::/11\t15\t0\t0\t"));
	assert_int_equal(run(fixture, &hilbert_command,
			     "-t -q --within 2001:db8::/32 --prefix 48"),
			 0);
	assert_non_null(strstr(fixture->text, "\n2001:db8::/48\t0\t0\t1\t"));
}

/* Of a campaign and itself, shifted by the period. */
static void change_is_told_in_time_and_ratio(void **state)
{
	struct fixture *fixture = *state;
	char options[256], other[160];

	snprintf(other, sizeof(other), "%s/later", fixture->directory);
	write_later_campaign(other);
	snprintf(options, sizeof(options), "-t -q --diff --stat mean %s",
		 other);
	/* The later one stands first: it is A. */
	assert_int_equal(run(fixture, &hilbert_command, options), 0);
	assert_non_null(strstr(fixture->text,
			       "prefix\tx\ty\tn_samples_a\tn_samples_b\t"
			       "value_a_ns\tvalue_b_ns\tchange_ns\tratio\n"));
	assert_non_null(strstr(fixture->text,
			       "\n192.0.0.0/8\t15\t7\t1\t2\t60000000\t"
			       "30000000\t-30000000\t0.500000\n"));
	assert_non_null(
		strstr(fixture->text,
		       "\n198.0.0.0/8\t14\t4\t1\t0\t10000000\t-\t-\t-\n"));
	snprintf(options, sizeof(options), "-t -q --diff --min-samples 2 %s",
		 other);
	assert_int_equal(run(fixture, &hilbert_command, options), 0);
	assert_non_null(strstr(fixture->text,
			       "\n192.0.0.0/8\t15\t7\t1\t2\t-\t30000000\t-\t"
			       "-\n"));
}

static void picture_of_a_change_tells_both(void **state)
{
	struct fixture *fixture = *state;
	char options[256], *output = fixture->output;
	size_t n = strlen(output);

	snprintf(options, sizeof(options), "%s/again", fixture->directory);
	write_later_campaign(options);
	snprintf(options, sizeof(options), "-q --diff %s/again",
		 fixture->directory);
	strcpy(output + n, ".svg");
	assert_int_equal(run(fixture, &hilbert_command, options), 0);
	output[n] = '\0';
	assert_non_null(strstr(fixture->text,
			       "<g><title>192.0.0.0/8\nA 60.0 ms, 1 samples\n"
			       "B 30.0 ms, 2 samples\nchange \u221230 ms\n"
			       "ratio 0.500</title>"));
	assert_non_null(strstr(fixture->text, ">\u221230</text>"));
	assert_non_null(strstr(fixture->text, ">only in A or in B</text>"));
	/* Half as long: a quarter of the scale of 1/4 to 4. */
	assert_non_null(strstr(fixture->text, "fill=\"#6bacd1\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hilbert_table_has_every_block),
		cmocka_unit_test(maps_are_pictures_with_tooltips),
		cmocka_unit_test(steps_are_frames_and_gaps_are_empty_ones),
		cmocka_unit_test(frames_are_files_named_by_their_time),
		cmocka_unit_test(map_of_ipv6_has_the_block_and_its_overflow),
		cmocka_unit_test(change_is_told_in_time_and_ratio),
		cmocka_unit_test(picture_of_a_change_tells_both),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
