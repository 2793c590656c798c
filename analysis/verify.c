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
	unsigned int n_processes;
};

enum { MAX_PROCESSES = 64 };

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
			   const struct verify_file *before,
			   const struct verify_file *file)
{
	if (file->first_seq <= before->last_seq &&
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

/* The one before it that is of the same level and campaign, or NULL. */
static const struct verify_file *file_before(const struct verify_list *list,
					     size_t i)
{
	const struct verify_file *file = &list->file[i];

	if (!i || file[-1].is_unlisted || file[-1].open_err ||
	    file[-1].level != file->level ||
	    strcmp(file[-1].campaign_uuid, file->campaign_uuid) != 0)
		return NULL;
	return file - 1;
}

static bool has_content(const struct verify_file *file)
{
	if (file->is_unlisted || file->open_err)
		return false;
	if (file->is_journal)
		return file->last_seq > file->after_seq;
	return !file->entry->is_removed;
}

static int start_part(const struct verify *verify,
		      const struct verify_list *list, size_t i,
		      struct limited_child *ret_child)
{
	const struct verify_file *file = &list->file[i];
	const struct verify_file *before = file_before(list, i);
	bool is_known =
		campaign_config_has_uuid(verify->root, file->campaign_uuid);
	const struct verify_part part = {
		.campaign_fd = verify->fd,
		.campaign = verify->campaign,
		.path = file->path,
		.is_journal = file->is_journal,
		.is_growing = verify->has_writer,
		.prev_end_ns = before ? before->time_end_ns : INT64_MIN,
		.after_seq = file->after_seq,
		.interval_ns = campaign_config_interval_ns(verify->root),
		.campaign_uuid = is_known ? file->campaign_uuid :
					    campaign_config_uuid(verify->root),
		.entry = file->entry,
		.level = file->level,
		.manifest = &list->manifest,
	};
	int err = verify_part_start(&part, ret_child);

	if (err)
		cli_error("%s/%s: cannot be checked: %s", verify->campaign,
			  file->path, strerror(-err));
	return err;
}

static int finish_part(struct verify *verify, const struct verify_file *file,
		       const struct limited_child *child)
{
	struct verify_result result;
	int err = verify_part_wait(child, &result);

	if (err) {
		cli_error("%s/%s: cannot be checked: %s", verify->campaign,
			  file->path, strerror(-err));
		return err;
	}
	if (result.has_fault)
		add_finding(verify, file->path, &result.fault);
	else if (verify->is_verbose)
		note_good(verify, file->path, &result);
	verify->n_files++;
	if (!file->is_counted)
		return 0;
	verify->n_intervals += result.n_intervals;
	verify->n_samples += result.n_samples;
	verify->n_packets += result.n_packets;
	return 0;
}

/* What the list alone tells, and the child's result where there is one. */
static int finish_file(struct verify *verify, const struct verify_list *list,
		       size_t i, const struct limited_child *child)
{
	const struct verify_file *file = &list->file[i];
	const struct verify_file *before = file_before(list, i);

	if (file->is_unlisted)
		add_problem(verify, file->path, "not in manifest.jsonl");
	else if (file->open_err)
		add_problem(verify, file->path,
			    file->open_err == -EBADMSG ?
				    "header is damaged" :
				    strerror(-file->open_err));
	else if (file->is_torn && !verify->has_writer)
		add_problem(verify, file->path, "its first record is none");
	if (!has_content(file))
		return 0;
	if (before)
		check_sequence(verify, before, file);
	return finish_part(verify, file, child);
}

static void check_config(struct verify *verify)
{
	const char *problem = campaign_config_check_copy(verify->fd);

	if (problem)
		add_problem(verify, CAMPAIGN_CONFIG_COPY, problem);
}

/* Children run ahead, as many as there are processors; their results are taken
 * in the order of the files. */
static int check_files(struct verify *verify, const struct verify_list *list)
{
	const unsigned int n_children =
		verify->n_processes ? verify->n_processes : 1;
	struct limited_child child[MAX_PROCESSES];
	uint64_t n_bytes = 0, done = 0;
	size_t i, ahead = 0, n = list->n; /* n: of those to be waited for */
	int err = 0, failure;

	for (i = 0; i < list->n; i++)
		n_bytes += list->file[i].n_bytes;
	progress_init(&verify->progress, "verify", n_bytes, verify->is_quiet);
	check_config(verify);
	for (i = 0; i < n; i++) {
		for (; ahead < n && ahead < i + n_children; ahead++) {
			if (!has_content(&list->file[ahead]))
				continue;
			err = start_part(verify, list, ahead,
					 &child[ahead % n_children]);
			if (err)
				n = ahead;
		}
		if (i == n)
			break;
		failure = finish_file(verify, list, i, &child[i % n_children]);
		err = err ? err : failure;
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
		err = verify_list_read(verify->campaign, verify->fd,
				       campaign_config_uuid(verify->root),
				       &list);
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

enum own_option {
	OPTION_PROCESSES,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_JSON,
};

static int verify_all(const struct verify *options, bool is_json, char **path)
{
	struct verify verify;
	int code = EXIT_DONE;

	for (; *path; path++) {
		verify = *options;
		verify.campaign = *path;
		verify.fd = -1;
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
	long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct verify options = { 0 };
	struct cli_parse parse;
	uint64_t n_processes = n_processors < 1 ? 1 : (uint64_t)n_processors;
	bool is_json = false;
	int option, code;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		switch ((enum own_option)option) {
		case OPTION_PROCESSES:
			if (!cli_number("--processes", parse.value, 1,
					MAX_PROCESSES, &n_processes))
				return EXIT_USAGE;
			break;
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
	options.n_processes = n_processes < MAX_PROCESSES ?
				      (unsigned int)n_processes :
				      MAX_PROCESSES;
	return verify_all(&options, is_json, parse.argv + parse.next);
}

static const struct cli_option options[] = {
	{ "processes", 0, "N",
	  "check N files at a time (default: one per processor)" },
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
