// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: kernel_cost [PART-OF-A-NAME [FORMER-OBJECT]]
 *
 * Nanoseconds per packet of the tc program, against an empty one, by scenario.
 *
 * The driver rewrites and tail-calls; short rounds of the empty program, of the
 * program under test, and where it applies of the yardstick (seven_maps.bpf.c)
 * alternate, and medians of the differences are printed, so that a machine
 * whose speed drifts does not decide. Every flow is open before the first
 * round. With the BPF object of another version, that takes its turn too, and
 * two more columns give its cost and the median of the rounds' differences, ours
 * less its. TSV on stdout: one row for each scenario, then quantity and value.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../../../collector/live_maps.h"
#include "floor.h"
#include "scenario.h"
#include "driver.skel.h"
#include "seven_maps.skel.h"

enum {
	N_ROUNDS = 25,
	N_REPEAT = 100000,
	MAX_OPENING = 6000000, /* packets */
};

/* What the rounds alternate. */
enum { RUN_NULL, RUN_OURS, RUN_YARDSTICK, RUN_FORMER, N_RUNS };

_Static_assert((int)N_RUNS <= (int)DRIVER_MAX_TARGETS, "a count for each");

struct bench {
	struct driver_bpf *driver;
	struct seven_maps_bpf *yardstick;
	struct live_maps *maps;
	struct bpf_object *former;
	int fd[N_RUNS];
	double net_ns[N_RUNS][N_ROUNDS];
	double gross_ns[N_ROUNDS], difference_ns[N_ROUNDS];
	uint64_t n_samples, n_rows;
	double load_s, drain_s;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts them; ratio 0.5 is the median. */
static double quantile(double *values, double ratio)
{
	qsort(values, N_ROUNDS, sizeof(*values), compare_doubles);
	return values[(int)(ratio * (N_ROUNDS - 1) + 0.5)];
}

static int fill_order(struct bench *bench, const struct scenario *scenario)
{
	size_t n_bytes = DRIVER_MAX_ORDER * 8; /* entries are padded to 8 */
	uint64_t *order = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
			       MAP_SHARED,
			       bpf_map__fd(bench->driver->maps.order), 0);

	if (order == MAP_FAILED)
		return -1;
	scenario_draw(scenario, order);
	munmap(order, n_bytes);
	return 0;
}

/* Nanoseconds per packet of target i, driver included. */
static double run_ns(struct bench *bench, int i, const uint8_t *frame,
		     uint32_t n_bytes, uint32_t n_repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = n_bytes, .repeat = n_repeat);
	uint32_t key = 0;

	bpf_map_update_elem(bpf_map__fd(bench->driver->maps.target), &key,
			    &bench->fd[i], BPF_ANY);
	bench->driver->bss->target_idx = i;
	if (bpf_prog_test_run_opts(bpf_program__fd(bench->driver->progs.drive),
				   &opts))
		return NAN;
	return opts.duration;
}

/* Twice through every flow of the order, or most of them. */
static void open_flows(struct bench *bench, const struct scenario *scenario)
{
	uint64_t n = 24ULL * scenario->n_flows;
	bool has_opening = scenario->n_opening_bytes;

	if (n > MAX_OPENING)
		n = MAX_OPENING;
	for (int i = RUN_OURS; i < N_RUNS; i++)
		if (bench->fd[i] >= 0)
			run_ns(bench, i,
			       has_opening ? scenario->opening :
					     scenario->frame,
			       has_opening ? scenario->n_opening_bytes :
					     scenario->n_bytes,
			       n);
}

static int end_interval(struct bench *bench)
{
	struct record record = {};
	struct drain_view view;
	double begin_s;
	int err;

	err = live_maps_swap(bench->maps);
	if (err)
		return err;
	begin_s = now_s();
	err = live_maps_view(bench->maps, &view);
	if (err)
		return err;
	bench->n_samples = view.counters->event[EVENT_SAMPLE];
	bench->n_rows = view.n_rows;
	err = drain_tables(&view, &record);
	record_fini(&record);
	if (err)
		return err;
	err = live_maps_clear(bench->maps);
	bench->drain_s = now_s() - begin_s;
	return err;
}

static int measure(struct bench *bench, const struct scenario *scenario)
{
	int err;

	open_flows(bench, scenario);
	err = end_interval(bench);
	for (int i = 0; !err && i < N_ROUNDS; i++) {
		double null_ns = 0, ns;

		for (int j = 0; j < N_RUNS; j++) {
			if (bench->fd[j] < 0)
				continue;
			ns = run_ns(bench, j, scenario->frame,
				    scenario->n_bytes, N_REPEAT);
			null_ns = j == RUN_NULL ? ns : null_ns;
			bench->net_ns[j][i] = ns - null_ns;
			if (j == RUN_OURS)
				bench->gross_ns[i] = ns;
		}
		bench->difference_ns[i] = bench->net_ns[RUN_OURS][i] -
					  bench->net_ns[RUN_FORMER][i];
	}
	return err ? err : end_interval(bench);
}

static void print_row(struct bench *bench, const struct scenario *scenario)
{
	double *net_ns = bench->net_ns[RUN_OURS];
	double median_ns = quantile(net_ns, 0.5), yardstick_ns;

	printf("%s\t%u\t%.0f\t%.0f\t%.0f\t%.0f\t%.3f", scenario->name,
	       scenario->n_flows, median_ns, quantile(net_ns, 0.25),
	       quantile(net_ns, 0.75), quantile(bench->gross_ns, 0.5),
	       (double)bench->n_samples / ((double)N_ROUNDS * N_REPEAT));
	if (bench->fd[RUN_YARDSTICK] < 0) {
		printf("\t-\t-");
	} else {
		yardstick_ns = quantile(bench->net_ns[RUN_YARDSTICK], 0.5);
		printf("\t%.0f\t%.2f", yardstick_ns, median_ns / yardstick_ns);
	}
	if (bench->fd[RUN_FORMER] >= 0)
		printf("\t%.0f\t%.0f", quantile(bench->net_ns[RUN_FORMER], 0.5),
		       quantile(bench->difference_ns, 0.5));
	putchar('\n');
	fflush(stdout);
}

static int open_bench(struct bench *bench, const struct scenario *scenario)
{
	struct settings settings = SETTINGS_DEFAULT;
	double begin_s;
	int err;

	settings.sources = SETTINGS_SOURCES; /* all of them */
	bench->driver = driver_bpf__open();
	if (!bench->driver)
		return -1;
	memcpy((void *)&bench->driver->rodata->driver, &scenario->driver,
	       sizeof(scenario->driver));
	err = driver_bpf__load(bench->driver);
	if (!err)
		err = fill_order(bench, scenario);
	if (err)
		return err;
	bench->fd[RUN_NULL] = bpf_program__fd(bench->driver->progs.null);
	bench->fd[RUN_YARDSTICK] = -1;
	if (scenario->has_yardstick) {
		bench->yardstick = seven_maps_bpf__open_and_load();
		if (!bench->yardstick)
			return -1;
		bench->fd[RUN_YARDSTICK] =
			bpf_program__fd(bench->yardstick->progs.seven_maps);
	}
	begin_s = now_s();
	err = live_maps_open(&settings, false, false, &bench->maps);
	if (err)
		return err;
	bench->load_s = now_s() - begin_s;
	bench->fd[RUN_OURS] = live_maps_program_fd(bench->maps, LIVE_INGRESS);
	return 0;
}

/* With the settings of a plain load. */
static int open_former(struct bench *bench, const char *path)
{
	struct bpf_program *program;

	bench->fd[RUN_FORMER] = -1;
	if (!path)
		return 0;
	bench->former = bpf_object__open_file(path, NULL);
	if (!bench->former || bpf_object__load(bench->former))
		return -1;
	program = bpf_object__find_program_by_name(bench->former,
						   "spindrift_ingress");
	if (!program)
		return -1;
	bench->fd[RUN_FORMER] = bpf_program__fd(program);
	return 0;
}

static int run_scenario(struct bench *bench, struct scenario *scenario,
			const char *former)
{
	int err;

	memset(bench, 0, sizeof(*bench));
	scenario->make(scenario);
	scenario->driver.lag = scenario->lag;
	err = open_bench(bench, scenario);
	if (!err)
		err = open_former(bench, former);
	if (!err)
		err = measure(bench, scenario);
	if (!err)
		print_row(bench, scenario);
	return err;
}

static void close_bench(struct bench *bench)
{
	live_maps_close(bench->maps);
	driver_bpf__destroy(bench->driver);
	seven_maps_bpf__destroy(bench->yardstick);
	bpf_object__close(bench->former);
}

/* Of the last scenario, which fills many subnets for the drain. */
static void print_quantities(const struct bench *bench)
{
	printf("\nquantity\tvalue\n");
	printf("verified_insns_tc\t%u\n",
	       live_maps_verified_insns(bench->maps, LIVE_INGRESS));
	printf("load_ms\t%.0f\n", bench->load_s * 1e3);
	printf("drain_10k_subnets_ms\t%.1f\n",
	       bench->drain_s * 1e3 * 10000 / bench->n_rows);
	printf("tables_mib\t%llu\n", live_maps_memory_bytes(bench->maps) >> 20);
	if (floor_print())
		fprintf(stderr, "floor: failed\n");
}

int main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	int n_failed = 0;

	if (!bench)
		return 1;
	printf("scenario\tn_flows\tnet_ns\tnet_p25_ns\tnet_p75_ns\tgross_ns\t"
	       "samples_per_packet\tseven_maps_ns\tratio\n");
	for (unsigned int i = 0; i < n_scenarios; i++) {
		if (argc > 1 && !strstr(scenarios[i].name, argv[1]))
			continue;
		if (run_scenario(bench, &scenarios[i],
				 argc > 2 ? argv[2] : NULL)) {
			fprintf(stderr, "%s: failed\n", scenarios[i].name);
			n_failed++;
		} else if (strstr(scenarios[i].name, "10k_subnets")) {
			print_quantities(bench);
		}
		close_bench(bench);
	}
	free(bench);
	return n_failed != 0;
}
