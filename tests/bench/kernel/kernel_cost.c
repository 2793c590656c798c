// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nanoseconds per packet of the tc program, against an empty one, by scenario.
 *
 * The driver rewrites and tail-calls; rounds of the empty program and of the
 * program under test alternate, and the median of the differences is printed,
 * so that a machine whose speed drifts does not decide. TSV on stdout.
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
#include "driver.h"
#include "driver.skel.h"

enum { N_ROUNDS = 9, N_REPEAT = 400000, MAX_FRAME_BYTES = 128 };

struct scenario {
	const char *name;
	void (*make)(struct scenario *scenario);
	uint32_t n_flows;
	bool is_zipf;
	struct driver_settings driver;
	uint8_t frame[MAX_FRAME_BYTES];
	uint32_t n_bytes;
};

static void begin_ipv4(struct scenario *scenario, uint8_t protocol,
		       uint32_t n_link_bytes, uint32_t n_ip_bytes)
{
	uint8_t *ip = scenario->frame + n_link_bytes;

	scenario->frame[n_link_bytes - 2] = 8;
	ip[0] = 0x45;
	ip[3] = n_ip_bytes;
	ip[8] = 64;
	ip[9] = protocol;
	scenario->driver.source_at = n_link_bytes + 12;
	scenario->driver.destination_at = n_link_bytes + 16;
	scenario->driver.ports_at = n_link_bytes + 20;
	scenario->n_bytes = n_link_bytes + n_ip_bytes;
}

static void make_udp(struct scenario *scenario)
{
	begin_ipv4(scenario, 17, 14, 60);
}

static void make_tcp_plain(struct scenario *scenario)
{
	begin_ipv4(scenario, 6, 14, 60);
	scenario->frame[46] = 5 << 4;
	scenario->frame[47] = 0x10;
}

static void put_timestamps(struct scenario *scenario, uint32_t tcp_at)
{
	static const uint8_t option[] = { 1, 1, 8, 10 };

	scenario->frame[tcp_at + 12] = 8 << 4;
	scenario->frame[tcp_at + 13] = 0x10;
	memcpy(scenario->frame + tcp_at + 20, option, sizeof(option));
	scenario->driver.stamps_at = tcp_at + 24;
	scenario->driver.is_two_way = 1;
}

static void make_tcp(struct scenario *scenario)
{
	begin_ipv4(scenario, 6, 14, 60);
	put_timestamps(scenario, 34);
}

static void make_tcp_hot(struct scenario *scenario)
{
	make_tcp(scenario);
	scenario->driver.is_tick_held = 1;
}

static void make_tcp_vlan(struct scenario *scenario)
{
	begin_ipv4(scenario, 6, 18, 60);
	scenario->frame[12] = 0x81;
	put_timestamps(scenario, 38);
}

static void make_tcp_ipv6(struct scenario *scenario)
{
	scenario->frame[12] = 0x86;
	scenario->frame[13] = 0xdd;
	scenario->frame[14] = 0x60;
	scenario->frame[19] = 40;
	scenario->frame[20] = 6;
	scenario->driver.source_at = 22;
	scenario->driver.destination_at = 38;
	scenario->driver.ports_at = 54;
	put_timestamps(scenario, 54);
	scenario->n_bytes = 94;
}

static void make_icmp(struct scenario *scenario)
{
	begin_ipv4(scenario, 1, 14, 60);
	scenario->driver.ports_at = 0;
	scenario->driver.type_at = 34;
	scenario->driver.request_type = 8;
	scenario->driver.sequence_at = 38;
	scenario->driver.is_two_way = 1;
}

static struct scenario scenarios[] = {
	{ "udp", make_udp, 1000 },
	{ "tcp_no_timestamps", make_tcp_plain, 1000 },
	{ "tcp_ts_hot", make_tcp_hot, 1 },
	{ "tcp_ts_1_flow", make_tcp, 1 },
	{ "tcp_ts_1k_uniform", make_tcp, 1000 },
	{ "tcp_ts_10k_uniform", make_tcp, 10000 },
	{ "tcp_ts_100k_uniform", make_tcp, 100000 },
	{ "tcp_ts_1m_uniform", make_tcp, 1000000 },
	{ "tcp_ts_100k_zipf", make_tcp, 100000, true },
	{ "tcp_ts_vlan_10k", make_tcp_vlan, 10000 },
	{ "tcp_ts_ipv6_10k", make_tcp_ipv6, 10000 },
	{ "icmp_echo_10k", make_icmp, 10000 },
};

/* Zipf with exponent 1: rank r drawn by inverting the harmonic sum. */
static uint32_t draw_flow(const struct scenario *scenario, uint64_t *random)
{
	double u;

	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	if (!scenario->is_zipf)
		return (*random >> 33) % scenario->n_flows;
	u = (*random >> 11) * 0x1p-53;
	return (uint32_t)exp(u * log(scenario->n_flows)) - 1;
}

static int fill_order(struct driver_bpf *skel, const struct scenario *scenario)
{
	size_t n_bytes = DRIVER_MAX_ORDER * 8; /* entries are padded to 8 */
	uint64_t random = 1;
	uint64_t *order = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
			       MAP_SHARED, bpf_map__fd(skel->maps.order), 0);

	if (order == MAP_FAILED)
		return -1;
	for (uint32_t i = 0; i < DRIVER_MAX_ORDER; i++)
		order[i] = draw_flow(scenario, &random);
	munmap(order, n_bytes);
	return 0;
}

static double run_ns(struct driver_bpf *skel, const struct scenario *scenario,
		     int target_fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = scenario->frame,
		    .data_size_in = scenario->n_bytes, .repeat = N_REPEAT);
	uint32_t key = 0;

	bpf_map_update_elem(bpf_map__fd(skel->maps.target), &key, &target_fd,
			    BPF_ANY);
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.drive), &opts))
		return NAN;
	return opts.duration;
}

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
	return values[n / 2];
}

static void measure(struct scenario *scenario, struct live_maps *maps,
		    struct driver_bpf *skel)
{
	int null_fd = bpf_program__fd(skel->progs.null);
	int fd = live_maps_program_fd(maps, LIVE_INGRESS);
	double net[N_ROUNDS], gross[N_ROUNDS];
	struct drain_view view;

	run_ns(skel, scenario, null_fd);
	run_ns(skel, scenario, fd);
	for (int i = 0; i < N_ROUNDS; i++) {
		double floor_ns = run_ns(skel, scenario, null_fd);

		gross[i] = run_ns(skel, scenario, fd);
		net[i] = gross[i] - floor_ns;
	}
	live_maps_swap(maps);
	live_maps_view(maps, &view);
	printf("%s\t%u\t%.0f\t%.0f\t%.3f\n", scenario->name, scenario->n_flows,
	       median(net, N_ROUNDS), median(gross, N_ROUNDS),
	       (double)view.counters->event[EVENT_SAMPLE] /
		       ((N_ROUNDS + 1.0) * N_REPEAT));
	fflush(stdout);
}

static int run_scenario(struct scenario *scenario)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct driver_bpf *skel = driver_bpf__open();
	struct live_maps *maps = NULL;
	int err = -1;

	if (!skel)
		return -1;
	scenario->driver.order_mask = DRIVER_MAX_ORDER - 1;
	scenario->make(scenario);
	memcpy((void *)&skel->rodata->driver, &scenario->driver,
	       sizeof(scenario->driver));
	err = driver_bpf__load(skel);
	if (!err)
		err = fill_order(skel, scenario);
	if (!err)
		err = live_maps_open(&settings, false, false, &maps);
	if (!err)
		measure(scenario, maps, skel);
	live_maps_close(maps);
	driver_bpf__destroy(skel);
	return err;
}

int main(int argc, char **argv)
{
	int n_failed = 0;

	printf("scenario\tn_flows\tnet_ns\tgross_ns\tsamples_per_packet\n");
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (argc < 2 || strstr(scenarios[i].name, argv[1]))
			n_failed += run_scenario(&scenarios[i]) != 0;
	return n_failed != 0;
}
