/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file, or stdin, read once from its beginning to its end through one bounded
 * buffer, decompressed where its first bytes say so (decompress.h). The reader
 * looks at bytes in place and gives them back with stream_skip(). Not
 * thread-safe.
 */
#ifndef COLLECTOR_STREAM_H
#define COLLECTOR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that stream_peek() can be asked for. */
enum { STREAM_PEEK_MAX = 512 << 10 };

struct stream;

/* "-" is stdin. Prints nothing; -errno of opening or of the first read. */
int stream_open(const char *path, struct stream **ret_stream);
/* NULL is accepted. */
void stream_close(struct stream *stream);

/*
 * Points *ret_bytes at the next bytes, at least n_bytes of them unless the
 * input ends before, and returns how many there are. They may be written to and
 * stay valid until the next stream_peek(). stream_problem() tells a short
 * answer at the end of the input (NULL) from one after a failure.
 */
size_t stream_peek(struct stream *stream, size_t n_bytes, uint8_t **ret_bytes);
/* n_bytes of those that the last stream_peek() returned. */
void stream_skip(struct stream *stream, size_t n_bytes);

/* What stopped it before the end, as a cause for an error line, or NULL. */
const char *stream_problem(const struct stream *stream);
/* Bytes skipped so far: position in the decompressed input. */
uint64_t stream_position(const struct stream *stream);
bool stream_is_compressed(const struct stream *stream);
/* Bytes read from the file itself, for progress. */
uint64_t stream_input_bytes(const struct stream *stream);
/* Size of the file if it is a regular one that can be read again, else 0. */
uint64_t stream_file_bytes(const struct stream *stream);

#endif
