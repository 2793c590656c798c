// SPDX-License-Identifier: GPL-2.0-or-later
#include "info_gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"
#include "../lib/cli.h"
#include "../lib/clock.h"
#include "../lib/progress.h"
#include "query.h"
#include "scan_part.h"
#include "scan_span.h"

static const struct scan_query everything = {
	.from_ns = INT64_MIN,
	.to_ns = INT64_MAX,
	.sources = (1u << N_SOURCES) - 1,
	.sides = (1u << N_SIDES) - 1,
	.by = { .by = GROUP_BY_SIDE },
	.n_processes = 1,
};

void info_fini(struct info *info)
{
	scan_result_fini(&info->sums);
	scan_result_fini(&info->quic);
	free(info->gap);
	free(info->tool_version);
	free(info->host);
	free(info->kernel);
	free(info->devices);
	free(info->vantage_point);
	*info = (struct info){ 0 };
}

uint64_t info_period_ns(const struct info *info)
{
	const struct scan_span *span = info->sums.span;

	return (uint64_t)(span[info->sums.n_spans - 1].end_ns -
			  span[0].start_ns);
}

/* Bit of INTERVAL_PARTIAL. */
enum { PARTIAL = 3 };

uint64_t info_n_expected(const struct info *info, uint64_t interval_ns)
{
	const struct scan_span *span = info->sums.span;
	int64_t start_ns, last_ns;

	if (!interval_ns)
		return 0;
	start_ns = clock_interval_start_ns(span[0].start_ns, interval_ns);
	/* Whole intervals off the grid are those of another clock: an import. */
	if (start_ns != span[0].start_ns && !info->n_flagged[PARTIAL])
		return (info_period_ns(info) + interval_ns / 2) / interval_ns;
	last_ns = clock_interval_start_ns(
		span[info->sums.n_spans - 1].end_ns - 1, interval_ns);
	return (uint64_t)(last_ns - start_ns) / interval_ns + 1;
}

double info_coverage_ratio(const struct info *info)
{
	uint64_t covered_ns =
		scan_covered_ns(&info->sums, INT64_MIN, INT64_MAX);

	return (double)covered_ns / (double)info_period_ns(info);
}

const char *info_gap_cause(const struct record_gap *gap)
{
	static const char *const names[N_GAP_CAUSES] = {
#define X(code, upper, name, text) [code] = #name,
		GAP_CAUSE_TABLE(X)
#undef X
	};

	return gap->cause < N_GAP_CAUSES ? names[gap->cause] : "not_named";
}

static int keep_text(char **kept, const char *text)
{
	char *copy;

	if (!text || !*text)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*kept);
	*kept = copy;
	return 0;
}

static int add_meta(struct info *info, const struct segment_meta *meta)
{
	int err = keep_text(&info->tool_version, meta->tool_version);

	if (!err)
		err = keep_text(&info->host, meta->host);
	if (!err)
		err = keep_text(&info->kernel, meta->kernel);
	if (!err)
		err = keep_text(&info->devices, meta->devices);
	if (!err)
		err = keep_text(&info->vantage_point, meta->vantage_point);
	return err;
}

static void add_intervals(struct info *info, const struct segment *segment)
{
	const struct segment_interval *interval = &segment->interval;

	for (size_t i = 0; i < interval->n; i++) {
		for (int j = 0; j < N_OUTCOMES; j++)
			info->outcome[j] += interval->outcome[j][i];
		for (int j = 0; j < N_EVENTS; j++)
			info->event[j] += interval->event[j][i];
		for (int bit = 0; bit < 4; bit++)
			info->n_flagged[bit] += interval->flags[i] >> bit & 1;
	}
	for (size_t i = 0; i < segment->event.n; i++)
		if (segment->event.row[i].kind < N_EVENT_KINDS)
			info->n_logged[segment->event.row[i].kind]++;
}

static int add_gap(struct info *info, int64_t start_ns, int64_t end_ns,
		   uint8_t cause)
{
	struct record_gap *gap = record_grow((void **)&info->gap, &info->n_gaps,
					     &info->max_gaps, sizeof(*gap));

	if (!gap)
		return -ENOMEM;
	*gap = (struct record_gap){ start_ns, end_ns, cause };
	return 0;
}

/* Groups serve as a set: their keys are the subnets. */
static int add_subnets(struct group_table *set, struct info *info,
		       const struct segment_subnet *subnet)
{
	static const struct group_spec by_subnet = { .by = GROUP_BY_SUBNET };
	struct group_key key;

	for (size_t i = 0; i < subnet->n; i++) {
		const struct record_subnet *row = &subnet->key[i];
		size_t n = set->n;

		if (group_key_of(&by_subnet, row, &key) <= 0)
			continue;
		if (!group_table_get(set, &key))
			return -ENOMEM;
		if (set->n == n)
			continue;
		if (row->kind == SUBNET_OVERFLOW)
			info->subnets.n_overflow++;
		else
			info->subnets
				.n[row->family == 6][row->side == SIDE_LAN]++;
	}
	return 0;
}

static int add_segment(struct info *info, struct group_table *subnets,
		       const struct segment *segment)
{
	struct record_subnet unused;
	int err =
		scan_part_add(&info->sums, &everything, segment, true, &unused);

	if (!err)
		err = add_subnets(subnets, info, &segment->subnet);
	if (!err)
		err = add_meta(info, &segment->meta);
	for (size_t i = 0; i < segment->gap.n && !err; i++)
		err = add_gap(info, segment->gap.row[i].start_ns,
			      segment->gap.row[i].end_ns,
			      segment->gap.row[i].cause);
	add_intervals(info, segment);
	return err;
}

static int add_part(struct info *info, struct group_table *subnets,
		    const struct campaign_reader *reader, size_t part_idx)
{
	const struct campaign_part *part =
		campaign_reader_part(reader, part_idx);
	struct segment segment = { 0 };
	int err;

	if (part->is_journal)
		info->n_journals++;
	else
		info->n_segments++;
	info->n_bytes += part->n_file_bytes;
	err = campaign_reader_load(reader, part_idx,
				   SEGMENT_SUBNET | SEGMENT_SLASH8, &segment);
	if (err)
		return err;
	err = add_segment(info, subnets, &segment);
	if (err)
		cli_error("%s: %s: cannot be added: %s",
			  campaign_reader_path(reader), part->path,
			  err == -EINVAL ? "another histogram layout than the "
					   "parts before it" :
					   strerror(-err));
	segment_fini(&segment);
	return err;
}

static int compare_gaps(const void *left, const void *right)
{
	const struct record_gap *a = left, *b = right;

	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	if (a->end_ns != b->end_ns)
		return a->end_ns < b->end_ns ? -1 : 1;
	return a->cause - b->cause;
}

/* Gaps that continue each other are one: a journal's turn may cut them. */
static void join_gaps(struct info *info)
{
	size_t n = 0;

	if (!info->n_gaps)
		return;
	qsort(info->gap, info->n_gaps, sizeof(*info->gap), compare_gaps);
	for (size_t i = 1; i < info->n_gaps; i++) {
		struct record_gap *last = &info->gap[n];
		const struct record_gap *gap = &info->gap[i];

		if (gap->cause != last->cause || gap->start_ns > last->end_ns)
			info->gap[++n] = *gap;
		else if (gap->end_ns > last->end_ns)
			last->end_ns = gap->end_ns;
	}
	info->n_gaps = n + 1;
}

/* What lies between intervals and in no named gap. */
static int find_unnamed(struct info *info)
{
	const struct scan_result *sums = &info->sums;
	size_t n_named = info->n_gaps;
	int err = 0;

	for (size_t i = 1; i < sums->n_spans && !err; i++) {
		int64_t at_ns = sums->span[i - 1].end_ns;
		int64_t end_ns = sums->span[i].start_ns;

		for (size_t j = 0; j < n_named && !err; j++) {
			struct record_gap gap = info->gap[j];

			if (gap.end_ns <= at_ns || gap.start_ns >= end_ns)
				continue;
			if (gap.start_ns > at_ns)
				err = add_gap(info, at_ns, gap.start_ns,
					      INFO_GAP_NOT_NAMED);
			at_ns = gap.end_ns;
		}
		if (at_ns < end_ns && !err)
			err = add_gap(info, at_ns, end_ns, INFO_GAP_NOT_NAMED);
	}
	return err;
}

/* Rows, or their rollups, by all processors; of the same intervals, also while
 * more are measured. */
static int gather_quic(struct info *info, const struct campaign_reader *reader,
		       bool is_quiet)
{
	size_t n_parts = campaign_reader_n_parts(reader);
	const char *path = campaign_reader_path(reader);
	struct query query;

	query_init(&query);
	query.scan.to_ns =
		campaign_reader_part(reader, n_parts - 1)->time_end_ns;
	query.scan.by.by = GROUP_BY_SIDE;
	query.scan.sources = 0;
	query.scan.has_participation = query.scan.skips_traffic = true;
	query.scan.is_quiet = is_quiet;
	return scan_campaigns(&path, 1, &query.scan, &info->quic);
}

int info_gather(struct info *info, const struct campaign_reader *reader,
		bool is_quiet)
{
	struct group_table subnets = { 0 };
	size_t n_parts = campaign_reader_n_parts(reader);
	struct progress progress;
	uint64_t total = 0;
	int err = 0;

	for (size_t i = 0; i < n_parts; i++)
		total += campaign_reader_part(reader, i)->n_file_bytes;
	progress_init(&progress, "reading", total, is_quiet);
	for (size_t i = 0; i < n_parts && !err; i++) {
		err = add_part(info, &subnets, reader, i);
		progress_update(&progress, info->n_bytes);
	}
	progress_hide(&progress);
	group_table_fini(&subnets);
	if (err)
		return err;
	if (!info->sums.n_intervals) {
		cli_error("%s: no data: the campaign has no interval",
			  campaign_reader_path(reader));
		return -ENODATA;
	}
	group_table_sort(&info->sums.table);
	scan_span_unite(&info->sums);
	join_gaps(info);
	err = find_unnamed(info);
	join_gaps(info);
	if (err) {
		cli_error("%s: cannot be read: no memory",
			  campaign_reader_path(reader));
		return err;
	}
	return gather_quic(info, reader, is_quiet);
}
