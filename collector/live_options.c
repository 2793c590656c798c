// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_options.h"

#include <stdio.h>
#include <string.h>

enum {
	OPTION_INTERFACE = N_MEASURE_OPTIONS,
	OPTION_DURATION,
	OPTION_HOOK,
	OPTION_TAP,
	OPTION_FORCE,
};

/* clang-format off */
const struct cli_option live_option_table[] = {
	MEASURE_OPTION_ROWS,
	{ "interface", 'i', "IF[,IF]", "interfaces to measure (repeatable)" },
	{ "duration", 0, "TIME", "stop after this long (default: never)" },
	{ "hook", 0, "HOOK", "tc, clsact, or xdp for ingress (default tc)" },
	{ "tap", 0, NULL, "a mirror port: measure and drop what arrives" },
	{ "force", 0, NULL, "--tap although the host uses the interface" },
	{ NULL },
};
/* clang-format on */

static bool is_known(const struct live_options *options, const char *name)
{
	for (int i = 0; i < options->n_interfaces; i++)
		if (!strcmp(options->interface[i].name, name))
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
	strcpy(options->interface[options->n_interfaces++].name, name);
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

static bool take_option(struct live_options *options, int option,
			const char *value)
{
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
	if (option != OPTION_DURATION)
		return true;
	return take_duration(options, value);
}

static bool find_interfaces(struct live_options *options)
{
	char name[IF_NAMESIZE];

	for (int i = 0; i < options->n_interfaces; i++) {
		strcpy(name, options->interface[i].name);
		if (live_interface_find(name, &options->interface[i]))
			return false;
		options->measure.settings.ifindex[i] =
			options->interface[i].ifindex;
		if (options->hook == LIVE_HOOK_TAP && !options->is_forced &&
		    live_interface_is_used(&options->interface[i])) {
			cli_error("%s: has an address or a route: --tap would "
				  "cut it off; --force does so",
				  name);
			return false;
		}
	}
	return true;
}

int live_options_read(struct live_options *options,
		      const struct cli_command *command, int argc, char **argv)
{
	struct cli_parse parse;
	int option;

	memset(options, 0, sizeof(*options));
	measure_options_init(&options->measure);
	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, command)) >= 0)
		if (!take_option(options, option, parse.value))
			return EXIT_USAGE;
	if (cli_parse_result(&parse) >= 0)
		return cli_parse_result(&parse);
	if (parse.next < argc) {
		cli_error("%s: unexpected operand: collect takes -i and -o",
			  argv[parse.next]);
		return EXIT_USAGE;
	}
	if (!options->n_interfaces) {
		cli_error("-i: interface missing: say where to measure");
		return EXIT_USAGE;
	}
	if (!measure_options_finish(&options->measure))
		return EXIT_USAGE;
	options->measure.config.command = "collect";
	options->measure.config.devices = options->devices;
	return find_interfaces(options) ? -1 : EXIT_FAILED;
}
