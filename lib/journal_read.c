// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "journal.h"
#include "journal_layout.h"
#include "crc32c.h"

enum { BLOCK_BYTES = 1 << 16 };

static int read_at(int fd, void *bytes, size_t n_bytes, uint64_t offset)
{
	char *at = bytes;
	ssize_t n;

	while (n_bytes) {
		n = pread(fd, at, n_bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		at += n;
		offset += (uint64_t)n;
		n_bytes -= (size_t)n;
	}
	return 0;
}

/* Where the first record stands; the writer aligns it. */
static uint64_t first_offset(uint32_t n_meta)
{
	return (JOURNAL_HEADER_BYTES + (uint64_t)n_meta + 7) & ~7ull;
}

static int read_file_header(struct journal_reader *reader)
{
	uint8_t header[JOURNAL_HEADER_BYTES];
	uint32_t n_meta;
	char *meta;
	int err = read_at(reader->fd, header, sizeof(header), 0);

	if (err)
		return err;
	n_meta = journal_get32(header + 8);
	reader->valid_bytes = journal_get64(header + 16);
	if (memcmp(header, JOURNAL_MAGIC, 8) ||
	    n_meta > JOURNAL_MAX_META_BYTES ||
	    reader->valid_bytes != first_offset(n_meta) ||
	    reader->valid_bytes > reader->file_bytes)
		return -EBADMSG;
	meta = malloc(n_meta + 1);
	if (!meta)
		return -ENOMEM;
	err = read_at(reader->fd, meta, n_meta, sizeof(header));
	meta[n_meta] = 0;
	if (!err &&
	    (crc32c_add(0, meta, n_meta) != journal_get32(header + 12) ||
	     strlen(meta) != n_meta))
		err = -EBADMSG;
	if (err)
		free(meta);
	else
		reader->meta_json = meta;
	return err;
}

/* CRC of n_bytes of the file put after `crc`. */
static int add_file_crc(int fd, uint64_t offset, size_t n_bytes, uint32_t *crc)
{
	uint8_t block[BLOCK_BYTES];
	size_t n;
	int err;

	while (n_bytes) {
		n = n_bytes < sizeof(block) ? n_bytes : sizeof(block);
		err = read_at(fd, block, n, offset);
		if (err)
			return err;
		*crc = crc32c_add(*crc, block, n);
		offset += n;
		n_bytes -= n;
	}
	return 0;
}

/* A record follows from the one before it: seq ascends, time does not overlap
 * and stays far from overflow. */
static bool entry_follows(const struct journal_reader *reader,
			  const struct journal_entry *entry)
{
	const int64_t far_ns = INT64_MAX / 4;
	const struct journal_entry *last;

	if (entry->start_ns < -far_ns || entry->start_ns > far_ns ||
	    !entry->duration_ns || entry->duration_ns > (uint64_t)far_ns)
		return false;
	if (!reader->n_entries)
		return true;
	last = &reader->entry[reader->n_entries - 1];
	return entry->seq > last->seq &&
	       entry->start_ns >= last->start_ns + (int64_t)last->duration_ns;
}

/* Reads the record at valid_bytes; -EBADMSG where the valid prefix ends. */
static int read_entry(const struct journal_reader *reader,
		      struct journal_entry *entry)
{
	uint8_t header[JOURNAL_RECORD_HEADER_BYTES];
	uint32_t crc;
	int err = read_at(reader->fd, header, sizeof(header),
			  reader->valid_bytes);

	if (err)
		return err;
	entry->payload_bytes = journal_get32(header + 8);
	entry->record_bytes = journal_get32(header + 12);
	entry->seq = journal_get64(header + 16);
	entry->start_ns = (int64_t)journal_get64(header + 24);
	entry->duration_ns = journal_get64(header + 32);
	entry->flags = header[40];
	entry->follows_damage = false;
	entry->offset = reader->valid_bytes + sizeof(header);
	if (journal_get32(header) != JOURNAL_RECORD_MAGIC ||
	    entry->payload_bytes > JOURNAL_MAX_PAYLOAD_BYTES ||
	    entry->record_bytes > JOURNAL_MAX_RECORD_BYTES ||
	    entry->payload_bytes > reader->file_bytes ||
	    entry->offset > reader->file_bytes - entry->payload_bytes ||
	    !entry_follows(reader, entry))
		return -EBADMSG;
	crc = crc32c_add(0, header + 8, sizeof(header) - 8);
	err = add_file_crc(reader->fd, entry->offset, entry->payload_bytes,
			   &crc);
	if (!err && crc != journal_get32(header + 4))
		err = -EBADMSG;
	return err;
}

static int add_entry(struct journal_reader *reader, size_t *max,
		     const struct journal_entry *entry)
{
	struct journal_entry *row = record_grow(
		(void **)&reader->entry, &reader->n_entries, max, sizeof(*row));

	if (!row)
		return -ENOMEM;
	*row = *entry;
	reader->valid_bytes = entry->offset + entry->payload_bytes;
	return 0;
}

static int read_entries(struct journal_reader *reader, size_t *max)
{
	struct journal_entry entry;
	int err;

	do {
		err = read_entry(reader, &entry);
		if (!err)
			err = add_entry(reader, max, &entry);
	} while (!err);
	return err == -EBADMSG ? 0 : err;
}

/* The next place at or after `offset` that begins like a record; -ENODATA when
 * there is none. */
static int find_magic(const struct journal_reader *reader, uint64_t offset,
		      uint64_t *ret_offset)
{
	uint8_t block[BLOCK_BYTES], magic[4];
	const uint8_t *at;
	size_t n;
	int err;

	journal_put32(magic, JOURNAL_RECORD_MAGIC);
	while (offset + JOURNAL_RECORD_HEADER_BYTES <= reader->file_bytes) {
		n = sizeof(block);
		if (n > reader->file_bytes - offset)
			n = (size_t)(reader->file_bytes - offset);
		err = read_at(reader->fd, block, n, offset);
		if (err)
			return err;
		at = memmem(block, n, magic, sizeof(magic));
		if (at) {
			*ret_offset = offset + (uint64_t)(at - block);
			return 0;
		}
		/* It may lie across two blocks. */
		offset += n - (sizeof(magic) - 1);
	}
	return -ENODATA;
}

/* Finds the next valid record behind what is none, from `offset` on, and adds
 * it; -ENODATA when there is none. */
static int resume_entries(struct journal_reader *reader, size_t *max,
			  uint64_t offset)
{
	uint64_t end = reader->valid_bytes;
	struct journal_entry entry;
	int err;

	do {
		err = find_magic(reader, offset, &reader->valid_bytes);
		if (!err)
			err = read_entry(reader, &entry);
		offset = reader->valid_bytes + 1;
	} while (err == -EBADMSG);
	if (!err) {
		entry.follows_damage = true;
		return add_entry(reader, max, &entry);
	}
	reader->valid_bytes = end;
	return err;
}

static int read_all_entries(struct journal_reader *reader, bool has_header)
{
	size_t max = 0;
	int err = 0;

	if (!has_header) {
		reader->valid_bytes = 0;
		err = resume_entries(reader, &max, 0);
	}
	while (!err) {
		err = read_entries(reader, &max);
		if (!err)
			err = resume_entries(reader, &max,
					     reader->valid_bytes + 1);
	}
	return err == -ENODATA ? 0 : err;
}

static int open_any(int dir_fd, const char *name, bool is_damaged,
		    struct journal_reader *ret_reader)
{
	struct journal_reader reader = { .fd = -1 };
	struct stat st;
	size_t max = 0;
	int err;

	/* Not blocking, so that a fifo of that name cannot stop us. */
	reader.fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (reader.fd < 0)
		return -errno;
	err = fstat(reader.fd, &st) ? -errno : 0;
	if (!err && !S_ISREG(st.st_mode))
		err = -EBADMSG;
	if (!err) {
		reader.file_bytes = (uint64_t)st.st_size;
		err = read_file_header(&reader);
		if (!err && !is_damaged)
			err = read_entries(&reader, &max);
		else if (is_damaged && (!err || err == -EBADMSG))
			err = read_all_entries(&reader, !err);
	}
	if (err)
		journal_fini(&reader);
	else
		*ret_reader = reader;
	return err;
}

int journal_open(int dir_fd, const char *name,
		 struct journal_reader *ret_reader)
{
	return open_any(dir_fd, name, false, ret_reader);
}

int journal_open_damaged(int dir_fd, const char *name,
			 struct journal_reader *ret_reader)
{
	return open_any(dir_fd, name, true, ret_reader);
}

static int decompress(struct record *record, const uint8_t *payload,
		      size_t n_payload, size_t n_plain)
{
	uint8_t *plain = malloc(n_plain ? n_plain : 1);
	size_t n;
	int err = -EBADMSG;

	if (!plain)
		return -ENOMEM;
	n = ZSTD_decompress(plain, n_plain, payload, n_payload);
	if (!ZSTD_isError(n) && n == n_plain)
		err = record_decode(record, plain, n_plain);
	free(plain);
	return err;
}

int journal_read(const struct journal_reader *reader, size_t entry_idx,
		 struct record *record)
{
	const struct journal_entry *entry = &reader->entry[entry_idx];
	uint8_t *payload = malloc(entry->payload_bytes + 1);
	int err;

	if (!payload)
		return -ENOMEM;
	err = read_at(reader->fd, payload, entry->payload_bytes, entry->offset);
	/* The frame's own size first: a forged length cannot demand memory. */
	if (!err && ZSTD_getFrameContentSize(payload, entry->payload_bytes) !=
			    entry->record_bytes)
		err = -EBADMSG;
	if (!err)
		err = decompress(record, payload, entry->payload_bytes,
				 entry->record_bytes);
	free(payload);
	if (err)
		return err;
	record->seq = entry->seq;
	record->start_ns = entry->start_ns;
	record->duration_ns = entry->duration_ns;
	record->flags = entry->flags;
	return 0;
}

void journal_fini(struct journal_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->meta_json);
	free(reader->entry);
	*reader = (struct journal_reader){ .fd = -1 };
}
