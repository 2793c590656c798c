// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines on stderr of cli.h: errors and notes, to people or to a journal. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "log_limit.h"

/* Longer lines are cut: names come from users and files. */
enum { ERROR_LINE_MAX = 4096 };

/* Of the process, as stderr is. */
static const char *error_context = "";
static struct {
	bool is_limited;
	bool has_priority; /* stderr is the journal, which takes <N> */
	struct log_limit limit;
} service_log;

static bool is_silent;

void cli_mute(bool is_mute)
{
	is_silent = is_mute;
}

void cli_error_context(const char *context)
{
	error_context = context ? context : "";
}

/* systemd says which file the journal's end of stderr is: DEVICE:INODE. */
static bool is_stderr_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char own[48];

	if (!stream || fstat(STDERR_FILENO, &status))
		return false;
	snprintf(own, sizeof(own), "%llu:%llu",
		 (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	return !strcmp(stream, own);
}

void cli_log_as_service(void)
{
	service_log.is_limited = true;
	service_log.has_priority = is_stderr_journal();
}

static void print_line(enum cli_priority priority, const char *text)
{
	if (service_log.has_priority)
		fprintf(stderr, "<%d>", priority);
	fprintf(stderr, "spindrift: %s\n", text);
}

static bool may_print(enum cli_priority priority, const char *format)
{
	struct timespec now;
	uint32_t n_left_out;
	char text[80];

	if (!service_log.is_limited)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!log_limit_take(&service_log.limit, format,
			    now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec,
			    &n_left_out))
		return false;
	if (n_left_out) {
		snprintf(text, sizeof(text),
			 "log: %u lines like the next were left out",
			 n_left_out);
		print_line(priority, text);
	}
	return true;
}

static void print(enum cli_priority priority, const char *format,
		  va_list arguments)
{
	char line[ERROR_LINE_MAX];
	int n = snprintf(line, sizeof(line) / 2, "%s", error_context);

	if (n >= (int)sizeof(line) / 2)
		n = sizeof(line) / 2 - 1;
	n = vsnprintf(line + n, sizeof(line) - n, format, arguments);
	if (n < 0 || is_silent || !may_print(priority, format))
		return;
	/* One line whatever a file is called; terminals obey control bytes. */
	for (char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	print_line(priority, line);
}

void cli_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(CLI_ERROR, format, arguments);
	va_end(arguments);
}

void cli_note(enum cli_priority priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(priority, format, arguments);
	va_end(arguments);
}
