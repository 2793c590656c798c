// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a synthetic campaign: by default a week of 10 s intervals with 2,000
 * active subnets in each, through the writer that live measurement uses.
 *
 *   campaign_generate -o CAMPAIGN [--intervals N] [--subnets N] [--start TIME]
 *                     [--skip N] [--live N] [--vantage-point NAME]
 *
 * The world: every WAN /24 has a path delay drawn by its /8 (so that a map by
 * /8 shows something), lognormal noise on top, and a few lost in satellites or
 * queues. One subnet in 32 is LAN: short delays that grow with the hour's load.
 * Traffic follows the hour of day. All counters agree with each other, as
 * `spindrift verify` checks. The same options give the same campaign, but for
 * its uuid. A campaign that exists goes on, if it began with the same options.
 *
 * With --live each interval waits for the disk, as in live measurement, and
 * standard output has a line for each: start, and microseconds until it was
 * acknowledged. A campaign that exists goes on N intervals after its end, which
 * is the first line.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../core/hist.h"
#include "../../core/source.h"
#include "../../core/traffic.h"
#include "../../lib/campaign.h"
#include "../../lib/cli.h"
#include "../../lib/progress.h"

enum {
	N_NOISES = 4096,
	MAX_SAMPLES = 12, /* of one subnet in one interval */
	LAN_SHARE = 32,
	PACKET_BYTES = 900,
	ACK_BYTES = 60,
};

#define INTERVAL_NS 10000000000ull
#define DAY_NS 86400000000000ll

struct world {
	uint64_t random;
	size_t n_subnets, n_lan;
	struct record_subnet *subnet; /* LAN ones first */
	uint64_t *path_ns;
	/* What noise multiplies the part above the path's minimum with. */
	float noise[N_NOISES];
	/* Of the interval at hand, by LAN subnet. */
	struct record_traffic *lan_traffic;
};

struct options {
	const char *path, *vantage_point;
	uint64_t n_intervals, n_subnets;
	uint64_t skip; /* every so many intervals one is left out; 0: none */
	int64_t start_ns;
	bool is_live;
	uint64_t n_pause; /* intervals without a collector */
};

static uint64_t next_random(struct world *world)
{
	uint64_t z = world->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double next_uniform(struct world *world)
{
	return (double)((next_random(world) >> 11) + 1) / 9007199254740993.0;
}

static double next_normal(struct world *world)
{
	return sqrt(-2 * log(next_uniform(world))) *
	       cos(6.283185307179586 * next_uniform(world));
}

/* The i-th WAN /24: spread over the unicast blocks 1 to 223, without 10 and
 * 127. */
static void place_subnet(struct world *world, size_t i,
			 struct record_subnet *subnet)
{
	uint64_t where = next_random(world);
	unsigned int octet = 1 + (unsigned int)(i * 37 % 223);

	*subnet = (struct record_subnet){ .prefix_len = 24, .family = 4 };
	subnet->address[10] = subnet->address[11] = 0xff;
	if (i < world->n_lan) {
		subnet->side = SIDE_LAN;
		subnet->address[12] = 10;
		subnet->address[13] = (uint8_t)(i >> 8);
		subnet->address[14] = (uint8_t)i;
		return;
	}
	if (octet == 10 || octet == 127)
		octet++;
	subnet->address[12] = (uint8_t)octet;
	subnet->address[13] = (uint8_t)(i >> 8);
	subnet->address[14] = (uint8_t)i;
	/* One in eight is IPv6. */
	if (where % 8 == 0) {
		*subnet =
			(struct record_subnet){ .prefix_len = 48, .family = 6 };
		memcpy(subnet->address, "\x2a\x00", 2);
		subnet->address[2] = (uint8_t)octet;
		subnet->address[4] = (uint8_t)(i >> 8);
		subnet->address[5] = (uint8_t)i;
	}
}

/* 8 ms to 280 ms by the first octet, lognormal about it, one in 200 behind a
 * satellite. */
static uint64_t draw_path_ns(struct world *world, size_t i,
			     const struct record_subnet *subnet)
{
	unsigned int octet = subnet->address[subnet->family == 4 ? 12 : 2];
	unsigned int region = octet * 167 % 256 / 32;
	double ms = 8 + 34.0 * region;

	if (i < world->n_lan)
		return (uint64_t)(1e6 * (2 + 3 * next_uniform(world)));
	ms *= exp(0.35 * next_normal(world));
	if (next_uniform(world) < 0.005)
		ms += 550;
	return (uint64_t)(1e6 * ms);
}

static int make_world(struct world *world, size_t n_subnets)
{
	size_t i;

	world->random = 2026;
	world->n_subnets = n_subnets;
	world->n_lan = (n_subnets + LAN_SHARE - 1) / LAN_SHARE;
	world->subnet = calloc(n_subnets, sizeof(*world->subnet));
	world->path_ns = calloc(n_subnets, sizeof(*world->path_ns));
	world->lan_traffic = calloc(world->n_lan, sizeof(*world->lan_traffic));
	if (!world->subnet || !world->path_ns || !world->lan_traffic)
		return -1;
	for (i = 0; i < N_NOISES; i++)
		world->noise[i] = (float)exp(0.9 * next_normal(world));
	for (i = 0; i < n_subnets; i++) {
		place_subnet(world, i, &world->subnet[i]);
		world->path_ns[i] = draw_path_ns(world, i, &world->subnet[i]);
	}
	return 0;
}

/* 0.25 at 4 in the morning to 1 at 21, UTC. */
static double load_at(int64_t time_ns)
{
	double day = (double)(time_ns % DAY_NS) / (double)DAY_NS;

	return 0.625 - 0.375 * cos(6.283185307179586 * (day - 4.0 / 24));
}

static void sort(uint64_t *value, size_t n)
{
	size_t i, j;
	uint64_t v;

	for (i = 1; i < n; i++) {
		v = value[i];
		for (j = i; j && value[j - 1] > v; j--)
			value[j] = value[j - 1];
		value[j] = v;
	}
}

static int add_bins(struct record *record, struct record_rtt *row,
		    const uint64_t *rtt_ns, size_t n)
{
	struct record_bin *bin = NULL;
	uint16_t at;
	size_t i;

	row->first_bin = record->bin.n;
	for (i = 0; i < n; i++) {
		at = (uint16_t)hist_bin(rtt_ns[i]);
		if (!bin || bin->bin != at) {
			bin = record_add(&record->bin);
			if (!bin)
				return -1;
			bin->bin = at;
			row->n_bins++;
		}
		bin->count++;
		row->sum_ns += rtt_ns[i];
	}
	return 0;
}

static int add_rtt(struct world *world, struct record *record, uint32_t i,
		   uint8_t source, size_t n, double load)
{
	uint64_t rtt_ns[MAX_SAMPLES] = { 0 }, random = 0, spread_ns;
	struct record_rtt *row = record_add(&record->rtt);
	size_t s;

	if (!row)
		return -1;
	/* A LAN's queue grows with the load. */
	spread_ns = world->path_ns[i] / 12 +
		    (i < world->n_lan ? (uint64_t)(6e6 * load * load) : 600000);
	for (s = 0; s < n; s++) {
		if (s % 5 == 0)
			random = next_random(world);
		rtt_ns[s] = world->path_ns[i] +
			    (uint64_t)((float)spread_ns *
				       world->noise[random % N_NOISES]);
		random /= N_NOISES;
	}
	sort(rtt_ns, n);
	row->subnet = i;
	row->source = source;
	row->count = n;
	row->min_ns = rtt_ns[0];
	row->max_ns = rtt_ns[n - 1];
	record->event[EVENT_SAMPLE] += n;
	return add_bins(record, row, rtt_ns, n);
}

/* Packets between a WAN subnet and a LAN subnet: `down` to the LAN. */
static int add_traffic(struct world *world, struct record *record, uint32_t i,
		       uint64_t down, uint64_t up)
{
	struct record_traffic *lan = &world->lan_traffic[i % world->n_lan];
	struct record_traffic *row = record_add(&record->traffic);
	struct record_ecn *ecn = record_add(&record->ecn);

	if (!row || !ecn)
		return -1;
	row->subnet = ecn->subnet = i;
	row->class = TRAFFIC_TCP_TS;
	row->packets_rx = ecn->packets_rx = down;
	row->packets_tx = ecn->packets_tx = up;
	row->bytes_rx = down * PACKET_BYTES;
	row->bytes_tx = up * ACK_BYTES;
	lan->packets_tx += down;
	lan->packets_rx += up;
	lan->bytes_tx += down * PACKET_BYTES;
	lan->bytes_rx += up * ACK_BYTES;
	record->outcome[OUTCOME_TCP_TIMED] += down + up;
	return 0;
}

static int add_lan_traffic(struct world *world, struct record *record)
{
	struct record_protocol *protocol = record_add(&record->protocol);
	struct record_traffic *row;
	struct record_ecn *ecn;
	uint32_t i;

	if (!protocol)
		return -1;
	protocol->ip_protocol = 6;
	for (i = 0; i < world->n_lan; i++) {
		row = record_add(&record->traffic);
		ecn = record_add(&record->ecn);
		if (!row || !ecn)
			return -1;
		*row = world->lan_traffic[i];
		row->subnet = ecn->subnet = i;
		row->class = TRAFFIC_TCP_TS;
		ecn->packets_rx = row->packets_rx;
		ecn->packets_tx = row->packets_tx;
		protocol->packets += row->packets_rx + row->packets_tx;
		protocol->bytes += row->bytes_rx + row->bytes_tx;
	}
	return 0;
}

static int add_wan(struct world *world, struct record *record, uint32_t i,
		   double load)
{
	uint64_t random = next_random(world);
	size_t n = 1 + (size_t)((double)(random % 7) * load);
	uint64_t down = n * 20 + (random >> 8) % 1000;

	if (add_rtt(world, record, i, SOURCE_TCP_TS, n, load))
		return -1;
	if ((random >> 20) % 64 == 0 &&
	    add_rtt(world, record, i, SOURCE_ICMP_ECHO, 1, load))
		return -1;
	down = (uint64_t)((double)down * load) + n;
	return add_traffic(world, record, i, down, down / 3 + n);
}

static int fill(struct world *world, struct record *record)
{
	double load = load_at(record->start_ns);
	struct record_subnet *subnet;
	uint32_t i;

	memset(world->lan_traffic, 0,
	       world->n_lan * sizeof(*world->lan_traffic));
	for (i = 0; i < world->n_subnets; i++) {
		subnet = record_add(&record->subnet);
		if (!subnet)
			return -1;
		*subnet = world->subnet[i];
		if (i < world->n_lan ? add_rtt(world, record, i, SOURCE_TCP_TS,
					       MAX_SAMPLES, load) :
				       add_wan(world, record, i, load))
			return -1;
	}
	return add_lan_traffic(world, record);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int append(struct campaign_writer *writer, const struct options *options,
		  struct record *record)
{
	int64_t begin_us = now_us();
	int err = campaign_writer_append(writer, record);

	if (!err && options->is_live) {
		printf("%lld %lld\n",
		       (long long)(record->start_ns / 1000000000),
		       (long long)(now_us() - begin_us));
		fflush(stdout);
	}
	return err;
}

/* Where an earlier run ended, and where this one goes on. */
static void go_on(const struct campaign_writer *writer, struct options *options)
{
	int64_t end_ns = campaign_writer_end_ns(writer);

	if (!options->is_live || end_ns == INT64_MIN)
		return;
	printf("end %lld\n", (long long)(end_ns / 1000000000));
	fflush(stdout);
	options->start_ns = end_ns + (int64_t)(options->n_pause * INTERVAL_NS);
}

static int generate(struct world *world, struct campaign_writer *writer,
		    const struct options *options)
{
	struct record record = { 0 };
	struct progress progress;
	uint64_t i;
	int err = 0;

	progress_init(&progress, "generate", options->n_intervals, false);
	for (i = 0; i < options->n_intervals && !err; i++) {
		record_clear(&record);
		record.start_ns =
			options->start_ns + (int64_t)(i * INTERVAL_NS);
		record.duration_ns = INTERVAL_NS;
		if (options->skip && i % options->skip == options->skip - 1)
			continue;
		err = fill(world, &record);
		if (err)
			cli_error("campaign_generate: out of memory");
		else
			err = append(writer, options, &record);
		progress_update(&progress, i + 1);
	}
	progress_hide(&progress);
	record_fini(&record);
	return err;
}

static int run(struct options *options)
{
	const char *lan = "10.0.0.0/8";
	const struct campaign_config config = {
		.command = "generate",
		.vantage_point = options->vantage_point,
		.devices = "",
		.interval_ns = INTERVAL_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
		.lan = &lan,
		.n_lan = 1,
		.sources = 1 << SOURCE_TCP_TS | 1 << SOURCE_ICMP_ECHO,
		.max_subnets = options->n_subnets,
	};
	struct campaign_writer *writer;
	struct world world = { 0 };
	int err = make_world(&world, options->n_subnets);

	if (!err)
		err = campaign_writer_open(
			options->path, &config,
			CAMPAIGN_RESUME |
				(options->is_live ? 0 : CAMPAIGN_RELAXED),
			&writer);
	if (!err) {
		go_on(writer, options);
		err = generate(&world, writer, options);
		if (campaign_writer_close(writer))
			err = -1;
	}
	free(world.subnet);
	free(world.path_ns);
	free(world.lan_traffic);
	return err ? EXIT_FAILED : EXIT_DONE;
}

enum own_option {
	OPTION_OUTPUT,
	OPTION_INTERVALS,
	OPTION_SUBNETS,
	OPTION_START,
	OPTION_SKIP,
	OPTION_LIVE,
	OPTION_VANTAGE_POINT,
};

static int run_command(const struct cli_command *self, int argc, char **argv)
{
	struct options options = { .vantage_point = "synthetic",
				   .n_intervals = 60480,
				   .n_subnets = 2000,
				   .start_ns = 1793577600000000000 };
	struct cli_parse parse;
	int option;
	bool ok = true;

	cli_parse_init(&parse, argc, argv);
	while (ok && (option = cli_parse_next(&parse, self)) >= 0) {
		switch ((enum own_option)option) {
		case OPTION_OUTPUT:
			options.path = parse.value;
			break;
		case OPTION_INTERVALS:
			ok = cli_number("--intervals", parse.value, 1, 1 << 24,
					&options.n_intervals);
			break;
		case OPTION_SUBNETS:
			ok = cli_number("--subnets", parse.value, 1, 65536,
					&options.n_subnets);
			break;
		case OPTION_START:
			ok = cli_time_ns("--start", parse.value,
					 &options.start_ns);
			break;
		case OPTION_VANTAGE_POINT:
			options.vantage_point = parse.value;
			break;
		case OPTION_SKIP:
			ok = cli_number("--skip", parse.value, 2, 1 << 24,
					&options.skip);
			break;
		case OPTION_LIVE:
			options.is_live = true;
			ok = cli_number("--live", parse.value, 0, 1 << 24,
					&options.n_pause);
			break;
		}
	}
	if (!ok)
		return EXIT_USAGE;
	if (cli_parse_result(&parse) >= 0)
		return cli_parse_result(&parse);
	if (!options.path) {
		cli_error("campaign_generate: no campaign: give --output");
		return EXIT_USAGE;
	}
	return run(&options);
}

static const struct cli_option command_options[] = {
	{ "output", 'o', "CAMPAIGN", "directory to make" },
	{ "intervals", 0, "N", "10 s intervals (60480: a week)" },
	{ "subnets", 0, "N", "active in each interval (2000)" },
	{ "start", 0, "TIME", "of the first interval (2026-11-02)" },
	{ "skip", 0, "N", "leave out one interval in N" },
	{ "live", 0, "N",
	  "wait for the disk; go on N intervals after the end" },
	{ "vantage-point", 0, "NAME", "its name (synthetic)" },
	{ 0 },
};

int main(int argc, char **argv)
{
	const struct cli_command command = {
		.name = "campaign_generate",
		.operands = "",
		.summary = "write a synthetic campaign",
		.options = command_options,
		.run = run_command,
	};

	return command.run(&command, argc, argv);
}
