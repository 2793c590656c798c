// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spindrift-mpi COMMAND: the commands of spindrift that sum up campaigns, as a
 * team of MPI ranks that see the same files. Each rank reads its share; the sums
 * are integers, so the answer is that of spindrift, byte for byte. HDF5 stays
 * the serial one: no two ranks read one file.
 */
#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "../analysis/percentiles.h"
#include "../analysis/query.h"
#include "../analysis/series.h"
#include "../analysis/subnets.h"
#include "../analysis/team.h"
#include "../analysis/traffic.h"
#include "../analysis/trend.h"
#include "../lib/cli.h"
#include "../lib/heap.h"

/* MPI counts are int. */
enum { MAX_MESSAGE_BYTES = 1 << 30 };

static const struct cli_command *const commands[] = {
	&percentiles_command, &series_command,  &hist_command,
	&ecdf_command,        &traffic_command, &coverage_command,
	&hilbert_command,     &export_command,  &correlate_command,
	&subnets_command,     &asn_command,     &compare_command,
	&trend_command,       &bloat_command,
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int own_rank(void)
{
	int rank;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	return rank;
}

/* The lowest rank whose err is not 0; the number of ranks when there is none. */
static int first_failure(int err, int n_ranks)
{
	int mine = err ? own_rank() : n_ranks, first;

	MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
	return first;
}

static void broadcast(char *bytes, uint64_t n_bytes, int from)
{
	for (uint64_t at = 0; at < n_bytes; at += MAX_MESSAGE_BYTES) {
		uint64_t left = n_bytes - at;

		MPI_Bcast(bytes + at,
			  (int)(left < MAX_MESSAGE_BYTES ? left :
							   MAX_MESSAGE_BYTES),
			  MPI_BYTE, from, MPI_COMM_WORLD);
	}
}

/* From one rank to all, and taken by all. A rank that is short of memory cannot
 * take part any more. */
static int pass_around(const void *own, uint64_t n_own, int from,
		       team_take *take, void *context)
{
	uint64_t n_bytes = n_own;
	char *bytes;
	int err;

	MPI_Bcast(&n_bytes, 1, MPI_UINT64_T, from, MPI_COMM_WORLD);
	bytes = malloc(n_bytes ? n_bytes : 1);
	if (!bytes) {
		cli_mute(false);
		cli_error("rank %d: no memory for the sums of rank %d",
			  own_rank(), from);
		MPI_Abort(MPI_COMM_WORLD, EXIT_FAILED);
		abort();
	}
	if (own_rank() == from && n_bytes)
		memcpy(bytes, own, n_bytes);
	broadcast(bytes, n_bytes, from);
	err = take(context, bytes, n_bytes);
	free(bytes);
	return err;
}

/* err, or that another rank failed, whose rank is then *ret_failed. */
static int agree_on(int err, int *ret_failed)
{
	int n_ranks;

	MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
	*ret_failed = first_failure(err, n_ranks);
	return *ret_failed < n_ranks && !err ? -ECANCELED : err;
}

static int agree(int err)
{
	int failed;

	err = agree_on(err, &failed);
	if (err == -ECANCELED)
		cli_error("rank %d: cannot read the campaigns", failed);
	return err;
}

static int exchange(int err, const void *bytes, size_t n_bytes, team_take *take,
		    void *context)
{
	int n_ranks, failed;

	MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
	err = agree_on(err, &failed);
	for (int from = 0; from < n_ranks && !err; from++)
		err = pass_around(bytes, n_bytes, from, take, context);
	/* All took the same, but for want of memory. */
	return failed < n_ranks ? err : agree_on(err, &failed);
}

static void print_help(void)
{
	printf("usage: mpirun -n RANKS spindrift-mpi COMMAND [options] "
	       "CAMPAIGN...\n\nspindrift by several processes on one or more "
	       "machines\n\ncommands:\n");
	for (int i = 0; i < N_COMMANDS; i++)
		printf("  %-12s  %s\n", commands[i]->name,
		       commands[i]->summary);
	printf("\noptions:\n  -h, --help     show this text\n"
	       "  -V, --version  show the version\n");
}

static int run_command(int argc, char **argv)
{
	for (int i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i]->name, argv[0]) == 0)
			return commands[i]->run(commands[i], argc, argv);
	cli_error("%s: unknown command: see 'spindrift-mpi --help'", argv[0]);
	return EXIT_USAGE;
}

static bool is_either(const char *text, const char *letter, const char *name)
{
	return strcmp(text, letter) == 0 || strcmp(text, name) == 0;
}

static int run_main(int argc, char **argv)
{
	if (argc < 2) {
		cli_error("no command: nothing to do: see 'spindrift-mpi "
			  "--help'");
		return EXIT_USAGE;
	}
	if (is_either(argv[1], "-h", "--help")) {
		print_help();
		return EXIT_DONE;
	}
	if (is_either(argv[1], "-V", "--version")) {
		printf("spindrift-mpi %s\n", SPINDRIFT_VERSION);
		return EXIT_DONE;
	}
	return run_command(argc - 1, argv + 1);
}

/* Who is not rank 0 has nothing to write. */
static void be_quiet(void)
{
	if (!freopen("/dev/null", "w", stdout))
		fclose(stdout);
}

/* A failure of one rank is that of all: the others may wait for it in vain. Rank
 * 0 has a moment to print its line. */
static void give_up(int rank, int result)
{
	fflush(stderr);
	if (rank)
		sleep(1);
	MPI_Abort(MPI_COMM_WORLD, result);
}

int main(int argc, char **argv)
{
	struct team team = { .agree = agree, .exchange = exchange };
	int n_ranks, result;

	if (MPI_Init(&argc, &argv) != MPI_SUCCESS)
		return EXIT_FAILED;
	MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
	team.rank = (unsigned)own_rank();
	team.size = (unsigned)n_ranks;
	heap_expect_large_tables();
	if (team.rank)
		be_quiet();
	team_join(&team);
	result = run_main(argc, argv);
	/* A full disk shows when the buffer is written. */
	if (fflush(stdout) != 0 && !team.rank) {
		cli_error("stdout: cannot write: %s", strerror(errno));
		result = result == EXIT_DONE ? EXIT_FAILED : result;
	}
	if (result != EXIT_DONE && n_ranks > 1)
		give_up((int)team.rank, result);
	MPI_Finalize();
	return result;
}
