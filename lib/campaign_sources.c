// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign_journal.h"
#include "campaign_sources.h"
#include "cli.h"

static struct campaign_source *add_source(struct campaign_sources *sources,
					  const char *path, const char *uuid)
{
	struct campaign_source *source = record_grow((void **)&sources->source,
						     &sources->n, &sources->max,
						     sizeof(*source));

	if (!source)
		return NULL;
	source->journal.fd = -1;
	snprintf(source->uuid, sizeof(source->uuid), "%s", uuid);
	source->path = strdup(path);
	if (source->path)
		return source;
	sources->n--;
	return NULL;
}

static int add_journal(struct campaign_sources *sources, int journal_fd,
		       const char *name)
{
	const struct journal_entry *first, *last;
	struct journal_reader journal;
	struct campaign_source *source;
	char path[512];
	int err = journal_open(journal_fd, name, &journal);

	/* Sealed since the directory was read, or just being made. */
	if (err == -ENOENT)
		return 0;
	snprintf(path, sizeof(path), "journal/%s", name);
	if (err == -EBADMSG) {
		cli_error("%s/%s: left out: not a journal, or damaged",
			  sources->path, path);
		return 0;
	}
	if (err)
		return err;
	source = journal.n_entries ? add_source(sources, path, sources->uuid) :
				     NULL;
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

static int add_journals(struct campaign_sources *sources)
{
	struct dirent **names;
	int i, n, err = 0;
	int fd = openat(sources->fd, "journal",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* A published campaign may come without. */
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	n = scandirat(fd, ".", &names, is_journal, alphasort);
	if (n < 0)
		err = -errno;
	for (i = 0; i < n; i++) {
		if (!err)
			err = add_journal(sources, fd, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	close(fd);
	return err;
}

static int add_segment(struct campaign_sources *sources,
		       const struct manifest_entry *entry)
{
	enum segment_level level;
	struct campaign_source *source;

	if (segment_level_of_path(entry->path, &level))
		return 0;
	source = add_source(sources, entry->path, entry->campaign_uuid);
	if (!source)
		return -ENOMEM;
	source->is_removed = entry->is_removed;
	source->part.level = level;
	source->part.time_start_ns = entry->time_start_ns;
	source->part.time_end_ns = entry->time_end_ns;
	source->part.first_seq = entry->first_seq;
	source->part.last_seq = entry->last_seq;
	source->part.n_file_bytes = entry->n_file_bytes;
	source->part.n_subnets = entry->n_subnets;
	source->part.n_rtt_rows = entry->n_rtt_rows;
	return 0;
}

static int add_segments(struct campaign_sources *sources)
{
	struct manifest manifest;
	size_t i, line;
	int err = manifest_read(sources->fd, &manifest, &line);

	if (err == -EBADMSG)
		cli_error("%s/" MANIFEST_NAME ": line %zu: damaged",
			  sources->path, line);
	else if (err)
		cli_error("%s/" MANIFEST_NAME ": cannot be read: %s",
			  sources->path, strerror(-err));
	if (err)
		return err;
	/* A power cut may leave one; the journal it was for stands then. */
	if (manifest.is_torn)
		cli_error("%s/" MANIFEST_NAME ": line %zu: damaged: left out",
			  sources->path, line);
	for (i = 0; i < manifest.n && !err; i++)
		err = add_segment(sources, &manifest.entry[i]);
	manifest_fini(&manifest);
	return err;
}

static void source_fini(struct campaign_source *source)
{
	if (source->part.is_journal)
		journal_fini(&source->journal);
	free(source->path);
}

/* Records that a segment has too are the segment's. A segment has all sequence
 * numbers between its first and its last. */
static void skip_sealed(struct campaign_sources *sources, size_t n_journals)
{
	struct campaign_part *journal, *segment;
	size_t i, s, n = 0;

	for (i = 0; i < sources->n; i++) {
		journal = &sources->source[i].part;
		for (s = n_journals; i < n_journals && s < sources->n; s++) {
			segment = &sources->source[s].part;
			if (!strcmp(sources->source[s].uuid,
				    sources->source[i].uuid) &&
			    segment->first_seq <= journal->last_seq &&
			    segment->last_seq >= journal->first_seq &&
			    segment->last_seq > sources->source[i].after_seq)
				sources->source[i].after_seq =
					segment->last_seq;
		}
	}
	for (i = 0; i < sources->n; i++) {
		if (sources->source[i].after_seq >=
		    sources->source[i].part.last_seq)
			source_fini(&sources->source[i]);
		else
			sources->source[n++] = sources->source[i];
	}
	sources->n = n;
}

static int compare_sources(const void *a, const void *b)
{
	const struct campaign_source *x = a, *y = b;

	if (x->part.time_start_ns != y->part.time_start_ns)
		return x->part.time_start_ns < y->part.time_start_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Journals first: what is sealed between the two looks is then seen twice, and
 * never missed. */
int campaign_sources_find(struct campaign_sources *sources)
{
	struct campaign_source *source;
	size_t n_journals, i;
	int err = add_journals(sources);

	if (err) {
		cli_error("%s/journal: cannot be read: %s", sources->path,
			  strerror(-err));
		return err;
	}
	n_journals = sources->n;
	err = add_segments(sources);
	if (err)
		return err;
	skip_sealed(sources, n_journals);
	if (sources->n)
		qsort(sources->source, sources->n, sizeof(*sources->source),
		      compare_sources);
	for (i = 0, source = sources->source; i < sources->n; i++, source++) {
		source->part.path = source->path;
		source->part.campaign_uuid = source->uuid;
	}
	return 0;
}

void campaign_sources_fini(struct campaign_sources *sources)
{
	size_t i;

	for (i = 0; i < sources->n; i++)
		source_fini(&sources->source[i]);
	free(sources->source);
	sources->source = NULL;
	sources->n = sources->max = 0;
}
