// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/campaign.h"
#include "../../lib/journal.h"
#include "record_fixture.h"

enum { N_SUBNETS = 20 };

static char directory[64], campaign[96];

static struct campaign_config config = {
	.command = "replay",
	.vantage_point = "test",
	.devices = "none",
	.interval_ns = FIXTURE_INTERVAL_NS,
	.v4_prefix_len = 24,
	.v6_prefix_len = 48,
	.sources = 1 << SOURCE_TCP_TS | 1 << SOURCE_ICMP_ECHO,
};

static int make_directory(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/campaign_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(campaign, sizeof(campaign), "%s/c", directory);
	return 0;
}

static int remove_directory(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* Lines on stderr are part of the contract, but not of the test's output. */
static int mute(void)
{
	int saved = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	return saved;
}

static void unmute(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void append(struct campaign_writer *writer, uint64_t interval)
{
	struct record record = { 0 };

	fixture_fill(&record, interval, N_SUBNETS);
	assert_int_equal(campaign_writer_append(writer, &record), 0);
	record_fini(&record);
}

static void write_intervals(uint64_t first, uint64_t last, unsigned int flags)
{
	struct campaign_writer *writer;

	assert_int_equal(
		campaign_writer_open(campaign, &config, flags, &writer), 0);
	for (; first < last; first++)
		append(writer, first);
	assert_int_equal(campaign_writer_close(writer), 0);
}

/* Sums that are independent of how intervals are cut into parts. */
struct sums {
	uint64_t n_intervals, count, sum_ns, bins, packets, n_gaps;
	int64_t gap_ns;
	uint64_t slash8_count, slash8_packets, last_seq;
};

static void add_segment(struct sums *sums, const struct segment *s)
{
	size_t i;

	sums->n_intervals += s->interval.n;
	for (i = 0; i < s->rtt.n; i++) {
		sums->count += s->rtt.count[i];
		sums->sum_ns += s->rtt.sum_ns[i];
	}
	for (i = 0; i < s->rtt.n_bins; i++)
		sums->bins += s->rtt.bin_count[i];
	for (i = 0; i < s->traffic.n; i++)
		sums->packets += s->traffic.packets_rx[i];
	for (i = 0; i < s->slash8.n; i++)
		sums->slash8_count += s->slash8.count[i];
	for (i = 0; i < s->slash8_traffic.n; i++)
		sums->slash8_packets += s->slash8_traffic.packets_rx[i];
	for (i = 0; i < s->gap.n; i++) {
		sums->n_gaps++;
		sums->gap_ns += s->gap.row[i].end_ns - s->gap.row[i].start_ns;
	}
	for (i = 0; i < s->interval.n; i++) {
		assert_true(s->interval.seq[i] > sums->last_seq);
		sums->last_seq = s->interval.seq[i];
	}
}

static struct sums read_sums(size_t *ret_n_journals)
{
	struct campaign_reader *reader;
	struct sums sums = { 0 };
	struct segment segment;
	size_t i;

	*ret_n_journals = 0;
	assert_int_equal(campaign_reader_open(campaign, &reader), 0);
	assert_int_equal(campaign_reader_interval_ns(reader),
			 FIXTURE_INTERVAL_NS);
	for (i = 0; i < campaign_reader_n_parts(reader); i++) {
		*ret_n_journals += campaign_reader_part(reader, i)->is_journal;
		assert_int_equal(campaign_reader_load(reader, i, SEGMENT_ALL,
						      &segment),
				 0);
		add_segment(&sums, &segment);
		segment_fini(&segment);
	}
	campaign_reader_close(reader);
	return sums;
}

static struct sums expected_sums(uint64_t first, uint64_t last)
{
	struct record record = { 0 };
	struct sums sums = { 0 };
	size_t i;

	for (; first < last; first++) {
		fixture_fill(&record, first, N_SUBNETS);
		sums.n_intervals++;
		for (i = 0; i < record.rtt.n; i++) {
			sums.count += record.rtt.row[i].count;
			sums.sum_ns += record.rtt.row[i].sum_ns;
		}
		for (i = 0; i < record.bin.n; i++)
			sums.bins += record.bin.row[i].count;
		for (i = 0; i < record.traffic.n; i++)
			sums.packets += record.traffic.row[i].packets_rx;
	}
	record_fini(&record);
	return sums;
}

static void assert_sums(const struct sums *got, const struct sums *expected)
{
	assert_int_equal(got->n_intervals, expected->n_intervals);
	assert_int_equal(got->count, expected->count);
	assert_int_equal(got->sum_ns, expected->sum_ns);
	assert_int_equal(got->bins, expected->bins);
	assert_int_equal(got->packets, expected->packets);
	assert_int_equal(got->slash8_count, expected->count);
	assert_int_equal(got->slash8_packets, expected->packets);
}

static void sealed_hours_read_back_what_was_appended(void **state)
{
	/* Starts on the hour: 360 intervals fill it. */
	struct sums expected = expected_sums(0, 400), got;
	size_t n_journals;

	write_intervals(0, 400, CAMPAIGN_RELAXED);
	got = read_sums(&n_journals);
	assert_int_equal(n_journals, 0);
	assert_sums(&got, &expected);
	assert_int_equal(got.n_gaps, 0);
	assert_int_equal(got.last_seq, 400);
}

static void running_hour_is_readable_before_it_is_sealed(void **state)
{
	struct sums expected = expected_sums(0, 7), got;
	struct campaign_writer *writer;
	size_t n_journals;
	uint64_t i;

	assert_int_equal(campaign_writer_open(campaign, &config, 0, &writer),
			 0);
	for (i = 0; i < 7; i++)
		append(writer, i);
	got = read_sums(&n_journals);
	assert_int_equal(n_journals, 1);
	assert_sums(&got, &expected);
	assert_int_equal(campaign_writer_close(writer), 0);
	got = read_sums(&n_journals);
	assert_int_equal(n_journals, 0);
	assert_sums(&got, &expected);
}

static void a_killed_writer_loses_nothing_acknowledged(void **state)
{
	struct sums expected, got;
	struct campaign_writer *writer;
	size_t n_journals;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (campaign_writer_open(campaign, &config, 0, &writer))
			_exit(1);
		for (uint64_t i = 355; i < 365; i++)
			append(writer, i);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	expected = expected_sums(355, 365);
	got = read_sums(&n_journals);
	assert_sums(&got, &expected);
	/* 5 intervals later the next writer goes on. */
	write_intervals(370, 372, CAMPAIGN_RESUME);
	got = read_sums(&n_journals);
	assert_int_equal(n_journals, 0);
	assert_int_equal(got.n_intervals, 12);
	assert_int_equal(got.n_gaps, 1);
	assert_int_equal(got.gap_ns, 5 * FIXTURE_INTERVAL_NS);
	assert_int_equal(got.last_seq, 12);
}

static void assert_refused(unsigned int flags, int expected_err)
{
	struct campaign_writer *writer;
	int saved = mute();
	int err = campaign_writer_open(campaign, &config, flags, &writer);

	unmute(saved);
	assert_int_equal(err, expected_err);
}

static void run_shell(const char *format)
{
	char command[512];

	snprintf(command, sizeof(command), format, campaign, campaign, campaign,
		 campaign);
	if (system(command))
		fail_msg("%s", command);
}

static void what_exists_is_not_overwritten(void **state)
{
	char file[128];
	FILE *stream;

	assert_int_equal(mkdir(campaign, 0777), 0);
	snprintf(file, sizeof(file), "%s/thesis.tex", campaign);
	stream = fopen(file, "w");
	assert_non_null(stream);
	fclose(stream);
	assert_refused(0, -EEXIST);
	assert_refused(CAMPAIGN_RESUME, -EINVAL);
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(unlink(file), 0);
	/* Nothing else was made. */
	assert_int_equal(rmdir(campaign), 0);
}

static void an_interrupted_creation_is_finished(void **state)
{
	struct sums expected = expected_sums(0, 1), got;
	size_t n_journals;

	run_shell("mkdir -p %s/journal %s/raw && touch %s/lock &&"
		  "echo '{ \"schema' > %s/campaign.json.tmp");
	write_intervals(0, 1, CAMPAIGN_RESUME);
	got = read_sums(&n_journals);
	assert_sums(&got, &expected);
	/* What has an interval is no beginning. */
	run_shell("rm %s/campaign.json*");
	assert_refused(CAMPAIGN_RESUME, -EINVAL);
}

static void resuming_asks_for_the_same_configuration(void **state)
{
	static const uint8_t byte[ANONYMISE_KEY_BYTES] = { 1 };
	struct anonymise_key key;

	write_intervals(0, 1, 0);
	assert_refused(0, -EEXIST);
	config.v4_prefix_len = 16;
	assert_refused(CAMPAIGN_RESUME, -EINVAL);
	config.v4_prefix_len = 24;
	config.is_tunnel_outer = true;
	assert_refused(CAMPAIGN_RESUME, -EINVAL);
	config.is_tunnel_outer = false;
	config.is_lan_collapsed = true;
	assert_refused(CAMPAIGN_RESUME, -EINVAL);
	config.is_lan_collapsed = false;
	assert_int_equal(anonymise_key_set(byte, &key), 0);
	config.anonymise = &key;
	assert_refused(CAMPAIGN_RESUME, -EINVAL);
	config.anonymise = NULL;
	config.devices = "other";
	write_intervals(1, 2, CAMPAIGN_RESUME);
	config.devices = "none";
}

static void a_second_writer_is_refused(void **state)
{
	struct campaign_writer *writer;

	assert_int_equal(campaign_writer_open(campaign, &config, 0, &writer),
			 0);
	assert_refused(CAMPAIGN_RESUME, -EBUSY);
	campaign_writer_close(writer);
}

static void an_abandoned_campaign_leaves_no_trace(void **state)
{
	struct campaign_writer *writer;

	assert_int_equal(campaign_writer_open(campaign, &config, 0, &writer),
			 0);
	campaign_writer_abandon(writer);
	assert_int_equal(access(campaign, F_OK), -1);
	assert_int_equal(errno, ENOENT);
	/* A directory that was there stays. */
	assert_int_equal(mkdir(campaign, 0777), 0);
	assert_int_equal(campaign_writer_open(campaign, &config, 0, &writer),
			 0);
	campaign_writer_abandon(writer);
	assert_int_equal(rmdir(campaign), 0);
}

/* Sealed segments, a child that is at one, and the open journal go alike. */
static void an_abandoned_campaign_takes_its_intervals_along(void **state)
{
	struct campaign_writer *writer;

	assert_int_equal(campaign_writer_open(campaign, &config,
					      CAMPAIGN_RELAXED, &writer),
			 0);
	for (uint64_t hour = 0; hour < 4; hour++)
		append(writer, hour * 360);
	campaign_writer_abandon(writer);
	assert_int_equal(access(campaign, F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

static void abandoning_a_resumed_campaign_keeps_it(void **state)
{
	struct sums expected = expected_sums(0, 3), got;
	struct campaign_writer *writer;
	size_t n_journals;

	write_intervals(0, 3, 0);
	assert_int_equal(campaign_writer_open(campaign, &config,
					      CAMPAIGN_RESUME, &writer),
			 0);
	campaign_writer_abandon(writer);
	got = read_sums(&n_journals);
	assert_sums(&got, &expected);
}

static void an_interval_never_goes_back(void **state)
{
	struct campaign_writer *writer;
	struct record record = { 0 };
	int saved, err;

	assert_int_equal(campaign_writer_open(campaign, &config, 0, &writer),
			 0);
	append(writer, 5);
	fixture_fill(&record, 4, 1);
	saved = mute();
	err = campaign_writer_append(writer, &record);
	unmute(saved);
	assert_int_equal(err, -EINVAL);
	record_fini(&record);
	assert_int_equal(campaign_writer_end_ns(writer),
			 FIXTURE_START_NS + 6 * (int64_t)FIXTURE_INTERVAL_NS);
	campaign_writer_close(writer);
}

static void gaps_of_the_caller_keep_their_cause(void **state)
{
	struct campaign_writer *writer;
	struct campaign_reader *reader;
	struct record record = { 0 };
	struct record_gap *gap;
	struct segment segment;

	assert_int_equal(campaign_writer_open(campaign, &config, 0, &writer),
			 0);
	append(writer, 0);
	fixture_fill(&record, 10, 1);
	gap = record_add(&record.gap);
	gap->start_ns = FIXTURE_START_NS + 3 * (int64_t)FIXTURE_INTERVAL_NS;
	gap->end_ns = record.start_ns;
	gap->cause = GAP_CLOCK_STEP;
	assert_int_equal(campaign_writer_append(writer, &record), 0);
	record_fini(&record);
	assert_int_equal(campaign_writer_close(writer), 0);
	assert_int_equal(campaign_reader_open(campaign, &reader), 0);
	assert_int_equal(campaign_reader_load(reader, 0, 0, &segment), 0);
	assert_int_equal(segment.gap.n, 2);
	assert_int_equal(segment.gap.row[0].cause, GAP_UNKNOWN);
	assert_int_equal(segment.gap.row[0].end_ns,
			 segment.gap.row[1].start_ns);
	assert_int_equal(segment.gap.row[1].cause, GAP_CLOCK_STEP);
	assert_int_equal(segment.interval.flags[1], INTERVAL_GAP);
	segment_fini(&segment);
	campaign_reader_close(reader);
}

static void refuses_what_is_not_a_campaign(void **state)
{
	struct campaign_reader *reader;
	int saved = mute();

	assert_int_equal(campaign_reader_open(campaign, &reader), -ENOENT);
	assert_int_equal(campaign_reader_open(directory, &reader), -EINVAL);
	assert_int_equal(campaign_reader_open("/dev/null", &reader), -ENOTDIR);
	unmute(saved);
}

/* Leaves intervals [0, n) in a journal, and a copy of it beside. */
static void leave_journal(uint64_t n)
{
	struct campaign_writer *writer;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (campaign_writer_open(campaign, &config, 0, &writer))
			_exit(1);
		for (uint64_t i = 0; i < n; i++)
			append(writer, i);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	run_shell("cp -r %s/journal %s.saved");
}

/* A reader finds the same without any recovery. */
static void read_and_check(uint64_t n)
{
	struct sums expected = expected_sums(0, n), got;
	size_t n_journals;
	int saved = mute();

	got = read_sums(&n_journals);
	unmute(saved);
	assert_sums(&got, &expected);
}

static void resume_and_check(uint64_t n)
{
	struct sums expected = expected_sums(0, n), got;
	struct campaign_writer *writer;
	size_t n_journals;
	int saved = mute();

	assert_int_equal(campaign_writer_open(campaign, &config,
					      CAMPAIGN_RESUME, &writer),
			 0);
	unmute(saved);
	assert_int_equal(campaign_writer_end_ns(writer),
			 FIXTURE_START_NS + (int64_t)(n * FIXTURE_INTERVAL_NS));
	assert_int_equal(campaign_writer_close(writer), 0);
	got = read_sums(&n_journals);
	assert_int_equal(n_journals, 0);
	assert_sums(&got, &expected);
	run_shell("test -z \"$(ls %s/journal; find %s -name '*.tmp')\"");
}

static void every_crash_between_two_steps_is_recovered(void **state)
{
	leave_journal(6);
	/* Before sealing, with a torn record and a torn temporary file. */
	run_shell("cd %s/journal && printf SDR1garbage >> $(ls) &&"
		  "mkdir -p %s/raw/2026 && echo x > %s/raw/2026/a.h5.tmp");
	read_and_check(6);
	resume_and_check(6);
	/* After the manifest's line, before the journal is removed. */
	run_shell("cp %s.saved/*.journal %s/journal/");
	read_and_check(6);
	resume_and_check(6);
	/* After the segment has its name, before its line, which is torn. */
	run_shell("cp %s.saved/*.journal %s/journal/ &&"
		  "truncate -s -5 %s/manifest.jsonl");
	read_and_check(6);
	resume_and_check(6);
	/* The segment was damaged before its journal was removed. */
	run_shell("cp %s.saved/*.journal %s/journal/ &&"
		  "truncate -s 1000 $(find %s/raw -name '*.h5')");
	resume_and_check(6);
	/* A journal whose header was never finished. */
	run_shell("printf SPD > %s/journal/00000000000000000099.journal");
	read_and_check(6);
	resume_and_check(6);
	run_shell("rm -r %s.saved");
}

/* Flips a bit of byte `at` of a file that the shell names. */
static void flip(const char *file, uint64_t at)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "cd %s && python3 -c 'import sys; f = open(sys.argv[1], "
		 "\"r+b\"); f.seek(%llu); b = f.read(1)[0]; f.seek(%llu); "
		 "f.write(bytes([b ^ 1]))' %s",
		 campaign, (unsigned long long)at, (unsigned long long)at,
		 file);
	if (system(command))
		fail_msg("%s", command);
}

static uint64_t offset_of(uint64_t entry_idx)
{
	struct journal_reader journal;
	char path[160];
	uint64_t offset;

	snprintf(path, sizeof(path), "%s/journal/%020d.journal", campaign, 1);
	assert_int_equal(journal_open(AT_FDCWD, path, &journal), 0);
	offset = journal.entry[entry_idx].offset;
	journal_fini(&journal);
	return offset;
}

/* Resumes a damaged campaign, and adds an interval. */
static struct sums resume_damaged_from(uint64_t interval)
{
	size_t n_journals;
	int saved = mute();
	struct sums got;

	write_intervals(interval, interval + 1, CAMPAIGN_RESUME);
	unmute(saved);
	got = read_sums(&n_journals);
	assert_int_equal(n_journals, 0);
	return got;
}

static struct sums resume_damaged(void)
{
	return resume_damaged_from(6);
}

static void damage_in_a_journal_costs_one_interval(void **state)
{
	const uint64_t damaged[] = { 0, 2, 5 };
	struct sums got;

	for (size_t i = 0; i < 3; i++) {
		leave_journal(6);
		flip("journal/*1.journal", offset_of(damaged[i]) + 20);
		got = resume_damaged();
		assert_int_equal(got.n_intervals, 6);
		/* Before the first of a campaign there is no gap. */
		assert_int_equal(got.n_gaps, damaged[i] > 0);
		assert_int_equal(got.gap_ns,
				 damaged[i] ? FIXTURE_INTERVAL_NS : 0);
		run_shell("rm -r %s %s.saved");
	}
}

static void a_damaged_header_costs_no_interval(void **state)
{
	struct sums got;

	leave_journal(6);
	flip("journal/*1.journal", 30);
	got = resume_damaged();
	assert_int_equal(got.n_intervals, 7);
	assert_int_equal(got.n_gaps, 0);
	run_shell("test -e %s/journal/*.journal.damaged && rm -r %s.saved");
}

static void a_damaged_manifest_is_written_again(void **state)
{
	struct sums got;

	write_intervals(0, 6, 0);
	flip("manifest.jsonl", 40);
	got = resume_damaged();
	assert_int_equal(got.n_intervals, 7);
	assert_int_equal(got.last_seq, 7);
	/* Cut off whole: nothing in it says that a line is missing. */
	run_shell("truncate -s 0 %s/manifest.jsonl");
	got = resume_damaged_from(7);
	assert_int_equal(got.n_intervals, 8);
	assert_int_equal(got.last_seq, 8);
}

/* A line of which a power cut left rubbish, with newlines in it, and the end. */
static void rubbish_at_the_end_of_the_manifest_stops_nobody(void **state)
{
	write_intervals(0, 6, 0);
	run_shell("printf 'x\\n\\0y\\n,\"rtt_rows\":1}\\n' >> "
		  "%s/manifest.jsonl");
	read_and_check(6);
	resume_and_check(6);
}

static void a_damaged_configuration_is_restored(void **state)
{
	struct campaign_reader *reader;
	struct sums got;
	int saved;

	write_intervals(0, 6, 0);
	flip("campaign.json", 100);
	saved = mute();
	assert_int_equal(campaign_reader_open(campaign, &reader), -EINVAL);
	unmute(saved);
	got = resume_damaged();
	assert_int_equal(got.n_intervals, 7);
	run_shell("cmp %s/campaign.json %s/campaign.json.copy");
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(sealed_hours_read_back_what_was_appended),
		CASE(running_hour_is_readable_before_it_is_sealed),
		CASE(a_killed_writer_loses_nothing_acknowledged),
		CASE(every_crash_between_two_steps_is_recovered),
		CASE(damage_in_a_journal_costs_one_interval),
		CASE(a_damaged_header_costs_no_interval),
		CASE(a_damaged_manifest_is_written_again),
		CASE(rubbish_at_the_end_of_the_manifest_stops_nobody),
		CASE(a_damaged_configuration_is_restored),
		CASE(what_exists_is_not_overwritten),
		CASE(an_interrupted_creation_is_finished),
		CASE(resuming_asks_for_the_same_configuration),
		CASE(a_second_writer_is_refused),
		CASE(an_abandoned_campaign_leaves_no_trace),
		CASE(an_abandoned_campaign_takes_its_intervals_along),
		CASE(abandoning_a_resumed_campaign_keeps_it),
		CASE(an_interval_never_goes_back),
		CASE(gaps_of_the_caller_keep_their_cause),
		CASE(refuses_what_is_not_a_campaign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
