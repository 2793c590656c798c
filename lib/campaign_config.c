// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign_config.h"
#include "campaign_describe.h"
#include "crc32c.h"
#include "manifest.h"

enum { MAX_CONFIG_BYTES = 1 << 20 };

/* The text ends with the CRC-32C of all that stands before this. */
#define CHECKSUM_FORMAT ",\n  \"crc32c\":\"%08x\"\n}\n"

enum { CHECKSUM_CHARS = sizeof(",\n  \"crc32c\":\"00000000\"\n}\n") - 1 };

static const char *check_root(struct json_object *root)
{
	struct json_object *schema, *config, *interval, *uuid;

	if (!json_object_object_get_ex(root, "schema", &schema) ||
	    strcmp(json_object_get_string(schema), CAMPAIGN_SCHEMA) ||
	    !json_object_object_get_ex(root, "config", &config) ||
	    !json_object_is_type(config, json_type_object) ||
	    !json_object_object_get_ex(config, "interval_ns", &interval) ||
	    !json_object_is_type(interval, json_type_int) ||
	    json_object_get_int64(interval) <= 0 ||
	    !json_object_object_get_ex(root, "uuid", &uuid) ||
	    !json_object_is_type(uuid, json_type_string) ||
	    json_object_get_string_len(uuid) != MANIFEST_UUID_CHARS)
		return "not a campaign: " CAMPAIGN_CONFIG_NAME " is not one's";
	return NULL;
}

/* Of minor version 0 there is no checksum: one damaged bit cannot make that of
 * a text that has both the version and the checksum. */
static bool is_damaged(const char *text, struct json_object *root)
{
	char checksum[CHECKSUM_CHARS + 1];
	size_t n = strlen(text);

	if (n < CHECKSUM_CHARS)
		return true;
	n -= CHECKSUM_CHARS;
	snprintf(checksum, sizeof(checksum), CHECKSUM_FORMAT,
		 crc32c_add(0, text, n));
	if (!strcmp(text + n, checksum))
		return false;
	return json_object_object_get_ex(root, "schema_minor", NULL) ||
	       json_object_object_get_ex(root, "crc32c", NULL);
}

static int parse_root(const char *text, struct json_object **ret_root,
		      const char **ret_problem)
{
	struct json_object *root = json_tokener_parse(text), *major;

	*ret_problem = "not a campaign: " CAMPAIGN_CONFIG_NAME " is not JSON";
	if (root && json_object_is_type(root, json_type_object))
		*ret_problem = is_damaged(text, root) ? CAMPAIGN_CONFIG_NAME
				       ": damaged: its checksum is wrong" :
							check_root(root);
	if (*ret_problem) {
		json_object_put(root);
		return -EINVAL;
	}
	if (!json_object_object_get_ex(root, "schema_major", &major) ||
	    json_object_get_int64(major) != CAMPAIGN_SCHEMA_MAJOR) {
		*ret_problem = "cannot be read: incompatible version";
		json_object_put(root);
		return -ENOTSUP;
	}
	*ret_root = root;
	return 0;
}

static int read_file(int campaign_fd, const char *name,
		     struct json_object **ret_root, const char **ret_problem)
{
	char *text = malloc(MAX_CONFIG_BYTES);
	ssize_t n = -1;
	int err, fd = openat(campaign_fd, name,
			     O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*ret_problem = fd < 0 && errno == EACCES ?
			       "cannot be read: " CAMPAIGN_CONFIG_NAME
			       ": permission denied" :
			       "not a campaign: no " CAMPAIGN_CONFIG_NAME;
	err = fd < 0 ? -EINVAL : 0;
	if (fd >= 0 && text)
		n = read(fd, text, MAX_CONFIG_BYTES - 1);
	if (!err && n < 0) {
		*ret_problem = "cannot be read: " CAMPAIGN_CONFIG_NAME;
		err = text ? -EIO : -ENOMEM;
	}
	if (!err) {
		text[n] = 0;
		err = parse_root(text, ret_root, ret_problem);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return err;
}

int campaign_config_read(int campaign_fd, struct json_object **ret_root,
			 const char **ret_problem)
{
	return read_file(campaign_fd, CAMPAIGN_CONFIG_NAME, ret_root,
			 ret_problem);
}

/* With its checksum; an older text, which is read back, gets one, too. */
static char *format_root(struct json_object *root)
{
	const char *json;
	char *text;
	int n;

	json_object_object_del(root, "crc32c");
	json = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	/* Without the closing "\n}". */
	n = (int)strlen(json) - 2;
	if (asprintf(&text, "%.*s" CHECKSUM_FORMAT, n, json,
		     crc32c_add(0, json, (size_t)n)) < 0)
		return NULL;
	return text;
}

static int write_file(int campaign_fd, const char *name, const char *text)
{
	const char *temporary = CAMPAIGN_CONFIG_NAME ".tmp";
	size_t n = strlen(text);
	int err = 0,
	    fd = openat(campaign_fd, temporary,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* of a short write */
	if (write(fd, text, n) != (ssize_t)n || fsync(fd))
		err = -errno;
	close(fd);
	if (!err && renameat(campaign_fd, temporary, campaign_fd, name))
		err = -errno;
	if (!err && fsync(campaign_fd))
		err = -errno;
	if (err)
		unlinkat(campaign_fd, temporary, 0);
	return err;
}

int campaign_config_write(int campaign_fd, struct json_object *root)
{
	char *text = format_root(root);
	int err = text ? write_file(campaign_fd, CAMPAIGN_CONFIG_COPY, text) :
			 -ENOMEM;

	if (!err)
		err = write_file(campaign_fd, CAMPAIGN_CONFIG_NAME, text);
	free(text);
	return err;
}

int campaign_config_restore(int campaign_fd, struct json_object **ret_root)
{
	struct json_object *root;
	const char *problem;
	int err = read_file(campaign_fd, CAMPAIGN_CONFIG_COPY, &root, &problem);

	if (err)
		return err;
	if (renameat(campaign_fd, CAMPAIGN_CONFIG_NAME, campaign_fd,
		     CAMPAIGN_CONFIG_NAME ".damaged") &&
	    errno != ENOENT)
		err = -errno;
	if (!err)
		err = campaign_config_write(campaign_fd, root);
	if (err)
		json_object_put(root);
	else
		*ret_root = root;
	return err;
}

const char *campaign_config_check_copy(int campaign_fd)
{
	struct json_object *root, *original;
	const char *problem = NULL, *unused;
	int err;

	if (faccessat(campaign_fd, CAMPAIGN_CONFIG_COPY, F_OK, 0))
		return NULL;
	if (campaign_config_read(campaign_fd, &original, &unused))
		return NULL;
	err = read_file(campaign_fd, CAMPAIGN_CONFIG_COPY, &root, &problem);
	if (err) {
		problem = "damaged";
	} else {
		problem = json_object_equal(root, original) ?
				  NULL :
				  "is not that of " CAMPAIGN_CONFIG_NAME;
		json_object_put(root);
	}
	json_object_put(original);
	return problem;
}

const char *campaign_config_difference(struct json_object *root,
				       const struct campaign_config *config)
{
	/* Under another key the prefixes of lan differ as well. */
	static const char *const key[] = { "command",       "vantage_point",
					   "interval_ns",   "v4_prefix_len",
					   "v6_prefix_len", "anonymised",
					   "lan",           "lan_collapse",
					   "sources",       "tunnel" };
	struct json_object *theirs, *ours = campaign_describe_config(config),
				    *a, *b;
	struct json_object *layout = campaign_describe_histogram(config);
	const char *difference = NULL;
	size_t i;

	json_object_object_get_ex(root, "config", &theirs);
	for (i = 0; i < sizeof(key) / sizeof(key[0]) && !difference; i++) {
		json_object_object_get_ex(theirs, key[i], &a);
		json_object_object_get_ex(ours, key[i], &b);
		if (!json_object_equal(a, b))
			difference = key[i];
	}
	json_object_object_get_ex(root, "histogram", &a);
	if (!difference && !json_object_equal(a, layout))
		difference = "histogram";
	json_object_put(ours);
	json_object_put(layout);
	return difference;
}

const char *campaign_config_uuid(struct json_object *root)
{
	struct json_object *uuid;

	json_object_object_get_ex(root, "uuid", &uuid);
	return json_object_get_string(uuid);
}

bool campaign_config_has_uuid(struct json_object *root, const char *uuid)
{
	struct json_object *list, *part;
	size_t i;

	if (!strcmp(campaign_config_uuid(root), uuid))
		return true;
	if (!json_object_object_get_ex(root, "merged", &list) ||
	    !json_object_is_type(list, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_object_get_ex(json_object_array_get_idx(list,
									i),
					      "uuid", &part) &&
		    !strcmp(json_object_get_string(part), uuid))
			return true;
	return false;
}

uint64_t campaign_config_interval_ns(struct json_object *root)
{
	struct json_object *config, *interval;

	json_object_object_get_ex(root, "config", &config);
	json_object_object_get_ex(config, "interval_ns", &interval);
	return (uint64_t)json_object_get_int64(interval);
}
