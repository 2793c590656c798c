// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

void cli_parse_init(struct cli_parse *parse, int argc, char **argv)
{
	*parse = (struct cli_parse){ .argc = argc, .argv = argv, .next = 1 };
}

/* Moves n arguments that follow the gathered operands to before them. */
static void step_over(struct cli_parse *parse, int n)
{
	char **operands = parse->argv + parse->next;
	char *taken[2];

	for (int i = 0; i < n; i++)
		taken[i] = operands[parse->n_operands + i];
	memmove(operands + n, operands,
		(size_t)parse->n_operands * sizeof(*operands));
	for (int i = 0; i < n; i++)
		operands[i] = taken[i];
	parse->next += n;
}

static int refuse(struct cli_parse *parse, const struct cli_command *command,
		  int n_name, const char *name, const char *problem)
{
	cli_error("%.*s: %s: see 'spindrift %s --help'", n_name, name, problem,
		  command->name);
	parse->failed = true;
	return -1;
}

static int show_help(struct cli_parse *parse, const struct cli_command *command)
{
	cli_help(command);
	parse->help_shown = true;
	return -1;
}

static int find_letter(const struct cli_command *command, char letter)
{
	for (int i = 0; command->options[i].name; i++)
		if (command->options[i].letter == letter)
			return i;
	return -1;
}

static int find_name(const struct cli_command *command, const char *name,
		     size_t n_name)
{
	for (int i = 0; command->options[i].name; i++)
		if (strlen(command->options[i].name) == n_name &&
		    memcmp(command->options[i].name, name, n_name) == 0)
			return i;
	return -1;
}

/* The argument after the one that is being read, or NULL. */
static const char *following(const struct cli_parse *parse)
{
	int position = parse->next + parse->n_operands + 1;

	return position < parse->argc ? parse->argv[position] : NULL;
}

static int next_long(struct cli_parse *parse, const struct cli_command *command,
		     const char *argument)
{
	const char *name = argument + 2, *equals = strchr(name, '=');
	size_t n_name = equals ? (size_t)(equals - name) : strlen(name);
	int n_shown = (int)n_name + 2;
	int found = find_name(command, name, n_name);

	if (found < 0 && strcmp(name, "help") == 0)
		return show_help(parse, command);
	if (found < 0)
		return refuse(parse, command, n_shown, argument,
			      "unknown option");
	parse->value = NULL;
	if (!command->options[found].argument) {
		if (equals)
			return refuse(parse, command, n_shown, argument,
				      "takes no value");
		step_over(parse, 1);
		return found;
	}
	parse->value = equals ? equals + 1 : following(parse);
	if (!parse->value)
		return refuse(parse, command, n_shown, argument,
			      "a value is missing");
	step_over(parse, equals ? 1 : 2);
	return found;
}

/* One letter of "-tq" or "-oFILE"; parse->cluster points at it. */
static int next_letter(struct cli_parse *parse,
		       const struct cli_command *command)
{
	const char shown[] = { '-', *parse->cluster, '\0' };
	int found = find_letter(command, *parse->cluster);

	if (found < 0 && *parse->cluster == 'h')
		return show_help(parse, command);
	if (found < 0)
		return refuse(parse, command, 2, shown, "unknown option");
	parse->value = NULL;
	parse->cluster++;
	if (!command->options[found].argument) {
		if (!*parse->cluster) {
			parse->cluster = NULL;
			step_over(parse, 1);
		}
		return found;
	}
	if (*parse->cluster) {
		parse->value = parse->cluster;
		step_over(parse, 1);
	} else {
		parse->value = following(parse);
		if (!parse->value)
			return refuse(parse, command, 2, shown,
				      "a value is missing");
		step_over(parse, 2);
	}
	parse->cluster = NULL;
	return found;
}

int cli_parse_next(struct cli_parse *parse, const struct cli_command *command)
{
	if (parse->failed || parse->help_shown)
		return -1;
	if (parse->cluster)
		return next_letter(parse, command);
	while (parse->next + parse->n_operands < parse->argc) {
		const char *argument =
			parse->argv[parse->next + parse->n_operands];

		if (parse->operands_only || argument[0] != '-' ||
		    argument[1] == '\0') {
			parse->n_operands++;
		} else if (strcmp(argument, "--") == 0) {
			parse->operands_only = true;
			step_over(parse, 1);
		} else if (argument[1] == '-') {
			return next_long(parse, command, argument);
		} else {
			parse->cluster = argument + 1;
			return next_letter(parse, command);
		}
	}
	return -1;
}

int cli_parse_result(const struct cli_parse *parse)
{
	if (parse->failed)
		return EXIT_USAGE;
	return parse->help_shown ? EXIT_DONE : -1;
}

/* "  -o, --output CAMPAIGN"; returns its width. */
static int format_option(const struct cli_option *option, char *text,
			 size_t n_text)
{
	char letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	return snprintf(text, n_text, "  %s--%s%s%s", letter, option->name,
			option->argument ? " " : "",
			option->argument ? option->argument : "");
}

void cli_help(const struct cli_command *command)
{
	static const struct cli_option help = { "help", 'h', NULL,
						"show this text" };
	char text[128];
	int width = format_option(&help, text, sizeof(text));

	printf("usage: spindrift %s [options]%s%s\n\n%s\n\noptions:\n",
	       command->name, command->operands[0] ? " " : "",
	       command->operands, command->summary);
	for (int i = 0; command->options[i].name; i++) {
		int n = format_option(&command->options[i], text, sizeof(text));

		width = n > width ? n : width;
	}
	for (int i = 0; command->options[i].name; i++) {
		format_option(&command->options[i], text, sizeof(text));
		printf("%-*s  %s\n", width, text, command->options[i].help);
	}
	if (find_name(command, "help", 4) < 0) {
		format_option(&help, text, sizeof(text));
		printf("%-*s  %s\n", width, text, help.help);
	}
}

/* Decimal digits only: strtoull() would take signs, blanks and octal. */
static bool take_number(const char **text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(**text - '0'),
					   &value))
			return false;
	*ret = value;
	return true;
}

bool cli_number(const char *what, const char *text, uint64_t min, uint64_t max,
		uint64_t *ret)
{
	const char *end = text;
	uint64_t value;

	if (!take_number(&end, &value) || *end || value < min || value > max) {
		cli_error("%s: bad number '%s': expected %llu to %llu", what,
			  text, (unsigned long long)min,
			  (unsigned long long)max);
		return false;
	}
	*ret = value;
	return true;
}

/* ".25" as 25 of 100; without a dot 0 of 1. */
static bool take_fraction(const char **text, uint64_t *ret_part,
			  uint64_t *ret_whole)
{
	uint64_t part = 0, whole = 1;

	if (**text == '.') {
		(*text)++;
		if (!isdigit((unsigned char)**text))
			return false;
	}
	for (; isdigit((unsigned char)**text); (*text)++) {
		if (whole >= 1000000000)
			return false;
		part = part * 10 + (uint64_t)(**text - '0');
		whole *= 10;
	}
	*ret_part = part;
	*ret_whole = whole;
	return true;
}

static bool find_unit(const char *name, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000 },
		{ "s", 1000000000 },
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "min", 60000000000 },
		{ "h", 3600000000000 },
		{ "d", 86400000000000 },
		{ "w", 604800000000000 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(name, units[i].name) == 0) {
			*ret_ns = units[i].ns;
			return true;
		}
	}
	return false;
}

static bool parse_duration(const char *text, uint64_t *ret_ns)
{
	uint64_t n_units, part, whole, unit_ns, value_ns;

	if (!take_number(&text, &n_units) ||
	    !take_fraction(&text, &part, &whole) || !find_unit(text, &unit_ns))
		return false;
	/* part < 10^9 and a week is 6 * 10^14 ns: 64 bits are too few. */
	part = (uint64_t)((unsigned __int128)part * unit_ns / whole);
	if (__builtin_mul_overflow(n_units, unit_ns, &value_ns) ||
	    __builtin_add_overflow(value_ns, part, &value_ns) ||
	    value_ns > INT64_MAX)
		return false;
	*ret_ns = value_ns;
	return true;
}

bool cli_duration_ns(const char *what, const char *text, uint64_t *ret_ns)
{
	if (parse_duration(text, ret_ns))
		return true;
	cli_error("%s: bad duration '%s': expected a number with ns, us, ms, "
		  "s, min, h, d or w",
		  what, text);
	return false;
}

bool cli_latency_ns(const char *what, const char *text, uint64_t *ret_ns)
{
	size_t n = strlen(text);

	if (n > 0 && isdigit((unsigned char)text[n - 1])) {
		cli_error("%s: bad duration '%s': a unit is missing, as in "
			  "20ms",
			  what, text);
		return false;
	}
	return cli_duration_ns(what, text, ret_ns);
}

bool cli_time_ns(const char *what, const char *text, int64_t *ret_ns)
{
	if (clock_parse_ns(text, ret_ns) == 0)
		return true;
	cli_error("%s: bad time '%s': expected ISO 8601 UTC, as "
		  "2026-11-22T10:00:00Z",
		  what, text);
	return false;
}
