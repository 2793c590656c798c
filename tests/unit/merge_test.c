// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../collector/merge.h"

enum { MAX_FILES = 32, DAMAGED = 1 };

static char directory[] = "/tmp/merge_test_XXXXXX";

static int make_directory(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char path[64];

	for (int i = 0; i < MAX_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%d", directory, i);
		unlink(path);
	}
	return rmdir(directory);
}

/* A capture of one packet a second from first_s on; a packet's captured length
 * is its second, so that it can be told. -1 in `seconds` ends the list. */
static void write_capture(int file, const int *seconds, int is_damaged)
{
	static const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0,
					    0,          1000,        1 };
	static const uint8_t payload[1000];
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%d", directory, file);
	out = fopen(path, "wb");
	assert_non_null(out);
	fwrite(header, sizeof(header), 1, out);
	for (; *seconds >= 0; seconds++) {
		uint32_t n = (uint32_t)*seconds;
		uint32_t record[4] = { n, 0, n, n };

		fwrite(record, sizeof(record), 1, out);
		fwrite(payload, n, 1, out);
	}
	if (is_damaged)
		fwrite("half a header", 10, 1, out);
	assert_int_equal(fclose(out), 0);
}

static struct merge *open_files(int n_files, struct progress *progress)
{
	/* Borrowed until the merge is closed. */
	static char paths[MAX_FILES][64], *list[MAX_FILES];
	struct merge *merge = NULL;

	for (int i = 0; i < n_files; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%d", directory, i);
		list[i] = paths[i];
	}
	progress_init(progress, "test", 0, true);
	assert_int_equal(merge_open(list, (size_t)n_files, progress, &merge),
			 0);
	return merge;
}

/* Seconds in the order they came, "|" where coverage starts. */
static void read_all(struct merge *merge, char *text, size_t max)
{
	struct merge_packet got;
	size_t n = 0;

	text[0] = '\0';
	while (merge_next(merge, &got))
		n += (size_t)snprintf(text + n, max - n, "%s%u ",
				      got.starts_coverage ? "|" : "",
				      got.packet.n_captured);
	assert_int_equal(merge_next(merge, &got), 0);
}

#define ASSERT_ORDER(expected, n_files, has_failed)                            \
	do {                                                                   \
		struct progress progress;                                      \
		struct merge *merge = open_files(n_files, &progress);          \
		char text[4096];                                               \
                                                                               \
		read_all(merge, text, sizeof(text));                           \
		assert_string_equal(text, expected);                           \
		assert_int_equal(merge_has_failed(merge), has_failed);         \
		assert_int_equal(merge_input_bytes(merge),                     \
				 merge_total_bytes(merge));                    \
		merge_close(merge);                                            \
	} while (0)

#define WRITE(file, damaged, ...)                                              \
	write_capture(file, (const int[]){ __VA_ARGS__, -1 }, damaged)

static void one_file_keeps_its_order(void **state)
{
	WRITE(0, 0, 5, 6, 3, 4, 9);
	ASSERT_ORDER("|5 6 3 4 9 ", 1, false);
}

static void overlapping_files_interleave(void **state)
{
	WRITE(0, 0, 2, 4, 6, 8);
	WRITE(1, 0, 1, 3, 5, 7, 9);
	ASSERT_ORDER("|1 2 3 4 5 6 7 8 9 ", 2, false);
}

static void order_of_names_does_not_matter(void **state)
{
	WRITE(0, 0, 7, 8, 9);
	WRITE(1, 0, 4, 5, 6);
	WRITE(2, 0, 1, 2, 3);
	ASSERT_ORDER("|1 2 3 |4 5 6 |7 8 9 ", 3, false);
}

static void cover_is_not_broken_by_a_silent_capture(void **state)
{
	WRITE(0, 0, 1, 50);
	WRITE(1, 0, 2, 3);
	WRITE(2, 0, 30, 31);
	ASSERT_ORDER("|1 2 3 30 31 50 ", 3, false);
}

static void backward_jumps_stay_where_they_are(void **state)
{
	WRITE(0, 0, 1, 20, 2, 21);
	WRITE(1, 0, 19, 22);
	ASSERT_ORDER("|1 19 20 2 21 22 ", 2, false);
}

static void damage_ends_one_file_only(void **state)
{
	WRITE(0, DAMAGED, 1, 2);
	WRITE(1, 0, 3, 4);
	ASSERT_ORDER("|1 2 |3 4 ", 2, true);
}

static void empty_files_are_passed_over(void **state)
{
	write_capture(0, (const int[]){ -1 }, 0);
	WRITE(1, 0, 3, 4);
	ASSERT_ORDER("|3 4 ", 2, false);
}

/* More than are kept open: each is closed after the first look. */
static void many_files_are_opened_when_due(void **state)
{
	char expected[4096];
	size_t n = 0;
	int lowest_free;

	for (int i = 0; i < MAX_FILES; i++)
		WRITE(MAX_FILES - 1 - i, 0, 10 * i, 10 * i + 15);
	n += (size_t)snprintf(expected, sizeof(expected), "|0 10 ");
	for (int i = 1; i < MAX_FILES; i++)
		n += (size_t)snprintf(expected + n, sizeof(expected) - n,
				      i + 1 < MAX_FILES ? "%d %d " : "%d ",
				      10 * i + 5, 10 * i + 10);
	snprintf(expected + n, sizeof(expected) - n, "%d ", 10 * MAX_FILES + 5);
	lowest_free = dup(0);
	close(lowest_free);
	ASSERT_ORDER(expected, MAX_FILES, false);
	assert_int_equal(dup(0), lowest_free);
	close(lowest_free);
}

/* The rest without it would look complete. */
static void file_that_vanished_ends_it_all(void **state)
{
	struct progress progress;
	struct merge *merge;
	char text[4096], path[64];

	for (int i = 0; i < 12; i++)
		WRITE(i, 0, 10 * i, 10 * i + 1);
	merge = open_files(12, &progress);
	snprintf(path, sizeof(path), "%s/2", directory);
	assert_int_equal(unlink(path), 0);
	read_all(merge, text, sizeof(text));
	assert_string_equal(text, "|0 1 |10 11 ");
	assert_true(merge_has_failed(merge));
	merge_close(merge);
}

static void what_is_no_capture_is_refused(void **state)
{
	char path[] = "/dev/null", *list[] = { path };
	struct merge *merge = NULL;
	struct progress progress;

	progress_init(&progress, "test", 0, true);
	assert_int_equal(merge_open(list, 1, &progress, &merge), -EBADMSG);
	assert_null(merge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_keeps_its_order),
		cmocka_unit_test(overlapping_files_interleave),
		cmocka_unit_test(order_of_names_does_not_matter),
		cmocka_unit_test(cover_is_not_broken_by_a_silent_capture),
		cmocka_unit_test(backward_jumps_stay_where_they_are),
		cmocka_unit_test(damage_ends_one_file_only),
		cmocka_unit_test(empty_files_are_passed_over),
		cmocka_unit_test(many_files_are_opened_when_due),
		cmocka_unit_test(file_that_vanished_ends_it_all),
		cmocka_unit_test(what_is_no_capture_is_refused),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
