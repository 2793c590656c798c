// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "merge.h"
#include "merge_plan.h"
#include "target.h"
#include "../lib/campaign_config.h"
#include "../lib/campaign_create.h"
#include "../lib/campaign_journal.h"
#include "../lib/progress.h"

struct merge {
	const char *output;
	bool is_quiet, is_distinct;
	struct merge_input *input;
	size_t n_inputs;
	struct merge_plan plan;
	struct target target;
	uint64_t n_files, n_cut;
};

static void refuse_file(const struct merge_file *file, int err,
			const char *problem)
{
	cli_error("%s/%s: cannot be merged: %s", file->input->path,
		  file->entry->path,
		  *problem        ? problem :
		  err == -EBADMSG ? "not the file that the manifest tells of" :
				    strerror(-err));
}

static int copy_file(struct merge *merge, const struct merge_file *file)
{
	const struct manifest_entry *entry = file->entry;
	char name[CAMPAIGN_NAME_MAX];
	int err;

	campaign_file_name(file->level, entry->time_start_ns, entry->first_seq,
			   entry->campaign_uuid, name);
	err = target_copy(&merge->target, file->input->fd, entry, name);
	if (err)
		refuse_file(file, err, "");
	return err;
}

/* The intervals of it that no other file has. */
static int cut_file(struct merge *merge, const struct merge_file *file)
{
	struct rewrite_result result;
	struct rewrite task = {
		.target = merge->target.path,
		.target_fd = merge->target.fd,
		.level = file->level,
		.has_uuid_in_name = true,
		.drop = file->drop,
		.n_drop = file->n_drop,
		.prev_end_ns = INT64_MIN,
		.campaign_uuid = file->entry->campaign_uuid,
	};
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", file->input->path, file->entry->path) < 0)
		return -ENOMEM;
	task.source = path;
	err = rewrite_run(&task, &result);
	free(path);
	/* Merging does not repair: what is damaged stays out. */
	if (!err && (result.err || *result.problem))
		err = result.err ? result.err : -EBADMSG;
	if (err)
		refuse_file(file, err, result.problem);
	merge->n_cut += !err;
	return err;
}

static int put_files(struct merge *merge)
{
	const struct merge_file *file = merge->plan.file;
	struct progress progress;
	uint64_t total = 0, done = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < merge->plan.n; i++)
		total += file[i].entry->n_file_bytes;
	progress_init(&progress, "merge", total, merge->is_quiet);
	for (i = 0; i < merge->plan.n && !err; i++, file++) {
		err = file->n_drop ? cut_file(merge, file) :
				     copy_file(merge, file);
		done += file->entry->n_file_bytes;
		progress_update(&progress, done);
		merge->n_files += !err;
	}
	progress_hide(&progress);
	return err;
}

static void add_new(struct json_object *list, struct json_object *value)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_equal(json_object_array_get_idx(list, i),
				      value))
			return;
	json_object_array_add(list, json_object_get(value));
}

/* Everything that any of the lists has. */
static struct json_object *unite(const struct merge *merge, const char *key)
{
	struct json_object *list = json_object_new_array(), *config, *from;
	size_t i, j, k;

	for (i = 0; i < merge->n_inputs; i++)
		for (j = 0; j < merge->input[i].n_parts; j++) {
			if (!json_object_object_get_ex(
				    merge->input[i].part[j].description,
				    "config", &config) ||
			    !json_object_object_get_ex(config, key, &from) ||
			    !json_object_is_type(from, json_type_array))
				continue;
			for (k = 0; k < json_object_array_length(from); k++)
				add_new(list,
					json_object_array_get_idx(from, k));
		}
	return list;
}

/* The descriptions of all parts, each once, in order of their uuids. */
static int compare_parts(const void *a, const void *b)
{
	struct json_object *const *x = a, *const *y = b;

	return strcmp(json_object_to_json_string(*x),
		      json_object_to_json_string(*y));
}

static struct json_object *list_parts(const struct merge *merge)
{
	struct json_object *list = json_object_new_array();
	size_t i, j;

	for (i = 0; i < merge->n_inputs; i++)
		for (j = 0; j < merge->input[i].n_parts; j++)
			add_new(list, merge->input[i].part[j].description);
	json_object_array_sort(list, compare_parts);
	return list;
}

/* The one vantage point, or "" for several. */
static const char *common_vantage_point(const struct merge *merge)
{
	const char *name = merge->input[0].part[0].vantage_point;
	size_t i, j;

	for (i = 0; i < merge->n_inputs; i++)
		for (j = 0; j < merge->input[i].n_parts; j++)
			if (strcmp(merge->input[i].part[j].vantage_point, name))
				return "";
	return name;
}

/* campaign.json of the first, with a uuid of its own, and all parts. */
static struct json_object *make_root(const struct merge *merge)
{
	struct json_object *root = NULL, *config;
	char uuid[MANIFEST_UUID_CHARS + 1];

	if (campaign_uuid_make(uuid) ||
	    json_object_deep_copy(merge->input[0].root, &root, NULL))
		return NULL;
	json_object_object_add(root, "uuid", json_object_new_string(uuid));
	json_object_object_get_ex(root, "config", &config);
	json_object_object_add(config, "command",
			       json_object_new_string("merge"));
	json_object_object_add(
		config, "vantage_point",
		json_object_new_string(common_vantage_point(merge)));
	json_object_object_add(config, "devices", json_object_new_string(""));
	json_object_object_add(config, "lan", unite(merge, "lan"));
	json_object_object_add(config, "sources", unite(merge, "sources"));
	/* Each part has its own. */
	json_object_object_del(root, "import");
	json_object_object_add(root, "merged", list_parts(merge));
	return root;
}

static int fill_target(struct merge *merge)
{
	struct json_object *root = make_root(merge);
	int err = root ? put_files(merge) : -ENOMEM;

	if (!err)
		err = target_finish(&merge->target, root);
	json_object_put(root);
	return err;
}

static int open_inputs(struct merge *merge, char **path)
{
	int err = 0;

	for (; *path && !err; path++) {
		err = merge_input_open(*path, &merge->input[merge->n_inputs]);
		merge->n_inputs += !err;
	}
	return err;
}

static int merge_all(struct merge *merge, char **path)
{
	int err = open_inputs(merge, path);

	if (!err)
		err = merge_plan_make(merge->input, merge->n_inputs,
				      merge->is_distinct, &merge->plan);
	if (!err)
		err = target_open(merge->output, &merge->target);
	if (!err) {
		err = fill_target(merge);
		target_close(&merge->target);
	}
	if (!err && !merge->is_quiet)
		printf("%s: %" PRIu64 " files of %zu campaigns, %" PRIu64
		       " of them cut, %" PRIu64 " duplicates left out\n",
		       merge->output, merge->n_files, merge->n_inputs,
		       merge->n_cut, merge->plan.n_duplicates);
	merge_plan_fini(&merge->plan);
	while (merge->n_inputs)
		merge_input_close(&merge->input[--merge->n_inputs]);
	return err;
}

enum own_option { OPTION_OUTPUT, OPTION_DISTINCT, OPTION_QUIET };

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct merge merge = { 0 };
	struct merge_input *input;
	struct cli_parse parse;
	int option, code, err;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		switch ((enum own_option)option) {
		case OPTION_OUTPUT:
			merge.output = parse.value;
			break;
		case OPTION_DISTINCT:
			merge.is_distinct = true;
			break;
		case OPTION_QUIET:
			merge.is_quiet = true;
			break;
		}
	}
	code = cli_parse_result(&parse);
	if (code >= 0)
		return code;
	if (parse.next == parse.argc) {
		cli_error("merge: no campaign: name at least one directory");
		return EXIT_USAGE;
	}
	if (!merge.output) {
		cli_error("merge: no output: name a new directory with -o");
		return EXIT_USAGE;
	}
	input = calloc((size_t)(parse.argc - parse.next), sizeof(*input));
	merge.input = input;
	err = input ? merge_all(&merge, parse.argv + parse.next) : -ENOMEM;
	free(input);
	return err ? EXIT_FAILED : EXIT_DONE;
}

static const struct cli_option options[] = {
	{ "output", 'o', "CAMPAIGN", "the new campaign" },
	{ "distinct", 0, NULL,
	  "campaigns without a vantage point's name are different ones" },
	{ "quiet", 'q', NULL, "no summary and no progress bar" },
	{ 0 },
};

const struct cli_command merge_command = {
	.name = "merge",
	.operands = "CAMPAIGN...",
	.summary = "make one campaign of several vantage points or periods",
	.options = options,
	.run = run,
};
