// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtt_samples CAPTURE: every sample that core records, one by one, where a
 * campaign has histograms. TSV with the columns subnet, source, rtt_ns; subnets
 * and settings are those of `spindrift replay --sources all`, hence all of them
 * WAN. A sample of the overflow rows, which a capture with that many
 * subnets would have, is an error.
 *
 * What follows parsing is compiled in here, with a sample_record() that tells.
 */
#include "../../collector/capture.h"
#include "../../collector/memory_tables.h"
#include "../../core/sample.h"
#include "../../lib/prefix.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int samples_record(struct machine *m, uint32_t slot, uint32_t source,
			  uint64_t ns);

#define sample_record samples_record
#include "../../core/observe.h"
#undef sample_record

static const char *const samples_source_name[N_SOURCES] = {
#define X(code, upper, name, text) [code] = #name,
	SOURCE_TABLE(X)
#undef X
};

static struct prefix samples_prefix(const struct subnet_row *row)
{
	struct prefix prefix = {
		.prefix_len = row->prefix_len,
		.family = row->family,
	};

	/* The table's are bytes in network order, IPv4 in the last four. */
	memcpy(prefix.address, row->address, sizeof(prefix.address));
	if (row->family == 4) {
		memset(prefix.address, 0, 10);
		memset(prefix.address + 10, 0xff, 2);
	}
	return prefix;
}

static int samples_record(struct machine *m, uint32_t slot, uint32_t source,
			  uint64_t ns)
{
	const struct subnet_row *row = machine_subnet(m, slot);
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;

	if (!row || slot < N_OVERFLOW_ROWS || source >= N_SOURCES) {
		fputs("rtt_samples: more subnets than there is room for\n",
		      stderr);
		exit(1);
	}
	prefix = samples_prefix(row);
	prefix_format(&prefix, text);
	printf("%s\t%s\t%" PRIu64 "\n", text, samples_source_name[source], ns);
	return sample_record(m, slot, source, ns);
}

static void samples_take(struct machine *m, const struct capture_packet *got)
{
	struct memory_packet packet;

	if (!got->is_supported)
		return;
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
		fprintf(stderr, "rtt_samples: %s: %s\n", path,
			capture_problem(capture));
	capture_close(capture);
	return got < 0;
}

int main(int argc, char **argv)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct machine *m;
	int status;

	if (argc != 2) {
		fputs("usage: rtt_samples CAPTURE\n", stderr);
		return 2;
	}
	settings.sources = SETTINGS_SOURCES;
	m = memory_tables_new(&settings);
	if (!m) {
		fputs("rtt_samples: tables: no memory\n", stderr);
		return 1;
	}
	puts("subnet\tsource\trtt_ns");
	status = samples_read(argv[1], m);
	memory_tables_free(m);
	return status;
}
