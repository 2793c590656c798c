// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/cli.h"

enum { OPT_OUTPUT, OPT_QUIET, OPT_LAN, OPT_VERBOSE };

static const struct cli_option options[] = {
	{ "output", 'o', "FILE", "write there" },
	{ "quiet", 'q', NULL, "say nothing" },
	{ "lan", 0, "PREFIX", "local addresses" },
	{ "verbose", 'v', NULL, "say more" },
	{ 0 },
};

static const struct cli_command command = {
	.name = "try",
	.operands = "FILE...",
	.summary = "tries",
	.options = options,
};

/* Runs the parser; the trace is "index=value" words, then "|", operands. */
static void trace(int argc, char **argv, char *text, size_t n_text,
		  struct cli_parse *parse)
{
	int option;
	size_t n = 0;

	text[0] = '\0';
	cli_parse_init(parse, argc, argv);
	while ((option = cli_parse_next(parse, &command)) >= 0)
		n += (size_t)snprintf(text + n, n_text - n, "%d=%s ", option,
				      parse->value ? parse->value : "");
	n += (size_t)snprintf(text + n, n_text - n, "|");
	for (int i = parse->next; i < argc; i++)
		n += (size_t)snprintf(text + n, n_text - n, " %s", argv[i]);
}

#define TRACE(expected, ...)                                                   \
	do {                                                                   \
		char *argv[] = { __VA_ARGS__, NULL };                          \
		int argc = (int)(sizeof(argv) / sizeof(argv[0])) - 1;          \
		struct cli_parse parse;                                        \
		char text[256];                                                \
                                                                               \
		trace(argc, argv, text, sizeof(text), &parse);                 \
		assert_string_equal(text, expected);                           \
		assert_int_equal(cli_parse_result(&parse), -1);                \
	} while (0)

static void options_and_operands_mix(void **state)
{
	TRACE("|", "try");
	TRACE("| a b", "try", "a", "b");
	TRACE("0=f | a b c", "try", "a", "-o", "f", "b", "c");
	TRACE("0=f 1= | a b c", "try", "a", "b", "-of", "c", "-q");
	TRACE("1= 3= 0=f | a", "try", "-qvof", "a");
	TRACE("1= 0=f | a", "try", "a", "-qo", "f");
	TRACE("2=10.0.0.0/8 2=::/0 |", "try", "--lan=10.0.0.0/8", "--lan",
	      "::/0");
	TRACE("0= |", "try", "--output=");
	TRACE("0=-q | -", "try", "-", "-o", "-q");
	TRACE("1= | a -q --lan", "try", "-q", "a", "--", "-q", "--lan");
}

/* Sends stderr to a pipe while the code runs. */
struct stderr_capture {
	int saved, read_end;
};

static void stderr_begin(struct stderr_capture *capture)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	fflush(stderr);
	capture->saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	capture->read_end = ends[0];
}

static void stderr_end(struct stderr_capture *capture, char *text, size_t max)
{
	ssize_t n;

	fflush(stderr);
	dup2(capture->saved, STDERR_FILENO);
	close(capture->saved);
	n = read(capture->read_end, text, max - 1);
	close(capture->read_end);
	text[n < 0 ? 0 : n] = '\0';
}

#define REFUSED(expected, ...)                                                 \
	do {                                                                   \
		char *argv[] = { __VA_ARGS__, NULL };                          \
		int argc = (int)(sizeof(argv) / sizeof(argv[0])) - 1;          \
		struct cli_parse parse;                                        \
		struct stderr_capture capture;                                 \
		char text[256], line[512];                                     \
                                                                               \
		stderr_begin(&capture);                                        \
		trace(argc, argv, text, sizeof(text), &parse);                 \
		stderr_end(&capture, line, sizeof(line));                      \
		assert_int_equal(cli_parse_result(&parse), EXIT_USAGE);        \
		assert_string_equal(line, "spindrift: " expected               \
					  ": see 'spindrift try --help'\n");   \
	} while (0)

static void wrong_options_get_one_line(void **state)
{
	REFUSED("--nonsense: unknown option", "try", "--nonsense");
	REFUSED("--out: unknown option", "try", "--out=f");
	REFUSED("--quiet: takes no value", "try", "--quiet=1");
	REFUSED("--output: a value is missing", "try", "a", "--output");
	REFUSED("-o: a value is missing", "try", "-qo");
	REFUSED("-x: unknown option", "try", "-qx");
	REFUSED("-?: unknown option", "try", "-\n");
}

static void error_is_one_printable_line(void **state)
{
	struct stderr_capture capture;
	char line[128];

	stderr_begin(&capture);
	cli_error("%s: not there", "a\nb\x1b[2J");
	stderr_end(&capture, line, sizeof(line));
	assert_string_equal(line, "spindrift: a?b?[2J: not there\n");
}

static void durations_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{ "10", 10000000000 },
		{ "10s", 10000000000 },
		{ "5min", 300000000000 },
		{ "1h", 3600000000000 },
		{ "250ms", 250000000 },
		{ "7us", 7000 },
		{ "3ns", 3 },
		{ "2d", 172800000000000 },
		{ "1w", 604800000000000 },
		{ "0.5s", 500000000 },
		{ "1.5min", 90000000000 },
		{ "0", 0 },
		{ "0.123456789", 123456789 },
	};
	uint64_t ns;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(cli_duration_ns("--x", cases[i].text, &ns));
		assert_int_equal(ns, cases[i].ns);
	}
}

static void bad_values_are_refused(void **state)
{
	static const char *const durations[] = {
		"",         "s",    "-1",
		"1 s",      "1m",   "1e3",
		"1.",       ".5",   "99999999999999999999",
		"1000000w", "0x10", "1.0000000000",
	};
	static const char *const numbers[] = {
		"",    "-1", "+1",
		" 1",  "1 ", "0x1",
		"101", "9",  "18446744073709551616",
	};
	struct stderr_capture capture;
	char lines[4096];
	uint64_t value = 77;
	int64_t time_ns = 77;
	unsigned int n_lines = 0, n_refused = 0;

	stderr_begin(&capture);
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		n_refused += !cli_duration_ns("--x", durations[i], &value);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		n_refused += !cli_number("--x", numbers[i], 10, 100, &value);
	n_refused += !cli_time_ns("--x", "noon", &time_ns);
	stderr_end(&capture, lines, sizeof(lines));
	for (const char *c = lines; *c; c++)
		n_lines += *c == '\n';
	assert_int_equal(n_refused, 22);
	assert_int_equal(n_lines, 22);
	assert_int_equal(value, 77);
	assert_int_equal(time_ns, 77);
	assert_true(cli_number("--x", "100", 10, 100, &value));
	assert_int_equal(value, 100);
}

static void a_round_trip_time_needs_its_unit(void **state)
{
	struct stderr_capture capture;
	char lines[1024];
	uint64_t ns = 77;
	bool bare, fraction;

	stderr_begin(&capture);
	bare = cli_latency_ns("--x", "20", &ns);
	fraction = cli_latency_ns("--x", "0.5", &ns);
	stderr_end(&capture, lines, sizeof(lines));
	assert_false(bare);
	assert_false(fraction);
	assert_int_equal(ns, 77);
	assert_true(cli_latency_ns("--x", "0.5ms", &ns));
	assert_int_equal(ns, 500000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_mix),
		cmocka_unit_test(wrong_options_get_one_line),
		cmocka_unit_test(error_is_one_printable_line),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(bad_values_are_refused),
		cmocka_unit_test(a_round_trip_time_needs_its_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
