// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "merge_input.h"
#include "../lib/campaign_config.h"
#include "../lib/campaign_journal.h"
#include "../lib/cli.h"

static const char *text_of(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static int is_journal(const struct dirent *entry)
{
	return campaign_journal_is_name(entry->d_name);
}

static int count_journals(int fd)
{
	struct dirent **names;
	int i, n = scandirat(fd, "journal", &names, is_journal, NULL);

	if (n < 0)
		return 0;
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n;
}

/* What campaign.json says of a campaign that measured. */
static struct json_object *describe(struct json_object *root)
{
	struct json_object *to = json_object_new_object(), *config = NULL;
	struct json_object *import;
	const char *const key[] = { "uuid", "created", "tool_version" };
	size_t i;

	for (i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		json_object_object_add(
			to, key[i],
			json_object_new_string(text_of(root, key[i])));
	json_object_object_get_ex(root, "config", &config);
	json_object_object_add(to, "config", json_object_get(config));
	if (json_object_object_get_ex(root, "import", &import))
		json_object_object_add(to, "import", json_object_get(import));
	return to;
}

static void set_part(struct merge_part *part, struct json_object *description)
{
	struct json_object *config = NULL;

	json_object_object_get_ex(description, "config", &config);
	part->description = description;
	part->uuid = text_of(description, "uuid");
	part->vantage_point = text_of(config, "vantage_point");
}

static int list_parts(struct merge_input *input)
{
	struct json_object *list;
	size_t i, n = 1;
	bool is_merged =
		json_object_object_get_ex(input->root, "merged", &list) &&
		json_object_is_type(list, json_type_array);

	if (is_merged)
		n = json_object_array_length(list);
	input->part = calloc(n + 1, sizeof(*input->part));
	if (!input->part)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		set_part(&input->part[input->n_parts++],
			 is_merged ? json_object_get(json_object_array_get_idx(
					     list, i)) :
				     describe(input->root));
	return 0;
}

static int read_manifest(struct merge_input *input)
{
	size_t line;
	int err = manifest_read(input->fd, &input->manifest, &line);

	if (err == -EBADMSG)
		cli_error("%s/" MANIFEST_NAME ": line %zu: damaged",
			  input->path, line);
	else if (err)
		cli_error("%s/" MANIFEST_NAME ": cannot be read: %s",
			  input->path, strerror(-err));
	return err;
}

int merge_input_open(const char *path, struct merge_input *ret_input)
{
	struct merge_input input = { .path = path };
	const char *problem;
	int err = 0;

	input.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (input.fd < 0) {
		err = -errno;
		cli_error("%s: cannot be read: %s", path, strerror(-err));
		return err;
	}
	err = campaign_config_read(input.fd, &input.root, &problem);
	if (err)
		cli_error("%s: %s", path, problem);
	if (!err && count_journals(input.fd)) {
		cli_error("%s: cannot be merged: it has intervals that are not "
			  "sealed: end its collector, or salvage it",
			  path);
		err = -EBUSY;
	}
	if (!err)
		err = read_manifest(&input);
	if (!err)
		err = list_parts(&input);
	if (err)
		merge_input_close(&input);
	else
		*ret_input = input;
	return err;
}

void merge_input_close(struct merge_input *input)
{
	size_t i;

	for (i = 0; i < input->n_parts; i++)
		json_object_put(input->part[i].description);
	free(input->part);
	manifest_fini(&input->manifest);
	json_object_put(input->root);
	if (input->fd >= 0)
		close(input->fd);
	*input = (struct merge_input){ .fd = -1 };
}

static bool is_same(struct json_object *a, struct json_object *b,
		    const char *key)
{
	struct json_object *x = NULL, *y = NULL;

	json_object_object_get_ex(a, key, &x);
	json_object_object_get_ex(b, key, &y);
	return json_object_equal(x, y);
}

const char *merge_input_difference(const struct merge_input *a,
				   const struct merge_input *b)
{
	struct json_object *x = NULL, *y = NULL;

	json_object_object_get_ex(a->root, "config", &x);
	json_object_object_get_ex(b->root, "config", &y);
	if (!is_same(x, y, "interval_ns"))
		return "intervals";
	if (!is_same(x, y, "v4_prefix_len") || !is_same(x, y, "v6_prefix_len"))
		return "prefix lengths";
	if (!is_same(x, y, "tunnel"))
		return "tunnel ends (inner or outer)";
	if (!is_same(x, y, "anonymised"))
		return "addresses (anonymised with another key or none)";
	return is_same(a->root, b->root, "histogram") ? NULL :
							"histogram layouts";
}

const struct merge_part *merge_input_part(const struct merge_input *input,
					  const char *uuid)
{
	size_t i;

	for (i = 0; i < input->n_parts; i++)
		if (!strcmp(input->part[i].uuid, uuid))
			return &input->part[i];
	return NULL;
}
