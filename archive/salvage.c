// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rewrite.h"
#include "salvage.h"
#include "salvage_list.h"
#include "target.h"
#include "../lib/campaign_config.h"
#include "../lib/clock.h"
#include "../lib/progress.h"
#include "../lib/record.h"

struct salvage {
	const char *campaign, *output;
	bool is_quiet, is_verbose;
	int fd;
	struct json_object *root; /* campaign.json */
	char *run_json;           /* for a journal without a header */
	struct target target;
	struct progress progress;
	/* Numbers of intervals that the new campaign has. */
	struct rewrite_range *kept;
	size_t n_kept, max_kept;
	/* End of the last raw interval that was kept, and whether something
	 * was lost after it. */
	int64_t end_ns;
	bool is_lost_since;
	uint64_t n_whole, n_parts, n_lost;
};

static void say(struct salvage *salvage, const char *path, const char *what,
		const char *why)
{
	progress_hide(&salvage->progress);
	printf("%s/%s: %s%s%s\n", salvage->campaign, path, what,
	       *why ? ": " : "", why);
	fflush(stdout);
}

static int keep(struct salvage *salvage, uint64_t first_seq, uint64_t last_seq)
{
	struct rewrite_range *row =
		record_grow((void **)&salvage->kept, &salvage->n_kept,
			    &salvage->max_kept, sizeof(*row));

	if (!row)
		return -ENOMEM;
	*row = (struct rewrite_range){ first_seq, last_seq };
	return 0;
}

static bool is_kept(const struct salvage *salvage, uint64_t seq)
{
	size_t i;

	for (i = 0; i < salvage->n_kept; i++)
		if (salvage->kept[i].first_seq <= seq &&
		    salvage->kept[i].last_seq >= seq)
			return true;
	return false;
}

/* "2026-11-22T20:00:00Z to 2026-11-22T21:00:00Z" */
static void format_period(int64_t start_ns, int64_t end_ns, char *text,
			  size_t n_text)
{
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];

	clock_format_ns(start_ns, from);
	clock_format_ns(end_ns, to);
	snprintf(text, n_text, "%s to %s", from, to);
}

static void say_lost(struct salvage *salvage, const struct salvage_file *file,
		     const struct rewrite_result *result, const char *why)
{
	const struct manifest_entry *entry = file->entry;
	char period[96] = "an unknown period", what[192];

	if (entry)
		format_period(entry->time_start_ns, entry->time_end_ns, period,
			      sizeof(period));
	else if (result && result->has_time)
		format_period(result->time_start_ns, result->time_end_ns,
			      period, sizeof(period));
	if (entry && file->level == LEVEL_RAW)
		snprintf(what, sizeof(what), "lost: %" PRIu64 " intervals, %s",
			 entry->n_intervals, period);
	else
		snprintf(what, sizeof(what), "lost: %s", period);
	say(salvage, file->path, what, why);
	salvage->n_lost++;
	salvage->is_lost_since |= file->level == LEVEL_RAW;
}

/* What a rewritten file lacks. */
static void say_parts(struct salvage *salvage, const struct salvage_file *file,
		      const struct rewrite_result *result)
{
	char period[96], what[320];

	format_period(result->time_start_ns, result->time_end_ns, period,
		      sizeof(period));
	if (!result->n_lost_subnets && !*result->lost_groups) {
		if (*result->problem)
			say(salvage, file->path, "read in part",
			    result->problem);
		return;
	}
	snprintf(what, sizeof(what),
		 "lost in %" PRIu64 " intervals, %s: %" PRIu64 " of %" PRIu64
		 " subnets%s%s",
		 result->n_intervals, period, result->n_lost_subnets,
		 result->n_subnets, *result->lost_groups ? ", and all of" : "",
		 result->lost_groups);
	say(salvage, file->path, what, result->problem);
	salvage->n_parts++;
}

static int note_rewritten(struct salvage *salvage,
			  const struct salvage_file *file,
			  const struct rewrite_result *result)
{
	if (file->level != LEVEL_RAW || !result->n_files)
		return 0;
	salvage->end_ns = result->end_ns;
	salvage->is_lost_since = false;
	return keep(salvage, result->first_seq, result->last_seq);
}

static int rewrite(struct salvage *salvage, const struct salvage_file *file)
{
	struct rewrite_result result;
	struct rewrite task = {
		.target = salvage->target.path,
		.target_fd = salvage->target.fd,
		.level = file->level,
		.prev_end_ns = salvage->is_lost_since &&
					       file->level == LEVEL_RAW ?
				       salvage->end_ns :
				       INT64_MIN,
		.drop = file->level == LEVEL_RAW ? salvage->kept : NULL,
		.n_drop = file->level == LEVEL_RAW ? salvage->n_kept : 0,
		.campaign_uuid = file->entry ?
					 file->entry->campaign_uuid :
					 campaign_config_uuid(salvage->root),
	};
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", salvage->campaign, file->path) < 0)
		return -ENOMEM;
	task.source = path;
	task.has_uuid_in_name = strcmp(task.campaign_uuid,
				       campaign_config_uuid(salvage->root)) !=
				0;
	err = file->is_journal ?
		      rewrite_run_journal(&task, salvage->run_json, &result) :
		      rewrite_run(&task, &result);
	free(path);
	if (err)
		return err;
	/* What was written before it failed counts. */
	err = note_rewritten(salvage, file, &result);
	if (result.err == -ENOSPC || result.err == -ENOMEM)
		return result.err;
	if (result.err)
		say_lost(salvage, file, &result, result.problem);
	else
		say_parts(salvage, file, &result);
	return err;
}

/* Files that are as the manifest has them are copied, bit for bit. */
static int copy(struct salvage *salvage, const struct salvage_file *file)
{
	const struct manifest_entry *entry = file->entry;
	int err = target_copy(&salvage->target, salvage->fd, entry, file->path);

	if (err)
		return err;
	salvage->n_whole++;
	if (salvage->is_verbose)
		say(salvage, file->path, "whole", "");
	if (file->level != LEVEL_RAW)
		return 0;
	salvage->end_ns = entry->time_end_ns;
	return keep(salvage, entry->first_seq, entry->last_seq);
}

/* A rollup that raw segments can give again is not patched. */
static bool can_be_made_again(const struct salvage *salvage,
			      const struct manifest_entry *entry)
{
	return entry && is_kept(salvage, entry->first_seq) &&
	       is_kept(salvage, entry->last_seq);
}

static int save_file(struct salvage *salvage, const struct salvage_file *file)
{
	const struct manifest_entry *entry = file->entry;
	bool is_raw = !file->is_journal && file->level == LEVEL_RAW;
	int err;

	if (entry && entry->is_removed)
		return manifest_append(salvage->target.fd, entry);
	if (!file->is_there) {
		say_lost(salvage, file, NULL, "the file is missing");
		return 0;
	}
	if (is_raw && entry && is_kept(salvage, entry->first_seq))
		entry = NULL;
	if (entry && !(is_raw && salvage->is_lost_since)) {
		err = copy(salvage, file);
		if (err != -EBADMSG)
			return err;
	}
	if (!is_raw && !file->is_journal && can_be_made_again(salvage, entry)) {
		say(salvage, file->path,
		    "left out: `spindrift rollup` makes it "
		    "again",
		    "damaged");
		return 0;
	}
	return rewrite(salvage, file);
}

static int save_files(struct salvage *salvage, const struct salvage_list *list)
{
	size_t i;
	int err = 0;

	progress_init(&salvage->progress, "salvage", list->n,
		      salvage->is_quiet);
	for (i = 0; i < list->n && !err; i++) {
		err = save_file(salvage, &list->file[i]);
		progress_update(&salvage->progress, i + 1);
	}
	progress_hide(&salvage->progress);
	if (err)
		cli_error("%s: cannot be written: %s", salvage->output,
			  strerror(-err));
	return err;
}

/* What a journal's header says, as far as campaign.json knows it. */
static char *make_run_json(struct json_object *root)
{
	struct json_object *run = json_object_new_object(), *value;
	char *text;

	json_object_object_add(
		run, "campaign_uuid",
		json_object_new_string(campaign_config_uuid(root)));
	json_object_object_add(run, "level", json_object_new_string("raw"));
	json_object_object_add(
		run, "interval_ns",
		json_object_new_uint64(campaign_config_interval_ns(root)));
	if (json_object_object_get_ex(root, "config", &value))
		json_object_object_add(run, "config", json_object_get(value));
	if (json_object_object_get_ex(root, "histogram", &value))
		json_object_object_add(run, "histogram",
				       json_object_get(value));
	text = strdup(json_object_to_json_string_ext(
		run, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(run);
	return text;
}

static int open_source(struct salvage *salvage)
{
	const char *problem;
	int err;

	salvage->fd =
		open(salvage->campaign, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (salvage->fd < 0) {
		err = -errno;
		cli_error("%s: cannot be read: %s", salvage->campaign,
			  strerror(-err));
		return err;
	}
	err = campaign_config_read(salvage->fd, &salvage->root, &problem);
	if (err) {
		cli_error("%s: %s", salvage->campaign, problem);
		return err;
	}
	salvage->run_json = make_run_json(salvage->root);
	return salvage->run_json ? 0 : -ENOMEM;
}

static int fill_target(struct salvage *salvage)
{
	struct salvage_list list;
	char text[64];
	int err = salvage_list_read(salvage->campaign, salvage->fd, &list);

	if (err)
		return err;
	if (list.manifest.n_damaged) {
		snprintf(text, sizeof(text), "%zu lines damaged",
			 list.manifest.n_damaged);
		say(salvage, MANIFEST_NAME, text, "");
	}
	err = save_files(salvage, &list);
	salvage_list_fini(&list);
	if (!err)
		err = target_finish(&salvage->target, salvage->root);
	return err;
}

static int salvage_campaign(struct salvage *salvage)
{
	int err = open_source(salvage);

	if (!err)
		err = target_open(salvage->output, &salvage->target);
	if (!err) {
		err = fill_target(salvage);
		target_close(&salvage->target);
	}
	if (!err && !salvage->is_quiet)
		printf("%s: %" PRIu64 " files whole, %" PRIu64
		       " in part, %" PRIu64 " lost\n",
		       salvage->output, salvage->n_whole, salvage->n_parts,
		       salvage->n_lost);
	json_object_put(salvage->root);
	free(salvage->run_json);
	free(salvage->kept);
	if (salvage->fd >= 0)
		close(salvage->fd);
	return err;
}

enum own_option { OPTION_OUTPUT, OPTION_QUIET, OPTION_VERBOSE };

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct salvage salvage = { .fd = -1, .end_ns = INT64_MIN };
	struct cli_parse parse;
	int option, code;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		switch ((enum own_option)option) {
		case OPTION_OUTPUT:
			salvage.output = parse.value;
			break;
		case OPTION_QUIET:
			salvage.is_quiet = true;
			break;
		case OPTION_VERBOSE:
			salvage.is_verbose = true;
			break;
		}
	}
	code = cli_parse_result(&parse);
	if (code >= 0)
		return code;
	if (parse.argc - parse.next != 1) {
		cli_error("salvage: one campaign at a time: name a directory");
		return EXIT_USAGE;
	}
	if (!salvage.output) {
		cli_error("salvage: no output: name a new directory with -o");
		return EXIT_USAGE;
	}
	salvage.campaign = parse.argv[parse.next];
	return salvage_campaign(&salvage) ? EXIT_FAILED : EXIT_DONE;
}

static const struct cli_option options[] = {
	{ "output", 'o', "CAMPAIGN", "the new campaign" },
	{ "quiet", 'q', NULL, "only losses: no summary, no progress bar" },
	{ "verbose", 'v', NULL, "also a line for each file that is whole" },
	{ 0 },
};

const struct cli_command salvage_command = {
	.name = "salvage",
	.operands = "CAMPAIGN",
	.summary = "recover what can be read of a damaged campaign",
	.options = options,
	.run = run,
};
