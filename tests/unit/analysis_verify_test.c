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
#include <sys/wait.h>
#include <unistd.h>
#include <hdf5.h>
#include <cmocka.h>

#include "../../analysis/audit.h"
#include "../../analysis/verify.h"
#include "../../lib/campaign.h"
#include "../../lib/segment_build.h"
#include "record_fixture.h"

enum { N_INTERVALS = 4, N_SUBNETS = 6 };

static char directory[64], campaign[96], output[96];

static int make_directory(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/verify_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(campaign, sizeof(campaign), "%s/c", directory);
	snprintf(output, sizeof(output), "%s/out", directory);
	return 0;
}

static int remove_directory(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* A record whose counters agree, as those of packets do. */
static void fill(struct record *record, uint64_t interval)
{
	uint64_t packets_rx = 0, packets_tx = 0, bytes_rx = 0, bytes_tx = 0;
	struct record_traffic *row;
	struct record_spin *spin;
	struct record_ecn *ecn;
	size_t i;

	fixture_fill(record, interval, N_SUBNETS);
	/* All QUIC packets have a class, and no two intervals as many. */
	fixture_add_traffic(record, 0, TRAFFIC_QUIC, 20 + 2 * interval);
	record->spin.row[0].packets = 60 + interval;
	spin = record_add(&record->spin);
	*spin = record->spin.row[0];
	spin->class = SPIN_CLASS_GREASED;
	spin->packets = 10 + 2 * interval;
	for (i = 0; i < record->traffic.n; i++) {
		packets_rx += record->traffic.row[i].packets_rx;
		packets_tx += record->traffic.row[i].packets_tx;
		bytes_rx += record->traffic.row[i].bytes_rx;
		bytes_tx += record->traffic.row[i].bytes_tx;
	}
	/* Who sent the rest, as there is more rx than tx. */
	row = record_add(&record->traffic);
	ecn = record_add(&record->ecn);
	row->class = TRAFFIC_OTHER;
	row->packets_tx = ecn->packets_tx = packets_rx - packets_tx;
	row->bytes_tx = bytes_rx - bytes_tx;
	record->protocol.row[0].packets = packets_rx;
	record->protocol.row[0].bytes = bytes_rx;
	record->event[EVENT_SAMPLE] = 0;
	for (i = 0; i < record->rtt.n; i++)
		record->event[EVENT_SAMPLE] += record->rtt.row[i].count;
}

static void build(struct segment *segment)
{
	struct segment_builder *builder = segment_builder_new(1);
	struct segment_layout layout;
	struct record record = { 0 };
	uint64_t i;

	for (i = 0; i < N_INTERVALS; i++) {
		fill(&record, i);
		record.seq = i + 1;
		assert_int_equal(segment_builder_add(builder, &record), 0);
	}
	record_fini(&record);
	assert_int_equal(segment_layout_init(&layout), 0);
	assert_int_equal(segment_builder_finish(builder, &layout, segment), 0);
	segment_builder_free(builder);
}

static void a_good_segment_passes(void **state)
{
	struct segment_fault fault = { 0 };
	struct segment segment;

	build(&segment);
	assert_int_equal(audit_segment(&segment, INT64_MIN, &fault), 0);
	assert_int_equal(audit_segment(&segment, FIXTURE_START_NS, &fault), 0);
	segment_fini(&segment);
}

static void what_does_not_add_up_is_named(void **state)
{
	struct segment_fault fault;
	struct segment segment;

#define FOUND(change, expected_dataset, expected_row)                          \
	do {                                                                   \
		build(&segment);                                               \
		fault = (struct segment_fault){ 0 };                           \
		change;                                                        \
		assert_int_equal(audit_segment(&segment, INT64_MIN, &fault),   \
				 -EBADMSG);                                    \
		assert_string_equal(fault.dataset, expected_dataset);          \
		assert_int_equal(fault.row, expected_row);                     \
		segment_fini(&segment);                                        \
	} while (0)
	FOUND(segment.rtt.count[5]++, "/rtt/count", 5);
	FOUND(segment.rtt.bin_count[segment.rtt.hist_ptr[7]]++, "/rtt/count",
	      7);
	FOUND(segment.rtt.min_ns[3] += 1u << 26, "/rtt/min_ns", 3);
	FOUND(segment.rtt.max_ns[3] += 1u << 26, "/rtt/min_ns", 3);
	FOUND(segment.rtt.sum_ns[2] = segment.rtt.min_ns[2] - 1, "/rtt/sum_ns",
	      2);
	FOUND(segment.rtt.sum_ns[2] =
		      segment.rtt.max_ns[2] * segment.rtt.count[2] + 1,
	      "/rtt/sum_ns", 2);
	FOUND(segment.interval.event[EVENT_SAMPLE][1]--,
	      "/interval/event_sample", 1);
	FOUND(segment.traffic.packets_rx[0]++, "/interval/time",
	      segment.traffic.interval[0]);
	FOUND(segment.traffic.bytes_tx[0]++, "/interval/time",
	      segment.traffic.interval[0]);
	FOUND(segment.ecn.packets_rx[0]++, "/interval/time",
	      segment.ecn.interval[0]);
	FOUND(segment.protocol.packets[3]++, "/interval/time", 3);
	FOUND(segment.spin.packets[0]++, "/spin/packets", 1);
	FOUND(segment.spin.packets[5]++, "/spin/packets", 5);
	FOUND(segment.spin.interval[5]--, "/spin/packets", 5);
	FOUND(segment.interval.time_ns[3] += 1, "/interval/time", 3);
	FOUND(segment.slash8.max_ns[0]++, "/slash8/count", 0);
	FOUND(segment.slash8_traffic.bytes_rx[0]++,
	      "/slash8_traffic/packets_rx", 0);
#undef FOUND
}

static void a_gap_must_be_named(void **state)
{
	struct record_gap gap = { FIXTURE_START_NS - 100, FIXTURE_START_NS,
				  GAP_NOT_RUNNING };
	struct segment_fault fault;
	struct segment segment;

	build(&segment);
	segment.gap.row = malloc(sizeof(gap));
	segment.gap.row[0] = gap;
	segment.gap.n = 1;
	assert_int_equal(audit_segment(&segment, gap.start_ns, &fault), 0);
	assert_int_equal(audit_segment(&segment, gap.start_ns - 1, &fault),
			 -EBADMSG);
	assert_int_equal(audit_segment(&segment, FIXTURE_START_NS + 1, &fault),
			 -EBADMSG);
	segment_fini(&segment);
}

static void write_campaign(void)
{
	const struct campaign_config config = {
		.command = "replay",
		.vantage_point = "",
		.devices = "",
		.interval_ns = FIXTURE_INTERVAL_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
	};
	struct campaign_writer *writer;
	struct record record = { 0 };
	uint64_t i;

	assert_int_equal(campaign_writer_open(campaign, &config,
					      CAMPAIGN_RELAXED, &writer),
			 0);
	/* Over the hour: two segments, with a gap between them. */
	for (i = 358; i < 366; i++) {
		if (i == 361)
			continue;
		fill(&record, i);
		assert_int_equal(campaign_writer_append(writer, &record), 0);
	}
	record_fini(&record);
	assert_int_equal(campaign_writer_close(writer), 0);
}

/* Runs the command; its output is in text. */
static int run_verify(char *text, size_t n_text)
{
	char *argv[] = { "verify", campaign, NULL };
	FILE *stream;
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child) {
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666);

		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		status = verify_command.run(&verify_command, 2, argv);
		fflush(NULL);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	stream = fopen(output, "r");
	text[fread(text, 1, n_text - 1, stream)] = 0;
	fclose(stream);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void run_shell(const char *format)
{
	char command[512];

	snprintf(command, sizeof(command), format, campaign, campaign,
		 campaign);
	if (system(command))
		fail_msg("%s", command);
}

static void a_good_campaign_is_good(void **state)
{
	char text[1024];

	write_campaign();
	assert_int_equal(run_verify(text, sizeof(text)), 0);
	assert_non_null(strstr(text, "good: 2 files, 7 intervals"));
}

static void assert_finding(const char *shell, const char *expected)
{
	char text[1024];

	run_shell("rm -rf %s");
	write_campaign();
	run_shell(shell);
	assert_int_equal(run_verify(text, sizeof(text)), 1);
	if (!strstr(text, expected))
		fail_msg("no '%s' in: %s", expected, text);
}

static void damage_is_found_and_named(void **state)
{
	assert_finding("f=$(ls %s/raw/*/*/*/*T20*) && truncate -s -100 $f",
		       "T205940Z-00000001.h5: not an HDF5 file, or damaged");
	assert_finding("cd %s/raw/*/*/* && cp *T21* $(ls *T20*)",
		       "numbers or times are not the manifest's");
	assert_finding("rm %s/raw/*/*/*/*T20*", "No such file or directory");
	assert_finding("sed -i 1d %s/manifest.jsonl", "not in manifest.jsonl");
	/* As an older version wrote it, without a checksum of its own. */
	assert_finding("sed -i 's/.sha256.:../\"sha256\":\"z/;"
		       "s/,.crc32c.*/}/' %s/manifest.jsonl",
		       "SHA-256 is not the manifest's");
	assert_finding("sed -i '1s/.sha256.:../\"sha256\":\"z/' "
		       "%s/manifest.jsonl",
		       "manifest.jsonl: line 1: damaged");
	assert_finding("sed -i '1s/{/[/' %s/manifest.jsonl",
		       "manifest.jsonl: line 1: damaged");
	assert_finding("sed -i 's/\"devices\":\"/&z/' %s/campaign.json",
		       "campaign.json: damaged");
	assert_finding("sed -i 's/\"devices\":\"/&z/' "
		       "%s/campaign.json.copy",
		       "campaign.json.copy: damaged");
	assert_finding("sed -i 's/\"uuid\":\"./\"uuid\":\"z/;"
		       "/schema_minor/d;/crc32c/d' %s/campaign.json",
		       "belongs to another campaign");
	assert_finding("rm %s/campaign.json", "not a campaign");
	assert_finding("echo SPDRJRN1 > "
		       "%s/journal/00000000000000000008.journal",
		       "header is damaged");
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_segment_passes),
		cmocka_unit_test(what_does_not_add_up_is_named),
		cmocka_unit_test(a_gap_must_be_named),
		CASE(a_good_campaign_is_good),
		CASE(damage_is_found_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
