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
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/journal.h"
#include "record_fixture.h"

#define NAME "journal"
#define META "{\"a\":1}"

static char directory[64];
static int fd;

static int make_directory(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/journal_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	return fd < 0;
}

static int remove_directory(void **state)
{
	unlinkat(fd, NAME, 0);
	close(fd);
	return rmdir(directory);
}

static int append(struct journal_writer *writer, uint64_t interval)
{
	struct record record = { 0 };
	int err;

	fixture_fill(&record, interval, 30);
	record.seq = interval + 1;
	record.flags = INTERVAL_PARTIAL;
	err = journal_append(writer, &record);
	record_fini(&record);
	return err;
}

static void write_journal(uint64_t n)
{
	struct journal_writer *writer;
	uint64_t i;

	assert_int_equal(journal_create(fd, NAME, META, true, &writer), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(append(writer, i), 0);
	journal_close(writer);
}

static size_t n_valid(void)
{
	struct journal_reader reader;
	struct record record = { 0 };
	size_t i, n;

	assert_int_equal(journal_open(fd, NAME, &reader), 0);
	n = reader.n_entries;
	for (i = 0; i < n; i++) {
		assert_int_equal(journal_read(&reader, i, &record), 0);
		assert_int_equal(record.seq, i + 1);
		assert_int_equal(record.subnet.n, 30);
	}
	record_fini(&record);
	journal_fini(&reader);
	return n;
}

static void records_read_back_in_order(void **state)
{
	struct journal_reader reader;
	struct record record = { 0 };

	write_journal(20);
	assert_int_equal(n_valid(), 20);
	assert_int_equal(journal_open(fd, NAME, &reader), 0);
	assert_string_equal(reader.meta_json, META);
	assert_int_equal(reader.valid_bytes, reader.file_bytes);
	assert_int_equal(journal_read(&reader, 7, &record), 0);
	assert_int_equal(record.start_ns,
			 FIXTURE_START_NS + 7 * (int64_t)FIXTURE_INTERVAL_NS);
	assert_int_equal(record.duration_ns, FIXTURE_INTERVAL_NS);
	assert_int_equal(record.flags, INTERVAL_PARTIAL);
	record_fini(&record);
	journal_fini(&reader);
}

static void an_existing_journal_is_not_overwritten(void **state)
{
	struct journal_writer *writer;

	write_journal(1);
	assert_int_equal(journal_create(fd, NAME, META, true, &writer),
			 -EEXIST);
	assert_int_equal(n_valid(), 1);
}

static void a_torn_tail_costs_only_its_record(void **state)
{
	struct journal_reader reader;
	uint64_t end[4], size;
	size_t i;
	int file;

	write_journal(3);
	assert_int_equal(journal_open(fd, NAME, &reader), 0);
	for (i = 0; i < 3; i++)
		end[i] = reader.entry[i].offset + reader.entry[i].payload_bytes;
	size = reader.file_bytes;
	journal_fini(&reader);
	assert_int_equal(size, end[2]);
	file = openat(fd, NAME, O_WRONLY);
	for (; size > end[0]; size -= 1 + size % 13) {
		assert_int_equal(ftruncate(file, (off_t)size), 0);
		assert_int_equal(n_valid(), size < end[1] ? 1 :
					    size < end[2] ? 2 :
							    3);
	}
	close(file);
}

static void a_flipped_bit_ends_the_valid_prefix(void **state)
{
	struct journal_reader reader;
	uint64_t second, at;
	uint8_t byte;
	int file;

	write_journal(3);
	assert_int_equal(journal_open(fd, NAME, &reader), 0);
	second = reader.entry[1].offset - JOURNAL_RECORD_HEADER_BYTES;
	journal_fini(&reader);
	file = openat(fd, NAME, O_RDWR);
	/* Every byte of the header, then some of the payload. */
	for (at = second; at < second + 400;
	     at += at < second + JOURNAL_RECORD_HEADER_BYTES ? 1 : 7) {
		assert_int_equal(pread(file, &byte, 1, (off_t)at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
		assert_int_equal(n_valid(), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
	}
	assert_int_equal(n_valid(), 3);
	close(file);
}

static void a_damaged_header_is_refused(void **state)
{
	struct journal_reader reader;
	uint8_t byte;
	off_t at;
	int file;

	write_journal(1);
	file = openat(fd, NAME, O_RDWR);
	for (at = 0; at < JOURNAL_HEADER_BYTES + (off_t)strlen(META); at++) {
		assert_int_equal(pread(file, &byte, 1, at), 1);
		byte ^= 0x20;
		assert_int_equal(pwrite(file, &byte, 1, at), 1);
		assert_int_equal(journal_open(fd, NAME, &reader), -EBADMSG);
		byte ^= 0x20;
		assert_int_equal(pwrite(file, &byte, 1, at), 1);
	}
	close(file);
	assert_int_equal(n_valid(), 1);
}

static void flip(off_t at)
{
	int file = openat(fd, NAME, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(file, &byte, 1, at), 1);
	byte ^= 0x04;
	assert_int_equal(pwrite(file, &byte, 1, at), 1);
	close(file);
}

static void records_behind_damage_are_found(void **state)
{
	struct journal_reader reader;
	struct record record = { 0 };
	uint64_t start[6];
	size_t i;

	write_journal(6);
	assert_int_equal(journal_open(fd, NAME, &reader), 0);
	for (i = 0; i < 6; i++)
		start[i] = reader.entry[i].offset - JOURNAL_RECORD_HEADER_BYTES;
	journal_fini(&reader);
	/* A magic, a checksum, and the last one's content. */
	flip((off_t)start[1]);
	flip((off_t)start[3] + 5);
	flip((off_t)start[5] + 100);
	assert_int_equal(n_valid(), 1);
	assert_int_equal(journal_open_damaged(fd, NAME, &reader), 0);
	assert_string_equal(reader.meta_json, META);
	assert_int_equal(reader.n_entries, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(reader.entry[i].seq, 2 * i + 1);
		assert_int_equal(reader.entry[i].follows_damage, i > 0);
		assert_int_equal(journal_read(&reader, i, &record), 0);
		assert_int_equal(record.subnet.n, 30);
	}
	assert_int_equal(reader.valid_bytes, start[5]);
	journal_fini(&reader);
	/* Without a header, too. */
	flip(3);
	assert_int_equal(journal_open(fd, NAME, &reader), -EBADMSG);
	assert_int_equal(journal_open_damaged(fd, NAME, &reader), 0);
	assert_null(reader.meta_json);
	assert_int_equal(reader.n_entries, 3);
	assert_true(reader.entry[0].follows_damage);
	journal_fini(&reader);
	record_fini(&record);
}

/* RLIMIT_FSIZE makes a short write, as a full disk does. */
static void a_failed_append_leaves_the_journal_as_it_was(void **state)
{
	struct journal_writer *writer;
	struct rlimit limit, saved;
	uint64_t end;
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(journal_create(fd, NAME, META, true, &writer), 0);
	assert_int_equal(append(writer, 0), 0);
	end = journal_bytes(writer);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit = saved;
	limit.rlim_cur = end + 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(append(writer, 1), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(journal_bytes(writer), end);
	assert_int_equal(fstatat(fd, NAME, &st, 0), 0);
	assert_int_equal(st.st_size, end);
	assert_int_equal(append(writer, 1), 0);
	journal_close(writer);
	assert_int_equal(n_valid(), 2);
}

static void records_that_overlap_end_the_valid_prefix(void **state)
{
	struct journal_writer *writer;
	struct record record = { 0 };

	assert_int_equal(journal_create(fd, NAME, META, true, &writer), 0);
	assert_int_equal(append(writer, 0), 0);
	fixture_fill(&record, 0, 3);
	record.seq = 2;
	assert_int_equal(journal_append(writer, &record), 0);
	record_fini(&record);
	journal_close(writer);
	assert_int_equal(n_valid(), 1);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(records_read_back_in_order),
		CASE(an_existing_journal_is_not_overwritten),
		CASE(a_torn_tail_costs_only_its_record),
		CASE(a_flipped_bit_ends_the_valid_prefix),
		CASE(a_damaged_header_is_refused),
		CASE(records_behind_damage_are_found),
		CASE(a_failed_append_leaves_the_journal_as_it_was),
		CASE(records_that_overlap_end_the_valid_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
