// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../collector/replay.h"
#include "../../lib/campaign.h"

enum { DAMAGED = 1, TEXT_MAX = 4096 };

/* 2026-01-01T00:00:00Z */
#define BASE_S INT64_C(1767225600)

static char directory[] = "/tmp/replay_test_XXXXXX";
static char campaign[64], capture[2][64];

static void remove_all(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s/*", directory);
	assert_int_equal(system(command), 0);
}

static int make_directory(void **state)
{
	if (!mkdtemp(directory))
		return -1;
	snprintf(campaign, sizeof(campaign), "%s/campaign", directory);
	for (int i = 0; i < 2; i++)
		snprintf(capture[i], sizeof(capture[i]), "%s/%d.pcap",
			 directory, i);
	return 0;
}

static int remove_directory(void **state)
{
	remove_all();
	return rmdir(directory);
}

static int clean(void **state)
{
	remove_all();
	return 0;
}

/* An IPv4 ICMP echo; requests go from 192.0.2.1, replies come back. */
static void fill_echo(uint8_t frame[28], bool is_reply, uint16_t sequence)
{
	static const uint8_t request[28] = {
		0x45, 0, 0,   28, 0,   0, 0, 0, 64, 1, 0, 0, 192, 0,
		2,    1, 198, 51, 100, 1, 8, 0, 0,  0, 0, 1, 0,   0,
	};

	memcpy(frame, request, 28);
	if (is_reply) {
		memcpy(frame + 12, request + 16, 4);
		memcpy(frame + 16, request + 12, 4);
		frame[20] = 0;
	}
	frame[26] = (uint8_t)(sequence >> 8);
	frame[27] = (uint8_t)sequence;
}

/* Ends a list of milliseconds. */
#define END INT64_MIN

static void write_echo(FILE *out, int64_t time_ms, bool is_reply, int sequence)
{
	uint32_t record[4];
	uint8_t frame[28];

	time_ms += BASE_S * 1000;
	record[0] = (uint32_t)(time_ms / 1000);
	record[1] = (uint32_t)(time_ms % 1000 * 1000);
	record[2] = record[3] = sizeof(frame);
	fill_echo(frame, is_reply, (uint16_t)sequence);
	fwrite(record, sizeof(record), 1, out);
	fwrite(frame, sizeof(frame), 1, out);
}

/* Requests at the given milliseconds after BASE_S, answered 10 ms later. */
static void write_capture(int file, bool is_damaged, const int64_t *times_ms)
{
	static const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0,
					    0,          1000,        101 };
	FILE *out = fopen(capture[file], "wb");

	assert_non_null(out);
	fwrite(header, sizeof(header), 1, out);
	for (int i = 0; times_ms[i] != END; i++) {
		write_echo(out, times_ms[i], false, i);
		write_echo(out, times_ms[i] + 10, true, i);
	}
	if (is_damaged)
		fwrite("half a header", 10, 1, out);
	assert_int_equal(fclose(out), 0);
}

#define WRITE(file, is_damaged, ...)                                           \
	write_capture(file, is_damaged, (const int64_t[]){ __VA_ARGS__, END })

static int replay(int n_files)
{
	char name[] = "replay", o[] = "-o", q[] = "-q";
	char *argv[] = { name, q, o, campaign, capture[0], capture[1], NULL };

	return replay_command.run(&replay_command, 4 + n_files, argv);
}

static size_t print_intervals(const struct segment *segment, char *text,
			      size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < segment->interval.n; i++) {
		uint64_t n_packets = 0;

		for (int j = 0; j < N_OUTCOMES; j++)
			n_packets += segment->interval.outcome[j][i];
		n += (size_t)snprintf(
			text + n, max - n,
			"%s%" PRId64 ":%" PRIu64 "%s+%" PRIu64 " ",
			segment->interval.flags[i] & INTERVAL_GAP ? "gap " : "",
			segment->interval.time_ns[i] / 1000000000 - BASE_S,
			n_packets,
			segment->interval.flags[i] & INTERVAL_PARTIAL ? "p" :
									"",
			segment->interval.event[EVENT_SAMPLE][i]);
	}
	return n;
}

static size_t print_rows(const struct segment *segment, char *text, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < segment->gap.n; i++) {
		const struct record_gap *gap = &segment->gap.row[i];

		n += (size_t)snprintf(
			text + n, max - n, "[%" PRId64 " %" PRId64 " %s] ",
			gap->start_ns / 1000000000 - BASE_S,
			gap->end_ns / 1000000000 - BASE_S,
			gap->cause == GAP_NO_CAPTURE ? "none" : "?");
	}
	for (size_t i = 0; i < segment->event.n; i++)
		if (segment->event.row[i].kind == EVENT_KIND_TIME_BACKWARD)
			n += (size_t)snprintf(text + n, max - n,
					      "back=%" PRId64 " ",
					      segment->event.row[i].value);
	return n;
}

/* "START:PACKETS[p]+SAMPLES" of each interval, p where it is partial, "gap"
 * before one that follows a gap. Then gaps, then backward jumps. */
static void describe(char text[TEXT_MAX])
{
	struct campaign_reader *reader = NULL;
	char rows[TEXT_MAX] = "";
	size_t n = 0, n_rows = 0;

	text[0] = '\0';
	assert_int_equal(campaign_reader_open(campaign, &reader), 0);
	for (size_t i = 0; i < campaign_reader_n_parts(reader); i++) {
		struct segment segment = { 0 };

		assert_int_equal(campaign_reader_load(reader, i, SEGMENT_ALL,
						      &segment),
				 0);
		n += print_intervals(&segment, text + n, TEXT_MAX - n);
		n_rows +=
			print_rows(&segment, rows + n_rows, TEXT_MAX - n_rows);
		segment_fini(&segment);
	}
	campaign_reader_close(reader);
	snprintf(text + n, TEXT_MAX - n, "%s", rows);
}

#define ASSERT_CAMPAIGN(expected)                                              \
	do {                                                                   \
		char text[TEXT_MAX];                                           \
                                                                               \
		describe(text);                                                \
		assert_string_equal(text, expected);                           \
	} while (0)

static void every_interval_exists(void **state)
{
	WRITE(0, 0, 1000, 2000, 35000);
	assert_int_equal(replay(1), EXIT_DONE);
	ASSERT_CAMPAIGN("0:4p+2 10:0+0 20:0+0 30:2p+1 ");
}

static void sample_belongs_to_the_interval_of_its_reply(void **state)
{
	WRITE(0, 0, 9995);
	assert_int_equal(replay(1), EXIT_DONE);
	ASSERT_CAMPAIGN("0:1p+0 10:1p+1 ");
}

static void between_captures_is_a_gap(void **state)
{
	WRITE(0, 0, 1000, 12000);
	WRITE(1, 0, 55000, 61000);
	assert_int_equal(replay(2), EXIT_DONE);
	ASSERT_CAMPAIGN("0:2p+1 10:2p+1 gap 50:2p+1 60:2p+1 [20 50 none] ");
}

static void rotated_captures_have_no_gap(void **state)
{
	WRITE(0, 0, 1000, 12000);
	WRITE(1, 0, 15000, 26000);
	assert_int_equal(replay(2), EXIT_DONE);
	ASSERT_CAMPAIGN("0:2p+1 10:4+2 20:2p+1 ");
}

static void overlapping_captures_have_no_gap(void **state)
{
	WRITE(0, 0, 1000, 52000);
	WRITE(1, 0, 2000, 3000);
	assert_int_equal(replay(2), EXIT_DONE);
	ASSERT_CAMPAIGN("0:6p+3 10:0+0 20:0+0 30:0+0 40:0+0 50:2p+1 ");
}

static void very_long_silence_is_a_gap(void **state)
{
	WRITE(0, 0, 1000, 400LL * 86400 * 1000);
	assert_int_equal(replay(1), EXIT_DONE);
	ASSERT_CAMPAIGN("0:2p+1 gap 34560000:2p+1 [10 34560000 none] ");
}

static void backward_jump_stays_in_the_interval(void **state)
{
	WRITE(0, 0, 31000, 5000, 33000, 41000);
	assert_int_equal(replay(1), EXIT_DONE);
	ASSERT_CAMPAIGN("30:6p+3 40:2p+1 back=2 ");
}

/* Four requests and replies: the first has a time, the second, none, both. */
static void packets_without_a_time_give_no_sample(void **state)
{
	static const uint32_t head[] = {
		0x0a0d0d0a, 28, 0x1a2b3c4d, 1,   0xffffffff, 0xffffffff,
		28,         1,  20,         101, 0,          20
	};
	uint64_t ticks = (uint64_t)BASE_S * 1000000;
	FILE *out = fopen(capture[0], "wb");
	uint8_t frame[28];

	assert_non_null(out);
	fwrite(head, sizeof(head), 1, out);
	for (int i = 0; i < 4; i++) {
		uint32_t enhanced[] = {
			6,  60, 0, (uint32_t)(ticks >> 32), (uint32_t)ticks,
			28, 28
		};
		uint32_t simple[] = { 3, 44, 28 };
		const bool is_simple[] = { false, true, true, false };

		for (int j = 0; j < 2; j++) {
			bool simple_now = is_simple[(i + j) % 4];

			if (simple_now)
				fwrite(simple, sizeof(simple), 1, out);
			else
				fwrite(enhanced, sizeof(enhanced), 1, out);
			fill_echo(frame, j == 1, (uint16_t)i);
			fwrite(frame, sizeof(frame), 1, out);
			fwrite(simple_now ? &simple[1] : &enhanced[1], 4, 1,
			       out);
		}
	}
	assert_int_equal(fclose(out), 0);
	assert_int_equal(replay(1), EXIT_DONE);
	/* Only the fourth pair has two times. */
	ASSERT_CAMPAIGN("0:8p+1 ");
}

static void damaged_capture_is_used_up_to_the_damage(void **state)
{
	WRITE(0, DAMAGED, 1000, 2000);
	assert_int_equal(replay(1), EXIT_FAILED);
	ASSERT_CAMPAIGN("0:4p+2 ");
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void nothing_is_left_of_a_refused_input(void **state)
{
	FILE *out = fopen(capture[1], "wb");

	assert_non_null(out);
	fputs("this is no capture at all", out);
	fclose(out);
	WRITE(0, 0, 1000);
	assert_int_equal(replay(2), EXIT_FAILED);
	assert_false(exists(campaign));
	write_capture(0, false, (const int64_t[]){ END });
	assert_int_equal(replay(1), EXIT_FAILED);
	assert_false(exists(campaign));
	write_capture(0, true, (const int64_t[]){ END });
	assert_int_equal(replay(1), EXIT_FAILED);
	assert_false(exists(campaign));
	unlink(capture[0]);
	assert_int_equal(replay(1), EXIT_FAILED);
	assert_false(exists(campaign));
}

static void what_was_there_stays(void **state)
{
	char file[80];

	WRITE(0, 0, 1000);
	assert_int_equal(mkdir(campaign, 0755), 0);
	snprintf(file, sizeof(file), "%s/mine", campaign);
	fclose(fopen(file, "wb"));
	assert_int_equal(replay(1), EXIT_FAILED);
	assert_true(exists(file));
	unlink(file);
	assert_int_equal(replay(1), EXIT_DONE);
	ASSERT_CAMPAIGN("0:2p+1 ");
	assert_int_equal(replay(1), EXIT_FAILED);
	ASSERT_CAMPAIGN("0:2p+1 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_interval_exists, clean),
		cmocka_unit_test_teardown(
			sample_belongs_to_the_interval_of_its_reply, clean),
		cmocka_unit_test_teardown(between_captures_is_a_gap, clean),
		cmocka_unit_test_teardown(rotated_captures_have_no_gap, clean),
		cmocka_unit_test_teardown(overlapping_captures_have_no_gap,
					  clean),
		cmocka_unit_test_teardown(very_long_silence_is_a_gap, clean),
		cmocka_unit_test_teardown(backward_jump_stays_in_the_interval,
					  clean),
		cmocka_unit_test_teardown(packets_without_a_time_give_no_sample,
					  clean),
		cmocka_unit_test_teardown(
			damaged_capture_is_used_up_to_the_damage, clean),
		cmocka_unit_test_teardown(nothing_is_left_of_a_refused_input,
					  clean),
		cmocka_unit_test_teardown(what_was_there_stays, clean),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
