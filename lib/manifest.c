// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <json-c/json.h>
#include <openssl/evp.h>

#include "manifest.h"
#include "record.h"

enum { MAX_LINE_BYTES = 1 << 16, BLOCK_BYTES = 1 << 16 };

/* Every number of an entry, by its key. */
static const struct field {
	const char *key;
	size_t offset;
} field[] = {
	{ "bytes", offsetof(struct manifest_entry, n_file_bytes) },
	{ "first_seq", offsetof(struct manifest_entry, first_seq) },
	{ "last_seq", offsetof(struct manifest_entry, last_seq) },
	{ "time_start_ns", offsetof(struct manifest_entry, time_start_ns) },
	{ "time_end_ns", offsetof(struct manifest_entry, time_end_ns) },
	{ "intervals", offsetof(struct manifest_entry, n_intervals) },
	{ "subnets", offsetof(struct manifest_entry, n_subnets) },
	{ "rtt_rows", offsetof(struct manifest_entry, n_rtt_rows) },
	{ "traffic_rows", offsetof(struct manifest_entry, n_traffic_rows) },
};

enum { N_FIELDS = sizeof(field) / sizeof(field[0]) };

/* Below raw/ or rollup/, and no way out. */
static bool path_is_inside(const char *path)
{
	return (!strncmp(path, "raw/", 4) || !strncmp(path, "rollup/", 7)) &&
	       !strstr(path, "/../") && strlen(path) < 256;
}

static int copy_text(struct json_object *root, const char *key, char *text,
		     size_t n_chars)
{
	struct json_object *value;
	const char *from;

	if (!json_object_object_get_ex(root, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return -EBADMSG;
	from = json_object_get_string(value);
	if (strlen(from) != n_chars)
		return -EBADMSG;
	memcpy(text, from, n_chars + 1);
	return 0;
}

static int parse_entry(struct json_object *root, struct manifest_entry *entry)
{
	struct json_object *value;
	int64_t number;
	size_t i;

	for (i = 0; i < N_FIELDS; i++) {
		if (!json_object_object_get_ex(root, field[i].key, &value) ||
		    !json_object_is_type(value, json_type_int))
			return -EBADMSG;
		number = json_object_get_int64(value);
		memcpy((char *)entry + field[i].offset, &number, 8);
	}
	if (copy_text(root, "sha256", entry->sha256, MANIFEST_SHA256_CHARS) ||
	    copy_text(root, "campaign_uuid", entry->campaign_uuid,
		      MANIFEST_UUID_CHARS) ||
	    entry->time_start_ns >= entry->time_end_ns ||
	    entry->first_seq > entry->last_seq)
		return -EBADMSG;
	entry->is_removed =
		json_object_object_get_ex(root, "removed", &value) &&
		json_object_get_boolean(value);
	if (!json_object_object_get_ex(root, "path", &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    !path_is_inside(json_object_get_string(value)))
		return -EBADMSG;
	entry->path = strdup(json_object_get_string(value));
	return entry->path ? 0 : -ENOMEM;
}

static int add_line(struct manifest *manifest, const char *line)
{
	struct json_object *root = json_tokener_parse(line);
	struct manifest_entry entry = { 0 }, *row;
	int err = -EBADMSG;

	if (root && json_object_is_type(root, json_type_object))
		err = parse_entry(root, &entry);
	json_object_put(root);
	if (err)
		return err;
	row = (struct manifest_entry *)manifest_find(manifest, entry.path);
	if (row)
		free(row->path);
	else
		row = record_grow((void **)&manifest->entry, &manifest->n,
				  &manifest->max, sizeof(*row));
	if (!row) {
		free(entry.path);
		return -ENOMEM;
	}
	*row = entry;
	return 0;
}

static int read_lines(FILE *file, struct manifest *manifest, size_t *ret_line)
{
	char *line = malloc(MAX_LINE_BYTES);
	size_t n_line;
	int err = line ? 0 : -ENOMEM;

	*ret_line = 0;
	while (!err && fgets(line, MAX_LINE_BYTES, file)) {
		n_line = strlen(line);
		++*ret_line;
		if (n_line && line[n_line - 1] == '\n') {
			err = add_line(manifest, line);
			manifest->valid_bytes += n_line;
		} else if (!feof(file)) {
			err = -EBADMSG;
		}
	}
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	return err;
}

int manifest_read(int campaign_fd, struct manifest *ret_manifest,
		  size_t *ret_line)
{
	struct manifest manifest = { 0 };
	FILE *file;
	int err, fd = openat(campaign_fd, MANIFEST_NAME,
			     O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*ret_line = 0;
	if (fd < 0 && errno == ENOENT) {
		*ret_manifest = manifest;
		return 0;
	}
	if (fd < 0)
		return -errno;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	err = read_lines(file, &manifest, ret_line);
	fclose(file);
	if (err)
		manifest_fini(&manifest);
	else
		*ret_manifest = manifest;
	return err;
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

static char *format_entry(const struct manifest_entry *entry, size_t *ret_n)
{
	struct json_object *root = json_object_new_object();
	char *line = NULL;
	int64_t number;
	size_t i;
	int n;

	json_object_object_add(root, "path",
			       json_object_new_string(entry->path));
	json_object_object_add(root, "sha256",
			       json_object_new_string(entry->sha256));
	json_object_object_add(root, "campaign_uuid",
			       json_object_new_string(entry->campaign_uuid));
	for (i = 0; i < N_FIELDS; i++) {
		memcpy(&number, (const char *)entry + field[i].offset, 8);
		json_object_object_add(root, field[i].key,
				       json_object_new_int64(number));
	}
	if (entry->is_removed)
		json_object_object_add(root, "removed",
				       json_object_new_boolean(true));
	n = asprintf(&line, "%s\n",
		     json_object_to_json_string_ext(
			     root, JSON_C_TO_STRING_PLAIN |
					   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	if (n < 0)
		return NULL;
	*ret_n = (size_t)n;
	return line;
}

/* Cuts off what follows the last newline: a line that was never finished. Only
 * the end of the file is looked at. */
static int cut_torn_line(int fd, off_t *n_bytes)
{
	char block[4096];
	off_t at = *n_bytes;
	ssize_t n;

	while (at > 0) {
		n = at < (off_t)sizeof(block) ? (ssize_t)at :
						(ssize_t)sizeof(block);
		if (pread(fd, block, (size_t)n, at - n) != n)
			return -EIO;
		while (n > 0 && block[n - 1] != '\n') {
			n--;
			at--;
		}
		if (n > 0)
			break;
	}
	if (at == *n_bytes)
		return 0;
	*n_bytes = at;
	return ftruncate(fd, at) ? -errno : 0;
}

int manifest_cut(int campaign_fd)
{
	struct stat st;
	int err = 0,
	    fd = openat(campaign_fd, MANIFEST_NAME, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(fd, LOCK_EX) || fstat(fd, &st))
		err = -errno;
	else
		err = cut_torn_line(fd, &st.st_size);
	close(fd);
	return err;
}

int manifest_append(int campaign_fd, const struct manifest_entry *entry)
{
	struct stat st;
	size_t n_line;
	char *line = format_entry(entry, &n_line);
	int err = 0, fd;

	if (!line)
		return -ENOMEM;
	fd = openat(campaign_fd, MANIFEST_NAME,
		    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	/* Sealing and rollup append to the same file. */
	if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &st)) {
		err = -errno;
		goto out;
	}
	err = cut_torn_line(fd, &st.st_size);
	if (err)
		goto out;
	errno = ENOSPC; /* of a short write */
	if (write(fd, line, n_line) != (ssize_t)n_line || fsync(fd)) {
		err = -errno;
		/* What cannot be cut off has no newline and does not count. */
		if (ftruncate(fd, st.st_size))
			goto out;
	}
	if (!err && fsync(campaign_fd))
		err = -errno;
out:
	if (fd >= 0)
		close(fd);
	free(line);
	return err;
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
