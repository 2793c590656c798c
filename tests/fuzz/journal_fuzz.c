// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A journal with whatever content: what its checks let through must build a
 * segment that passes segment_check(). The checksums are made right first, or
 * no mutation would ever get past them. Inputs whose first byte is not the
 * journal's magic go to record_decode() alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/campaign_journal.h"
#include "../../lib/crc32c.h"
#include "../../lib/journal_layout.h"
#include "../../lib/segment_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void repair(uint8_t *bytes, size_t n_bytes)
{
	size_t at, n_payload, n;

	if (n_bytes < JOURNAL_HEADER_BYTES)
		return;
	n = journal_get32(bytes + 8);
	if (n <= n_bytes - JOURNAL_HEADER_BYTES)
		journal_put32(bytes + 12,
			      crc32c_add(0, bytes + JOURNAL_HEADER_BYTES, n));
	at = journal_get64(bytes + 16);
	while (at < n_bytes && n_bytes - at >= JOURNAL_RECORD_HEADER_BYTES) {
		n_payload = journal_get32(bytes + at + 8);
		if (n_payload > n_bytes - at - JOURNAL_RECORD_HEADER_BYTES)
			return;
		n = JOURNAL_RECORD_HEADER_BYTES + n_payload;
		journal_put32(bytes + at + 4,
			      crc32c_add(0, bytes + at + 8, n - 8));
		at += n;
	}
}

static void check_decode(const uint8_t *bytes, size_t n_bytes)
{
	struct record record = { 0 };
	uint8_t *again;
	size_t n;

	if (!record_decode(&record, bytes, n_bytes)) {
		if (record_check(&record) || record_encode(&record, &again, &n))
			abort();
		free(again);
	}
	record_fini(&record);
}

/* What repair reads: whatever is valid, anywhere. */
static void check_damaged(const char *path)
{
	struct journal_reader journal;
	struct record record = { 0 };

	if (journal_open_damaged(AT_FDCWD, path, &journal))
		return;
	for (size_t i = 0; i < journal.n_entries; i++)
		if (!journal_read(&journal, i, &record) &&
		    record_check(&record))
			abort();
	record_fini(&record);
	journal_fini(&journal);
}

static void check_journal(int fd)
{
	struct segment_fault fault;
	struct journal_reader journal;
	struct segment segment;
	const char *problem;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_damaged(path);
	if (journal_open(AT_FDCWD, path, &journal))
		return;
	if (!campaign_journal_build(&journal, 0, &segment, &problem)) {
		if (segment_check(&segment, SEGMENT_ALL, &fault))
			abort();
		segment_fini(&segment);
	}
	journal_fini(&journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	uint8_t *copy;
	int fd;

	if (!n_bytes || bytes[0] != JOURNAL_MAGIC[0]) {
		check_decode(bytes, n_bytes);
		return 0;
	}
	copy = malloc(n_bytes);
	fd = memfd_create("journal", MFD_CLOEXEC);
	if (copy && fd >= 0) {
		memcpy(copy, bytes, n_bytes);
		repair(copy, n_bytes);
		if (write(fd, copy, n_bytes) == (ssize_t)n_bytes)
			check_journal(fd);
	}
	close(fd);
	free(copy);
	return 0;
}
