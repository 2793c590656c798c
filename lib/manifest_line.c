// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>

#include "crc32c.h"
#include "manifest_line.h"

enum { MAX_LINE_BYTES = 1 << 16 };

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

/* A line ends with the CRC-32C of all that stands before this. */
#define CHECKSUM_FORMAT ",\"crc32c\":\"%08x\"}\n"

enum { CHECKSUM_CHARS = sizeof(",\"crc32c\":\"00000000\"}\n") - 1 };

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

/* Lines of an older version end with a number, and have no checksum. */
static bool checksum_is_right(const char *line, size_t n)
{
	char checksum[CHECKSUM_CHARS + 1];

	if (n < CHECKSUM_CHARS)
		return false;
	if (strcmp(line + n - 3, "\"}\n"))
		return true;
	n -= CHECKSUM_CHARS;
	snprintf(checksum, sizeof(checksum), CHECKSUM_FORMAT,
		 crc32c_add(0, line, n));
	return !strcmp(line + n, checksum);
}

int manifest_line_parse(const char *line, size_t n,
			struct manifest_entry *ret_entry)
{
	struct manifest_entry entry = { 0 };
	struct json_object *root;
	int err = -EBADMSG;

	/* No zero byte in it. */
	if (n > MAX_LINE_BYTES || strlen(line) != n ||
	    !checksum_is_right(line, n))
		return err;
	root = json_tokener_parse(line);
	if (root && json_object_is_type(root, json_type_object))
		err = parse_entry(root, &entry);
	json_object_put(root);
	if (!err)
		*ret_entry = entry;
	return err;
}

char *manifest_line_format(const struct manifest_entry *entry, size_t *ret_n)
{
	struct json_object *root = json_object_new_object();
	const char *json;
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
	json = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	/* Without the closing brace. */
	n = (int)strlen(json) - 1;
	n = asprintf(&line, "%.*s" CHECKSUM_FORMAT, n, json,
		     crc32c_add(0, json, (size_t)n));
	json_object_put(root);
	if (n < 0)
		return NULL;
	*ret_n = (size_t)n;
	return line;
}

int manifest_line_each(FILE *file,
		       int (*take)(void *to, const char *line, size_t n),
		       void *to)
{
	size_t max = 0;
	char *line = NULL;
	ssize_t n;
	int err = 0;

	errno = 0;
	while (!err && (n = getline(&line, &max, file)) > 0)
		if (line[n - 1] == '\n')
			err = take(to, line, (size_t)n);
	if (!err && ferror(file))
		err = errno ? -errno : -EIO;
	free(line);
	return err;
}
