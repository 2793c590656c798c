/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of spindrift hilbert.
 */
#ifndef ANALYSIS_HILBERT_OPTIONS_H
#define ANALYSIS_HILBERT_OPTIONS_H

#include "hilbert_map.h"
#include "hilbert_scale.h"
#include "query.h"

enum hilbert_picture { PICTURE_NONE, PICTURE_SVG, PICTURE_PNG };

struct hilbert_options {
	struct query query; /* scan.by is that of the grid */
	struct hilbert_grid grid;
	enum hilbert_stat stat;
	struct hilbert_scale
		scale; /* of ns, of counts or, with --diff, b / a */
	enum hilbert_picture picture;
	const char *title; /* NULL: made from what is shown */
	bool is_diff;
	uint64_t step_ns; /* of --animate, or 0 */
	/* Given on the command line; private. */
	bool has_within, has_cell_len, has_range, has_factor;
	uint8_t family; /* 0: not given */
};

extern const struct cli_option hilbert_option_table[];

/* Parses all; -1 to go on, else the exit code. */
int hilbert_options_parse(struct hilbert_options *options,
			  const struct cli_command *self, int argc,
			  char **argv);

#endif
