// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a capture file: reader, decompression and core. Each packet must
 * lie in its bounds (the sanitizers look), and every one has an outcome.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../collector/capture.h"
#include "../../collector/memory_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Small tables, so that they are full at times. */
static struct machine *new_tables(void)
{
	struct settings settings = SETTINGS_DEFAULT;

	settings.n_flow_sets = 4;
	settings.n_stamp_sets = 4;
	settings.n_subnet_buckets = 2;
	settings.max_subnets = 8;
	settings.max_hists = 4;
	return memory_tables_new(&settings);
}

/* A decompression bomb costs time, not memory: stop somewhere. */
enum { MAX_PACKETS = 10000 };

static void read_packets(struct capture *capture, struct machine *tables)
{
	struct capture_packet packet;
	uint64_t n_outcomes = 0, n = 0;

	while (n < MAX_PACKETS && capture_next(capture, &packet) == 1) {
		uint8_t *copy = malloc(packet.n_captured);

		/* A copy of its own size shows a read beyond the packet. */
		if (packet.n_captured > packet.n_wire ||
		    packet.n_captured > CAPTURE_MAX_PACKET_BYTES)
			abort();
		if (packet.n_captured)
			memcpy(copy, packet.bytes, packet.n_captured);
		memory_tables_observe(tables, copy, packet.n_captured,
				      packet.n_wire, packet.link,
				      (uint64_t)packet.time_ns);
		free(copy);
		n++;
	}
	for (int i = 0; i < N_OUTCOMES; i++)
		n_outcomes += machine_counters(tables)->outcome[i];
	if (n_outcomes != n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	int fd = memfd_create("capture", 0);
	struct machine *tables = new_tables();
	struct capture *capture;
	char path[32];

	if (fd < 0 || !tables || write(fd, bytes, n) != (ssize_t)n)
		abort();
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (capture_open(path, &capture) == 0) {
		read_packets(capture, tables);
		capture_close(capture);
	}
	memory_tables_free(tables);
	close(fd);
	return 0;
}
