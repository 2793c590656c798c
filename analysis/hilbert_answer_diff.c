// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_answer.h"

#include <errno.h>

#include "hilbert_diff.h"
#include "hilbert_table.h"
#include "hilbert_write.h"

struct diff_answer {
	const struct hilbert_options *options;
	struct scan_result result[2];
	struct hilbert_diff diff;
};

/* b shows what a shows: sources and sides are not compared with others. */
static int choose(struct diff_answer *answer)
{
	const struct hilbert_options *options = answer->options;
	const char *const *campaign = options->query.campaign;
	struct hilbert_map *map = answer->diff.map;
	int err = hilbert_write_choose(options, &answer->result[0], campaign[0],
				       &map[0]);

	if (err)
		return err;
	map[1] = map[0];
	err = hilbert_map_choose(&map[1], &answer->result[1],
				 1u << map[0].source, map[0].sides);
	if (!err && map[1].sides == map[0].sides)
		return 0;
	cli_error("%s: no data: no sample of %s on the side%s that %s has",
		  campaign[1], group_source_name(map[0].source),
		  __builtin_popcount(map[0].sides) == 1 ? "" : "s",
		  campaign[0]);
	return -ENODATA;
}

static int fill(struct diff_answer *answer)
{
	struct hilbert_left_out left_out = { 0 };
	int err = choose(answer);

	if (err)
		return err;
	for (int i = 0; i < 2 && !err; i++)
		err = hilbert_map_fill(&answer->diff.map[i], &answer->result[i],
				       0, answer->result[i].table.n);
	if (!err)
		err = hilbert_diff_join(&answer->diff);
	if (err)
		return hilbert_write_refuse(answer->options->query.output_path,
					    err);
	for (int i = 0; i < 2; i++)
		hilbert_write_leave_out(&left_out, &answer->diff.map[i],
					&answer->result[i]);
	hilbert_write_notes(answer->options, &left_out);
	return 0;
}

static int write_diff(const struct diff_answer *answer, FILE *stream)
{
	const struct hilbert_options *options = answer->options;
	struct hilbert_origin origin[2];
	struct hilbert_caption caption;
	struct hilbert_diff_view view;

	if (options->picture == PICTURE_NONE)
		return hilbert_table_write_diff(&answer->diff,
						options->query.format, stream);
	for (int i = 0; i < 2; i++)
		origin[i] = (struct hilbert_origin){
			&options->query.campaign[i], 1,
			hilbert_caption_period(&answer->result[i]), false
		};
	hilbert_caption_diff(&caption, &answer->diff, origin, options->title);
	hilbert_diff_view_init(&view, &answer->diff, &options->scale);
	return hilbert_write_picture(options, &view.view, &caption, stream);
}

int hilbert_answer_diff(struct hilbert_options *options)
{
	const struct query *query = &options->query;
	struct diff_answer answer = { .options = options };
	struct output_file file;
	int err = output_file_open(&file, query->output_path, query->is_forced);

	if (err)
		return err;
	for (int i = 0; i < 2 && !err; i++)
		err = scan_campaigns(&query->campaign[i], 1, &query->scan,
				     &answer.result[i]);
	if (!err)
		err = fill(&answer);
	if (!err) {
		err = write_diff(&answer, file.stream);
		if (err)
			hilbert_write_refuse(query->output_path, err);
	}
	if (!err)
		err = output_file_commit(&file);
	output_file_abandon(&file);
	hilbert_diff_fini(&answer.diff);
	scan_result_fini(&answer.result[0]);
	scan_result_fini(&answer.result[1]);
	return err;
}
