/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the analysis commands have in common: the options that choose data and
 * the form of the answer. A command's option table begins with QUERY_OPTIONS or
 * QUERY_COMMON_OPTIONS, so that their positions are those of enum query_option.
 */
#ifndef ANALYSIS_QUERY_H
#define ANALYSIS_QUERY_H

#include <stdbool.h>

#include "../lib/cli.h"
#include "output.h"
#include "scan.h"

/* The first N_QUERY_COMMON choose and place any answer; the rest only answers
 * that are made of samples. */
enum query_option {
	QUERY_FROM,
	QUERY_TO,
	QUERY_SIDE,
	QUERY_SUBNET,
	QUERY_LEVEL,
	QUERY_PROCESSES,
	QUERY_OUTPUT,
	QUERY_FORCE,
	QUERY_QUIET,
	N_QUERY_COMMON,
	QUERY_SOURCE = N_QUERY_COMMON,
	QUERY_MIN_SAMPLES,
	N_QUERY_OPTIONS,
};

#define QUERY_COMMON_OPTIONS                                                   \
	{ "from", 0, "TIME", "intervals from this time on (ISO 8601 UTC)" },   \
		{ "to", 0, "TIME", "intervals up to this time" },              \
		{ "side", 0, "SIDE", "only lan or wan" },                      \
		{ "subnet", 0, "PREFIX", "only subnets inside this prefix" },  \
		{ "level", 0, "LEVEL",                                         \
		  "coarsest rows to read: raw, 5min or 1h (default)" },        \
		{ "processes", 0, "N",                                         \
		  "read in N processes (default: one per processor)" },        \
		{ "output", 'o', "FILE",                                       \
		  "write FILE instead of standard output" },                   \
		{ "force", 'f', NULL, "overwrite FILE" },                      \
	{                                                                      \
		"quiet", 'q', NULL, "no progress bar and no notes"             \
	}

#define QUERY_OPTIONS                                                          \
	QUERY_COMMON_OPTIONS,                                                  \
		{ "source", 0, "SOURCE[,SOURCE]",                              \
		  "only samples of these sources (tcp_ts, icmp_echo, ...)" },  \
	{                                                                      \
		"min-samples", 0, "N",                                         \
			"no statistics of fewer samples (default 1)"           \
	}

struct query {
	struct scan_query scan;
	bool has_sources; /* --source was given */
	bool has_side;
	char subnet[PREFIX_TEXT_MAX]; /* as --subnet gave it, or "" */
	uint64_t min_samples;
	int n_shared; /* options of the command that are enum query_option */
	enum output_format format;
	const char *output_path; /* NULL: standard output */
	bool is_forced, is_quiet;
	const char *const *campaign; /* operands, borrowed */
	size_t n_campaigns;
};

/* Everything, once, as text, with as many processes as processors. */
void query_init(struct query *query);
/* Takes an option that only the command has; false after its line. */
typedef bool query_take_own(void *command, int option, const char *value);

/* A whole command line, after query_init() and the defaults of the command, whose
 * other options take_own gets. -1 to go on, else the exit code. */
int query_parse(struct query *query, const struct cli_command *self, int argc,
		char **argv, query_take_own *take_own, void *command);

/* Turns a scan's errno into the exit code. */
int query_exit_code(int err);

/* The head of text for people: campaigns, period, what was chosen. */
void query_print_head(const struct query *query,
		      const struct scan_result *result, FILE *stream);

#endif
