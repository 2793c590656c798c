// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert.h"

#include "hilbert_answer.h"
#include "hilbert_table.h"
#include "hilbert_write.h"

static int write_map(const struct hilbert_options *options,
		     const struct hilbert_map *map,
		     const struct scan_result *result, FILE *stream)
{
	const struct hilbert_origin origin = { options->query.campaign,
					       options->query.n_campaigns,
					       hilbert_caption_period(result),
					       false };
	struct hilbert_scale scale = hilbert_write_scale(options, map);
	struct hilbert_caption caption;
	struct hilbert_map_view view;
	struct output_table table;

	if (options->picture == PICTURE_NONE) {
		hilbert_table_begin(&table, false, options->query.format,
				    stream);
		hilbert_table_put(&table, map, NULL);
		return output_table_end(&table);
	}
	hilbert_caption_map(&caption, map, &origin, options->title);
	hilbert_map_view_init(&view, map, &scale);
	return hilbert_write_picture(options, &view.view, &caption, stream);
}

static int answer_scan(struct hilbert_options *options,
		       const struct scan_result *result, FILE *stream)
{
	const char *path = options->query.output_path;
	struct hilbert_left_out left_out = { 0 };
	struct hilbert_map map = { 0 };
	int err = hilbert_write_choose(options, result,
				       options->query.campaign[0], &map);

	if (err)
		return err;
	err = hilbert_map_fill(&map, result, 0, result->table.n);
	if (err) {
		hilbert_write_refuse(path, err);
		goto out;
	}
	hilbert_write_leave_out(&left_out, &map, result);
	hilbert_write_notes(options, &left_out);
	err = write_map(options, &map, result, stream);
	if (err)
		hilbert_write_refuse(path, err);
out:
	hilbert_map_fini(&map);
	return err;
}

int hilbert_answer_map(struct hilbert_options *options)
{
	struct query *query = &options->query;
	struct scan_result result = { 0 };
	struct output_file file;
	int err = output_file_open(&file, query->output_path, query->is_forced);

	if (err)
		return err;
	err = scan_campaigns(query->campaign, query->n_campaigns, &query->scan,
			     &result);
	if (!err)
		err = answer_scan(options, &result, file.stream);
	if (!err)
		err = output_file_commit(&file);
	output_file_abandon(&file);
	scan_result_fini(&result);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct hilbert_options options;
	int code = hilbert_options_parse(&options, self, argc, argv);

	if (code >= 0)
		return code;
	if (options.is_diff)
		return query_exit_code(hilbert_answer_diff(&options));
	if (options.step_ns)
		return query_exit_code(hilbert_answer_steps(&options));
	return query_exit_code(hilbert_answer_map(&options));
}

const struct cli_command hilbert_command = {
	.name = "hilbert",
	.operands = "CAMPAIGN...",
	.summary = "map of round-trip times over the address space",
	.options = hilbert_option_table,
	.run = run,
};
