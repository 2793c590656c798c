// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands from a campaign on disk to their contract's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analysis/hilbert.h"
#include "../../analysis/info.h"
#include "../../analysis/percentiles.h"
#include "../../analysis/series.h"
#include "../../core/hist.h"
#include "../../core/source.h"
#include "../../core/traffic.h"
#include "../../lib/campaign.h"
#include "../../lib/prefix.h"

#define INTERVAL_NS 10000000000LL
#define START_NS 1767225600000000000LL /* 2026-01-01T00:00:00Z */

enum { MAX_OUTPUT = 1 << 20, MAX_WORDS = 16 };

struct fixture {
	char directory[64], campaign[96], output[104];
	char text[MAX_OUTPUT];
};

static uint32_t add_subnet(struct record *record, const char *text,
			   uint8_t side)
{
	struct record_subnet *subnet = record_add(&record->subnet);
	struct prefix prefix;

	assert_non_null(subnet);
	assert_int_equal(prefix_parse(text, &prefix), 0);
	memcpy(subnet->address, prefix.address, sizeof(subnet->address));
	subnet->prefix_len = prefix.prefix_len;
	subnet->family = prefix.family;
	subnet->side = side;
	return (uint32_t)record->subnet.n - 1;
}

static void add_sample(struct record *record, uint32_t subnet, uint8_t source,
		       uint64_t rtt_ns)
{
	struct record_rtt *rtt = record_add(&record->rtt);
	struct record_bin *bin;

	assert_non_null(rtt);
	*rtt = (struct record_rtt){ .subnet = subnet,
				    .source = source,
				    .count = 1,
				    .min_ns = rtt_ns,
				    .max_ns = rtt_ns,
				    .sum_ns = rtt_ns,
				    .overflow = hist_is_overflow(rtt_ns),
				    .first_bin = record->bin.n };
	if (rtt->overflow)
		return;
	rtt->n_bins = 1;
	bin = record_add(&record->bin);
	assert_non_null(bin);
	*bin = (struct record_bin){ (uint16_t)hist_bin(rtt_ns), 1 };
}

static void add_traffic(struct record *record, uint32_t subnet, uint64_t rx,
			uint64_t tx)
{
	struct record_traffic *traffic = record_add(&record->traffic);

	assert_non_null(traffic);
	*traffic = (struct record_traffic){ .subnet = subnet,
					    .class = TRAFFIC_TCP_TS,
					    .packets_rx = rx,
					    .packets_tx = tx,
					    .bytes_rx = 100 * rx,
					    .bytes_tx = 100 * tx };
}

static void append(struct campaign_writer *writer, struct record *record, int i)
{
	record->start_ns = START_NS + i * INTERVAL_NS;
	record->duration_ns = INTERVAL_NS;
	record->outcome[OUTCOME_TCP_TIMED] = 20;
	assert_int_equal(campaign_writer_append(writer, record), 0);
	record_clear(record);
}

static void open_writer(const char *path, struct campaign_writer **ret_writer)
{
	const struct campaign_config config = {
		.command = "test",
		.vantage_point = "here",
		.devices = "none",
		.interval_ns = INTERVAL_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
		.sources = 1u << SOURCE_TCP_TS | 1u << SOURCE_ICMP_ECHO,
		.max_flows = 1,
		.max_subnets = 1,
		.max_hists = 1,
	};

	assert_int_equal(campaign_writer_open(path, &config, 0, ret_writer), 0);
}

/* Three intervals, of which the third is missing: 0, 1 and 3. */
static void write_campaign(const char *path)
{
	struct campaign_writer *writer;
	struct record record = { 0 };
	uint32_t subnet;

	open_writer(path, &writer);
	subnet = add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 20000000);
	add_traffic(&record, subnet, 10, 5);
	append(writer, &record, 0);
	subnet = add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 40000000);
	subnet = add_subnet(&record, "10.1.2.0/24", SIDE_LAN);
	add_sample(&record, subnet, SOURCE_ICMP_ECHO, 5000000);
	add_traffic(&record, subnet, 2, 3);
	append(writer, &record, 1);
	subnet = add_subnet(&record, "2001:db8::/48", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 20000000000);
	append(writer, &record, 3);
	assert_int_equal(campaign_writer_close(writer), 0);
	record_fini(&record);
}

/* 192/8 takes longer here, and 198/8 is only here. */
static void write_later_campaign(const char *path)
{
	struct campaign_writer *writer;
	struct record record = { 0 };
	uint32_t subnet;

	open_writer(path, &writer);
	subnet = add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 60000000);
	subnet = add_subnet(&record, "198.51.100.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 10000000);
	append(writer, &record, 10);
	assert_int_equal(campaign_writer_close(writer), 0);
	record_fini(&record);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->directory, "/tmp/spindrift-commands.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->campaign, sizeof(fixture->campaign), "%s/campaign",
		 fixture->directory);
	snprintf(fixture->output, sizeof(fixture->output), "%s/output",
		 fixture->directory);
	write_campaign(fixture->campaign);
	*state = fixture;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind,
			struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	nftw(fixture->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

/* Runs a command with blank-separated options on the campaign; its output is
 * in fixture->text. */
static int run(struct fixture *fixture, const struct cli_command *command,
	       const char *options)
{
	char line[512], name[32], output[] = "-o", *word[MAX_WORDS], *rest;
	int n = 0, code;
	FILE *file;

	snprintf(line, sizeof(line), "%s", options);
	snprintf(name, sizeof(name), "%s", command->name);
	word[n++] = name;
	for (char *next = strtok_r(line, " ", &rest); next && n < MAX_WORDS - 4;
	     next = strtok_r(NULL, " ", &rest))
		word[n++] = next;
	word[n++] = output;
	word[n++] = fixture->output;
	word[n++] = fixture->campaign;
	word[n] = NULL;
	code = command->run(command, n, word);
	fixture->text[0] = '\0';
	file = fopen(fixture->output, "r");
	if (file) {
		size_t n_read = fread(fixture->text, 1, MAX_OUTPUT - 1, file);

		fixture->text[n_read] = '\0';
		fclose(file);
		unlink(fixture->output);
	}
	return code;
}

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
		cmocka_unit_test(hilbert_table_has_every_block),
		cmocka_unit_test(maps_are_pictures_with_tooltips),
		cmocka_unit_test(steps_are_frames_and_gaps_are_empty_ones),
		cmocka_unit_test(frames_are_files_named_by_their_time),
		cmocka_unit_test(map_of_ipv6_has_the_block_and_its_overflow),
		cmocka_unit_test(change_is_told_in_time_and_ratio),
		cmocka_unit_test(picture_of_a_change_tells_both),
		cmocka_unit_test(info_names_the_gap),
		cmocka_unit_test(wrong_use_is_refused),
		cmocka_unit_test(failure_leaves_no_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
