/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal: the intervals that are not sealed yet, one record each, in one
 * append-only file (spindrift-segment(5), JOURNAL).
 *
 * A record is on disk when journal_append() returns 0. A failed append leaves
 * the file as it was. Readers take the valid prefix: the first record whose
 * magic, length or CRC-32C is wrong ends it. Nothing here prints; errors are
 * negative errno. One writer, any number of readers.
 */
#ifndef LIB_JOURNAL_H
#define LIB_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

enum {
	JOURNAL_HEADER_BYTES = 24,
	JOURNAL_RECORD_HEADER_BYTES = 48,
	JOURNAL_MAX_META_BYTES = 1 << 20,
	JOURNAL_MAX_PAYLOAD_BYTES = 1 << 28, /* compressed */
	JOURNAL_MAX_RECORD_BYTES = 1 << 29,  /* decompressed */
};

struct journal_writer;

/*
 * Creates `name` in the directory; -EEXIST when it is there. `meta_json` is
 * kept in the header. With `is_synced` each append waits for the disk. On
 * failure nothing is left behind.
 */
int journal_create(int dir_fd, const char *name, const char *meta_json,
		   bool is_synced, struct journal_writer **ret_writer);
int journal_append(struct journal_writer *writer, const struct record *record);
uint64_t journal_bytes(const struct journal_writer *writer);
/* Whether the file ends with its last record: false when what a failed append
 * wrote could not be cut off. */
bool journal_is_whole(const struct journal_writer *writer);
/* Gives preallocated space back, closes and frees. NULL is accepted. */
void journal_close(struct journal_writer *writer);

/* Header of one record, and where it stands in the file. */
struct journal_entry {
	uint64_t seq;
	int64_t start_ns;
	uint64_t duration_ns;
	uint8_t flags;
	bool follows_damage; /* journal_open_damaged() only */
	uint32_t payload_bytes, record_bytes;
	uint64_t offset; /* of the payload */
};

/* Entries ascend in seq and do not overlap in time. */
struct journal_reader {
	int fd;
	char *meta_json;
	struct journal_entry *entry;
	size_t n_entries;
	uint64_t valid_bytes; /* end of the valid prefix */
	uint64_t file_bytes;
};

/* Reads the whole file once to find its valid prefix. -EBADMSG when even the
 * header is not that of a journal. */
int journal_open(int dir_fd, const char *name,
		 struct journal_reader *ret_reader);
/*
 * For repair: also the valid records behind bytes that are none, each marked
 * follows_damage. meta_json is NULL when the header is damaged; then the first
 * record follows damage, too. valid_bytes is the end of the last valid record.
 */
int journal_open_damaged(int dir_fd, const char *name,
			 struct journal_reader *ret_reader);
int journal_read(const struct journal_reader *reader, size_t entry_idx,
		 struct record *record);
void journal_fini(struct journal_reader *reader);

#endif
