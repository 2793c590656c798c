// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "manifest.h"
#include "manifest_line.h"
#include "record.h"

enum { BLOCK_BYTES = 1 << 16 };

/* Takes over the entry's path. */
static int add_entry(struct manifest *manifest, struct manifest_entry *entry)
{
	struct manifest_entry *row =
		(struct manifest_entry *)manifest_find(manifest, entry->path);

	if (row)
		free(row->path);
	else
		row = record_grow((void **)&manifest->entry, &manifest->n,
				  &manifest->max, sizeof(*row));
	if (!row) {
		free(entry->path);
		return -ENOMEM;
	}
	*row = *entry;
	return 0;
}

/* As read so far. */
struct lines {
	struct manifest manifest;
	size_t n;
	bool is_followed; /* a whole line comes after a damaged one */
};

/* Takes over a whole line; counts one that is none. */
static int take_line(void *to, const char *line, size_t n)
{
	struct lines *lines = to;
	struct manifest *manifest = &lines->manifest;
	struct manifest_entry entry;
	int err = manifest_line_parse(line, n, &entry);

	lines->n++;
	if (!err)
		err = add_entry(manifest, &entry);
	lines->is_followed |= !err && manifest->n_damaged;
	if (err == -EBADMSG) {
		if (!manifest->n_damaged++)
			manifest->damaged_line = lines->n;
		return 0;
	}
	if (!manifest->n_damaged)
		manifest->valid_bytes += n;
	return err;
}

static int open_lines(int campaign_fd, FILE **ret_file)
{
	int fd = openat(campaign_fd, MANIFEST_NAME,
			O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*ret_file = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	*ret_file = fdopen(fd, "r");
	if (*ret_file)
		return 0;
	close(fd);
	return -ENOMEM;
}

int manifest_read_damaged(int campaign_fd, struct manifest *ret_manifest)
{
	struct lines lines = { 0 };
	FILE *file;
	int err = open_lines(campaign_fd, &file);

	if (!err && file)
		err = manifest_line_each(file, take_line, &lines);
	if (file)
		fclose(file);
	lines.manifest.is_torn = lines.manifest.n_damaged && !lines.is_followed;
	if (err)
		manifest_fini(&lines.manifest);
	else
		*ret_manifest = lines.manifest;
	return err;
}

int manifest_read(int campaign_fd, struct manifest *ret_manifest,
		  size_t *ret_line)
{
	struct manifest manifest;
	int err = manifest_read_damaged(campaign_fd, &manifest);

	*ret_line = 0;
	if (err)
		return err;
	*ret_line = manifest.damaged_line;
	if (manifest.n_damaged && !manifest.is_torn) {
		manifest_fini(&manifest);
		return -EBADMSG;
	}
	*ret_manifest = manifest;
	return 0;
}

void manifest_fini(struct manifest *manifest)
{
	size_t i;

	for (i = 0; i < manifest->n; i++)
		free(manifest->entry[i].path);
	free(manifest->entry);
	*manifest = (struct manifest){ 0 };
}

const struct manifest_entry *manifest_find(const struct manifest *manifest,
					   const char *path)
{
	size_t i;

	for (i = manifest->n; i; i--)
		if (!strcmp(manifest->entry[i - 1].path, path))
			return &manifest->entry[i - 1];
	return NULL;
}

static int hash_fd(int fd, EVP_MD_CTX *hash,
		   char sha256[MANIFEST_SHA256_CHARS + 1],
		   uint64_t *ret_n_bytes)
{
	uint8_t block[BLOCK_BYTES], digest[MANIFEST_SHA256_CHARS / 2];
	ssize_t n;
	size_t i;

	*ret_n_bytes = 0;
	if (!EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		return -EIO;
	while ((n = read(fd, block, sizeof(block))) > 0) {
		*ret_n_bytes += (uint64_t)n;
		if (!EVP_DigestUpdate(hash, block, (size_t)n))
			return -EIO;
	}
	if (n < 0)
		return -errno;
	if (!EVP_DigestFinal_ex(hash, digest, NULL))
		return -EIO;
	for (i = 0; i < sizeof(digest); i++)
		snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

int manifest_hash_file(int campaign_fd, const char *path,
		       char sha256[MANIFEST_SHA256_CHARS + 1],
		       uint64_t *ret_n_bytes)
{
	int fd = openat(campaign_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	int err;

	if (fd < 0)
		err = -errno;
	else if (!hash)
		err = -ENOMEM;
	else
		err = hash_fd(fd, hash, sha256, ret_n_bytes);
	if (fd >= 0)
		close(fd);
	EVP_MD_CTX_free(hash);
	return err;
}
