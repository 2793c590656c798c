// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/progress.h"
#include "export_period.h"
#include "hilbert_table.h"
#include "hilbert_write.h"

enum { MAX_FRAMES = 9999 };

struct steps {
	const struct hilbert_options *options;
	struct scan_query scan;     /* of the pieces */
	struct hilbert_map map;     /* what each frame is of; without cells */
	struct hilbert_scale scale; /* one for all frames */
	struct output_file file;    /* of a table */
	struct output_table table;
	bool is_table_begun;
	int64_t next_ns, end_ns; /* start of the next frame, end of the last */
	struct hilbert_left_out left_out;
};

static int frame_count_check(const struct steps *steps)
{
	uint64_t length_ns = (uint64_t)(steps->end_ns - steps->next_ns);
	uint64_t step_ns = steps->options->step_ns;
	uint64_t n_frames = length_ns / step_ns + (length_ns % step_ns != 0);

	if (n_frames <= MAX_FRAMES)
		return 0;
	cli_error("--animate: too many steps: %llu, at most %d",
		  (unsigned long long)n_frames, MAX_FRAMES);
	return -E2BIG;
}

/* One look at the whole period, so that all frames show the same source and
 * sides on the same scale. */
static int look_ahead(struct steps *steps)
{
	const struct hilbert_options *options = steps->options;
	const struct query *query = &options->query;
	struct scan_query scan = query->scan;
	struct scan_result result = { 0 };
	int err;

	if (options->stat != HILBERT_STAT_N)
		scan.by = (struct group_spec){ .by = GROUP_BY_SIDE };
	err = scan_campaigns(query->campaign, query->n_campaigns, &scan,
			     &result);
	if (err)
		return err;
	err = hilbert_write_choose(options, &result, query->campaign[0],
				   &steps->map);
	if (!err && options->stat == HILBERT_STAT_N)
		err = hilbert_map_fill(&steps->map, &result, 0, result.table.n);
	if (!err) {
		struct scan_span period = hilbert_caption_period(&result);

		steps->scale = hilbert_write_scale(options, &steps->map);
		steps->next_ns =
			scan_step_start_ns(period.start_ns, options->step_ns);
		steps->end_ns = period.end_ns;
		err = frame_count_check(steps);
	}
	hilbert_map_fini(&steps->map);
	scan_result_fini(&result);
	return err;
}

/* map.svg and 2026-01-01T00:00:00Z: map-20260101T000000Z.svg; NULL: no memory. */
static char *frame_path(const char *path, int64_t start_ns)
{
	const char *ending = strrchr(path, '.');
	char time[CLOCK_TEXT_MAX], *made;
	size_t n = 0;

	clock_format_ns(start_ns, time);
	for (const char *c = time; *c; c++)
		if (*c != '-' && *c != ':')
			time[n++] = *c;
	time[n] = '\0';
	if (asprintf(&made, "%.*s-%s%s", (int)(ending - path), path, time,
		     ending) < 0)
		return NULL;
	return made;
}

static int write_frame_file(struct steps *steps, const struct hilbert_map *map,
			    const struct hilbert_caption *caption,
			    const char *path)
{
	struct hilbert_map_view view;
	struct output_file file;
	int err =
		output_file_open(&file, path, steps->options->query.is_forced);

	if (err)
		return err;
	hilbert_map_view_init(&view, map, &steps->scale);
	err = hilbert_write_picture(steps->options, &view.view, caption,
				    file.stream);
	if (err)
		hilbert_write_refuse(path, err);
	else
		err = output_file_commit(&file);
	output_file_abandon(&file);
	return err;
}

static int write_picture(struct steps *steps, const struct hilbert_map *map,
			 bool is_gap)
{
	const struct hilbert_options *options = steps->options;
	const struct query *query = &options->query;
	int64_t start_ns = steps->next_ns;
	const struct hilbert_origin origin = {
		query->campaign,
		query->n_campaigns,
		{ start_ns, start_ns + (int64_t)options->step_ns },
		is_gap
	};
	char *path = frame_path(query->output_path, start_ns);
	struct hilbert_caption caption;
	int err;

	if (!path)
		return hilbert_write_refuse(query->output_path, -ENOMEM);
	hilbert_caption_map(&caption, map, &origin, options->title);
	err = write_frame_file(steps, map, &caption, path);
	free(path);
	return err;
}

/* The header comes with the first rows: a refusal has none. */
static void write_rows(struct steps *steps, const struct hilbert_map *map)
{
	char time[CLOCK_TEXT_MAX];

	if (!steps->is_table_begun)
		hilbert_table_begin(&steps->table, true,
				    steps->options->query.format,
				    steps->file.stream);
	steps->is_table_begun = true;
	clock_format_ns(steps->next_ns, time);
	hilbert_table_put(&steps->table, map, time);
}

static int write_frame(struct steps *steps, const struct hilbert_map *map,
		       bool is_gap)
{
	int err = 0;

	if (steps->options->picture == PICTURE_NONE)
		write_rows(steps, map);
	else
		err = write_picture(steps, map, is_gap);
	steps->next_ns += (int64_t)steps->options->step_ns;
	return err;
}

/* Frames without any interval, so that time goes on evenly. */
static int write_gaps(struct steps *steps, int64_t until_ns)
{
	int err = 0;

	while (steps->next_ns < until_ns && !err)
		err = write_frame(steps, &steps->map, true);
	return err;
}

/* The frame of next_ns, from group *at of the piece on. */
static int put_frame(struct steps *steps, const struct scan_result *result,
		     size_t *at)
{
	int64_t start_ns = steps->next_ns;
	int64_t end_ns = start_ns + (int64_t)steps->options->step_ns;
	const struct group_table *table = &result->table;
	struct hilbert_map map = steps->map;
	size_t first = *at;
	int err;

	while (*at < table->n && table->group[*at]->key.step_ns == start_ns)
		(*at)++;
	err = hilbert_map_fill(&map, result, first, *at);
	if (err)
		hilbert_write_refuse(steps->options->query.output_path, err);
	else
		err = write_frame(steps, &map,
				  !scan_covered_ns(result, start_ns, end_ns));
	steps->left_out.n_outside += map.n_outside_samples;
	steps->left_out.n_other_family += map.n_other_family_samples;
	hilbert_map_fini(&map);
	return err;
}

static int put_piece(struct steps *steps, const struct scan_span *piece)
{
	const struct query *query = &steps->options->query;
	struct scan_query scan = steps->scan;
	struct scan_result result = { 0 };
	size_t at = 0;
	int err;

	scan.from_ns = piece->start_ns;
	scan.to_ns = piece->end_ns;
	err = scan_campaigns(query->campaign, query->n_campaigns, &scan,
			     &result);
	if (err)
		return err;
	err = write_gaps(steps,
			 scan_step_start_ns(piece->start_ns, scan.step_ns));
	while (!err && steps->next_ns < piece->end_ns &&
	       steps->next_ns < steps->end_ns)
		err = put_frame(steps, &result, &at);
	steps->left_out.n_other_family += result.table.left_out_samples;
	scan_result_fini(&result);
	return err;
}

static int put_all(struct steps *steps)
{
	const struct query *query = &steps->options->query;
	struct export_period period;
	struct progress progress;
	struct scan_span piece;
	int err = export_period_init(&period, query->campaign,
				     query->n_campaigns, &steps->scan);

	progress_init(&progress, "reading", export_period_n_bytes(&period),
		      query->is_quiet);
	/* A full disk is not written to for long; the commit says why. */
	while (!err && !(steps->file.stream && ferror(steps->file.stream)) &&
	       export_period_next(&period, &piece)) {
		err = put_piece(steps, &piece);
		progress_update(&progress, export_period_n_done(&period));
	}
	progress_hide(&progress);
	export_period_fini(&period);
	return err;
}

static int put_table(struct steps *steps)
{
	const struct query *query = &steps->options->query;
	int err = output_file_open(&steps->file, query->output_path,
				   query->is_forced);

	if (err)
		return err;
	err = put_all(steps);
	if (!err && steps->is_table_begun)
		err = output_table_end(&steps->table);
	if (!err)
		err = output_file_commit(&steps->file);
	output_file_abandon(&steps->file);
	return err;
}

int hilbert_answer_steps(struct hilbert_options *options)
{
	struct steps steps = { .options = options,
			       .scan = options->query.scan };
	int err = look_ahead(&steps);

	if (err)
		return err;
	steps.scan.step_ns = options->step_ns;
	steps.scan.is_quiet = true;
	steps.scan.may_be_empty = true;
	err = options->picture == PICTURE_NONE ? put_table(&steps) :
						 put_all(&steps);
	if (!err)
		hilbert_write_notes(options, &steps.left_out);
	return err;
}
