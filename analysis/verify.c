// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <json-c/json.h>

#include "verify.h"
#include "verify_child.h"
#include "verify_list.h"
#include "../lib/campaign_config.h"
#include "../lib/progress.h"

struct verify {
	const char *campaign;
	int fd;
	struct json_object *root; /* campaign.json */
	bool is_quiet, is_verbose;
	struct json_object *findings; /* NULL: as text, as they come */
	struct progress progress;
	bool has_writer;
	uint64_t n_files, n_intervals, n_samples, n_packets, n_findings;
	/* End of the part before, and its last sequence number. */
	int64_t end_ns;
	uint64_t last_seq;
};

static void add_finding(struct verify *verify, const char *path,
			const struct segment_fault *fault)
{
	struct json_object *finding;
	char text[320];

	verify->n_findings++;
	if (!verify->findings) {
		progress_hide(&verify->progress);
		segment_fault_format(fault, text, sizeof(text));
		printf("%s/%s: %s\n", verify->campaign, path, text);
		fflush(stdout);
		return;
	}
	finding = json_object_new_object();
	json_object_object_add(finding, "file", json_object_new_string(path));
	json_object_object_add(finding, "dataset",
			       *fault->dataset ?
				       json_object_new_string(fault->dataset) :
				       NULL);
	json_object_object_add(
		finding, "row",
		fault->has_row ? json_object_new_uint64(fault->row) : NULL);
	json_object_object_add(finding, "problem",
			       json_object_new_string(fault->problem));
	json_object_array_add(verify->findings, finding);
}

static void add_problem(struct verify *verify, const char *path,
			const char *problem)
{
	const struct segment_fault fault = { .problem = problem };

	add_finding(verify, path, &fault);
}

/* Whoever holds the lock may be in the middle of a record. */
static bool writer_runs(int campaign_fd)
{
	int fd = openat(campaign_fd, "lock", O_RDONLY | O_CLOEXEC);
	bool runs;

	if (fd < 0)
		return false;
	runs = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return runs;
}

static void check_sequence(struct verify *verify,
			   const struct verify_file *file)
{
	if (file->first_seq <= verify->last_seq &&
	    file->after_seq < file->first_seq)
		add_problem(verify, file->path,
			    "repeats sequence numbers of the part before");
}

static void note_good(struct verify *verify, const char *path,
		      const struct verify_result *result)
{
	progress_hide(&verify->progress);
	cli_error("%s/%s: good: %" PRIu64 " intervals, %" PRIu64 " samples",
		  verify->campaign, path, result->n_intervals,
		  result->n_samples);
}

static int check_part(struct verify *verify, const struct verify_file *file)
{
	const struct verify_part part = {
		.campaign_fd = verify->fd,
		.campaign = verify->campaign,
		.path = file->path,
		.is_journal = file->is_journal,
		.is_growing = verify->has_writer,
		.prev_end_ns = verify->end_ns,
		.after_seq = file->after_seq,
		.interval_ns = campaign_config_interval_ns(verify->root),
		.campaign_uuid = campaign_config_uuid(verify->root),
		.entry = file->entry,
	};
	struct verify_result result;
	int err = verify_part_run(&part, &result);

	if (err) {
		cli_error("%s/%s: cannot be checked: %s", verify->campaign,
			  file->path, strerror(-err));
		return err;
	}
	check_sequence(verify, file);
	if (result.has_fault)
		add_finding(verify, file->path, &result.fault);
	else if (verify->is_verbose)
		note_good(verify, file->path, &result);
	verify->n_files++;
	verify->n_intervals += result.n_intervals;
	verify->n_samples += result.n_samples;
	verify->n_packets += result.n_packets;
	verify->end_ns = file->time_end_ns;
	verify->last_seq = file->last_seq;
	return 0;
}

static int check_file(struct verify *verify, const struct verify_file *file)
{
	if (file->is_unlisted)
		add_problem(verify, file->path, "not in manifest.jsonl");
	else if (file->open_err)
		add_problem(verify, file->path,
			    file->open_err == -EBADMSG ?
				    "header is damaged" :
				    strerror(-file->open_err));
	else if (!file->is_journal || file->last_seq > file->after_seq)
		return check_part(verify, file);
	return 0;
}

static int check_files(struct verify *verify, const struct verify_list *list)
{
	uint64_t n_bytes = 0, done = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < list->n; i++)
		n_bytes += list->file[i].n_bytes;
	progress_init(&verify->progress, "verify", n_bytes, verify->is_quiet);
	for (i = 0; i < list->n && !err; i++) {
		err = check_file(verify, &list->file[i]);
		done += list->file[i].n_bytes;
		progress_update(&verify->progress, done);
	}
	progress_hide(&verify->progress);
	return err;
}

static void print_summary(const struct verify *verify)
{
	struct json_object *root;

	if (!verify->findings) {
		if (verify->is_quiet)
			return;
		printf("%s: %s: %" PRIu64 " files, %" PRIu64
		       " intervals, %" PRIu64 " packets, %" PRIu64
		       " samples, %" PRIu64 " findings\n",
		       verify->campaign,
		       verify->n_findings ? "damaged" : "good", verify->n_files,
		       verify->n_intervals, verify->n_packets,
		       verify->n_samples, verify->n_findings);
		return;
	}
	root = json_object_new_object();
	json_object_object_add(root, "campaign",
			       json_object_new_string(verify->campaign));
	json_object_object_add(root, "files",
			       json_object_new_uint64(verify->n_files));
	json_object_object_add(root, "intervals",
			       json_object_new_uint64(verify->n_intervals));
	json_object_object_add(root, "packets",
			       json_object_new_uint64(verify->n_packets));
	json_object_object_add(root, "samples",
			       json_object_new_uint64(verify->n_samples));
	json_object_object_add(root, "findings",
			       json_object_get(verify->findings));
	printf("%s\n", json_object_to_json_string_ext(
			       root, JSON_C_TO_STRING_PLAIN |
					     JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

static int open_campaign(struct verify *verify)
{
	const char *problem;
	int err;

	verify->fd = open(verify->campaign, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (verify->fd < 0) {
		err = -errno;
		cli_error("%s: cannot be read: %s", verify->campaign,
			  strerror(-err));
		return err;
	}
	err = campaign_config_read(verify->fd, &verify->root, &problem);
	if (err)
		cli_error("%s: %s", verify->campaign, problem);
	return err;
}

/* 0 when nothing is wrong; one line or more has been printed otherwise. */
static int verify_campaign(struct verify *verify)
{
	struct verify_list list;
	int err = open_campaign(verify);

	if (!err) {
		/* Before the files are listed: a writer that ends after that
		 * has left nothing torn. */
		verify->has_writer = writer_runs(verify->fd);
		err = verify_list_read(verify->campaign, verify->fd, &list);
	}
	if (!err) {
		err = check_files(verify, &list);
		verify_list_fini(&list);
	}
	if (!err) {
		print_summary(verify);
		err = verify->n_findings ? -EBADMSG : 0;
	}
	json_object_put(verify->root);
	if (verify->fd >= 0)
		close(verify->fd);
	return err;
}

enum own_option { OPTION_QUIET, OPTION_VERBOSE, OPTION_JSON };

static int verify_all(const struct verify *options, bool is_json, char **path)
{
	struct verify verify;
	int code = EXIT_DONE;

	for (; *path; path++) {
		verify = *options;
		verify.campaign = *path;
		verify.fd = -1;
		verify.end_ns = INT64_MIN;
		if (is_json)
			verify.findings = json_object_new_array();
		if (verify_campaign(&verify))
			code = EXIT_FAILED;
		json_object_put(verify.findings);
	}
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct verify options = { 0 };
	struct cli_parse parse;
	bool is_json = false;
	int option, code;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		switch ((enum own_option)option) {
		case OPTION_QUIET:
			options.is_quiet = true;
			break;
		case OPTION_VERBOSE:
			options.is_verbose = true;
			break;
		case OPTION_JSON:
			is_json = true;
			break;
		}
	}
	code = cli_parse_result(&parse);
	if (code >= 0)
		return code;
	if (parse.next == parse.argc) {
		cli_error("verify: no campaign: name at least one directory");
		return EXIT_USAGE;
	}
	return verify_all(&options, is_json, parse.argv + parse.next);
}

static const struct cli_option options[] = {
	{ "quiet", 'q', NULL, "only findings: no summary, no progress bar" },
	{ "verbose", 'v', NULL, "a line on stderr for each file that is good" },
	{ "json", 'j', NULL, "one JSON object per campaign" },
	{ 0 },
};

const struct cli_command verify_command = {
	.name = "verify",
	.operands = "CAMPAIGN...",
	.summary = "check every checksum and every invariant of a campaign",
	.options = options,
	.run = run,
};
