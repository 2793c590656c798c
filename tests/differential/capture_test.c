// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every capture of tests/golden, of real stacks, through the loaded BPF programs
 * and through the tables in memory, with the capture's time: the same tables.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../collector/capture.h"
#include "both.h"

enum { PACKETS_PER_INTERVAL = 1000 };

static struct settings make_settings(void)
{
	struct settings settings = SETTINGS_DEFAULT;

	settings.n_flow_sets = 1024;
	settings.n_stamp_sets = 4096;
	settings.n_server_sets = 64;
	settings.n_subnet_buckets = 64;
	settings.max_subnets = 256;
	settings.max_hists = 1024;
	settings.max_version_rows = 64;
	settings.is_time_injected = 1;
	settings.sources = SETTINGS_SOURCES;
	return settings;
}

/* What a test run takes; the length on the wire goes beside it. */
static void observe(struct both *both, const struct capture_packet *packet)
{
	uint8_t bytes[BOTH_MAX_TC_BYTES] = { 0 };
	struct both_frame frame = {
		.bytes = bytes,
		.n_bytes = packet->n_captured,
		.n_wire = packet->n_wire,
		.time_ns = packet->time_ns,
	};

	if (frame.n_bytes > sizeof(bytes))
		frame.n_bytes = sizeof(bytes);
	memcpy(bytes, packet->bytes, frame.n_bytes);
	if (frame.n_bytes < BOTH_MIN_TC_BYTES)
		frame.n_bytes = BOTH_MIN_TC_BYTES;
	if (frame.n_wire < frame.n_bytes)
		frame.n_wire = frame.n_bytes;
	both_observe(both,
		     packet->link == LINK_RAW_IP ? LIVE_IP_INGRESS :
						   LIVE_INGRESS,
		     &frame);
}

static void compare_capture(struct both *both, const char *path)
{
	__u64 n_samples = both->n_samples;
	struct capture_packet packet;
	struct capture *capture;
	int n = 0;

	assert_int_equal(capture_open(path, &capture), 0);
	while (capture_next(capture, &packet) > 0) {
		observe(both, &packet);
		if (++n % PACKETS_PER_INTERVAL == 0)
			both_swap(both);
	}
	both_swap(both);
	print_message("%s: %d packets, %llu samples\n", path, n,
		      (unsigned long long)(both->n_samples - n_samples));
	assert_true(both->n_samples > n_samples);
	capture_close(capture);
}

static void kernel_equals_memory_on_every_capture(void **state)
{
	static const char *const patterns[] = {
		"tests/golden/*.pcap",
		"tests/golden/*/*.pcap.*",
	};
	struct settings settings = make_settings();
	struct both both;
	glob_t found;

	both_open(&both, &settings);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(glob(patterns[i], 0, NULL, &found), 0);
		for (size_t j = 0; j < found.gl_pathc; j++)
			compare_capture(&both, found.gl_pathv[j]);
		globfree(&found);
	}
	both_close(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_equals_memory_on_every_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
