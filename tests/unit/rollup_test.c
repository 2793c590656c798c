// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../analysis/verify.h"
#include "../../archive/rollup.h"
#include "../../lib/campaign.h"
#include "../../lib/manifest.h"
#include "../../lib/prefix.h"
#include "../../lib/segment_build.h"
#include "../../lib/segment_file.h"
#include "../../lib/segment_write.h"
#include "record_fixture.h"

enum { N_INTERVALS = 100, N_SUBNETS = 30 };

#define HOUR_NS 3600000000000ll

static char directory[64], campaign[96];
static bool has_no_packets;

/* Interval i: 50 before midnight of November 22, 50 after; one in seven is
 * missing, so that there are gaps, and after the 30th comes a clock step, which
 * cuts segments within 5 minutes. */
static void write_interval(struct campaign_writer *writer, uint64_t i)
{
	struct record record = { 0 };
	struct record_event *event;

	if (i % 7 == 3)
		return;
	fixture_fill(&record, i, N_SUBNETS);
	/* The fixture's packets do not add up, as verify would notice. */
	if (has_no_packets)
		memset(record.outcome, 0, sizeof(record.outcome));
	record.start_ns += 4 * HOUR_NS - 50 * (int64_t)FIXTURE_INTERVAL_NS;
	if (i == 30) {
		record.flags = INTERVAL_CLOCK_STEP;
		event = record_add(&record.events);
		event->time_ns = record.start_ns;
		event->kind = EVENT_KIND_CLOCK_STEP;
		event->value = -5;
	}
	assert_int_equal(campaign_writer_append(writer, &record), 0);
	record_fini(&record);
}

static int make_campaign(void **state);

static int make_campaign_without_packets(void **state)
{
	int err;

	has_no_packets = true;
	err = make_campaign(state);
	has_no_packets = false;
	return err;
}

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
	struct campaign_writer *writer;
	uint64_t i;

	snprintf(directory, sizeof(directory), "/tmp/rollup_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(campaign, sizeof(campaign), "%s/c", directory);
	if (campaign_writer_open(campaign, &config, CAMPAIGN_RELAXED, &writer))
		return -1;
	for (i = 0; i < N_INTERVALS; i++)
		write_interval(writer, i);
	return campaign_writer_close(writer);
}

static int remove_campaign(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static int roll_up(void)
{
	char name[] = "rollup", quiet[] = "-q", open[] = "--open";
	char *argv[] = { name, quiet, open, campaign, NULL };
	pid_t child = fork();
	int status = -1;

	if (!child)
		_exit(rollup_command.run(&rollup_command, 4, argv));
	waitpid(child, &status, 0);
	return status;
}

/* The files of a level, read whole, one after the other. */
struct files {
	size_t n;
	struct segment segment[16];
};

static void read_files(const char *pattern, struct files *files)
{
	struct segment_fault fault;
	char path[160];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", campaign, pattern);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_true(found.gl_pathc <= 16);
	for (files->n = 0; files->n < found.gl_pathc; files->n++)
		assert_int_equal(
			segment_read(found.gl_pathv[files->n], SEGMENT_ALL,
				     &files->segment[files->n], &fault),
			0);
	globfree(&found);
}

static void free_files(struct files *files)
{
	while (files->n)
		segment_fini(&files->segment[--files->n]);
}

static size_t row_of_seq(const struct segment *segment, uint64_t seq)
{
	size_t i;

	for (i = 0; i < segment->interval.n; i++)
		if (segment->interval.seq[i] <= seq &&
		    segment->interval.last_seq[i] >= seq)
			return i;
	return SIZE_MAX;
}

static size_t find_subnet(const struct segment *segment,
			  const struct record_subnet *key)
{
	size_t i;

	for (i = 0; i < segment->subnet.n; i++)
		if (!memcmp(&segment->subnet.key[i], key, sizeof(*key)))
			return i;
	fail_msg("a subnet is missing");
	return 0;
}

static size_t find_rtt(const struct segment *segment, size_t subnet,
		       size_t interval, uint8_t source)
{
	size_t i;

	for (i = segment->subnet.rtt_ptr[subnet];
	     i < segment->subnet.rtt_ptr[subnet + 1]; i++)
		if (segment->rtt.interval[i] == interval &&
		    segment->rtt.source[i] == source)
			return i;
	fail_msg("an rtt row is missing");
	return 0;
}

static void subtract_bins(struct segment_rtt *to, size_t row,
			  const struct segment_rtt *from, size_t i)
{
	uint64_t b, t = to->hist_ptr[row];

	for (b = from->hist_ptr[i]; b < from->hist_ptr[i + 1]; b++) {
		while (t < to->hist_ptr[row + 1] && to->bin[t] != from->bin[b])
			t++;
		assert_true(t < to->hist_ptr[row + 1]);
		to->bin_count[t] -= from->bin_count[b];
	}
}

static void subtract_rtt(struct segment *to, const struct segment *from,
			 size_t i, size_t interval)
{
	const struct record_subnet *key =
		&from->subnet.key[from->rtt.subnet[i]];
	size_t row = find_rtt(to, find_subnet(to, key), interval,
			      from->rtt.source[i]);

	to->rtt.count[row] -= from->rtt.count[i];
	to->rtt.sum_ns[row] -= from->rtt.sum_ns[i];
	to->rtt.overflow[row] -= from->rtt.overflow[i];
	assert_true(to->rtt.min_ns[row] <= from->rtt.min_ns[i]);
	assert_true(to->rtt.max_ns[row] >= from->rtt.max_ns[i]);
	subtract_bins(&to->rtt, row, &from->rtt, i);
}

static void subtract_counter(struct segment *to, const struct segment *from,
			     size_t i, size_t interval)
{
	const struct segment_traffic *t = &from->traffic;
	size_t subnet = find_subnet(to, &from->subnet.key[t->subnet[i]]), row;

	for (row = to->subnet.traffic_ptr[subnet];
	     row < to->subnet.traffic_ptr[subnet + 1]; row++)
		if (to->traffic.interval[row] == interval &&
		    to->traffic.class[row] == t->class[i])
			break;
	assert_true(row < to->subnet.traffic_ptr[subnet + 1]);
	to->traffic.packets_rx[row] -= t->packets_rx[i];
	to->traffic.packets_tx[row] -= t->packets_tx[i];
	to->traffic.bytes_rx[row] -= t->bytes_rx[i];
	to->traffic.bytes_tx[row] -= t->bytes_tx[i];
}

static void subtract_others(struct segment *to, const struct segment *from,
			    const size_t *map)
{
	size_t i, row, subnet;

	for (i = 0; i < from->spin.n; i++) {
		subnet = find_subnet(to,
				     &from->subnet.key[from->spin.subnet[i]]);
		for (row = 0; row < to->spin.n; row++)
			if (to->spin.subnet[row] == subnet &&
			    to->spin.interval[row] ==
				    map[from->spin.interval[i]] &&
			    to->spin.class[row] == from->spin.class[i] &&
			    to->spin.version[row] == from->spin.version[i])
				break;
		assert_true(row < to->spin.n);
		to->spin.flows[row] -= from->spin.flows[i];
	}
	for (i = 0; i < from->protocol.n; i++) {
		for (row = 0; row < to->protocol.n; row++)
			if (to->protocol.interval[row] ==
				    map[from->protocol.interval[i]] &&
			    to->protocol.ip_protocol[row] ==
				    from->protocol.ip_protocol[i])
				break;
		assert_true(row < to->protocol.n);
		to->protocol.packets[row] -= from->protocol.packets[i];
	}
}

static void subtract_intervals(struct segment *to, const struct segment *from,
			       const size_t *map)
{
	const struct segment_interval *in = &from->interval;
	struct segment_interval *out = &to->interval;
	size_t i, c;

	for (i = 0; i < in->n; i++) {
		out->covered_ns[map[i]] -= in->covered_ns[i];
		out->n_intervals[map[i]] -= in->n_intervals[i];
		assert_int_equal(out->flags[map[i]] & in->flags[i],
				 in->flags[i]);
		assert_true(out->time_ns[map[i]] <= in->time_ns[i]);
		assert_true(out->time_ns[map[i]] +
				    (int64_t)out->duration_ns[map[i]] >=
			    in->time_ns[i] + (int64_t)in->duration_ns[i]);
		for (c = 0; c < N_OUTCOMES; c++)
			out->outcome[c][map[i]] -= in->outcome[c][i];
		for (c = 0; c < N_EVENTS; c++)
			out->event[c][map[i]] -= in->event[c][i];
	}
}

/* Takes the finer file off the coarser ones that hold it. */
static void subtract(struct files *coarse, const struct segment *from)
{
	size_t map[N_INTERVALS], i, f;
	struct segment *to = NULL;

	for (f = 0; f < coarse->n; f++)
		if (row_of_seq(&coarse->segment[f], from->meta.first_seq) !=
		    SIZE_MAX)
			to = &coarse->segment[f];
	assert_non_null(to);
	for (i = 0; i < from->interval.n; i++)
		map[i] = row_of_seq(to, from->interval.seq[i]);
	for (i = 0; i < from->rtt.n; i++)
		subtract_rtt(to, from, i, map[from->rtt.interval[i]]);
	for (i = 0; i < from->traffic.n; i++)
		subtract_counter(to, from, i, map[from->traffic.interval[i]]);
	subtract_others(to, from, map);
	subtract_intervals(to, from, map);
}

static void assert_nothing_is_left(const struct segment *segment)
{
	size_t i, c;

	for (i = 0; i < segment->rtt.n; i++)
		assert_true(!segment->rtt.count[i] && !segment->rtt.sum_ns[i] &&
			    !segment->rtt.overflow[i]);
	for (i = 0; i < segment->rtt.n_bins; i++)
		assert_int_equal(segment->rtt.bin_count[i], 0);
	for (i = 0; i < segment->traffic.n; i++)
		assert_true(!segment->traffic.packets_rx[i] &&
			    !segment->traffic.packets_tx[i] &&
			    !segment->traffic.bytes_rx[i] &&
			    !segment->traffic.bytes_tx[i]);
	for (i = 0; i < segment->spin.n; i++)
		assert_int_equal(segment->spin.flows[i], 0);
	for (i = 0; i < segment->protocol.n; i++)
		assert_int_equal(segment->protocol.packets[i], 0);
	for (i = 0; i < segment->interval.n; i++) {
		assert_int_equal(segment->interval.covered_ns[i], 0);
		assert_int_equal(segment->interval.n_intervals[i], 0);
		for (c = 0; c < N_OUTCOMES; c++)
			assert_int_equal(segment->interval.outcome[c][i], 0);
	}
}

static void every_row_is_the_sum_of_finer_rows(void **state)
{
	static const char *const pattern[] = { "raw/*/*/*/*.h5",
					       "rollup/5min/*/*/*.h5",
					       "rollup/1h/*/*.h5" };
	struct files fine = { 0 }, coarse = { 0 };
	size_t level, i, n_gaps[3] = { 0 }, n_events[3] = { 0 };

	assert_int_equal(roll_up(), 0);
	for (level = 1; level < 3; level++) {
		read_files(pattern[level - 1], &fine);
		read_files(pattern[level], &coarse);
		assert_true(fine.n > coarse.n);
		n_gaps[level - 1] = n_events[level - 1] = 0;
		for (i = 0; i < fine.n; i++) {
			subtract(&coarse, &fine.segment[i]);
			n_gaps[level - 1] += fine.segment[i].gap.n;
			n_events[level - 1] += fine.segment[i].event.n;
		}
		n_gaps[level] = n_events[level] = 0;
		for (i = 0; i < coarse.n; i++) {
			assert_nothing_is_left(&coarse.segment[i]);
			n_gaps[level] += coarse.segment[i].gap.n;
			n_events[level] += coarse.segment[i].event.n;
		}
		assert_true(n_gaps[level] == n_gaps[level - 1]);
		assert_true(n_events[level] == n_events[level - 1]);
		free_files(&fine);
		free_files(&coarse);
	}
	assert_true(n_gaps[2] > 10 && n_events[2] == 1);
}

/* Rows of 5 minutes begin at full 5 minutes, but for those that begin later. */
static void no_row_crosses_5_minutes(void **state)
{
	const int64_t level_ns = 300000000000;
	struct files files = { 0 };
	int64_t start_ns, end_ns;
	size_t f, i, n = 0;

	assert_int_equal(roll_up(), 0);
	read_files("rollup/5min/*/*/*.h5", &files);
	for (f = 0; f < files.n; f++)
		for (i = 0; i < files.segment[f].interval.n; i++, n++) {
			start_ns = files.segment[f].interval.time_ns[i];
			end_ns = start_ns + (int64_t)files.segment[f]
						    .interval.duration_ns[i];
			assert_int_equal(start_ns / level_ns,
					 (end_ns - 1) / level_ns);
		}
	/* 100 intervals of 10 s about midnight: 500 s on either side. */
	assert_int_equal(n, 4);
	free_files(&files);
}

/* A file read range by range is the file read whole. */
static void ranges_make_up_the_whole(void **state)
{
	struct segment_fault fault;
	struct files files = { 0 };
	struct segment_file *file;
	const struct segment *whole;
	struct segment range;
	size_t at, end, step, row, i;
	char path[160];
	glob_t found;

	assert_int_equal(roll_up(), 0);
	read_files("rollup/1h/*/*.h5", &files);
	snprintf(path, sizeof(path), "%s/rollup/1h/*/*.h5", campaign);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	whole = &files.segment[0];
	for (step = 1; step <= N_SUBNETS + 1; step += 5) {
		assert_int_equal(segment_file_open(found.gl_pathv[0],
						   SEGMENT_ALL, &file, &fault),
				 0);
		row = 0;
		for (at = 0; at < whole->subnet.n; at = end) {
			end = at + step < whole->subnet.n ? at + step :
							    whole->subnet.n;
			assert_int_equal(segment_file_range(file, at, end,
							    &range, &fault),
					 0);
			assert_int_equal(range.subnet.n, end - at);
			for (i = 0; i < range.rtt.n; i++, row++) {
				assert_int_equal(range.rtt.subnet[i] + at,
						 whole->rtt.subnet[row]);
				assert_int_equal(range.rtt.sum_ns[i],
						 whole->rtt.sum_ns[row]);
				assert_int_equal(
					range.rtt.bin_count
						[range.rtt.hist_ptr[i]],
					whole->rtt.bin_count
						[whole->rtt.hist_ptr[row]]);
			}
			segment_range_fini(&range);
		}
		assert_int_equal(row, whole->rtt.n);
		segment_file_close(file);
	}
	globfree(&found);
	free_files(&files);
}

static void subnets_of_a_prefix_are_found(void **state)
{
	struct segment_fault fault;
	struct segment_file *file;
	struct prefix prefix;
	size_t first, end;
	char path[160];
	glob_t found;

	snprintf(path, sizeof(path), "%s/raw/*/*/*/*.h5", campaign);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(segment_file_open(found.gl_pathv[0], SEGMENT_SUBNET,
					   &file, &fault),
			 0);
	/* Subnet i of the fixture is 200 - 7 i, 0, i, 0 / 24. */
	assert_int_equal(prefix_parse("186.0.2.0/24", &prefix), 0);
	segment_file_find(file, &prefix, &first, &end);
	assert_int_equal(end - first, 1);
	assert_int_equal(
		segment_file_whole(file)->subnet.key[first].address[12], 186);
	assert_int_equal(prefix_parse("186.0.3.0/24", &prefix), 0);
	segment_file_find(file, &prefix, &first, &end);
	assert_int_equal(end - first, 0);
	assert_int_equal(prefix_parse("2001:db8::/32", &prefix), 0);
	segment_file_find(file, &prefix, &first, &end);
	assert_int_equal(end - first, N_SUBNETS / 5);
	segment_file_close(file);
	globfree(&found);
}

/* Writes the 5-minute file anew, and its line in the manifest. */
static void replace_rollup(const struct segment *segment)
{
	struct manifest_entry entry;
	struct manifest manifest;
	char path[160];
	size_t i, line;
	int fd = open(campaign, O_RDONLY | O_DIRECTORY);

	assert_int_equal(manifest_read(fd, &manifest, &line), 0);
	for (i = 0; i < manifest.n; i++)
		if (strstr(manifest.entry[i].path, "5min") &&
		    manifest.entry[i].first_seq == segment->meta.first_seq)
			break;
	assert_true(i < manifest.n);
	entry = manifest.entry[i];
	snprintf(path, sizeof(path), "%s/%s", campaign, entry.path);
	assert_int_equal(segment_write(segment, path), 0);
	assert_int_equal(manifest_hash_file(fd, entry.path, entry.sha256,
					    &entry.n_file_bytes),
			 0);
	assert_int_equal(manifest_append(fd, &entry), 0);
	manifest_fini(&manifest);
	close(fd);
}

/* Whether `spindrift verify` says it of the campaign. */
static bool verify_says(const char *words)
{
	char name[] = "verify", *argv[] = { name, campaign, NULL };
	char path[96], text[4096] = "";
	pid_t child = fork();
	FILE *stream;
	int status;

	snprintf(path, sizeof(path), "%s/out", directory);
	if (!child) {
		if (!freopen(path, "w", stdout))
			_exit(3);
		status = verify_command.run(&verify_command, 2, argv);
		fflush(stdout);
		_exit(status);
	}
	waitpid(child, &status, 0);
	stream = fopen(path, "r");
	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = 0;
	fclose(stream);
	return strstr(text, words) && (!status == !!strstr(text, ": good: "));
}

static void one_sample_more(struct segment *segment)
{
	struct segment old = {
		.slash8 = segment->slash8,
		.slash8_traffic = segment->slash8_traffic,
	};

	segment->rtt.count[0]++;
	segment->rtt.bin_count[0]++;
	segment->rtt.sum_ns[0] += segment->rtt.min_ns[0];
	segment->slash8 = (struct segment_slash8){ 0 };
	segment->slash8_traffic = (struct segment_slash8_traffic){ 0 };
	assert_int_equal(segment_slash8_build(segment), 0);
	segment_fini(&old);
}

static void verify_finds_a_rollup_that_is_not_its_sources(void **state)
{
	struct files files = { 0 };
	struct segment *segment = &files.segment[0];

	assert_int_equal(roll_up(), 0);
	assert_true(verify_says(" 0 findings"));
	read_files("rollup/5min/*/*/*.h5", &files);
	segment->interval.event[EVENT_ECHO_UNMATCHED][1]++;
	replace_rollup(segment);
	assert_true(verify_says("/interval/event: not the sums of its"));
	segment->interval.event[EVENT_ECHO_UNMATCHED][1]--;
	segment->interval.covered_ns[0]--;
	replace_rollup(segment);
	assert_true(verify_says("/interval/covered_ns: row 0: not what the"));
	segment->interval.covered_ns[0]++;
	replace_rollup(segment);
	assert_false(verify_says("/5min"));
	one_sample_more(segment);
	replace_rollup(segment);
	assert_true(verify_says("/slash8/count: not the sums of its sources"));
	free_files(&files);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_campaign, remove_campaign)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_row_is_the_sum_of_finer_rows),
		CASE(no_row_crosses_5_minutes),
		CASE(ranges_make_up_the_whole),
		CASE(subnets_of_a_prefix_are_found),
		cmocka_unit_test_setup_teardown(
			verify_finds_a_rollup_that_is_not_its_sources,
			make_campaign_without_packets, remove_campaign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
