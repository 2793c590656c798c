/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that live measurement and replay share, and what they mean for
 * the campaign and for core. A command puts MEASURE_OPTIONS first in its table;
 * positions below N_MEASURE_OPTIONS are then of enum measure_option.
 */
#ifndef COLLECTOR_MEASURE_OPTIONS_H
#define COLLECTOR_MEASURE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/settings.h"
#include "../lib/campaign.h"
#include "../lib/cli.h"
#include "../lib/prefix.h"

enum measure_option {
	MEASURE_OUTPUT,
	MEASURE_LAN,
	MEASURE_INTERVAL,
	MEASURE_V4_PREFIX,
	MEASURE_V6_PREFIX,
	MEASURE_SOURCES,
	MEASURE_MAX_FLOWS,
	MEASURE_MAX_SUBNETS,
	MEASURE_MAX_HISTOGRAMS,
	MEASURE_VANTAGE_POINT,
	MEASURE_QUIET,
	MEASURE_VERBOSE,
	N_MEASURE_OPTIONS,
};

/* clang-format off */
#define MEASURE_OPTIONS                                                        \
	{ "output", 'o', "CAMPAIGN", "directory to write" },                   \
	{ "lan", 0, "PREFIX",                                                  \
	  "hosts in PREFIX are on the lan side; may be repeated" },            \
	{ "interval", 0, "TIME",                                               \
	  "aggregation period, divides an hour (default 10s)" },               \
	{ "v4-prefix", 0, "LENGTH",                                            \
	  "subnet length of IPv4, 8 to 32 (default 24)" },                     \
	{ "v6-prefix", 0, "LENGTH",                                            \
	  "subnet length of IPv6, 16 to 128 (default 48)" },                   \
	{ "sources", 0, "LIST", "of tcp_ts, icmp_echo, all (default all)" },   \
	{ "max-flows", 0, "N",                                                 \
	  "flows followed at a time (default 1048576)" },                      \
	{ "max-subnets", 0, "N", "subnets in one interval (default 65536)" },  \
	{ "max-histograms", 0, "N",                                            \
	  "histograms in one interval (default 16384)" },                      \
	{ "vantage-point", 0, "TEXT", "where this is, kept in the campaign" }, \
	{ "quiet", 'q', NULL, "errors only" },                                 \
	{ "verbose", 'v', NULL, "say more" }
/* clang-format on */

/* Strings are borrowed from the command line, but for the prefixes. */
struct measure_options {
	const char *output; /* NULL: not given */
	const char *vantage_point;
	uint64_t interval_ns;
	uint64_t v4_prefix_len, v6_prefix_len;
	uint64_t max_flows, max_subnets, max_hists;
	uint32_t sources;
	bool is_quiet, is_verbose;
	size_t n_lan;
	struct prefix lan[MAX_LAN_PREFIXES];
	char lan_text[MAX_LAN_PREFIXES][PREFIX_TEXT_MAX];
	const char *lan_list[MAX_LAN_PREFIXES]; /* of lan_text */
};

/* The defaults. The struct must not move afterwards: lan_list points into it.
 */
void measure_options_init(struct measure_options *options);

/* One option of the shared table. Prints one line and returns false when its
 * value is refused. */
bool measure_options_take(struct measure_options *options,
			  enum measure_option option, const char *value);

/* After the last option: whether it all makes sense, -o above all. Prints. */
bool measure_options_check(const struct measure_options *options,
			   const struct cli_command *command);

/* max_flows becomes what the table has: a power of two. Borrows strings of the
 * options. */
void measure_options_config(const struct measure_options *options,
			    const char *command, const char *devices,
			    struct campaign_config *ret_config);

/* hash_key is that of replay and tests. */
void measure_options_settings(const struct measure_options *options,
			      struct settings *ret_settings);

#endif
