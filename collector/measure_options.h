/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that `collect` and `replay` share: one set of rows for their
 * tables, one meaning.
 *
 * A command puts MEASURE_OPTION_ROWS first in its table; positions below
 * N_MEASURE_OPTIONS then go to measure_options_take().
 */
#ifndef COLLECTOR_MEASURE_OPTIONS_H
#define COLLECTOR_MEASURE_OPTIONS_H

#include <stdbool.h>

#include "../core/settings.h"
#include "../lib/anonymise.h"
#include "../lib/campaign.h"
#include "../lib/prefix.h"

enum measure_option {
	MEASURE_OUTPUT,
	MEASURE_LAN,
	MEASURE_LAN_COLLAPSE,
	MEASURE_ANONYMISE,
	MEASURE_INTERVAL,
	MEASURE_V4_PREFIX,
	MEASURE_V6_PREFIX,
	MEASURE_SOURCES,
	MEASURE_TUNNEL,
	MEASURE_MAX_FLOWS,
	MEASURE_MAX_SUBNETS,
	MEASURE_MAX_HISTOGRAMS,
	MEASURE_VANTAGE_POINT,
	MEASURE_QUIET,
	MEASURE_VERBOSE,
	N_MEASURE_OPTIONS,
};

/* clang-format off */
#define MEASURE_OPTION_ROWS                                                    \
	{ "output", 'o', "CAMPAIGN", "campaign directory to write" },          \
	{ "lan", 0, "PREFIX", "addresses of the LAN side (repeatable)" },      \
	{ "lan-collapse", 0, NULL, "keep no LAN subnets, but their sum" },     \
	{ "anonymise", 0, "KEYFILE",                                           \
	  "write other addresses, prefixes kept (Crypto-PAn)" },               \
	{ "interval", 0, "TIME", "aggregation interval (default 10s)" },       \
	{ "v4-prefix", 0, "LENGTH", "IPv4 subnets, 8 to 32 (default 24)" },    \
	{ "v6-prefix", 0, "LENGTH", "IPv6 subnets, 16 to 128 (default 48)" },  \
	{ "sources", 0, "LIST", "RTT sources to record (default all but dns)" },       \
	{ "tunnel", 0, "WHICH", "measure tunnels' inner (default) or outer packets" }, \
	{ "max-flows", 0, "N", "flow entries (default 1048576)" },             \
	{ "max-subnets", 0, "N", "subnets per interval (default 65536)" },     \
	{ "max-histograms", 0, "N",                                            \
	  "histograms per interval (default 16384)" },                         \
	{ "vantage-point", 0, "TEXT", "where this is, for the record" },       \
	{ "quiet", 'q', NULL, "print errors only" },                           \
	{ "verbose", 'v', NULL, "print more" }
/* clang-format on */

struct measure_options {
	const char *output; /* NULL until given */
	bool is_quiet, is_verbose;
	/* Complete but for command and devices. config.lan points at lan, and
	 * lan at lan_text: the struct must not move. */
	struct campaign_config config;
	struct settings settings;
	const char *lan[MAX_LAN_PREFIXES];
	char lan_text[MAX_LAN_PREFIXES][PREFIX_TEXT_MAX]; /* canonical */
	struct anonymise_key key; /* no fingerprint: addresses as they are */
};

void measure_options_init(struct measure_options *options);

/* Takes one option; false after its one line. value is borrowed for good. */
bool measure_options_take(struct measure_options *options,
			  enum measure_option option, const char *value);

/* After the last one: sizes the tables and checks that -o was given, else
 * false after its one line. max_flows becomes a power of two, as the table. */
bool measure_options_finish(struct measure_options *options);

#endif
