// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spindrift COMMAND: one table of commands. Live measurement is a program of
 * its own, spindrift-collect, which alone needs privileges.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../analysis/asn.h"
#include "../analysis/bloat.h"
#include "../analysis/compare.h"
#include "../analysis/correlate.h"
#include "../analysis/coverage.h"
#include "../analysis/ecdf.h"
#include "../analysis/export.h"
#include "../analysis/hilbert.h"
#include "../analysis/histogram.h"
#include "../analysis/info.h"
#include "../analysis/percentiles.h"
#include "../analysis/series.h"
#include "../analysis/subnets.h"
#include "../analysis/top.h"
#include "../analysis/traffic.h"
#include "../analysis/trend.h"
#include "../analysis/verify.h"
#include "../archive/merge.h"
#include "../archive/rollup.h"
#include "../archive/salvage.h"
#include "../collector/replay.h"
#include "../import/import.h"
#include "../lib/cli.h"
#include "../lib/heap.h"

#define COLLECT_PROGRAM "spindrift-collect"

static int run_collect(const struct cli_command *command, int argc,
		       char **argv);

static const struct cli_command collect_command = {
	.name = "collect",
	.operands = "",
	.summary = "measure live on network interfaces",
	.run = run_collect,
};

static const struct cli_command *const commands[] = {
	&collect_command, &replay_command,   &import_command,
	&info_command,    &verify_command,   &percentiles_command,
	&series_command,  &coverage_command, &hilbert_command,
	&export_command,  &rollup_command,   &merge_command,
	&salvage_command, &top_command,      &hist_command,
	&ecdf_command,    &traffic_command,  &correlate_command,
	&subnets_command, &compare_command,  &trend_command,
	&asn_command,     &bloat_command,
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Where this program is, without the slash; false when it cannot be known. */
static bool own_directory(char *path, size_t n_path)
{
	ssize_t n = readlink("/proc/self/exe", path, n_path - 1);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* Beside itself (a build tree), where it is installed, then in PATH. */
static int run_collect(const struct cli_command *command, int argc, char **argv)
{
	static const char *const places[] = {
		"/" COLLECT_PROGRAM,
		"/../libexec/spindrift/" COLLECT_PROGRAM,
	};
	char directory[PATH_MAX], path[PATH_MAX + 64];

	if (own_directory(directory, sizeof(directory))) {
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]);
		     i++) {
			snprintf(path, sizeof(path), "%s%s", directory,
				 places[i]);
			execv(path, argv);
			if (errno != ENOENT)
				goto refuse;
		}
	}
	snprintf(path, sizeof(path), "%s", COLLECT_PROGRAM);
	execvp(path, argv);
refuse:
	cli_error("%s: cannot run: %s", path, strerror(errno));
	return EXIT_FAILED;
}

static void print_help(void)
{
	printf("usage: spindrift COMMAND [options] [operands]\n\n"
	       "passive measurement of network latency\n\ncommands:\n");
	for (int i = 0; i < N_COMMANDS; i++)
		printf("  %-12s  %s\n", commands[i]->name,
		       commands[i]->summary);
	printf("  %-12s  %s\n\n", "help COMMAND", "options of a command");
	printf("options:\n  -h, --help     show this text\n"
	       "  -V, --version  show the version\n");
}

static const struct cli_command *find_command(const char *name)
{
	for (int i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int run_command(const char *name, int argc, char **argv)
{
	const struct cli_command *command = find_command(name);

	if (!command) {
		cli_error("%s: unknown command: see 'spindrift --help'", name);
		return EXIT_USAGE;
	}
	return command->run(command, argc, argv);
}

static int run_help(int argc, char **argv)
{
	char help[] = "--help";
	char *command_argv[] = { argv[1], help, NULL };

	if (argc > 1)
		return run_command(argv[1], 2, command_argv);
	print_help();
	return EXIT_DONE;
}

static bool is_either(const char *text, const char *letter, const char *name)
{
	return strcmp(text, letter) == 0 || strcmp(text, name) == 0;
}

static int run_main(int argc, char **argv)
{
	if (argc < 2) {
		cli_error("no command: nothing to do: see 'spindrift --help'");
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0)
		return run_help(argc - 1, argv + 1);
	if (is_either(argv[1], "-h", "--help"))
		return run_help(1, argv);
	if (is_either(argv[1], "-V", "--version")) {
		printf("spindrift %s\n", SPINDRIFT_VERSION);
		return EXIT_DONE;
	}
	if (argv[1][0] == '-') {
		cli_error("%s: unknown option: see 'spindrift --help'",
			  argv[1]);
		return EXIT_USAGE;
	}
	return run_command(argv[1], argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int result;

	heap_expect_large_tables();
	result = run_main(argc, argv);
	/* A full disk shows when the buffer is written. */
	if (fclose(stdout) != 0) {
		cli_error("stdout: cannot write: %s", strerror(errno));
		return result == EXIT_DONE ? EXIT_FAILED : result;
	}
	return result;
}
