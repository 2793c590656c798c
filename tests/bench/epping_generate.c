// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a big plausible file of ePPing's output, for measuring import: intervals
 * of 10 s, in each some thousand prefixes of a larger population, that of the
 * front ranks nearly always. As in the published figures of an ISP (5,300
 * prefixes each 10 s, 26 samples in each), most prefixes have few samples, around
 * a median of their own between 5 and 300 ms. The same arguments give the same
 * file.
 *
 * usage: epping_generate FILE [list|lines [INTERVALS [PREFIXES]]]
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	N_BINS = 250,
	BIN_NS = 4000000,
	INTERVAL_S = 10,
	FIRST_S = 1700000000,
	V6_PART = 6, /* one prefix in so many */
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	return mix(*state);
}

/* Of few samples many, of many few: 0 to 2^12. */
static uint32_t skewed(uint64_t *state)
{
	uint64_t random = next(state);

	return (uint32_t)(random >> 20 & 0xfff) >> (random & 15) % 13;
}

/* Around the prefix's own median, with a tail. */
static uint64_t rtt_of(uint64_t *state, uint64_t median_ns)
{
	uint64_t random = next(state), jitter_ns = median_ns / 8;

	for (int i = 0; i < 4 && random & 3; i++, random >>= 2)
		jitter_ns += (next(state) >> 40) * (median_ns >> 20) >> 5;
	if ((random & 0xff) == 1)
		jitter_ns += next(state) >> 34;
	return median_ns + jitter_ns;
}

static void put_traffic(FILE *file, const char *key, uint64_t *state,
			uint32_t n_samples)
{
	uint64_t packets = 1 + n_samples * 3 + skewed(state) / 8;

	fprintf(file,
		",\"%s\":{\"TCP_TS\":{\"packets\":%" PRIu64
		",\"bytes\":%" PRIu64 "}",
		key, packets, packets * (60 + next(state) % 1400));
	if (next(state) & 1)
		fprintf(file,
			",\"other\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64
			"}",
			packets / 2 + 1, (packets / 2 + 1) * 900);
	fputc('}', file);
}

static void put_rtt(FILE *file, uint64_t *state, uint64_t median_ns,
		    uint32_t n_samples)
{
	uint32_t bin[N_BINS] = { 0 }, last = 0, b;
	uint64_t min_ns = UINT64_MAX, max_ns = 0, rtt_ns;

	for (uint32_t i = 0; i < n_samples; i++) {
		rtt_ns = rtt_of(state, median_ns);
		b = rtt_ns / BIN_NS < N_BINS ? (uint32_t)(rtt_ns / BIN_NS) :
					       N_BINS - 1;
		bin[b]++;
		last = b > last ? b : last;
		min_ns = rtt_ns < min_ns ? rtt_ns : min_ns;
		max_ns = rtt_ns > max_ns ? rtt_ns : max_ns;
	}
	fprintf(file,
		",\"count_rtt\":%u,\"min_rtt\":%" PRIu64
		",\"mean_rtt\":%g,\"median_rtt\":%g,\"p95_rtt\":%g"
		",\"max_rtt\":%" PRIu64 ",\"histogram\":[",
		n_samples, min_ns, (double)median_ns * 1.1, (double)median_ns,
		(double)max_ns * 0.9, max_ns);
	for (b = 0; b <= last; b++)
		fprintf(file, "%s%u", b ? "," : "", bin[b]);
	fputc(']', file);
}

static void put_prefix(FILE *file, uint64_t time_ns, uint32_t id,
		       uint64_t *state)
{
	uint64_t own = mix(id + 1);
	uint64_t median_ns = 5000000 + own % 64 * (own >> 8) % 295 * 1000000;
	uint32_t n_samples = skewed(state) >> 3;

	fprintf(file, "{\"timestamp\":%" PRIu64 ",\"ip_prefix\":\"", time_ns);
	if (id % V6_PART == 0)
		fprintf(file, "2001:db8:%x::/48\"", id % 65536);
	else
		fprintf(file, "%u.%u.%u.0/24\"", 1 + id / 65536 % 200,
			id / 256 % 256, id % 256);
	put_traffic(file, "rx_stats", state, n_samples);
	put_traffic(file, "tx_stats", state, n_samples);
	if (n_samples)
		put_rtt(file, state, median_ns, n_samples);
	fputc('}', file);
}

static void put_metadata(FILE *file)
{
	fprintf(file,
		"{\"timestamp\":%d000000000,\"bins\":%d,\"bin_width_ns\":%d"
		",\"aggregation_interval_ns\":%d000000000"
		",\"timeout_interval_ns\":30000000000,\"ipv4_prefix_len\":24"
		",\"ipv6_prefix_len\":48}",
		FIRST_S, N_BINS, BIN_NS, INTERVAL_S);
}

static void put_interval(FILE *file, const char *between, uint32_t interval,
			 uint32_t n_prefixes)
{
	uint64_t state = mix(interval + 1000);
	uint64_t time_ns =
		(FIRST_S + (interval + 1ull) * INTERVAL_S) * 1000000000ull +
		next(&state) % 1000000;

	/* Front ranks come each time, those behind now and then. */
	for (uint32_t i = 0, id = 0; i < n_prefixes; i++) {
		id += 1 + (next(&state) % (n_prefixes + i) > n_prefixes ?
				   (uint32_t)(next(&state) % 16) :
				   0);
		fputs(between, file);
		put_prefix(file, time_ns, id, &state);
	}
	fprintf(file,
		"%s{\"timestamp\":%" PRIu64
		",\"protocol_counters\":{\"TCP\":{\"packets\":90000,\"bytes\":"
		"81000000},\"UDP\":{\"packets\":60000,\"bytes\":54000000}}"
		",\"ecn_counters\":{\"no_ECT\":150000},\"errors\":{}}",
		between, time_ns + 40000000);
}

static uint32_t number_of(int argc, char **argv, int at, uint32_t standard)
{
	return argc > at ? (uint32_t)strtoul(argv[at], NULL, 10) : standard;
}

int main(int argc, char **argv)
{
	bool is_list = argc < 3 || !strcmp(argv[2], "list");
	uint32_t n_intervals = number_of(argc, argv, 3, 360);
	uint32_t n_prefixes = number_of(argc, argv, 4, 5300);
	FILE *file = argc > 1 ? fopen(argv[1], "we") : NULL;

	if (!file) {
		fprintf(stderr,
			"usage: %s FILE [list|lines [INTERVALS "
			"[PREFIXES]]]\n",
			argv[0]);
		return 2;
	}
	if (is_list)
		fputc('[', file);
	put_metadata(file);
	for (uint32_t i = 0; i < n_intervals; i++)
		put_interval(file, is_list ? "," : "\n", i, n_prefixes);
	fputs(is_list ? "]\n" : "\n", file);
	if (fclose(file)) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
