// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"

#include <errno.h>
#include <string.h>

#include "group_row.h"

int answer_run(const char *name, const struct query *query, answer_print *print,
	       void *command)
{
	struct scan_result result = { 0 };
	struct output_file file;
	int err = output_file_open(&file, query->output_path, query->is_forced);

	if (err)
		return query_exit_code(err);
	err = scan_campaigns(query->campaign, query->n_campaigns, &query->scan,
			     &result);
	if (err)
		goto out;
	group_row_note_left_out(query, &result);
	err = print(command, &result, file.stream);
	if (err && err != -ENODATA)
		cli_error("%s: cannot be printed: %s", name, strerror(-err));
	if (!err)
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	scan_result_fini(&result);
	return query_exit_code(err);
}
