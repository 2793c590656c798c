// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../archive/merge_plan.h"
#include "../../archive/rewrite.h"
#include "../../lib/campaign.h"
#include "../../lib/manifest.h"
#include "../../lib/segment_read.h"
#include "record_fixture.h"

enum { N_INTERVALS = 12, N_SUBNETS = 20 };

static char directory[64], campaign[96], target[96], segment_path[256];
static int target_fd;

/* One segment of twelve intervals. */
static int make_campaign(void **state)
{
	const struct campaign_config config = {
		.command = "replay",
		.vantage_point = "here",
		.devices = "",
		.interval_ns = FIXTURE_INTERVAL_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
		.sources = 1 << SOURCE_TCP_TS | 1 << SOURCE_ICMP_ECHO,
	};
	struct campaign_reader *reader;
	struct campaign_writer *writer;
	struct record record = { 0 };
	uint64_t i;

	snprintf(directory, sizeof(directory), "/tmp/rewrite_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(campaign, sizeof(campaign), "%s/c", directory);
	snprintf(target, sizeof(target), "%s/t", directory);
	if (mkdir(target, 0777) ||
	    campaign_writer_open(campaign, &config, CAMPAIGN_RELAXED, &writer))
		return -1;
	for (i = 0; i < N_INTERVALS; i++) {
		fixture_fill(&record, i, N_SUBNETS);
		if (campaign_writer_append(writer, &record))
			return -1;
	}
	record_fini(&record);
	if (campaign_writer_close(writer) ||
	    campaign_reader_open(campaign, &reader))
		return -1;
	snprintf(segment_path, sizeof(segment_path), "%s/%s", campaign,
		 campaign_reader_part(reader, 0)->path);
	campaign_reader_close(reader);
	target_fd = open(target, O_RDONLY | O_DIRECTORY);
	return target_fd < 0;
}

static int remove_campaign(void **state)
{
	char command[128];

	close(target_fd);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void rewrite(const struct rewrite_range *drop, size_t n_drop,
		    struct rewrite_result *result)
{
	const struct rewrite task = {
		.source = segment_path,
		.target = target,
		.target_fd = target_fd,
		.drop = drop,
		.n_drop = n_drop,
		.prev_end_ns = FIXTURE_START_NS - 5,
	};

	assert_int_equal(rewrite_run(&task, result), 0);
	assert_int_equal(result->err, 0);
}

/* Samples of each interval, by its number; 0: it is not there. */
static size_t count_samples(uint64_t samples[N_INTERVALS + 1])
{
	struct segment_fault fault;
	struct manifest manifest;
	struct segment segment;
	char path[256];
	size_t i, f, line, n_files;

	assert_int_equal(manifest_read(target_fd, &manifest, &line), 0);
	n_files = manifest.n;
	for (f = 0; f < n_files; f++) {
		snprintf(path, sizeof(path), "%s/%s", target,
			 manifest.entry[f].path);
		assert_int_equal(
			segment_read(path, SEGMENT_ALL, &segment, &fault), 0);
		for (i = 0; i < segment.rtt.n; i++)
			samples[segment.interval
					.seq[segment.rtt.interval[i]]] +=
				segment.rtt.count[i];
		assert_int_equal(
			segment.interval.last_seq[segment.interval.n - 1],
			manifest.entry[f].last_seq);
		segment_fini(&segment);
	}
	manifest_fini(&manifest);
	return n_files;
}

static void dropped_intervals_alone_are_gone(void **state)
{
	const struct rewrite_range drop[] = { { 1, 2 }, { 6, 7 } };
	uint64_t samples[N_INTERVALS + 1] = { 0 };
	struct rewrite_result result;
	struct record record = { 0 };
	uint64_t expected, seq;
	size_t i;

	rewrite(drop, 2, &result);
	assert_int_equal(result.n_files, 2);
	assert_int_equal(result.n_intervals, N_INTERVALS - 4);
	assert_string_equal(result.problem, "");
	assert_int_equal(count_samples(samples), 2);
	for (seq = 1; seq <= N_INTERVALS; seq++) {
		fixture_fill(&record, seq - 1, N_SUBNETS);
		expected = 0;
		for (i = 0; i < record.rtt.n; i++)
			expected += record.rtt.row[i].count;
		if (seq <= 2 || seq == 6 || seq == 7)
			expected = 0;
		assert_int_equal(samples[seq], expected);
	}
	record_fini(&record);
}

static void a_loss_before_it_becomes_a_gap(void **state)
{
	struct rewrite_result result;
	struct segment_fault fault;
	struct manifest manifest;
	struct segment segment;
	char path[256];
	size_t line;

	rewrite(NULL, 0, &result);
	assert_int_equal(manifest_read(target_fd, &manifest, &line), 0);
	snprintf(path, sizeof(path), "%s/%s", target, manifest.entry[0].path);
	assert_int_equal(segment_read(path, 0, &segment, &fault), 0);
	assert_int_equal(segment.gap.n, 1);
	assert_int_equal(segment.gap.row[0].start_ns, FIXTURE_START_NS - 5);
	assert_int_equal(segment.gap.row[0].end_ns, FIXTURE_START_NS);
	assert_int_equal(segment.gap.row[0].cause, GAP_TORN);
	segment_fini(&segment);
	manifest_fini(&manifest);
}

/* Two copies hold 1 to 8 and 6 to 12: 9 to 12 are taken of the second. */
static void a_merge_cuts_what_overlaps(void **state)
{
	char first[] = "raw/a.h5", second[] = "raw/b.h5";
	struct manifest_entry entry[2] = {
		{ .path = first, .first_seq = 1, .last_seq = 8 },
		{ .path = second, .first_seq = 6, .last_seq = 12 },
	};
	struct json_object *root = json_tokener_parse(
		"{\"config\":{\"interval_ns\":1,\"v4_prefix_len\":24,"
		"\"v6_prefix_len\":48},\"histogram\":{}}");
	struct merge_part part = { "u", "here", NULL };
	struct merge_input input = { .path = "c",
				     .root = root,
				     .manifest = { .entry = entry, .n = 2 },
				     .part = &part,
				     .n_parts = 1 };
	struct merge_plan plan;
	size_t i;

	for (i = 0; i < 2; i++)
		strcpy(entry[i].campaign_uuid, "u");
	assert_int_equal(merge_plan_make(&input, 1, false, &plan), 0);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.file[0].n_drop, 0);
	assert_int_equal(plan.file[1].n_drop, 1);
	assert_int_equal(plan.file[1].drop[0].first_seq, 6);
	assert_int_equal(plan.file[1].drop[0].last_seq, 8);
	merge_plan_fini(&plan);
	/* What is held whole by another is left out. */
	entry[1].last_seq = 7;
	assert_int_equal(merge_plan_make(&input, 1, false, &plan), 0);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.n_duplicates, 1);
	merge_plan_fini(&plan);
	json_object_put(root);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_campaign, remove_campaign)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(dropped_intervals_alone_are_gone),
		CASE(a_loss_before_it_becomes_a_gap),
		cmocka_unit_test(a_merge_cuts_what_overlaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
