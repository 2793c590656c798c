// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * quic_samples CAPTURE CLIENT: the QUIC samples that core records, one by one,
 * where a campaign has histograms. TSV with the columns time_ns, flow, side,
 * source, rtt_ns, bound_ns; side is client for the IPv4 address CLIENT. The flow
 * is not known here ("-"). The time of a sample that waited for its flow's class
 * is that of its release.
 *
 * What follows parsing is compiled in here, with a sample_record() that tells.
 */
#include "../../collector/capture.h"
#include "../../collector/memory_tables.h"
#include "../../core/sample.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void samples_tell(struct machine *m, uint32_t slot, uint32_t source,
			 uint64_t ns);

static int samples_record(struct machine *m, uint32_t slot, uint32_t source,
			  uint64_t ns)
{
	samples_tell(m, slot, source, ns);
	return sample_record(m, slot, source, ns);
}

#define sample_record samples_record
#include "../../core/observe.h"
#undef sample_record

static struct {
	uint32_t client;
	int64_t wall_ns;
	/* What came before: a bound follows its sample. */
	bool has_sample;
	uint32_t slot;
	uint64_t rtt_ns;
} samples;

static void samples_print(struct machine *m, uint32_t slot, const char *source,
			  uint64_t rtt_ns, uint64_t bound_ns)
{
	const struct subnet_row *row = machine_subnet(m, slot);
	bool is_client = row && row->family == 4 &&
			 ntohl((uint32_t)(row->address[1] >> 32)) ==
				 samples.client;

	printf("%" PRId64 "\t-\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\n",
	       samples.wall_ns, is_client ? "client" : "server", source, rtt_ns,
	       bound_ns);
}

static void samples_tell(struct machine *m, uint32_t slot, uint32_t source,
			 uint64_t ns)
{
	switch (source) {
	case SOURCE_QUIC_SPIN:
		samples.has_sample = true;
		samples.slot = slot;
		samples.rtt_ns = ns;
		break;
	case SOURCE_QUIC_SPIN_BOUND:
		if (samples.has_sample && samples.slot == slot)
			samples_print(m, slot, "quic_spin", samples.rtt_ns, ns);
		samples.has_sample = false;
		break;
	case SOURCE_QUIC_SPIN_UPPER:
		samples_print(m, slot, "quic_spin_upper", ns, ns);
		break;
	case SOURCE_QUIC_HANDSHAKE:
		samples_print(m, slot, "quic_handshake", ns, 0);
		break;
	default:
		break;
	}
}

static void samples_take(struct machine *m, const struct capture_packet *got)
{
	struct memory_packet packet;

	if (!got->is_supported)
		return;
	samples.wall_ns = got->time_ns;
	memory_tables_parse(m, got->bytes, got->n_captured, got->n_wire,
			    got->link, (uint64_t)got->time_ns, &packet);
	m->now_ns = packet.now_ns;
	observe_packet(m, &packet.packet, packet.parsed);
}

static int samples_read(const char *path, struct machine *m)
{
	struct capture_packet packet;
	struct capture *capture;
	int got;

	if (capture_open(path, &capture))
		return 1;
	while ((got = capture_next(capture, &packet)) > 0)
		samples_take(m, &packet);
	if (got < 0)
		fprintf(stderr, "quic_samples: %s: %s\n", path,
			capture_problem(capture));
	capture_close(capture);
	return got < 0;
}

int main(int argc, char **argv)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct machine *m;
	int status;

	if (argc != 3 || inet_pton(AF_INET, argv[2], &samples.client) != 1) {
		fputs("usage: quic_samples CAPTURE CLIENT\n", stderr);
		return 2;
	}
	samples.client = ntohl(samples.client);
	settings.v4_mask = SETTINGS_V4_MASK(32);
	settings.v4_prefix_len = 32;
	settings.n_flow_sets = 1 << 10;
	m = memory_tables_new(&settings);
	if (!m) {
		fputs("quic_samples: tables: no memory\n", stderr);
		return 1;
	}
	puts("time_ns\tflow\tside\tsource\trtt_ns\tbound_ns");
	status = samples_read(argv[1], m);
	memory_tables_free(m);
	return status;
}
