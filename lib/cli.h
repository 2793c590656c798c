/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table of options per command drives parsing, --help, and the check that
 * the man page names every option.
 */
#ifndef LIB_CLI_H
#define LIB_CLI_H

#include <stdbool.h>
#include <stdint.h>

/* main alone turns errors into these. */
enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct cli_option {
	const char *name;     /* long name without dashes */
	char letter;          /* short form, or 0 */
	const char *argument; /* name of its argument in the help, or NULL */
	const char *help;     /* one line */
};

struct cli_command {
	const char *name;
	const char *operands;             /* "CAMPAIGN..." */
	const char *summary;              /* one line, lower case */
	const struct cli_option *options; /* ends with a NULL name */
	/* Returns an exit code. argv[0] is the command's name. */
	int (*run)(const struct cli_command *command, int argc, char **argv);
};

struct cli_parse {
	int argc;
	char **argv;
	int next;          /* after the last option: first operand in argv */
	const char *value; /* argument of the option just returned */
	bool failed, help_shown;
	/* private */
	bool operands_only;
	const char *cluster;
	int n_operands;
};

/*
 * Iterates: returns the position in command->options of the next option with
 * parse->value set, or -1 at the end. Operands may stand between options and
 * are gathered, in order, at argv[next ..]. -h and --help are handled here:
 * help_shown. A wrong option prints one line and sets failed.
 */
void cli_parse_init(struct cli_parse *parse, int argc, char **argv);
int cli_parse_next(struct cli_parse *parse, const struct cli_command *command);

/* After the loop: EXIT_DONE to go on is -1; otherwise the code to return. */
int cli_parse_result(const struct cli_parse *parse);

void cli_help(const struct cli_command *command);

/* Each sets *ret or prints one line naming `what` and returns false. */
bool cli_number(const char *what, const char *text, uint64_t min, uint64_t max,
		uint64_t *ret);
/* 10, 10s, 5min, 1h, 250ms ...; a bare number is seconds. */
bool cli_duration_ns(const char *what, const char *text, uint64_t *ret_ns);
/* The same of a round-trip time, where a bare number is refused: whoever writes
 * 20 means milliseconds. */
bool cli_latency_ns(const char *what, const char *text, uint64_t *ret_ns);
/* ISO 8601 UTC: 2026-11-22, 2026-11-22T10:00, ...T10:00:00[.fff][Z]. */
bool cli_time_ns(const char *what, const char *text, int64_t *ret_ns);

/* As syslog(3) has them. */
enum cli_priority { CLI_ERROR = 3, CLI_WARNING = 4, CLI_INFO = 6 };

/* For a program that runs for months: of each kind of line only some in a minute
 * (log_limit.h), and where stderr is the journal each with its priority. */
void cli_log_as_service(void);

/* Of one of several processes that all say the same: it says nothing. */
void cli_mute(bool is_mute);

/* One line on stderr, `spindrift: ` first. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what is no error. */
void cli_note(enum cli_priority priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Comes before the message of each line until it is taken back with NULL:
 * "collect.conf:12: ". Borrowed. For values that are read from a file by what
 * also reads the command line. One thread. */
void cli_error_context(const char *context);

#endif
