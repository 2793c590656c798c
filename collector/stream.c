// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decompress.h"
#include "../lib/stop.h"

enum {
	/* Small enough to stay in a second-level cache while it is parsed. */
	READ_BYTES = 256 << 10,
	BUFFER_BYTES = STREAM_PEEK_MAX + READ_BYTES,
};

struct stream {
	int fd;
	bool has_ended; /* nothing more will be put into the buffer */
	const char *problem;
	uint64_t n_input, n_file, position;
	struct decompress *decompress;
	uint8_t *buffer;
	size_t begin, end; /* bytes not yet skipped */
	uint8_t *input;    /* compressed bytes, when decompressing */
	const uint8_t *next_input;
	size_t n_next_input;
	bool input_ended;
};

/* One read(), repeated when interrupted, but for a signal to stop: that is an
 * end. 0 at the end and after a failure. */
static size_t read_some(struct stream *stream, uint8_t *bytes, size_t max)
{
	ssize_t n;

	do {
		n = read(stream->fd, bytes, max);
		if (n < 0 && errno == EINTR && stop_signal())
			return 0;
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		stream->problem = strerror(errno);
		return 0;
	}
	stream->n_input += (uint64_t)n;
	return (size_t)n;
}

static void fill_plain(struct stream *stream, size_t room)
{
	size_t n = read_some(stream, stream->buffer + stream->end, room);

	stream->end += n;
	stream->has_ended = n == 0;
}

static const char *decompress_problem(int err)
{
	return err == -ENOMEM ? "its compression needs too much memory" :
				"the compressed data are damaged";
}

/* Until something came out, or nothing more will. */
static void fill_decompressed(struct stream *stream, size_t room)
{
	size_t n_out = 0, n_before;
	int err;

	while (n_out == 0 && !stream->has_ended) {
		if (stream->n_next_input == 0 && !stream->input_ended) {
			stream->next_input = stream->input;
			stream->n_next_input =
				read_some(stream, stream->input, READ_BYTES);
			stream->input_ended = stream->n_next_input == 0;
		}
		n_before = stream->n_next_input;
		err = decompress_run(stream->decompress, &stream->next_input,
				     &stream->n_next_input,
				     stream->buffer + stream->end, room,
				     &n_out);
		stream->end += n_out;
		if (err < 0)
			stream->problem = decompress_problem(err);
		else if (n_out > 0 || !stream->input_ended ||
			 stream->n_next_input < n_before)
			continue;
		else if (!stream->problem &&
			 !decompress_is_complete(stream->decompress))
			stream->problem = "the compressed data are cut off";
		stream->has_ended = true;
	}
}

size_t stream_peek(struct stream *stream, size_t n_bytes, uint8_t **ret_bytes)
{
	if (stream->end - stream->begin < n_bytes && !stream->has_ended) {
		memmove(stream->buffer, stream->buffer + stream->begin,
			stream->end - stream->begin);
		stream->end -= stream->begin;
		stream->begin = 0;
	}
	while (stream->end - stream->begin < n_bytes && !stream->has_ended) {
		size_t room = BUFFER_BYTES - stream->end;

		if (room > READ_BYTES)
			room = READ_BYTES;
		if (stream->decompress)
			fill_decompressed(stream, room);
		else
			fill_plain(stream, room);
	}
	*ret_bytes = stream->buffer + stream->begin;
	return stream->end - stream->begin;
}

void stream_skip(struct stream *stream, size_t n_bytes)
{
	stream->begin += n_bytes;
	stream->position += n_bytes;
}

/* Reads the first bytes into the buffer, and hands them to a decompressor if
 * they are its. */
static int detect(struct stream *stream)
{
	size_t n;
	uint8_t *bytes;
	int err;

	n = stream_peek(stream, DECOMPRESS_MAGIC_BYTES, &bytes);
	if (n == 0 && stream->problem)
		return -EIO;
	err = decompress_new(bytes, n, &stream->decompress);
	if (err < 0 || !stream->decompress)
		return err;
	stream->input = malloc(BUFFER_BYTES);
	if (!stream->input)
		return -ENOMEM;
	memcpy(stream->input, bytes, n);
	stream->next_input = stream->input;
	stream->n_next_input = n;
	stream->begin = stream->end = 0;
	stream->input_ended = stream->has_ended;
	stream->has_ended = false;
	return 0;
}

static int open_fd(const char *path)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) :
					  open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int start(struct stream *stream, const char *path)
{
	struct stat status;

	stream->fd = open_fd(path);
	if (stream->fd < 0)
		return stream->fd;
	if (fstat(stream->fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (S_ISREG(status.st_mode) && strcmp(path, "-") != 0)
		stream->n_file = (uint64_t)status.st_size;
	posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	stream->buffer = malloc(BUFFER_BYTES);
	if (!stream->buffer)
		return -ENOMEM;
	return detect(stream);
}

int stream_open(const char *path, struct stream **ret_stream)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int err;

	if (!stream)
		return -ENOMEM;
	stream->fd = -1;
	err = start(stream, path);
	if (err < 0) {
		stream_close(stream);
		return err;
	}
	*ret_stream = stream;
	return 0;
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->fd >= 0)
		close(stream->fd);
	decompress_free(stream->decompress);
	free(stream->input);
	free(stream->buffer);
	free(stream);
}

const char *stream_problem(const struct stream *stream)
{
	return stream->problem;
}

uint64_t stream_position(const struct stream *stream)
{
	return stream->position;
}

bool stream_is_compressed(const struct stream *stream)
{
	return stream->decompress != NULL;
}

uint64_t stream_input_bytes(const struct stream *stream)
{
	return stream->n_input;
}

uint64_t stream_file_bytes(const struct stream *stream)
{
	return stream->n_file;
}
