// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure_options.h"

#include <string.h>

#include "../lib/cli.h"
#include "../lib/clock.h"

enum {
	MIN_FLOWS = 1024,
	MAX_FLOWS = 1 << 26, /* 8 GiB; owners of stamps have room for them */
	MIN_SUBNETS = 16,
	MIN_HISTS = 16,
	MAX_HISTS = 1 << 20,
	FLOWS_PER_STAMP = DEFAULT_MAX_FLOWS / DEFAULT_MAX_STAMPS,
};

static const char *const source_names[N_SOURCES] = {
#define X(code, upper, name, text) [code] = #name,
	SOURCE_TABLE(X)
#undef X
};

void measure_options_init(struct measure_options *options)
{
	*options = (struct measure_options){
		.settings = SETTINGS_DEFAULT,
		.config = {
			.vantage_point = "",
			.interval_ns = 10 * CLOCK_NS_PER_S,
			.v4_prefix_len = DEFAULT_V4_PREFIX_LEN,
			.v6_prefix_len = DEFAULT_V6_PREFIX_LEN,
			.sources = SETTINGS_DEFAULT_SOURCES,
			.max_flows = DEFAULT_MAX_FLOWS,
			.max_subnets = DEFAULT_MAX_SUBNETS,
			.max_hists = DEFAULT_MAX_HISTS,
		},
	};
}

/* Network-order words of the mask: v4-mapped addresses have 96 bits before. */
static void set_mask(__u64 mask[2], uint8_t prefix_len)
{
	mask[0] = SETTINGS_V6_MASK_0(prefix_len);
	mask[1] = SETTINGS_V6_MASK_1(prefix_len);
}

static bool take_lan(struct measure_options *options, const char *value)
{
	struct settings *settings = &options->settings;
	struct lan_prefix *lan = &settings->lan[settings->n_lan];
	struct prefix prefix;

	if (settings->n_lan == MAX_LAN_PREFIXES) {
		cli_error("--lan: too many prefixes: at most %d",
			  MAX_LAN_PREFIXES);
		return false;
	}
	if (prefix_parse(value, &prefix)) {
		cli_error("--lan: bad prefix '%s': expected ADDRESS/LENGTH "
			  "without bits beyond the length",
			  value);
		return false;
	}
	memcpy(lan->address, prefix.address, sizeof(lan->address));
	lan->family = prefix.family;
	set_mask(lan->mask, prefix.prefix_len + (prefix.family == 4 ? 96 : 0));
	prefix_format(&prefix, options->lan_text[settings->n_lan]);
	options->lan[settings->n_lan] = options->lan_text[settings->n_lan];
	settings->n_lan++;
	return true;
}

static bool add_source(struct measure_options *options, const char *name,
		       size_t n_bytes)
{
	for (int i = 0; i < N_SOURCES; i++)
		if (SETTINGS_SOURCES >> i & 1 &&
		    strlen(source_names[i]) == n_bytes &&
		    !memcmp(source_names[i], name, n_bytes)) {
			options->config.sources |= 1U << i;
			return true;
		}
	if (n_bytes == 3 && !memcmp(name, "all", 3)) {
		options->config.sources |= SETTINGS_SOURCES;
		return true;
	}
	cli_error("--sources: bad source '%.*s': expected tcp_ts, "
		  "tcp_handshake, tcp_seq, icmp_echo, quic_spin, "
		  "quic_spin_upper, quic_spin_full, quic_spin_bound, "
		  "quic_handshake, dns, all",
		  (int)n_bytes, name);
	return false;
}

static bool take_sources(struct measure_options *options, const char *value)
{
	options->config.sources = 0;
	for (;;) {
		size_t n_bytes = strcspn(value, ",");

		if (!add_source(options, value, n_bytes))
			return false;
		if (!value[n_bytes])
			return true;
		value += n_bytes + 1;
	}
}

static bool take_tunnel(struct measure_options *options, const char *value)
{
	options->settings.is_tunnel_outer = !strcmp(value, "outer");
	if (options->settings.is_tunnel_outer || !strcmp(value, "inner"))
		return true;
	cli_error("--tunnel: bad choice '%s': expected inner or outer", value);
	return false;
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
	options->config.interval_ns = interval_ns;
	return true;
}

static bool take_prefix_len(const char *what, const char *value, uint64_t min,
			    uint64_t max, uint8_t *ret_prefix_len)
{
	uint64_t prefix_len;

	if (!cli_number(what, value, min, max, &prefix_len))
		return false;
	*ret_prefix_len = prefix_len;
	return true;
}

bool measure_options_take(struct measure_options *options,
			  enum measure_option option, const char *value)
{
	struct campaign_config *config = &options->config;

	switch (option) {
	case MEASURE_OUTPUT:
		options->output = value;
		return true;
	case MEASURE_LAN:
		return take_lan(options, value);
	case MEASURE_LAN_COLLAPSE:
		options->settings.is_lan_collapsed = 1;
		return true;
	case MEASURE_ANONYMISE:
		return anonymise_key_read(value, &options->key) == 0;
	case MEASURE_INTERVAL:
		return take_interval(options, value);
	case MEASURE_V4_PREFIX:
		return take_prefix_len("--v4-prefix", value, 8, 32,
				       &config->v4_prefix_len);
	case MEASURE_V6_PREFIX:
		return take_prefix_len("--v6-prefix", value, 16, 128,
				       &config->v6_prefix_len);
	case MEASURE_SOURCES:
		return take_sources(options, value);
	case MEASURE_TUNNEL:
		return take_tunnel(options, value);
	case MEASURE_MAX_FLOWS:
		return cli_number("--max-flows", value, MIN_FLOWS, MAX_FLOWS,
				  &config->max_flows);
	case MEASURE_MAX_SUBNETS:
		return cli_number("--max-subnets", value, MIN_SUBNETS,
				  SUBNET_SLOTS_LIMIT, &config->max_subnets);
	case MEASURE_MAX_HISTOGRAMS:
		return cli_number("--max-histograms", value, MIN_HISTS,
				  MAX_HISTS, &config->max_hists);
	case MEASURE_VANTAGE_POINT:
		config->vantage_point = value;
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

static uint32_t power_of_two_from(uint64_t n)
{
	uint32_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

bool measure_options_finish(struct measure_options *options)
{
	struct settings *settings = &options->settings;
	struct campaign_config *config = &options->config;

	if (!options->output || !options->output[0]) {
		cli_error("no output: -o CAMPAIGN is missing");
		return false;
	}
	config->max_flows = power_of_two_from(config->max_flows);
	config->lan = options->lan;
	config->n_lan = settings->n_lan;
	config->is_tunnel_outer = settings->is_tunnel_outer;
	config->is_lan_collapsed = settings->is_lan_collapsed;
	settings->n_flow_sets = config->max_flows / FLOW_WAYS;
	settings->n_stamp_sets =
		config->max_flows / FLOWS_PER_STAMP / STAMP_WAYS;
	settings->n_subnet_buckets =
		power_of_two_from((config->max_subnets * SUBNET_CELLS_PER_SLOT +
				   SUBNET_BUCKET_CELLS - 1) /
				  SUBNET_BUCKET_CELLS);
	settings->max_subnets = config->max_subnets;
	settings->max_hists = config->max_hists;
	settings->n_server_sets =
		config->max_flows / FLOWS_PER_SERVER / SERVER_WAYS;
	settings->max_version_rows =
		(config->max_subnets + SUBNETS_PER_VERSION_ROW - 1) /
		SUBNETS_PER_VERSION_ROW;
	settings->sources = config->sources;
	settings->v4_prefix_len = config->v4_prefix_len;
	settings->v6_prefix_len = config->v6_prefix_len;
	settings->v4_mask = SETTINGS_V4_MASK(config->v4_prefix_len);
	set_mask(settings->v6_mask, config->v6_prefix_len);
	if (options->key.fingerprint[0])
		config->anonymise = &options->key;
	return true;
}
