// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "retention.h"
#include "rollup.h"
#include "rollup_run.h"
#include "../lib/campaign.h"
#include "../lib/campaign_config.h"
#include "../lib/campaign_lock.h"
#include "../lib/clock.h"
#include "../lib/temporary.h"

struct rollup {
	struct rollup_run run;
	struct json_object *root; /* campaign.json */
	int lock_fd;
	uint64_t interval_ns;
	int64_t now_ns;
	bool is_open_too;
	bool has_retention;
	uint64_t keep_ns;
	uint64_t n_removed;
};

static int open_campaign(struct rollup *rollup)
{
	struct rollup_run *run = &rollup->run;
	const char *problem;
	int pid, err;

	run->campaign_fd =
		open(run->campaign, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->campaign_fd < 0) {
		err = -errno;
		cli_error("%s: cannot be read: %s", run->campaign,
			  strerror(-err));
		return err;
	}
	err = campaign_config_read(run->campaign_fd, &rollup->root, &problem);
	if (err) {
		cli_error("%s: %s", run->campaign, problem);
		return err;
	}
	run->uuid = campaign_config_uuid(rollup->root);
	rollup->interval_ns = campaign_config_interval_ns(rollup->root);
	err = campaign_lock_take(run->campaign_fd, CAMPAIGN_ROLLUP_LOCK_NAME,
				 &rollup->lock_fd, &pid);
	if (err == -EBUSY)
		cli_error("%s: in use: process %d makes its rollups",
			  run->campaign, pid);
	else if (err)
		cli_error("%s: cannot be locked: %s", run->campaign,
			  strerror(-err));
	return err;
}

/* When the earliest interval starts that is not sealed: what is sealed between
 * this look and that at the manifest waits for the next rollup. */
static int find_unsealed(const struct rollup *rollup,
			 struct rollup_unsealed *ret_unsealed)
{
	struct campaign_reader *reader;
	const struct campaign_part *part;
	size_t i;
	int err = campaign_reader_open(rollup->run.campaign, &reader);

	*ret_unsealed = (struct rollup_unsealed){ NULL, INT64_MAX };
	if (err)
		return err;
	for (i = 0; i < campaign_reader_n_parts(reader); i++) {
		part = campaign_reader_part(reader, i);
		if (!part->is_journal ||
		    part->time_start_ns >= ret_unsealed->start_ns)
			continue;
		ret_unsealed->uuid = rollup->run.uuid;
		ret_unsealed->start_ns = part->time_start_ns;
	}
	campaign_reader_close(reader);
	return 0;
}

static void refuse_manifest(const struct rollup *rollup, int err, size_t line)
{
	cli_error("%s/manifest.jsonl: line %zu: %s", rollup->run.campaign, line,
		  err == -EBADMSG ? "damaged" : strerror(-err));
}

static int roll_up_level(struct rollup *rollup, enum segment_level level,
			 const struct rollup_unsealed *unsealed)
{
	const struct manifest_entry *entry = NULL;
	struct rollup_plan plan;
	struct manifest manifest;
	size_t line;
	int err = manifest_read(rollup->run.campaign_fd, &manifest, &line);

	if (err) {
		refuse_manifest(rollup, err, line);
		return err;
	}
	err = rollup_plan_make(&manifest, rollup->interval_ns, level,
			       rollup->now_ns, rollup->is_open_too, unsealed,
			       &plan, &entry);
	if (err)
		cli_error("%s/%s: cannot be rolled up: %s",
			  rollup->run.campaign,
			  err == -EBADMSG ? entry->path : "manifest.jsonl",
			  err == -EBADMSG ?
				  "overlaps a rollup that is not made of it" :
				  strerror(-err));
	else
		err = rollup_run_jobs(&rollup->run, &plan);
	rollup_plan_fini(&plan);
	manifest_fini(&manifest);
	return err;
}

static int roll_up_levels(struct rollup *rollup)
{
	struct rollup_unsealed unsealed;
	int err = find_unsealed(rollup, &unsealed), minutes_err;

	if (err)
		return err;
	minutes_err = roll_up_level(rollup, LEVEL_5MIN, &unsealed);
	/* Hours of what there is, also where a day failed. */
	err = roll_up_level(rollup, LEVEL_1H, &unsealed);
	return err ? err : minutes_err;
}

static void print_summary(const struct rollup *rollup)
{
	if (rollup->run.is_quiet)
		return;
	printf("%s: %" PRIu64 " rollups made", rollup->run.campaign,
	       rollup->run.n_made);
	if (rollup->has_retention)
		printf(", %" PRIu64 " raw segments removed", rollup->n_removed);
	putchar('\n');
}

static int roll_up_campaign(struct rollup *rollup)
{
	struct rollup_run *run = &rollup->run;
	int err = open_campaign(rollup), failure;

	/* What a rollup that was killed has left. */
	if (!err)
		err = temporary_remove_all(run->campaign, "rollup");
	if (!err)
		err = roll_up_levels(rollup);
	/* Also after a failure: what is kept elsewhere may go. */
	if (run->campaign_fd >= 0 && rollup->lock_fd >= 0 &&
	    rollup->has_retention) {
		failure = retention_remove_raw(
			run->campaign, run->campaign_fd, rollup->interval_ns,
			rollup->now_ns - (int64_t)rollup->keep_ns,
			&rollup->n_removed);
		err = failure ? failure : err;
	}
	if (!err)
		print_summary(rollup);
	json_object_put(rollup->root);
	if (rollup->lock_fd >= 0)
		close(rollup->lock_fd);
	if (run->campaign_fd >= 0)
		close(run->campaign_fd);
	return err;
}

enum own_option {
	OPTION_OPEN,
	OPTION_DELETE,
	OPTION_PROCESSES,
	OPTION_QUIET,
	OPTION_VERBOSE,
};

static bool take_option(struct rollup *rollup, int option, const char *value)
{
	uint64_t number;

	switch ((enum own_option)option) {
	case OPTION_OPEN:
		rollup->is_open_too = true;
		return true;
	case OPTION_DELETE:
		rollup->has_retention = true;
		return cli_duration_ns("--delete-raw-older-than", value,
				       &rollup->keep_ns);
	case OPTION_PROCESSES:
		if (!cli_number("--processes", value, 1, ROLLUP_MAX_PROCESSES,
				&number))
			return false;
		rollup->run.n_processes = (unsigned int)number;
		return true;
	case OPTION_QUIET:
		rollup->run.is_quiet = true;
		return true;
	case OPTION_VERBOSE:
		rollup->run.is_verbose = true;
		return true;
	}
	return false;
}

static void rollup_init(struct rollup *rollup)
{
	long n_processors = sysconf(_SC_NPROCESSORS_ONLN);

	*rollup = (struct rollup){
		.lock_fd = -1, .now_ns = (int64_t)time(NULL) * CLOCK_NS_PER_S
	};
	rollup->run.campaign_fd = -1;
	rollup->run.n_processes = n_processors < 1 ? 1 :
				  n_processors > ROLLUP_MAX_PROCESSES ?
						     ROLLUP_MAX_PROCESSES :
						     (unsigned int)n_processors;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct rollup options, rollup;
	struct cli_parse parse;
	int option, code, i;

	rollup_init(&options);
	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0)
		if (!take_option(&options, option, parse.value))
			return EXIT_USAGE;
	code = cli_parse_result(&parse);
	if (code >= 0)
		return code;
	if (parse.next == parse.argc) {
		cli_error("rollup: no campaign: name at least one directory");
		return EXIT_USAGE;
	}
	code = EXIT_DONE;
	for (i = parse.next; i < parse.argc; i++) {
		rollup = options;
		rollup.run.campaign = parse.argv[i];
		if (roll_up_campaign(&rollup))
			code = EXIT_FAILED;
	}
	return code;
}

static const struct cli_option options[] = {
	{ "open", 0, NULL, "also days and months that are not over yet" },
	{ "delete-raw-older-than", 0, "DURATION",
	  "remove raw segments of that age (30d) that are rolled up" },
	{ "processes", 0, "N",
	  "make N files at a time (default: one per processor)" },
	{ "quiet", 'q', NULL, "no summary and no progress bar" },
	{ "verbose", 'v', NULL, "a line on stderr for each file made" },
	{ 0 },
};

const struct cli_command rollup_command = {
	.name = "rollup",
	.operands = "CAMPAIGN...",
	.summary = "add intervals up to 5 minutes and to hours",
	.options = options,
	.run = run,
};
