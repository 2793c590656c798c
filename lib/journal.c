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

enum {
	COMPRESSION_LEVEL = 1,
	PREALLOCATED_BYTES = 8 << 20, /* at a time */
};

struct journal_writer {
	int fd;
	bool is_synced;
	uint64_t end_bytes; /* after the last good record */
	uint64_t allocated_bytes;
	bool is_torn; /* bytes of a failed append are behind that */
	ZSTD_CCtx *zstd;
};

/* All or nothing, as far as the caller sees: 0 or -errno. */
static int write_at(int fd, const uint8_t *bytes, size_t n_bytes,
		    uint64_t offset)
{
	ssize_t n;

	while (n_bytes) {
		n = pwrite(fd, bytes, n_bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		bytes += n;
		offset += (uint64_t)n;
		n_bytes -= (size_t)n;
	}
	return 0;
}

/* Room ahead of the writer: a later ENOSPC of somebody else does not hit the
 * running interval. Where the file system cannot, writing will tell. */
static void allocate_ahead(struct journal_writer *writer, uint64_t end_bytes)
{
	if (end_bytes <= writer->allocated_bytes)
		return;
	if (!fallocate(writer->fd, FALLOC_FL_KEEP_SIZE, (off_t)end_bytes,
		       PREALLOCATED_BYTES))
		writer->allocated_bytes = end_bytes + PREALLOCATED_BYTES;
}

static int write_header(struct journal_writer *writer, const char *meta_json)
{
	size_t n_meta = strlen(meta_json);
	size_t n_bytes = (JOURNAL_HEADER_BYTES + n_meta + 7) & ~(size_t)7;
	uint8_t *bytes;
	int err;

	if (n_meta > JOURNAL_MAX_META_BYTES)
		return -E2BIG;
	bytes = calloc(1, n_bytes);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, JOURNAL_MAGIC, 8);
	journal_put32(bytes + 8, (uint32_t)n_meta);
	journal_put32(bytes + 12, crc32c_add(0, meta_json, n_meta));
	journal_put64(bytes + 16, n_bytes);
	memcpy(bytes + JOURNAL_HEADER_BYTES, meta_json, n_meta);
	err = write_at(writer->fd, bytes, n_bytes, 0);
	free(bytes);
	if (!err && fsync(writer->fd))
		err = -errno;
	writer->end_bytes = n_bytes;
	return err;
}

int journal_create(int dir_fd, const char *name, const char *meta_json,
		   bool is_synced, struct journal_writer **ret_writer)
{
	struct journal_writer *writer = calloc(1, sizeof(*writer));
	int err = 0;

	if (!writer)
		return -ENOMEM;
	writer->is_synced = is_synced;
	writer->fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			    0666);
	if (writer->fd < 0) {
		err = -errno;
		free(writer);
		return err;
	}
	writer->zstd = ZSTD_createCCtx();
	if (!writer->zstd)
		err = -ENOMEM;
	if (!err)
		err = write_header(writer, meta_json);
	if (!err && fsync(dir_fd))
		err = -errno;
	if (err) {
		unlinkat(dir_fd, name, 0);
		journal_close(writer);
		return err;
	}
	*ret_writer = writer;
	return 0;
}

/* Header and compressed payload in one buffer, for one pwrite. */
static int pack_record(struct journal_writer *writer,
		       const struct record *record, uint8_t **ret_bytes,
		       size_t *ret_n_bytes)
{
	uint8_t *plain = NULL, *bytes = NULL;
	size_t n_plain, n_payload, n_room;
	int err = record_encode(record, &plain, &n_plain);

	if (err)
		return err;
	n_room = ZSTD_compressBound(n_plain);
	bytes = malloc(JOURNAL_RECORD_HEADER_BYTES + n_room);
	if (!bytes || n_plain > JOURNAL_MAX_RECORD_BYTES) {
		err = bytes ? -E2BIG : -ENOMEM;
		goto out;
	}
	n_payload = ZSTD_compressCCtx(writer->zstd,
				      bytes + JOURNAL_RECORD_HEADER_BYTES,
				      n_room, plain, n_plain,
				      COMPRESSION_LEVEL);
	if (ZSTD_isError(n_payload) || n_payload > JOURNAL_MAX_PAYLOAD_BYTES) {
		err = -E2BIG;
		goto out;
	}
	memset(bytes, 0, JOURNAL_RECORD_HEADER_BYTES);
	journal_put32(bytes, JOURNAL_RECORD_MAGIC);
	journal_put32(bytes + 8, (uint32_t)n_payload);
	journal_put32(bytes + 12, (uint32_t)n_plain);
	journal_put64(bytes + 16, record->seq);
	journal_put64(bytes + 24, (uint64_t)record->start_ns);
	journal_put64(bytes + 32, record->duration_ns);
	bytes[40] = record->flags;
	n_payload += JOURNAL_RECORD_HEADER_BYTES;
	journal_put32(bytes + 4, crc32c_add(0, bytes + 8, n_payload - 8));
	*ret_n_bytes = n_payload;
	*ret_bytes = bytes;
	bytes = NULL;
out:
	free(plain);
	free(bytes);
	return err;
}

/* What a failed append left behind the last record must not come back after a
 * power cut, as if it had been acknowledged. What cannot be cut off is torn:
 * readers stop there, and the next record is written over it. */
static void cut_torn(struct journal_writer *writer)
{
	writer->is_torn = ftruncate(writer->fd, (off_t)writer->end_bytes) ||
			  (writer->is_synced && fdatasync(writer->fd));
	if (!writer->is_torn)
		writer->allocated_bytes = 0;
}

int journal_append(struct journal_writer *writer, const struct record *record)
{
	uint8_t *bytes;
	size_t n_bytes;
	int err = pack_record(writer, record, &bytes, &n_bytes);

	if (err)
		return err;
	if (writer->is_torn)
		cut_torn(writer);
	allocate_ahead(writer, writer->end_bytes + n_bytes);
	err = write_at(writer->fd, bytes, n_bytes, writer->end_bytes);
	if (!err && writer->is_synced && fdatasync(writer->fd))
		err = -errno;
	free(bytes);
	if (err) {
		cut_torn(writer);
		return err;
	}
	writer->end_bytes += n_bytes;
	return 0;
}

uint64_t journal_bytes(const struct journal_writer *writer)
{
	return writer->end_bytes;
}

bool journal_is_whole(const struct journal_writer *writer)
{
	return !writer->is_torn;
}

void journal_close(struct journal_writer *writer)
{
	if (!writer)
		return;
	/* Failure leaves the preallocated room until the journal is removed. */
	if (writer->end_bytes &&
	    ftruncate(writer->fd, (off_t)writer->end_bytes))
		writer->allocated_bytes = 0;
	ZSTD_freeCCtx(writer->zstd);
	close(writer->fd);
	free(writer);
}
