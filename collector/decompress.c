// SPDX-License-Identifier: GPL-2.0-or-later
#include "decompress.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum codec { CODEC_GZIP, CODEC_XZ, CODEC_ZSTD };

struct decompress {
	enum codec codec;
	bool is_complete;
	z_stream gzip;
	lzma_stream xz;
	ZSTD_DCtx *zstd;
};

static const struct {
	const char *bytes;
	size_t n;
	enum codec codec;
} magics[] = {
	{ "\x1f\x8b\x08", 3, CODEC_GZIP },
	{ "\xfd\x37\x7a\x58\x5a\x00", 6, CODEC_XZ },
	{ "\x28\xb5\x2f\xfd", 4, CODEC_ZSTD },
};

/* 15 bits of window, +16: a gzip header is expected. */
enum { GZIP_WINDOW_BITS = 15 + 16, ZSTD_WINDOW_LOG_MAX = 27 };

static bool start(struct decompress *d)
{
	switch (d->codec) {
	case CODEC_GZIP:
		return inflateInit2(&d->gzip, GZIP_WINDOW_BITS) == Z_OK;
	case CODEC_XZ:
		return lzma_stream_decoder(&d->xz, DECOMPRESS_MAX_BYTES, 0) ==
		       LZMA_OK;
	case CODEC_ZSTD:
		d->zstd = ZSTD_createDCtx();
		return d->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
					  d->zstd, ZSTD_d_windowLogMax,
					  ZSTD_WINDOW_LOG_MAX));
	}
	return false;
}

int decompress_new(const uint8_t *first, size_t n_first,
		   struct decompress **ret)
{
	struct decompress *d;

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (n_first < magics[i].n ||
		    memcmp(first, magics[i].bytes, magics[i].n) != 0)
			continue;
		d = calloc(1, sizeof(*d));
		if (!d)
			return -ENOMEM;
		d->codec = magics[i].codec;
		if (!start(d)) {
			decompress_free(d);
			return -ENOMEM;
		}
		*ret = d;
		return 0;
	}
	*ret = NULL;
	return 0;
}

void decompress_free(struct decompress *d)
{
	if (!d)
		return;
	switch (d->codec) {
	case CODEC_GZIP:
		inflateEnd(&d->gzip);
		break;
	case CODEC_XZ:
		lzma_end(&d->xz);
		break;
	case CODEC_ZSTD:
		ZSTD_freeDCtx(d->zstd);
		break;
	}
	free(d);
}

/* Sizes fit in uInt: buffers are far below 4 GiB. */
static int run_gzip(struct decompress *d, const uint8_t **in, size_t *n_in,
		    uint8_t *out, size_t n_out, size_t *ret_out)
{
	int status;

	if (d->is_complete && inflateReset(&d->gzip) != Z_OK)
		return -EBADMSG;
	d->is_complete = false;
	d->gzip.next_in = (Bytef *)*in;
	d->gzip.avail_in = (uInt)*n_in;
	d->gzip.next_out = out;
	d->gzip.avail_out = (uInt)n_out;
	status = inflate(&d->gzip, Z_NO_FLUSH);
	*in = d->gzip.next_in;
	*n_in = d->gzip.avail_in;
	*ret_out = n_out - d->gzip.avail_out;
	if (status == Z_STREAM_END)
		d->is_complete = true;
	else if (status == Z_MEM_ERROR)
		return -ENOMEM;
	else if (status != Z_OK && status != Z_BUF_ERROR)
		return -EBADMSG;
	return 0;
}

static int run_xz(struct decompress *d, const uint8_t **in, size_t *n_in,
		  uint8_t *out, size_t n_out, size_t *ret_out)
{
	lzma_ret status;

	if (d->is_complete &&
	    lzma_stream_decoder(&d->xz, DECOMPRESS_MAX_BYTES, 0) != LZMA_OK)
		return -ENOMEM;
	d->is_complete = false;
	d->xz.next_in = *in;
	d->xz.avail_in = *n_in;
	d->xz.next_out = out;
	d->xz.avail_out = n_out;
	status = lzma_code(&d->xz, LZMA_RUN);
	*in = d->xz.next_in;
	*n_in = d->xz.avail_in;
	*ret_out = n_out - d->xz.avail_out;
	if (status == LZMA_STREAM_END)
		d->is_complete = true;
	else if (status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR)
		return -ENOMEM;
	else if (status != LZMA_OK && status != LZMA_BUF_ERROR)
		return -EBADMSG;
	return 0;
}

static int run_zstd(struct decompress *d, const uint8_t **in, size_t *n_in,
		    uint8_t *out, size_t n_out, size_t *ret_out)
{
	ZSTD_inBuffer input = { *in, *n_in, 0 };
	ZSTD_outBuffer output = { out, n_out, 0 };
	size_t left = ZSTD_decompressStream(d->zstd, &output, &input);

	*in += input.pos;
	*n_in -= input.pos;
	*ret_out = output.pos;
	if (ZSTD_isError(left))
		return ZSTD_getErrorCode(left) ==
				       ZSTD_error_frameParameter_windowTooLarge ?
			       -ENOMEM :
			       -EBADMSG;
	d->is_complete = left == 0;
	return 0;
}

int decompress_run(struct decompress *d, const uint8_t **in, size_t *n_in,
		   uint8_t *out, size_t n_out, size_t *ret_out)
{
	/* xz pads between its streams with zeros. */
	while (d->codec == CODEC_XZ && d->is_complete && *n_in > 0 &&
	       **in == 0) {
		(*in)++;
		(*n_in)--;
	}
	*ret_out = 0;
	if (*n_in == 0 && d->is_complete)
		return 0;
	switch (d->codec) {
	case CODEC_GZIP:
		return run_gzip(d, in, n_in, out, n_out, ret_out);
	case CODEC_XZ:
		return run_xz(d, in, n_in, out, n_out, ret_out);
	case CODEC_ZSTD:
		return run_zstd(d, in, n_in, out, n_out, ret_out);
	}
	return -EBADMSG;
}

bool decompress_is_complete(const struct decompress *d)
{
	return d->is_complete;
}
