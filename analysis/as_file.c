// SPDX-License-Identifier: GPL-2.0-or-later
#include "as_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { FIRST_BYTES = 1 << 20 };

static int grow(char **text, size_t *max, size_t max_bytes)
{
	size_t n = *max ? 2 * *max : FIRST_BYTES;
	char *larger;

	n = n < max_bytes + 2 ? n : max_bytes + 2;
	larger = realloc(*text, n);
	if (!larger)
		return -ENOMEM;
	*text = larger;
	*max = n;
	return 0;
}

static int read_all(gzFile file, size_t max_bytes, char **text, size_t *ret_n,
		    const char **ret_problem)
{
	size_t n = 0, max = 0;
	int n_read = 1, err = 0;

	while (n_read > 0 && n <= max_bytes && !err) {
		if (n + 1 >= max)
			err = grow(text, &max, max_bytes);
		if (err)
			return err;
		n_read = gzread(file, *text + n, (unsigned)(max - n - 1));
		n += n_read > 0 ? (size_t)n_read : 0;
	}
	if (n > max_bytes) {
		*ret_problem = "it is too large";
		return -E2BIG;
	}
	/* A cut gzip file ends as if nothing were wrong, but says so here. */
	gzerror(file, &n_read);
	if (n_read != Z_OK && n_read != Z_STREAM_END) {
		*ret_problem = n_read == Z_ERRNO ? NULL :
						   "it is damaged or cut";
		return n_read == Z_ERRNO && errno ? -errno : -EBADMSG;
	}
	(*text)[n] = '\0';
	*ret_n = n;
	return 0;
}

int as_file_read(const char *path, size_t max_bytes, char **ret_text,
		 size_t *ret_n, const char **ret_problem)
{
	gzFile file;
	int err;

	*ret_text = NULL;
	errno = 0;
	file = gzopen(path, "rbe");
	if (!file)
		return errno ? -errno : -ENOMEM;
	err = read_all(file, max_bytes, ret_text, ret_n, ret_problem);
	if (gzclose(file) == Z_BUF_ERROR && !err) {
		*ret_problem = "it is damaged or cut";
		err = -EBADMSG;
	}
	return err;
}

bool as_file_next_line(const char **text, size_t *n_text, const char **ret_line,
		       size_t *ret_n)
{
	const char *end;
	size_t n;

	if (!*n_text)
		return false;
	end = memchr(*text, '\n', *n_text);
	n = end ? (size_t)(end - *text) : *n_text;
	*ret_line = *text;
	*ret_n = n && (*text)[n - 1] == '\r' ? n - 1 : n;
	*text += n + (end != NULL);
	*n_text -= n + (end != NULL);
	return true;
}
