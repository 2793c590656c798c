// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/campaign_seal.h"
#include "../../lib/journal.h"
#include "../../lib/manifest.h"
#include "record_fixture.h"

#define META                                                                           \
	"{\"campaign_uuid\":\"00000000-0000-4000-8000-000000000000\","                 \
	"\"level\":\"raw\",\"interval_ns\":10000000000,\"histogram\":{\"sub_bits\":5," \
	"\"linear_bits\":14,\"limit_bits\":34}}"

static char directory[64];
static struct campaign_seal seal;

static int make_directory(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/seal_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	seal = (struct campaign_seal){ .path = directory };
	seal.campaign_fd = open(directory, O_RDONLY | O_DIRECTORY);
	mkdirat(seal.campaign_fd, "journal", 0777);
	mkdirat(seal.campaign_fd, "raw", 0777);
	seal.journal_fd =
		openat(seal.campaign_fd, "journal", O_RDONLY | O_DIRECTORY);
	seal.lock_fd =
		openat(seal.campaign_fd, "lock", O_WRONLY | O_CREAT, 0666);
	return seal.lock_fd < 0;
}

static int remove_directory(void **state)
{
	char command[128];

	campaign_seal_fini(&seal);
	close(seal.campaign_fd);
	close(seal.journal_fd);
	close(seal.lock_fd);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* Intervals whose numbers and times follow from the first's. */
static void add_intervals(uint64_t first_seq, uint64_t n)
{
	struct journal_writer *writer;
	struct record record = { 0 };
	char name[CAMPAIGN_NAME_MAX];

	campaign_journal_name(first_seq, name);
	assert_int_equal(
		journal_create(seal.journal_fd, name, META, false, &writer), 0);
	for (uint64_t i = 0; i < n; i++) {
		fixture_fill(&record, first_seq + i, 10);
		record.seq = first_seq + i;
		assert_int_equal(journal_append(writer, &record), 0);
	}
	record_fini(&record);
	journal_close(writer);
	assert_int_equal(campaign_seal_add(&seal, first_seq), 0);
}

static void add_journal(uint64_t first_seq)
{
	add_intervals(first_seq, 2);
}

static int n_waiting(void)
{
	char name[CAMPAIGN_NAME_MAX];
	struct stat st;
	int n = 0;

	for (uint64_t seq = 1; seq < 10; seq += 2) {
		campaign_journal_name(seq, name);
		n += !fstatat(seal.journal_fd, name, &st, 0);
	}
	return n;
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

static void a_stopped_child_is_killed_and_its_journal_sealed(void **state)
{
	int saved = mute();

	add_journal(1);
	add_journal(3);
	seal.limit_ns = 2000000000;
	campaign_seal_poll(&seal);
	assert_true(seal.child > 0);
	kill(seal.child, SIGSTOP);
	assert_int_equal(campaign_seal_finish(&seal), 0);
	unmute(saved);
	assert_int_equal(n_waiting(), 0);
}

static void a_killed_child_leaves_its_journal_for_the_next_turn(void **state)
{
	int saved = mute();

	add_journal(1);
	campaign_seal_poll(&seal);
	kill(seal.child, SIGKILL);
	while (seal.child)
		campaign_seal_poll(&seal);
	assert_int_equal(n_waiting(), 1);
	assert_int_equal(seal.n_failed, 1);
	/* Tried again only when there is something new. */
	campaign_seal_poll(&seal);
	assert_int_equal(seal.child, 0);
	add_journal(3);
	campaign_seal_poll(&seal);
	assert_true(seal.child > 0);
	assert_int_equal(campaign_seal_finish(&seal), 0);
	unmute(saved);
	assert_int_equal(n_waiting(), 0);
}

static void a_journal_is_sealed_once(void **state)
{
	add_journal(1);
	assert_int_equal(campaign_seal_add(&seal, 1), 0);
	assert_int_equal(seal.n_waiting, 1);
	assert_int_equal(campaign_seal_finish(&seal), 0);
}

/* The disk damaged the second of three records after the journal was closed: a
 * segment of the first alone would take the third with it. */
static void damage_since_it_was_closed_costs_one_interval(void **state)
{
	struct journal_reader journal;
	struct manifest manifest;
	char name[CAMPAIGN_NAME_MAX];
	uint8_t byte;
	off_t at;
	size_t line;
	int fd, saved = mute();

	add_intervals(1, 3);
	campaign_journal_name(1, name);
	assert_int_equal(journal_open(seal.journal_fd, name, &journal), 0);
	at = (off_t)journal.entry[1].offset + 9;
	journal_fini(&journal);
	fd = openat(seal.journal_fd, name, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
	assert_int_equal(campaign_seal_finish(&seal), 0);
	unmute(saved);
	assert_int_equal(n_waiting(), 0);
	assert_int_equal(manifest_read(seal.campaign_fd, &manifest, &line), 0);
	assert_int_equal(manifest.n, 2);
	assert_int_equal(manifest.entry[0].last_seq, 1);
	assert_int_equal(manifest.entry[1].first_seq, 3);
	manifest_fini(&manifest);
}

/* 100 MB of journal: 216 MiB are needed, 864 MiB are enough. */
static void space_is_low_before_it_is_short(void **state)
{
	const uint64_t mb = 1 << 20, journal = 100 * mb;
	const struct {
		uint64_t free_mb;
		enum campaign_space last, expected;
	} at[] = {
		{ 865, CAMPAIGN_SPACE_ENOUGH, CAMPAIGN_SPACE_ENOUGH },
		{ 863, CAMPAIGN_SPACE_ENOUGH, CAMPAIGN_SPACE_LOW },
		{ 217, CAMPAIGN_SPACE_ENOUGH, CAMPAIGN_SPACE_LOW },
		{ 215, CAMPAIGN_SPACE_ENOUGH, CAMPAIGN_SPACE_NONE },
		{ 215, CAMPAIGN_SPACE_LOW, CAMPAIGN_SPACE_NONE },
		{ 0, CAMPAIGN_SPACE_NONE, CAMPAIGN_SPACE_NONE },
		/* Not to and fro at a mark. */
		{ 269, CAMPAIGN_SPACE_NONE, CAMPAIGN_SPACE_NONE },
		{ 271, CAMPAIGN_SPACE_NONE, CAMPAIGN_SPACE_LOW },
		{ 1079, CAMPAIGN_SPACE_LOW, CAMPAIGN_SPACE_LOW },
		{ 1081, CAMPAIGN_SPACE_LOW, CAMPAIGN_SPACE_ENOUGH },
	};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_int_equal(campaign_space_level(at[i].free_mb * mb,
						      journal, at[i].last),
				 at[i].expected);
}

static void sealing_goes_on_when_there_is_space_again(void **state)
{
	int saved = mute();

	add_journal(1);
	/* As after a look that found no room; the next one finds it. */
	seal.space = CAMPAIGN_SPACE_NONE;
	seal.n_failed = 1;
	campaign_seal_poll(&seal);
	assert_int_equal(seal.child, 0);
	campaign_seal_look_at_space(&seal, 0);
	campaign_seal_poll(&seal);
	assert_true(seal.child > 0);
	assert_int_equal(campaign_seal_finish(&seal), 0);
	unmute(saved);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_stopped_child_is_killed_and_its_journal_sealed),
		CASE(a_killed_child_leaves_its_journal_for_the_next_turn),
		CASE(a_journal_is_sealed_once),
		CASE(damage_since_it_was_closed_costs_one_interval),
		cmocka_unit_test(space_is_low_before_it_is_short),
		CASE(sealing_goes_on_when_there_is_space_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
