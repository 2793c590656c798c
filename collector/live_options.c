// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "live_config.h"

enum {
	OPTION_INTERFACE = N_MEASURE_OPTIONS,
	OPTION_DURATION,
	OPTION_HOOK,
	OPTION_TAP,
	OPTION_FORCE,
	OPTION_DROP_ALL,
	OPTION_METRICS,
	OPTION_CONFIG,
};

#define BIT(option) (UINT64_C(1) << (option))

/* clang-format off */
const struct cli_option live_option_table[] = {
	MEASURE_OPTION_ROWS,
	{ "interface", 'i', "IF[,IF]", "interfaces to measure (repeatable)" },
	{ "duration", 0, "TIME", "stop after this long (default: never)" },
	{ "hook", 0, "HOOK", "tc, clsact, or xdp for ingress (default tc)" },
	{ "tap", 0, NULL, "a mirror port: measure and drop what arrives" },
	{ "force", 0, NULL, "--tap although the host uses the interface" },
	{ "drop-all", 0, NULL, "no capabilities once attached, nor attaching again" },
	{ "metrics", 0, "ADDRESS", "answer Prometheus at 127.0.0.1:PORT or unix:PATH" },
	{ "config", 0, "FILE", "read options from FILE; SIGHUP reads it again" },
	{ NULL },
};
/* clang-format on */

static bool is_known(const struct live_options *options, const char *name)
{
	for (int i = 0; i < options->n_interfaces; i++)
		if (!strcmp(options->name[i], name))
			return true;
	return false;
}

static bool add_interface(struct live_options *options, const char *name)
{
	size_t n_used = strlen(options->devices);

	if (!*name) {
		cli_error("-i: bad list: an interface's name is empty");
		return false;
	}
	if (is_known(options, name)) {
		cli_error("%s: interface given twice", name);
		return false;
	}
	if (options->n_interfaces == LIVE_MAX_INTERFACES) {
		cli_error("-i: more than %d interfaces", LIVE_MAX_INTERFACES);
		return false;
	}
	if (strlen(name) >= IF_NAMESIZE) {
		cli_error("%s: no such interface", name);
		return false;
	}
	strcpy(options->name[options->n_interfaces++], name);
	snprintf(options->devices + n_used, sizeof(options->devices) - n_used,
		 "%s%s", n_used ? "," : "", name);
	return true;
}

static bool take_interfaces(struct live_options *options, const char *value)
{
	char name[2 * IF_NAMESIZE];

	for (;;) {
		size_t n_bytes = strcspn(value, ",");

		snprintf(name, sizeof(name), "%.*s", (int)n_bytes, value);
		if (!add_interface(options, name))
			return false;
		if (!value[n_bytes])
			return true;
		value += n_bytes + 1;
	}
}

static bool take_hook(struct live_options *options, const char *value)
{
	static const char *const names[] = {
		[LIVE_HOOK_TC] = "tc",
		[LIVE_HOOK_CLSACT] = "clsact",
		[LIVE_HOOK_XDP] = "xdp",
	};

	for (int i = 0; i <= LIVE_HOOK_XDP; i++)
		if (!strcmp(value, names[i])) {
			options->hook = (enum live_hook)i;
			return true;
		}
	cli_error("--hook: %s: not tc, clsact or xdp", value);
	return false;
}

/* 0 would be "never". */
static bool take_duration(struct live_options *options, const char *value)
{
	if (!cli_duration_ns("--duration", value, &options->duration_ns))
		return false;
	if (!options->duration_ns)
		cli_error("--duration: bad duration '%s': it must be longer "
			  "than zero",
			  value);
	return options->duration_ns;
}

static bool take_option(void *context, int option, const char *value)
{
	struct live_options *options = context;

	if (option < N_MEASURE_OPTIONS)
		return measure_options_take(&options->measure,
					    (enum measure_option)option, value);
	if (option == OPTION_INTERFACE)
		return take_interfaces(options, value);
	if (option == OPTION_HOOK)
		return take_hook(options, value);
	if (option == OPTION_TAP)
		options->hook = LIVE_HOOK_TAP;
	if (option == OPTION_FORCE)
		options->is_forced = true;
	if (option == OPTION_METRICS) {
		options->metrics = value;
		return http_address_is_valid("--metrics", value);
	}
	if (option == OPTION_DROP_ALL)
		options->drops_all = true;
	if (option != OPTION_DURATION)
		return true;
	return take_duration(options, value);
}

/* Which options the command line has, for the file comes first. -1 to go on,
 * else the exit code. */
static int look_at_arguments(struct live_options *options,
			     const struct cli_command *command, int argc,
			     char **argv, uint64_t *ret_given)
{
	struct cli_parse parse;
	uint64_t given = 0;
	int option;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, command)) >= 0) {
		given |= BIT(option);
		if (option == OPTION_CONFIG)
			options->config_path = parse.value;
	}
	if (cli_parse_result(&parse) >= 0)
		return cli_parse_result(&parse);
	if (parse.next < argc) {
		cli_error("%s: unexpected operand: collect takes -i and -o",
			  argv[parse.next]);
		return EXIT_USAGE;
	}
	*ret_given = given;
	return -1;
}

static int read_config(struct live_options *options, uint64_t given)
{
	struct live_config_user user = {
		.options = live_option_table,
		.given = given,
		.not_in_file = BIT(OPTION_CONFIG),
		.repeatable = BIT(MEASURE_LAN) | BIT(OPTION_INTERFACE),
		.take = take_option,
		.context = options,
	};

	return live_config_read(options->config_path, &user,
				&options->config_text);
}

static int check_complete(struct live_options *options)
{
	if (!options->n_interfaces) {
		cli_error("-i: interface missing: say where to measure");
		return EXIT_USAGE;
	}
	if (!measure_options_finish(&options->measure))
		return EXIT_USAGE;
	options->measure.config.command = "collect";
	options->measure.config.devices = options->devices;
	return -1;
}

int live_options_read(struct live_options *options,
		      const struct cli_command *command, int argc, char **argv)
{
	struct cli_parse parse;
	uint64_t given = 0;
	int option, code;

	memset(options, 0, sizeof(*options));
	measure_options_init(&options->measure);
	code = look_at_arguments(options, command, argc, argv, &given);
	if (code < 0 && options->config_path)
		code = read_config(options, given);
	if (code >= 0)
		return code;
	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, command)) >= 0)
		if (!take_option(options, option, parse.value))
			return EXIT_USAGE;
	return check_complete(options);
}

void live_options_fini(struct live_options *options)
{
	free(options->config_text);
	options->config_text = NULL;
}

/* As sets. */
static bool is_lan_equal(const struct measure_options *a,
			 const struct measure_options *b)
{
	bool is_equal = a->config.n_lan == b->config.n_lan;

	for (size_t i = 0; i < a->config.n_lan && is_equal; i++) {
		is_equal = false;
		for (size_t j = 0; j < b->config.n_lan && !is_equal; j++)
			is_equal = !strcmp(a->lan[i], b->lan[j]);
	}
	return is_equal;
}

static const char *campaign_difference(const struct measure_options *running,
				       const struct measure_options *next)
{
	const struct campaign_config *a = &running->config;
	const struct campaign_config *b = &next->config;

	if (strcmp(running->output, next->output))
		return "output";
	if (!is_lan_equal(running, next) || !is_lan_equal(next, running))
		return "lan";
	if (a->interval_ns != b->interval_ns)
		return "interval";
	if (a->v4_prefix_len != b->v4_prefix_len)
		return "v4-prefix";
	if (a->v6_prefix_len != b->v6_prefix_len)
		return "v6-prefix";
	if (a->sources != b->sources)
		return "sources";
	if (strcmp(a->vantage_point, b->vantage_point))
		return "vantage-point";
	if (running->settings.is_lan_collapsed !=
	    next->settings.is_lan_collapsed)
		return "lan-collapse";
	if (strcmp(running->key.fingerprint, next->key.fingerprint))
		return "anonymise";
	if (running->settings.is_tunnel_outer != next->settings.is_tunnel_outer)
		return "tunnel";
	if (running->settings.is_lan_collapsed !=
	    next->settings.is_lan_collapsed)
		return "lan-collapse";
	return NULL;
}

static const char *restart_difference(const struct live_options *running,
				      const struct live_options *next)
{
	const struct campaign_config *a = &running->measure.config;
	const struct campaign_config *b = &next->measure.config;

	if (a->max_flows != b->max_flows)
		return "max-flows";
	if (a->max_subnets != b->max_subnets)
		return "max-subnets";
	if (a->max_hists != b->max_hists)
		return "max-histograms";
	if (running->hook != next->hook)
		return running->hook == LIVE_HOOK_TAP ||
				       next->hook == LIVE_HOOK_TAP ?
			       "tap" :
			       "hook";
	if (running->is_forced != next->is_forced)
		return "force";
	if (strcmp(running->metrics ? running->metrics : "",
		   next->metrics ? next->metrics : ""))
		return "metrics";
	if (running->drops_all != next->drops_all)
		return "drop-all";
	if (running->drops_all && strcmp(running->devices, next->devices))
		return "interface";
	return NULL;
}

const char *live_options_difference(const struct live_options *running,
				    const struct live_options *next,
				    const char **ret_why)
{
	const char *name =
		campaign_difference(&running->measure, &next->measure);

	*ret_why = "needs a new campaign";
	if (name)
		return name;
	*ret_why = "needs a restart";
	return restart_difference(running, next);
}
