// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "campaign_choice.h"
#include "campaign_config.h"
#include "campaign_journal.h"
#include "campaign_sources.h"
#include "cli.h"
#include "clock.h"
#include "segment_file.h"

struct campaign_reader {
	char *path;
	int fd;
	struct json_object *root;
	char *config_json;
	struct campaign_sources all;
	size_t *part; /* positions of the chosen ones */
	size_t n_parts;
};

/* Rows of a rollup that the period cuts are of no use; only the file knows. */
static bool cuts_row(const struct campaign_reader *reader,
		     const struct campaign_source *source, int64_t time_ns)
{
	struct segment_fault fault;
	struct segment segment;
	bool cuts = true;
	char *path;
	size_t i;

	if (time_ns <= source->part.time_start_ns ||
	    time_ns >= source->part.time_end_ns)
		return false;
	if (asprintf(&path, "%s/%s", reader->path, source->path) < 0)
		return true;
	/* What cannot be read is found when it is needed. */
	if (!segment_read(path, 0, &segment, &fault)) {
		cuts = false;
		for (i = 0; i < segment.interval.n; i++)
			cuts |= time_ns > segment.interval.time_ns[i] &&
				time_ns - segment.interval.time_ns[i] <
					(int64_t)
						segment.interval.duration_ns[i];
		segment_fini(&segment);
	}
	free(path);
	return cuts;
}

static bool is_usable(const struct campaign_reader *reader,
		      const struct campaign_source *source,
		      const struct campaign_wish *wish)
{
	enum segment_level level = source->part.level;

	if (level == LEVEL_RAW)
		return true;
	return level <= wish->max_level &&
	       wish->step_ns % segment_level_ns(level) == 0 &&
	       !cuts_row(reader, source, wish->from_ns) &&
	       !cuts_row(reader, source, wish->to_ns);
}

static void refuse_coarse(const struct campaign_reader *reader,
			  const struct campaign_source *source)
{
	char start[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];

	clock_format_ns(source->part.time_start_ns, start);
	clock_format_ns(source->part.time_end_ns, end);
	cli_error("%s: cannot be answered: from %s to %s only sums over 5min "
		  "or 1h are kept",
		  reader->path, start, end);
}

/* NULL: the finest. */
static int choose(struct campaign_reader *reader,
		  const struct campaign_wish *wish)
{
	struct campaign_candidate *candidate =
		calloc(reader->all.n + 1, sizeof(*candidate));
	const struct campaign_source *source = reader->all.source;
	ptrdiff_t missing;
	size_t i;

	if (!candidate)
		return -ENOMEM;
	for (i = 0; i < reader->all.n; i++, source++)
		candidate[i] = (struct campaign_candidate){
			.campaign_uuid = source->uuid,
			.level = source->part.level,
			.first_seq = source->part.first_seq >
						     source->after_seq ?
					     source->part.first_seq :
					     source->after_seq + 1,
			.last_seq = source->part.last_seq,
			.is_there = !source->is_removed,
			.is_usable = !wish || is_usable(reader, source, wish),
			.is_wanted = wish &&
				     source->part.time_end_ns > wish->from_ns &&
				     source->part.time_start_ns < wish->to_ns,
		};
	missing = campaign_choose(candidate, reader->all.n, !wish);
	reader->n_parts = 0;
	for (i = 0; i < reader->all.n; i++)
		if (candidate[i].is_chosen)
			reader->part[reader->n_parts++] = i;
	free(candidate);
	if (missing < 0)
		return 0;
	refuse_coarse(reader, &reader->all.source[missing]);
	return -ENOTSUP;
}

int campaign_reader_choose(struct campaign_reader *reader,
			   const struct campaign_wish *wish)
{
	return choose(reader, wish);
}

static int find_parts(struct campaign_reader *reader)
{
	int err;

	reader->all.path = reader->path;
	reader->all.uuid = campaign_config_uuid(reader->root);
	reader->all.fd = reader->fd;
	err = campaign_sources_find(&reader->all);
	if (err)
		return err;
	reader->part = calloc(reader->all.n + 1, sizeof(*reader->part));
	return reader->part ? choose(reader, NULL) : -ENOMEM;
}

static int open_config(struct campaign_reader *reader)
{
	const char *problem = strerror(ENOMEM);
	int err = campaign_config_read(reader->fd, &reader->root, &problem);

	if (!err) {
		reader->config_json = strdup(json_object_to_json_string_ext(
			reader->root, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE));
		err = reader->config_json ? 0 : -ENOMEM;
	}
	if (err)
		cli_error("%s: %s", reader->path, problem);
	return err;
}

int campaign_reader_open(const char *path, struct campaign_reader **ret_reader)
{
	struct campaign_reader *reader = calloc(1, sizeof(*reader));
	int err = 0;

	if (!reader)
		return -ENOMEM;
	reader->path = strdup(path);
	reader->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reader->fd < 0 || !reader->path) {
		err = reader->path ? -errno : -ENOMEM;
		cli_error("%s: cannot be read: %s", path, strerror(-err));
	}
	if (!err)
		err = open_config(reader);
	if (!err)
		err = find_parts(reader);
	if (err)
		campaign_reader_close(reader);
	else
		*ret_reader = reader;
	return err;
}

void campaign_reader_close(struct campaign_reader *reader)
{
	if (!reader)
		return;
	campaign_sources_fini(&reader->all);
	free(reader->part);
	if (reader->fd >= 0)
		close(reader->fd);
	json_object_put(reader->root);
	free(reader->config_json);
	free(reader->path);
	free(reader);
}

const char *campaign_reader_path(const struct campaign_reader *reader)
{
	return reader->path;
}

const char *campaign_reader_config_json(const struct campaign_reader *reader)
{
	return reader->config_json;
}

uint64_t campaign_reader_interval_ns(const struct campaign_reader *reader)
{
	return campaign_config_interval_ns(reader->root);
}

size_t campaign_reader_n_parts(const struct campaign_reader *reader)
{
	return reader->n_parts;
}

const struct campaign_part *
campaign_reader_part(const struct campaign_reader *reader, size_t part_idx)
{
	return &reader->all.source[reader->part[part_idx]].part;
}

static void refuse_segment(const struct campaign_reader *reader,
			   const struct campaign_source *source, int err,
			   const struct segment_fault *fault)
{
	char cause[256];

	if (fault->problem)
		segment_fault_format(fault, cause, sizeof(cause));
	else
		snprintf(cause, sizeof(cause), "%s", strerror(-err));
	cli_error("%s/%s: cannot be read: %s", reader->path, source->path,
		  cause);
}

static int load_segment(const struct campaign_reader *reader,
			const struct campaign_source *source, unsigned int load,
			struct segment *ret_segment)
{
	struct segment_fault fault;
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", reader->path, source->path) < 0)
		return -ENOMEM;
	err = segment_read(path, load, ret_segment, &fault);
	if (err)
		refuse_segment(reader, source, err, &fault);
	free(path);
	return err;
}

int campaign_reader_open_file(const struct campaign_reader *reader,
			      size_t part_idx, unsigned load,
			      struct segment_file **ret_file)
{
	const struct campaign_source *source =
		&reader->all.source[reader->part[part_idx]];
	struct segment_fault fault;
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", reader->path, source->path) < 0)
		return -ENOMEM;
	err = segment_file_open(path, load, ret_file, &fault);
	if (err)
		refuse_segment(reader, source, err, &fault);
	free(path);
	return err;
}

int campaign_reader_range(const struct campaign_reader *reader, size_t part_idx,
			  struct segment_file *file, size_t first, size_t end,
			  struct segment *ret_range)
{
	const struct campaign_source *source =
		&reader->all.source[reader->part[part_idx]];
	struct segment_fault fault;
	int err = segment_file_range(file, first, end, ret_range, &fault);

	if (err)
		refuse_segment(reader, source, err, &fault);
	return err;
}

int campaign_reader_load(const struct campaign_reader *reader, size_t part_idx,
			 unsigned load, struct segment *ret_segment)
{
	const struct campaign_source *source =
		&reader->all.source[reader->part[part_idx]];
	const char *problem;
	int err;

	if (!source->part.is_journal)
		return load_segment(reader, source, load, ret_segment);
	err = campaign_journal_build(&source->journal, source->after_seq,
				     ret_segment, &problem);
	if (err)
		cli_error("%s/%s: cannot be read: %s", reader->path,
			  source->path, problem ? problem : strerror(-err));
	return err;
}
