// SPDX-License-Identifier: GPL-2.0-or-later
#include "import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../core/source.h"
#include "../lib/campaign.h"
#include "../lib/progress.h"
#include "epping_convert.h"
#include "epping_intervals.h"
#include "import_files.h"
#include "import_options.h"
#include "import_totals.h"

/* Records of one file that were refused. */
struct refusals {
	uint64_t n, offset; /* of the first */
	const char *problem;
};

struct import {
	const struct import_options *options;
	struct import_files files;
	struct epping_convert convert;
	struct epping_intervals intervals;
	struct campaign_writer *writer;
	struct progress progress;
	struct import_totals totals;
	struct refusals refusals;
	bool has_failed; /* something was left out, and said */
	int err;         /* of the campaign: nothing can go on */
};

static bool refuse(struct import *import, const struct epping_record *record,
		   const char *problem)
{
	struct refusals *refusals = &import->refusals;

	if (refusals->n++ == 0) {
		refusals->offset = record->offset;
		refusals->problem = problem;
	}
	return true;
}

static int append(void *context, struct record *record)
{
	struct import *import = context;
	int err = campaign_writer_append(import->writer, record);

	if (!err)
		import_totals_add(&import->totals, record);
	return err;
}

/* Where the record belongs; false where it has been refused, or nothing can go
 * on. */
static bool find_interval(struct import *import,
			  const struct epping_record *record,
			  struct record **ret_interval)
{
	int64_t time_ns;
	const char *problem = epping_time(record, &time_ns);
	int found;

	if (problem) {
		refuse(import, record, problem);
		return false;
	}
	found = epping_intervals_find(&import->intervals, time_ns,
				      ret_interval);
	if (found == EPPING_IS_BEFORE)
		refuse(import, record,
		       "before the end of an interval that was imported: "
		       "files overlap, or a clock was set back");
	else if (found == EPPING_IS_FULL)
		refuse(import, record, "one of too many of one interval");
	else
		import->err = found;
	return found == 0;
}

/* What follows other metadata cannot be told from what came before. */
static bool take_metadata(struct import *import,
			  const struct epping_record *record)
{
	struct epping_settings settings;
	int64_t time_ns;
	const char *problem = epping_settings_read(record, &settings);

	if (!problem)
		problem = epping_time(record, &time_ns);
	if (!problem &&
	    epping_settings_difference(&settings, &import->convert.settings))
		problem = "other metadata than before: what follows is left "
			  "out";
	if (problem) {
		refuse(import, record, problem);
		return false;
	}
	import->err =
		epping_intervals_add_metadata(&import->intervals, time_ns);
	return true;
}

static void take_prefix(struct import *import,
			const struct epping_record *record)
{
	struct record_subnet subnet;
	struct record *interval;
	const char *problem =
		epping_check_prefix(&import->convert, record, &subnet);

	if (problem) {
		refuse(import, record, problem);
		return;
	}
	if (!find_interval(import, record, &interval))
		return;
	import->err =
		epping_add_prefix(&import->convert, record, &subnet, interval);
	import->totals.n_prefixes++;
}

static void take_global(struct import *import,
			const struct epping_record *record)
{
	struct record *interval;

	if (!find_interval(import, record, &interval))
		return;
	import->err = epping_add_global(record, interval);
	import_totals_add_global(&import->totals, record);
}

static bool take_record(void *context, const struct epping_record *record)
{
	struct import *import = context;

	if (record->problem)
		return refuse(import, record, record->problem);
	if (record->fields & EPPING_FIELD_METADATA)
		return take_metadata(import, record) && !import->err;
	if (record->fields & EPPING_FIELD_PREFIX)
		take_prefix(import, record);
	else if (record->fields & EPPING_FIELD_GLOBAL)
		take_global(import, record);
	else
		import->totals.n_other++;
	return !import->err;
}

static void report_refusals(struct import *import,
			    const struct epping_file *file)
{
	const struct refusals *refusals = &import->refusals;

	if (!refusals->n)
		return;
	cli_error("%s: byte %" PRIu64 ": %s: %" PRIu64
		  " of its records refused, this the first",
		  file->path, refusals->offset, refusals->problem, refusals->n);
	import->totals.n_refused += refusals->n;
	import->has_failed = true;
}

static void report_damage(struct import *import, const struct epping_file *file,
			  const struct epping_reading *reading)
{
	if (!reading->problem)
		return;
	cli_error("%s: byte %" PRIu64 ": %s: %" PRIu64
		  " complete records before it, %" PRIu64
		  " bytes after the last of them left out",
		  file->path, reading->position, reading->problem,
		  reading->n_records, reading->n_left);
	import->totals.n_damaged++;
	import->totals.n_left += reading->n_left;
	import->has_failed = true;
}

static int import_file(struct import *import, struct epping_file *file,
		       uint64_t n_bytes_before)
{
	struct epping_reading reading;
	int err;

	epping_intervals_begin_file(&import->intervals);
	import->refusals = (struct refusals){ 0 };
	err = epping_file_read(file, take_record, import, &import->progress,
			       n_bytes_before, &reading);
	if (err)
		return err;
	import->totals.n_records += reading.n_records;
	progress_hide(&import->progress);
	report_refusals(import, file);
	report_damage(import, file, &reading);
	return import->err;
}

static int import_all(struct import *import)
{
	uint64_t n_bytes_before = 0;
	int err = 0;

	for (size_t i = 0; i < import->files.n && !err; i++) {
		struct epping_file *file = &import->files.file[i];

		err = import_file(import, file, n_bytes_before);
		n_bytes_before += file->n_bytes;
	}
	if (!err)
		err = epping_intervals_end(&import->intervals);
	progress_hide(&import->progress);
	if (err == -ENOMEM)
		cli_error("import: cannot go on: out of memory");
	return err;
}

static int describe(struct import *import, bool is_complete)
{
	char *json = import_totals_json(&import->totals, &import->files,
					import->options->is_old, is_complete);
	int err = json ? campaign_writer_describe(import->writer, "import",
						  json) :
			 -ENOMEM;

	free(json);
	return err;
}

static int open_campaign(struct import *import)
{
	const struct import_options *options = import->options;
	const struct epping_settings *settings = &import->convert.settings;
	const char *lan[IMPORT_MAX_LAN];
	char *devices = import_files_devices(&import->files);
	struct campaign_config config = {
		.command = "import",
		.vantage_point = options->vantage_point,
		.devices = devices,
		.interval_ns = settings->interval_ns,
		.v4_prefix_len = settings->v4_prefix_len,
		.v6_prefix_len = settings->v6_prefix_len,
		.lan = lan,
		.n_lan = options->n_lan,
		.sources = 1u << SOURCE_EPPING,
		.anonymise = options->key.fingerprint[0] ? &options->key : NULL,
		/* The last bin is overflow. */
		.n_linear_bins = (uint32_t)settings->n_bins - 1,
		.bin_width_ns = settings->bin_width_ns,
	};
	int err = devices ? 0 : -ENOMEM;

	for (size_t i = 0; i < options->n_lan; i++)
		lan[i] = options->lan_text[i];
	/* The files are still there after a power cut. */
	if (!err)
		err = campaign_writer_open(options->output, &config,
					   CAMPAIGN_RELAXED | CAMPAIGN_WHOLE,
					   &import->writer);
	if (!err)
		err = describe(import, false);
	free(devices);
	return err;
}

/* A LAN that is part of a prefix cannot be told from the rest of it. */
static int check_lan(const struct import *import)
{
	const struct epping_settings *settings = &import->convert.settings;

	for (size_t i = 0; i < import->options->n_lan; i++) {
		const struct prefix *lan = &import->options->lan[i];
		unsigned int len = lan->family == 4 ? settings->v4_prefix_len :
						      settings->v6_prefix_len;

		if (lan->prefix_len <= len)
			continue;
		cli_error("--lan %s: cannot be told apart: the files have "
			  "prefixes of length %u",
			  import->options->lan_text[i], len);
		return -EINVAL;
	}
	return 0;
}

static int open_all(struct import *import, char **paths, size_t n_paths)
{
	const struct import_options *options = import->options;
	int err = import_files_look(paths, n_paths, options->is_old,
				    &import->progress, &import->files);

	if (err)
		return err;
	import->convert = (struct epping_convert){
		.settings = *import_files_settings(&import->files),
		.is_old = options->is_old,
		.lan = options->lan,
		.n_lan = options->n_lan,
	};
	import->intervals = (struct epping_intervals){
		.width_ns = (int64_t)import->convert.settings.interval_ns,
		.append = append,
		.context = import,
	};
	import->progress.total = import->files.n_bytes;
	err = check_lan(import);
	if (!err)
		err = open_campaign(import);
	return err;
}

/* Seals what was written, or leaves nothing behind: what a full disk cut would
 * look like shorter files. */
static int close_all(struct import *import, int err)
{
	bool is_good = !err && import->totals.n_intervals > 0;

	if (is_good)
		err = describe(import, true);
	if (import->writer && is_good && !err)
		err = campaign_writer_close(import->writer);
	else
		campaign_writer_abandon(import->writer);
	epping_intervals_fini(&import->intervals);
	return err;
}

static int import_paths(const struct import_options *options, char **paths,
			size_t n_paths)
{
	struct import import = { .options = options };
	int err;

	progress_init(&import.progress, "import", 0, options->is_quiet);
	err = open_all(&import, paths, n_paths);
	if (!err) {
		err = import_all(&import);
		if (!err && !import.totals.n_intervals && !import.has_failed) {
			cli_error("%s: nothing to import: metadata alone",
				  import.files.file[0].path);
			import.has_failed = true;
		}
	}
	err = close_all(&import, err);
	if (!err && !options->is_quiet && import.totals.n_intervals)
		import_totals_print(&import.totals, import.files.n,
				    options->output);
	import_files_fini(&import.files);
	return err ? err : import.has_failed ? -EBADMSG : 0;
}

static int run(const struct cli_command *command, int argc, char **argv)
{
	struct import_options options = { .vantage_point = "" };
	struct cli_parse parse;
	int option, result;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, command)) >= 0)
		if (!import_option_take(&options, option, parse.value))
			return EXIT_USAGE;
	result = cli_parse_result(&parse);
	if (result >= 0)
		return result;
	if (!options.output || !options.output[0]) {
		cli_error("no output: -o CAMPAIGN is missing");
		return EXIT_USAGE;
	}
	if (parse.next == argc) {
		cli_error("import: no file: name one, or - for stdin");
		return EXIT_USAGE;
	}
	return import_paths(&options, argv + parse.next,
			    (size_t)(argc - parse.next)) == 0 ?
		       EXIT_DONE :
		       EXIT_FAILED;
}

const struct cli_command import_command = {
	.name = "import",
	.operands = "FILE...",
	.summary = "import output of ePPing (json, json lines; .gz .xz .zst; - "
		   "is stdin)",
	.options = import_option_rows,
	.run = run,
};
