// SPDX-License-Identifier: GPL-2.0-or-later
#include "floor.h"

#include <bpf/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor.skel.h"

enum { N_ROUNDS = 15, N_REPEAT = 200000, N_OPERATIONS = 4 };

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run_ns(const struct bpf_program *program, uint32_t n_repeat)
{
	uint8_t frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = n_repeat);

	return bpf_prog_test_run_opts(bpf_program__fd(program), &opts) ?
		       0 :
		       opts.duration;
}

int floor_print(void)
{
	static const char *const name[N_OPERATIONS] = {
		"floor_hash_44_byte_key_ns",
		"floor_array_line_ns",
		"floor_array_line_dependent_ns",
		"floor_clock_ns",
	};
	struct floor_bpf *skel = floor_bpf__open_and_load();
	const struct bpf_program *program[N_OPERATIONS];
	double net_ns[N_OPERATIONS][N_ROUNDS], null_ns;

	if (!skel)
		return -1;
	program[0] = skel->progs.floor_hash;
	program[1] = skel->progs.floor_array;
	program[2] = skel->progs.floor_dependent;
	program[3] = skel->progs.floor_clock;
	run_ns(skel->progs.floor_fill, FLOOR_N);
	for (int round = 0; round < N_ROUNDS; round++) {
		null_ns = run_ns(skel->progs.floor_null, N_REPEAT);
		for (int i = 0; i < N_OPERATIONS; i++)
			net_ns[i][round] =
				run_ns(program[i], N_REPEAT) - null_ns;
	}
	for (int i = 0; i < N_OPERATIONS; i++) {
		qsort(net_ns[i], N_ROUNDS, sizeof(double), compare_doubles);
		printf("%s\t%.0f\n", name[i], net_ns[i][N_ROUNDS / 2]);
	}
	floor_bpf__destroy(skel);
	return 0;
}
