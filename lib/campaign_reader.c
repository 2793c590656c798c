// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign.h"
#include "campaign_config.h"
#include "campaign_journal.h"
#include "cli.h"
#include "journal.h"
#include "manifest.h"
#include "segment_read.h"

/* What stands behind a part: a file, or a journal that stays open, so that it
 * can be read also when it is sealed and removed meanwhile. */
struct source {
	struct campaign_part part;
	char *path;
	struct journal_reader journal; /* fd -1 for a segment */
	uint64_t after_seq;            /* records up to it are in a segment */
};

struct campaign_reader {
	char *path;
	int fd;
	struct json_object *root;
	char *config_json;
	struct source *source;
	size_t n, max;
};

static struct source *add_source(struct campaign_reader *reader,
				 const char *path)
{
	struct source *source = record_grow((void **)&reader->source,
					    &reader->n, &reader->max,
					    sizeof(*source));

	if (!source)
		return NULL;
	source->journal.fd = -1;
	source->path = strdup(path);
	source->part.path = source->path;
	if (source->path)
		return source;
	reader->n--;
	return NULL;
}

static int add_journal(struct campaign_reader *reader, int journal_fd,
		       const char *name)
{
	const struct journal_entry *first, *last;
	struct journal_reader journal;
	struct source *source;
	char path[512];
	int err = journal_open(journal_fd, name, &journal);

	/* Sealed since the directory was read, or just being made. */
	if (err == -ENOENT)
		return 0;
	snprintf(path, sizeof(path), "journal/%s", name);
	if (err == -EBADMSG) {
		cli_error("%s/%s: left out: not a journal, or damaged",
			  reader->path, path);
		return 0;
	}
	if (err)
		return err;
	source = journal.n_entries ? add_source(reader, path) : NULL;
	if (!source) {
		err = journal.n_entries ? -ENOMEM : 0;
		journal_fini(&journal);
		return err;
	}
	first = &journal.entry[0];
	last = &journal.entry[journal.n_entries - 1];
	source->journal = journal;
	source->part.is_journal = true;
	source->part.time_start_ns = first->start_ns;
	source->part.time_end_ns = last->start_ns + (int64_t)last->duration_ns;
	source->part.first_seq = first->seq;
	source->part.last_seq = last->seq;
	source->part.n_file_bytes = journal.valid_bytes;
	return 0;
}

static int is_journal(const struct dirent *entry)
{
	return campaign_journal_is_name(entry->d_name);
}

static int add_journals(struct campaign_reader *reader)
{
	struct dirent **names;
	int i, n, err = 0;
	int fd = openat(reader->fd, "journal",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* A published campaign may come without. */
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	n = scandirat(fd, ".", &names, is_journal, alphasort);
	if (n < 0)
		err = -errno;
	for (i = 0; i < n; i++) {
		if (!err)
			err = add_journal(reader, fd, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	close(fd);
	return err;
}

static int add_segment(struct campaign_reader *reader,
		       const struct manifest_entry *entry)
{
	struct source *source = add_source(reader, entry->path);

	if (!source)
		return -ENOMEM;
	source->part.time_start_ns = entry->time_start_ns;
	source->part.time_end_ns = entry->time_end_ns;
	source->part.first_seq = entry->first_seq;
	source->part.last_seq = entry->last_seq;
	source->part.n_file_bytes = entry->n_file_bytes;
	source->part.n_subnets = entry->n_subnets;
	source->part.n_rtt_rows = entry->n_rtt_rows;
	return 0;
}

static int add_segments(struct campaign_reader *reader)
{
	struct manifest manifest;
	size_t i, line;
	int err = manifest_read(reader->fd, &manifest, &line);

	if (err == -EBADMSG)
		cli_error("%s/" MANIFEST_NAME ": line %zu: damaged",
			  reader->path, line);
	else if (err)
		cli_error("%s/" MANIFEST_NAME ": cannot be read: %s",
			  reader->path, strerror(-err));
	if (err)
		return err;
	for (i = 0; i < manifest.n && !err; i++)
		if (!strncmp(manifest.entry[i].path, "raw/", 4))
			err = add_segment(reader, &manifest.entry[i]);
	manifest_fini(&manifest);
	return err;
}

static void source_fini(struct source *source)
{
	if (source->part.is_journal)
		journal_fini(&source->journal);
	free(source->path);
}

/* Records that a segment has too are the segment's. A segment has all sequence
 * numbers between its first and its last. */
static void skip_sealed(struct campaign_reader *reader, size_t n_journals)
{
	struct campaign_part *journal, *segment;
	size_t i, s, n = 0;

	for (i = 0; i < reader->n; i++) {
		journal = &reader->source[i].part;
		for (s = n_journals; i < n_journals && s < reader->n; s++) {
			segment = &reader->source[s].part;
			if (segment->first_seq <= journal->last_seq &&
			    segment->last_seq >= journal->first_seq &&
			    segment->last_seq > reader->source[i].after_seq)
				reader->source[i].after_seq = segment->last_seq;
		}
	}
	for (i = 0; i < reader->n; i++) {
		if (reader->source[i].after_seq >=
		    reader->source[i].part.last_seq)
			source_fini(&reader->source[i]);
		else
			reader->source[n++] = reader->source[i];
	}
	reader->n = n;
	for (i = 0; i < n; i++)
		reader->source[i].part.path = reader->source[i].path;
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->part.time_start_ns != y->part.time_start_ns)
		return x->part.time_start_ns < y->part.time_start_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Journals first: what is sealed between the two looks is then seen twice, and
 * never missed. */
static int find_parts(struct campaign_reader *reader)
{
	size_t n_journals;
	int err = add_journals(reader);

	if (err) {
		cli_error("%s/journal: cannot be read: %s", reader->path,
			  strerror(-err));
		return err;
	}
	n_journals = reader->n;
	err = add_segments(reader);
	if (err)
		return err;
	skip_sealed(reader, n_journals);
	if (reader->n)
		qsort(reader->source, reader->n, sizeof(*reader->source),
		      compare_sources);
	return 0;
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
	size_t i;

	if (!reader)
		return;
	for (i = 0; i < reader->n; i++)
		source_fini(&reader->source[i]);
	free(reader->source);
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
	return reader->n;
}

const struct campaign_part *
campaign_reader_part(const struct campaign_reader *reader, size_t part_idx)
{
	return &reader->source[part_idx].part;
}

static int load_segment(const struct campaign_reader *reader,
			const struct source *source, unsigned int load,
			struct segment *ret_segment)
{
	struct segment_fault fault;
	char cause[256], *path;
	int err;

	if (asprintf(&path, "%s/%s", reader->path, source->path) < 0)
		return -ENOMEM;
	err = segment_read(path, load, ret_segment, &fault);
	if (err) {
		if (fault.problem)
			segment_fault_format(&fault, cause, sizeof(cause));
		else
			snprintf(cause, sizeof(cause), "%s", strerror(-err));
		cli_error("%s: cannot be read: %s", path, cause);
	}
	free(path);
	return err;
}

int campaign_reader_load(const struct campaign_reader *reader, size_t part_idx,
			 unsigned load, struct segment *ret_segment)
{
	const struct source *source = &reader->source[part_idx];
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
