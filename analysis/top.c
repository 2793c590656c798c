// SPDX-License-Identifier: GPL-2.0-or-later
#include "top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../core/traffic.h"
#include "../lib/clock.h"
#include "top_screen.h"

enum own_option {
	OPTION_ONCE,
	OPTION_DELAY,
	OPTION_WINDOW,
	OPTION_LINES,
	OPTION_SOURCE,
	OPTION_SIDE,
	OPTION_MIN_SAMPLES,
};

enum {
	DEFAULT_LINES = 24,
	DEFAULT_COLUMNS = 100,
	MAX_LINES = 100000,
	KEY_INTERRUPT = 3, /* control and C */
};

static const struct cli_option options[] = {
	{ "once", 0, NULL, "print one screen and end; needs no terminal" },
	{ "delay", 0, "TIME", "between two looks (default 2s)" },
	{ "window", 0, "TIME", "what is added up (default 1min)" },
	{ "lines", 0, "N", "of a screen with --once (default 24)" },
	{ "source", 0, "SOURCE", "round-trip times of this (default tcp_ts)" },
	{ "side", 0, "SIDE", "only lan or wan" },
	{ "min-samples", 0, "N", "no subnet of fewer (default 10)" },
	{ NULL },
};

struct top {
	struct top_query query;
	bool is_once;
	uint64_t delay_ns, n_lines;
};

static bool take_source(struct top *top, const char *value)
{
	for (unsigned int i = 0; i < N_SOURCES; i++)
		if (!strcmp(value, group_source_name(i))) {
			top->query.source = i;
			return true;
		}
	cli_error("--source: bad source '%s': see spindrift(1)", value);
	return false;
}

static bool take_side(struct top *top, const char *value)
{
	for (unsigned int i = 0; i < N_SIDES; i++)
		if (!strcmp(value, group_side_name(i))) {
			top->query.sides = 1U << i;
			return true;
		}
	cli_error("--side: bad side '%s': expected lan or wan", value);
	return false;
}

static bool take_time(const char *what, const char *value, uint64_t *ret_ns)
{
	uint64_t time_ns;

	if (!cli_duration_ns(what, value, &time_ns))
		return false;
	if (time_ns < CLOCK_NS_PER_S / 10) {
		cli_error("%s: bad duration '%s': expected 100ms or more", what,
			  value);
		return false;
	}
	*ret_ns = time_ns;
	return true;
}

static bool take(struct top *top, enum own_option option, const char *value)
{
	switch (option) {
	case OPTION_ONCE:
		top->is_once = true;
		return true;
	case OPTION_DELAY:
		return take_time("--delay", value, &top->delay_ns);
	case OPTION_WINDOW:
		return take_time("--window", value, &top->query.window_ns);
	case OPTION_LINES:
		return cli_number("--lines", value, 5, MAX_LINES,
				  &top->n_lines);
	case OPTION_SOURCE:
		return take_source(top, value);
	case OPTION_SIDE:
		return take_side(top, value);
	case OPTION_MIN_SAMPLES:
		return cli_number("--min-samples", value, 1, UINT32_MAX,
				  &top->query.min_samples);
	}
	return false;
}

static int read_options(struct top *top, const struct cli_command *command,
			int argc, char **argv)
{
	struct cli_parse parse;
	int option;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, command)) >= 0)
		if (!take(top, (enum own_option)option, parse.value))
			return EXIT_USAGE;
	if (cli_parse_result(&parse) >= 0)
		return cli_parse_result(&parse);
	if (argc - parse.next != 1) {
		cli_error("top: one campaign is expected: see "
			  "'spindrift top --help'");
		return EXIT_USAGE;
	}
	top->query.path = argv[parse.next];
	return -1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

static int print_once(const struct top *top)
{
	const struct top_size size = { (unsigned int)top->n_lines,
				       DEFAULT_COLUMNS };
	struct top_data data;

	if (top_data_read(&top->query, &data))
		return EXIT_FAILED;
	top_screen_write(&top->query, &data, now_ns(), size, false, stdout);
	top_data_fini(&data);
	return EXIT_DONE;
}

static struct top_size terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ||
	    !size.ws_col)
		return (struct top_size){ DEFAULT_LINES, DEFAULT_COLUMNS };
	/* The last line stays free, or the screen would scroll. */
	return (struct top_size){ size.ws_row - 1U, size.ws_col };
}

/* What cannot be read is said in a line. */
static bool can_be_read(const struct top *top)
{
	struct top_data data;

	if (top_data_read(&top->query, &data))
		return false;
	top_data_fini(&data);
	return true;
}

/* False when the campaign cannot be read any more. */
static bool draw(const struct top *top)
{
	struct top_data data;

	if (top_data_read(&top->query, &data))
		return false;
	fputs("\033[H", stdout);
	top_screen_write(&top->query, &data, now_ns(), terminal_size(), true,
			 stdout);
	fputs("\033[J", stdout);
	fflush(stdout);
	top_data_fini(&data);
	return true;
}

/* Whether a key or a signal says to end; a change of size only ends the wait. */
static bool wait_for_end(const struct top *top, int signal_fd)
{
	const struct timespec wait = { (time_t)(top->delay_ns / CLOCK_NS_PER_S),
				       (long)(top->delay_ns % CLOCK_NS_PER_S) };
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	char key;

	if (ppoll(fds, 2, &wait, NULL) < 1)
		return false;
	if (fds[1].revents)
		return read(signal_fd, &info, sizeof(info)) != sizeof(info) ||
		       info.ssi_signo != SIGWINCH;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' ||
	       key == KEY_INTERRUPT;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* The terminal gives single keys, without echo, on a screen of its own. */
static int watch(const struct top *top)
{
	struct termios usual, keys;
	int signal_fd = open_signals();
	bool is_read = true;

	if (signal_fd < 0 || tcgetattr(STDIN_FILENO, &usual)) {
		cli_error("top: terminal cannot be used: %s", strerror(errno));
		return EXIT_FAILED;
	}
	if (!can_be_read(top))
		return EXIT_FAILED;
	keys = usual;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	fputs("\033[?1049h\033[?25l\033[2J", stdout);
	do
		is_read = draw(top);
	while (is_read && !wait_for_end(top, signal_fd));
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &usual);
	close(signal_fd);
	/* What was said on the other screen is gone with it. */
	return is_read || can_be_read(top) ? EXIT_DONE : EXIT_FAILED;
}

static int run_top(const struct cli_command *command, int argc, char **argv)
{
	struct top top = {
		.query = { .window_ns = 60 * CLOCK_NS_PER_S,
			   .source = SOURCE_TCP_TS,
			   .sides = (1U << N_SIDES) - 1,
			   .min_samples = 10 },
		.delay_ns = 2 * CLOCK_NS_PER_S,
		.n_lines = DEFAULT_LINES,
	};
	int code = read_options(&top, command, argc, argv);

	if (code >= 0)
		return code;
	if (top.is_once)
		return print_once(&top);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		cli_error("top: not a terminal: --once prints one screen");
		return EXIT_FAILED;
	}
	return watch(&top);
}

const struct cli_command top_command = {
	.name = "top",
	.operands = "CAMPAIGN",
	.summary = "watch a campaign while it is measured",
	.options = options,
	.run = run_top,
};
