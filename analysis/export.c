// SPDX-License-Identifier: GPL-2.0-or-later
#include "export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/anonymise.h"
#include "../lib/progress.h"
#include "export_period.h"
#include "export_row.h"
#include "as_choice.h"
#include "group_row.h"

enum own_option {
	OPTION_FORMAT = N_QUERY_OPTIONS,
	OPTION_BY,
	OPTION_STEP,
	OPTION_ANONYMISE,
	OPTION_AS_TABLE,
};

struct export
{
	struct query query;
	struct as_choice as;
	enum export_format format;
	bool has_format;
	struct anonymise_key key;
	struct anonymiser *anonymiser; /* NULL: addresses as they are */
	FILE *stream;
	/* Rows that --min-samples left out, and what was read. */
	uint64_t n_left_out, left_out_samples, n_intervals;
};

static bool take_own(void *opaque, int option, const char *value)
{
	struct export *export = opaque;

	struct scan_query *scan = &export->query.scan;

	switch ((enum own_option)option) {
	case OPTION_FORMAT:
		export->has_format =
			export_format_parse(value, &export->format);
		if (!export->has_format)
			cli_error("--format: unknown format '%s': expected "
				  "csv, ndjson or graphite",
				  value);
		return export->has_format;
	case OPTION_BY:
		return group_row_take_key(value, &scan->by);
	case OPTION_STEP:
		if (!cli_duration_ns("--step", value, &scan->step_ns))
			return false;
		if (!scan->step_ns)
			cli_error("--step: bad step '%s': it must be longer "
				  "than zero",
				  value);
		return scan->step_ns;
	case OPTION_AS_TABLE:
		export->as.table_path = value;
		return true;
	case OPTION_ANONYMISE:
		return anonymise_key_read(value, &export->key) == 0;
	}
	return false;
}

/* The order of addresses would tell what they were. */
static int anonymise(struct export *export, struct group_table *table)
{
	int err = 0;

	for (size_t i = 0; i < table->n && !err; i++) {
		struct group_key *key = &table->group[i]->key;
		struct prefix prefix = { .prefix_len = key->prefix_len,
					 .family = key->family };

		if (key->label != GROUP_LABEL_PREFIX &&
		    key->label != GROUP_LABEL_OCTET)
			continue;
		if (key->label == GROUP_LABEL_OCTET)
			prefix =
				(struct prefix){ .prefix_len = 8, .family = 4 };
		memcpy(prefix.address, key->address, sizeof(prefix.address));
		err = anonymise_prefix(export->anonymiser, &prefix);
		memcpy(key->address, prefix.address, sizeof(prefix.address));
	}
	group_table_sort(table);
	return err;
}

/* Its samples, and its traffic unless it has samples and none may be shown. */
static void put_group(struct export *export, const struct group *group,
		      const struct segment_layout *layout)
{
	uint64_t most = 0;

	for (unsigned source = 0; source < N_SOURCES; source++) {
		const struct tally *tally = group->tally[source];

		if (!tally || !tally->count)
			continue;
		most = tally->count > most ? tally->count : most;
		if (tally->count < export->query.min_samples)
			export->n_left_out++;
		else
			export_row_samples(export->stream, export->format,
					   group, source, layout);
	}
	if (!group->packets_rx && !group->packets_tx)
		return;
	if (export->query.min_samples > 1 && most < export->query.min_samples)
		export->n_left_out++;
	else
		export_row_traffic(export->stream, export->format, group);
}

static int put_piece(struct export *export, const struct scan_span *piece)
{
	struct scan_query scan = export->query.scan;
	struct scan_result result = { 0 };
	int err;

	scan.from_ns = piece->start_ns;
	scan.to_ns = piece->end_ns;
	scan.may_be_empty = true;
	scan.is_quiet = true;
	err = scan_campaigns(export->query.campaign, export->query.n_campaigns,
			     &scan, &result);
	if (err)
		return err;
	/* A refusal comes alone: without intervals nothing is printed. */
	if (!export->n_intervals && result.n_intervals)
		export_row_begin(export->stream, export->format);
	export->n_intervals += result.n_intervals;
	export->left_out_samples += result.table.left_out_samples;
	if (export->anonymiser)
		err = anonymise(export, &result.table);
	if (err)
		cli_error("export: cannot be anonymised: %s", strerror(-err));
	for (size_t i = 0; i < result.table.n && !err; i++)
		put_group(export, result.table.group[i], &result.layout);
	scan_result_fini(&result);
	return err;
}

static int put_all(struct export *export)
{
	const struct query *query = &export->query;
	struct export_period period;
	struct progress progress;
	struct scan_span piece;
	int err = export_period_init(&period, query->campaign,
				     query->n_campaigns, &query->scan);

	progress_init(&progress, "exporting", export_period_n_bytes(&period),
		      query->is_quiet);
	/* A full disk is not written to for an hour; the commit says why. */
	while (!err && !ferror(export->stream) &&
	       export_period_next(&period, &piece)) {
		err = put_piece(export, &piece);
		progress_update(&progress, export_period_n_done(&period));
	}
	progress_hide(&progress);
	export_period_fini(&period);
	if (!err && !export->n_intervals) {
		cli_error("%s: no data: no interval in the period",
			  query->campaign[0]);
		err = -ENODATA;
	}
	return err;
}

static void note_left_out(const struct export *export)
{
	if (export->query.is_quiet)
		return;
	if (export->n_left_out)
		fprintf(stderr,
			"spindrift: note: %llu rows of fewer than %llu samples "
			"left out\n",
			(unsigned long long)export->n_left_out,
			(unsigned long long)export->query.min_samples);
	if (export->left_out_samples)
		fprintf(stderr,
			"spindrift: note: IPv6 is not in this table: %llu "
			"samples left out\n",
			(unsigned long long)export->left_out_samples);
}

static int export_to_file(struct export *export)
{
	struct output_file file;
	int err;

	if (export->key.fingerprint[0]) {
		export->anonymiser = anonymiser_new(&export->key);
		if (!export->anonymiser) {
			cli_error("export: cannot be anonymised: no AES here");
			return -EIO;
		}
	}
	err = output_file_open(&file, export->query.output_path,
			       export->query.is_forced);
	if (err)
		return err;
	export->stream = file.stream;
	err = put_all(export);
	if (!err)
		err = output_file_commit(&file);
	output_file_abandon(&file);
	if (!err)
		note_left_out(export);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct export export = { 0 };
	int code, err;

	query_init(&export.query);
	export.query.scan.by.by = GROUP_BY_SUBNET;
	export.query.scan.step_ns = 3600000000000;
	code = query_parse(&export.query, self, argc, argv, take_own, &export);
	if (code >= 0)
		return code;
	if (!export.has_format) {
		cli_error("--format: format missing: csv, ndjson or graphite");
		return EXIT_USAGE;
	}
	code = as_choice_load(&export.as, &export.query.scan.by,
			      export.query.is_quiet);
	if (code >= 0)
		return code;
	err = export_to_file(&export);
	as_choice_fini(&export.as);
	anonymiser_free(export.anonymiser);
	explicit_bzero(&export.key, sizeof(export.key));
	return query_exit_code(err);
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "format", 0, "FORMAT", "csv, ndjson or graphite" },
	{ "by", 0, "KEY",
	  "all, side, source, family, slash8, prefix:N[,M], subnet (default)" },
	{ "step", 0, "DURATION",
	  "length of a step, a multiple of the interval (default 1h)" },
	{ "anonymise", 0, "KEYFILE",
	  "other addresses, prefixes kept (Crypto-PAn)" },
	AS_OPTION_OF_TABLE,
	{ 0 },
};

const struct cli_command export_command = {
	.name = "export",
	.operands = "CAMPAIGN...",
	.summary =
		"long tables for other programs, without what must not leave",
	.options = options,
	.run = run,
};
