// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "../../collector/stream.h"

enum { N_PLAIN = 1100000, N_PACKED_MAX = N_PLAIN + 100000 };

static uint8_t plain[N_PLAIN], packed[2 * N_PACKED_MAX];

/* Neither constant nor incompressible. */
static int fill_plain(void **state)
{
	uint64_t random = 1;

	for (size_t i = 0; i < N_PLAIN; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		plain[i] = (uint8_t)(i / 1000 + (random >> 60));
	}
	return 0;
}

static size_t pack_gzip(const uint8_t *bytes, size_t n, uint8_t *out)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = (Bytef *)bytes;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = N_PACKED_MAX;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack_xz(const uint8_t *bytes, size_t n, uint8_t *out)
{
	size_t n_out = 0;

	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL,
						 bytes, n, out, &n_out,
						 N_PACKED_MAX),
			 LZMA_OK);
	return n_out;
}

static size_t pack_zstd(const uint8_t *bytes, size_t n, uint8_t *out)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t n_out;

	/* As the command line tool does; the library's default is without. */
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	n_out = ZSTD_compress2(context, out, N_PACKED_MAX, bytes, n);
	ZSTD_freeCCtx(context);
	assert_false(ZSTD_isError(n_out));
	return n_out;
}

static size_t pack_plain(const uint8_t *bytes, size_t n, uint8_t *out)
{
	memcpy(out, bytes, n);
	return n;
}

static size_t (*const packers[])(const uint8_t *, size_t, uint8_t *) = {
	pack_plain,
	pack_gzip,
	pack_xz,
	pack_zstd,
};

enum { N_PACKERS = sizeof(packers) / sizeof(packers[0]) };

static struct stream *open_bytes(const uint8_t *bytes, size_t n)
{
	char path[] = "/tmp/stream_test_XXXXXX";
	int fd = mkstemp(path);
	struct stream *stream = NULL;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	assert_int_equal(stream_open(path, &stream), 0);
	unlink(path);
	return stream;
}

/* Reads in steps of many sizes and compares with the plain text; returns how
 * much there was. */
static size_t read_all(struct stream *stream, const uint8_t *expected)
{
	static const size_t steps[] = { 1, 7, 60, 1500, 65536, 200000 };
	size_t n_read = 0, n;
	uint8_t *bytes;

	for (size_t i = 0;; i++) {
		size_t step = steps[i % 6];

		n = stream_peek(stream, step, &bytes);
		n = n < step ? n : step;
		assert_memory_equal(bytes, expected + n_read, n);
		stream_skip(stream, n);
		n_read += n;
		if (n < step)
			break;
	}
	assert_int_equal(stream_position(stream), n_read);
	return n_read;
}

static void every_format_reads_back(void **state)
{
	static const size_t sizes[] = { 1,      5,      6,      7,
					262143, 262144, 262145, N_PLAIN };

	for (int i = 0; i < N_PACKERS; i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			size_t n = packers[i](plain, sizes[j], packed);
			struct stream *stream = open_bytes(packed, n);

			assert_int_equal(stream_is_compressed(stream), i > 0);
			assert_int_equal(stream_file_bytes(stream), n);
			assert_int_equal(read_all(stream, plain), sizes[j]);
			assert_null(stream_problem(stream));
			assert_int_equal(stream_input_bytes(stream), n);
			stream_close(stream);
		}
}

static void concatenated_members_are_one_input(void **state)
{
	static const size_t cuts[] = { 3, 1000, N_PLAIN / 2 };

	for (int i = 1; i < N_PACKERS; i++)
		for (int j = 0; j < 3; j++) {
			size_t n = packers[i](plain, cuts[j], packed);
			struct stream *stream;

			n += packers[i](plain + cuts[j], 0, packed + n);
			n += packers[i](plain + cuts[j], N_PLAIN - cuts[j],
					packed + n);
			stream = open_bytes(packed, n);
			assert_int_equal(read_all(stream, plain), N_PLAIN);
			assert_null(stream_problem(stream));
			stream_close(stream);
		}
}

static void cut_input_is_used_up_to_the_cut(void **state)
{
	for (int i = 1; i < N_PACKERS; i++) {
		size_t n = packers[i](plain, N_PLAIN, packed);
		struct stream *stream = open_bytes(packed, n / 2);
		size_t n_read = read_all(stream, plain);

		assert_in_range(n_read, N_PLAIN / 4, N_PLAIN - 1);
		assert_string_equal(stream_problem(stream),
				    "the compressed data are cut off");
		stream_close(stream);
	}
}

static void damaged_input_has_a_problem(void **state)
{
	for (int i = 1; i < N_PACKERS; i++) {
		size_t n = packers[i](plain, N_PLAIN, packed), n_read;
		struct stream *stream;
		uint8_t *bytes;

		memset(packed + n / 2, 0xa5, 64);
		stream = open_bytes(packed, n);
		for (n_read = 0;; n_read += 100) {
			if (stream_peek(stream, 100, &bytes) < 100)
				break;
			stream_skip(stream, 100);
		}
		assert_true(n_read <= N_PLAIN);
		assert_non_null(stream_problem(stream));
		stream_close(stream);
	}
}

static void peek_gives_all_that_may_be_asked_for(void **state)
{
	struct stream *stream = open_bytes(plain, N_PLAIN);
	uint8_t *bytes;

	for (size_t at = 0; at + STREAM_PEEK_MAX <= N_PLAIN; at += 99991) {
		assert_true(stream_peek(stream, STREAM_PEEK_MAX, &bytes) >=
			    STREAM_PEEK_MAX);
		assert_memory_equal(bytes, plain + at, STREAM_PEEK_MAX);
		stream_skip(stream, 99991);
	}
	stream_close(stream);
}

static void empty_input_ends_at_once(void **state)
{
	struct stream *stream = open_bytes(plain, 0);
	uint8_t *bytes;

	assert_int_equal(stream_peek(stream, 1, &bytes), 0);
	assert_null(stream_problem(stream));
	stream_close(stream);
}

static void what_cannot_be_opened_is_refused(void **state)
{
	struct stream *stream;

	assert_int_equal(stream_open("/nonexistent/file", &stream), -ENOENT);
	assert_int_equal(stream_open("/tmp", &stream), -EISDIR);
}

/* A window of 2 GiB, in a frame header of 6 bytes. */
static void zstd_window_is_bounded(void **state)
{
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00,
					 0xa8, 0x01, 0x00, 0x00 };
	struct stream *stream = open_bytes(frame, sizeof(frame));
	uint8_t *bytes;

	assert_int_equal(stream_peek(stream, 1, &bytes), 0);
	assert_string_equal(stream_problem(stream),
			    "its compression needs too much memory");
	stream_close(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_reads_back),
		cmocka_unit_test(concatenated_members_are_one_input),
		cmocka_unit_test(cut_input_is_used_up_to_the_cut),
		cmocka_unit_test(damaged_input_has_a_problem),
		cmocka_unit_test(peek_gives_all_that_may_be_asked_for),
		cmocka_unit_test(empty_input_ends_at_once),
		cmocka_unit_test(what_cannot_be_opened_is_refused),
		cmocka_unit_test(zstd_window_is_bounded),
	};

	return cmocka_run_group_tests(tests, fill_plain, NULL);
}
