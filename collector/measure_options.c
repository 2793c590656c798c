// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure_options.h"

#include <stdio.h>
#include <string.h>

#include "../lib/clock.h"

enum {
	MIN_FLOWS = 64,
	MAX_FLOWS = 1 << 24, /* 2 GiB */
	FLOWS_PER_STAMP = DEFAULT_MAX_FLOWS / DEFAULT_MAX_STAMPS,
	MAX_SUBNETS = SUBNET_SLOTS_LIMIT,
	MAX_HISTS = 1 << 20, /* 5.6 GB in two buffers */
	MIN_V4_PREFIX = 8,
	MIN_V6_PREFIX = 16,
	DEFAULT_INTERVAL_S = 10,
};

static const struct {
	const char *name;
	uint32_t bit;
} source_names[] = {
#define X(code, upper, name, text) { #name, 1U << (code) },
	SOURCE_TABLE(X)
#undef X
};

void measure_options_init(struct measure_options *options)
{
	memset(options, 0, sizeof(*options));
	options->vantage_point = "";
	options->interval_ns = DEFAULT_INTERVAL_S * CLOCK_NS_PER_S;
	options->v4_prefix_len = DEFAULT_V4_PREFIX_LEN;
	options->v6_prefix_len = DEFAULT_V6_PREFIX_LEN;
	options->max_flows = DEFAULT_MAX_FLOWS;
	options->max_subnets = DEFAULT_MAX_SUBNETS;
	options->max_hists = DEFAULT_MAX_HISTS;
	options->sources = SETTINGS_SOURCES;
	for (size_t i = 0; i < MAX_LAN_PREFIXES; i++)
		options->lan_list[i] = options->lan_text[i];
}

static bool take_lan(struct measure_options *options, const char *value)
{
	struct prefix prefix;

	if (prefix_parse(value, &prefix) < 0) {
		cli_error(
			"--lan: bad prefix '%s': expected an address, a slash "
			"and a length, without bits beyond it",
			value);
		return false;
	}
	if (options->n_lan == MAX_LAN_PREFIXES) {
		cli_error("--lan: too many prefixes: at most %d",
			  MAX_LAN_PREFIXES);
		return false;
	}
	options->lan[options->n_lan] = prefix;
	prefix_format(&prefix, options->lan_text[options->n_lan]);
	options->n_lan++;
	return true;
}

static bool take_interval(struct measure_options *options, const char *value)
{
	uint64_t interval_ns;

	if (!cli_duration_ns("--interval", value, &interval_ns))
		return false;
	if (!clock_interval_is_valid(interval_ns)) {
		cli_error("--interval: bad duration '%s': expected whole "
			  "seconds that divide an hour",
			  value);
		return false;
	}
	options->interval_ns = interval_ns;
	return true;
}

static bool is_word(const char *word, size_t n_word, const char *name)
{
	return strlen(name) == n_word && memcmp(word, name, n_word) == 0;
}

/* One name of the list; 0 when it is refused. */
static uint32_t find_sources(const char *word, size_t n_word)
{
	uint32_t bits = 0;

	if (is_word(word, n_word, "all"))
		return SETTINGS_SOURCES;
	for (size_t i = 0; i < N_SOURCES; i++)
		if (is_word(word, n_word, source_names[i].name))
			bits = source_names[i].bit;
	if (!bits)
		cli_error("--sources: unknown source '%.*s': expected a list "
			  "of tcp_ts, icmp_echo, all",
			  (int)n_word, word);
	else if (!(bits & SETTINGS_SOURCES))
		cli_error("--sources: '%.*s' is not measured: this version has "
			  "tcp_ts and icmp_echo",
			  (int)n_word, word);
	return bits & SETTINGS_SOURCES;
}

static bool take_sources(struct measure_options *options, const char *value)
{
	uint32_t sources = 0, bits;
	size_t n_word;

	for (const char *word = value;; word += n_word + 1) {
		n_word = strcspn(word, ",");
		bits = find_sources(word, n_word);
		if (!bits)
			return false;
		sources |= bits;
		if (!word[n_word])
			break;
	}
	options->sources = sources;
	return true;
}

bool measure_options_take(struct measure_options *options,
			  enum measure_option option, const char *value)
{
	switch (option) {
	case MEASURE_OUTPUT:
		options->output = value;
		return true;
	case MEASURE_LAN:
		return take_lan(options, value);
	case MEASURE_INTERVAL:
		return take_interval(options, value);
	case MEASURE_V4_PREFIX:
		return cli_number("--v4-prefix", value, MIN_V4_PREFIX, 32,
				  &options->v4_prefix_len);
	case MEASURE_V6_PREFIX:
		return cli_number("--v6-prefix", value, MIN_V6_PREFIX, 128,
				  &options->v6_prefix_len);
	case MEASURE_SOURCES:
		return take_sources(options, value);
	case MEASURE_MAX_FLOWS:
		return cli_number("--max-flows", value, MIN_FLOWS, MAX_FLOWS,
				  &options->max_flows);
	case MEASURE_MAX_SUBNETS:
		return cli_number("--max-subnets", value, 1, MAX_SUBNETS,
				  &options->max_subnets);
	case MEASURE_MAX_HISTOGRAMS:
		return cli_number("--max-histograms", value, 1, MAX_HISTS,
				  &options->max_hists);
	case MEASURE_VANTAGE_POINT:
		options->vantage_point = value;
		return true;
	case MEASURE_QUIET:
		options->is_quiet = true;
		return true;
	case MEASURE_VERBOSE:
		options->is_verbose = true;
		return true;
	case N_MEASURE_OPTIONS:
		break;
	}
	return false;
}

bool measure_options_check(const struct measure_options *options,
			   const struct cli_command *command)
{
	if (options->output && options->output[0])
		return true;
	cli_error("%s: no output: -o CAMPAIGN is missing", command->name);
	return false;
}

static uint32_t power_of_two_above(uint64_t n)
{
	uint32_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

void measure_options_config(const struct measure_options *options,
			    const char *command, const char *devices,
			    struct campaign_config *ret_config)
{
	*ret_config = (struct campaign_config){
		.command = command,
		.vantage_point = options->vantage_point,
		.devices = devices,
		.interval_ns = options->interval_ns,
		.v4_prefix_len = (uint8_t)options->v4_prefix_len,
		.v6_prefix_len = (uint8_t)options->v6_prefix_len,
		.lan = options->lan_list,
		.n_lan = options->n_lan,
		.sources = options->sources,
		.max_flows = power_of_two_above(options->max_flows),
		.max_subnets = options->max_subnets,
		.max_hists = options->max_hists,
	};
}

static void set_lan(const struct prefix *prefix, struct lan_prefix *ret_lan)
{
	struct prefix mask = { .family = prefix->family };

	memset(mask.address, 0xff, sizeof(mask.address));
	prefix_cut(&mask, prefix->prefix_len);
	memset(ret_lan, 0, sizeof(*ret_lan));
	memcpy(ret_lan->address, prefix->address, sizeof(ret_lan->address));
	memcpy(ret_lan->mask, mask.address, sizeof(ret_lan->mask));
	ret_lan->family = prefix->family;
}

void measure_options_settings(const struct measure_options *options,
			      struct settings *ret_settings)
{
	uint32_t max_flows = power_of_two_above(options->max_flows);
	struct settings settings = {
		.hash_key = { SETTINGS_HASH_KEY_0, SETTINGS_HASH_KEY_1 },
		.v4_mask = SETTINGS_V4_MASK(options->v4_prefix_len),
		.v6_mask = { SETTINGS_V6_MASK_0(options->v6_prefix_len),
			     SETTINGS_V6_MASK_1(options->v6_prefix_len) },
		.n_flow_sets = max_flows / FLOW_WAYS,
		.n_stamp_sets = max_flows / FLOWS_PER_STAMP / STAMP_WAYS,
		.n_subnet_buckets = power_of_two_above(
			(options->max_subnets * SUBNET_CELLS_PER_SLOT +
			 SUBNET_BUCKET_CELLS - 1) /
			SUBNET_BUCKET_CELLS),
		.max_subnets = (uint32_t)options->max_subnets,
		.max_hists = (uint32_t)options->max_hists,
		.sources = options->sources,
		.n_lan = (uint32_t)options->n_lan,
		.v4_prefix_len = (uint8_t)options->v4_prefix_len,
		.v6_prefix_len = (uint8_t)options->v6_prefix_len,
	};

	for (size_t i = 0; i < options->n_lan; i++)
		set_lan(&options->lan[i], &settings.lan[i]);
	*ret_settings = settings;
}
