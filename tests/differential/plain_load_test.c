// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The object file measures as it is: loaded without any configuration, as
 * `bpftool prog loadall` does, a ping gives its sample.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../core/tables.h"

enum { FRAME_BYTES = 14 + 20 + 40, ECHO_REQUEST = 8, ECHO_REPLY = 0 };

static void run_ping(int program_fd, uint8_t type)
{
	uint8_t frame[FRAME_BYTES] = { [12] = 8,  [14] = 0x45, [17] = 60,
				       [22] = 64, [23] = 1,    [34] = type };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1);

	frame[type == ECHO_REQUEST ? 26 : 30] = 10;
	frame[type == ECHO_REQUEST ? 30 : 26] = 192;
	assert_int_equal(bpf_prog_test_run_opts(program_fd, &opts), 0);
}

/* Of epoch 1, which an object starts with, over all CPUs. */
static uint64_t count_event(struct bpf_object *object, enum event event)
{
	int n_cpus = libbpf_num_possible_cpus();
	struct counters *counters = calloc(n_cpus, sizeof(*counters));
	uint32_t key = 1;
	uint64_t n = 0;
	int fd = bpf_object__find_map_fd_by_name(object, "counters");

	assert_int_equal(bpf_map_lookup_elem(fd, &key, counters), 0);
	for (int i = 0; i < n_cpus; i++)
		n += counters[i].event[event];
	free(counters);
	return n;
}

static void object_measures_without_configuration(void **state)
{
	const char *build = getenv("BUILD");
	struct bpf_object *object;
	struct bpf_program *in, *out;
	char path[256];
	int err;

	snprintf(path, sizeof(path), "%s/spindrift.bpf.o",
		 build ? build : "build");
	object = bpf_object__open_file(path, NULL);
	assert_non_null(object);
	err = bpf_object__load(object);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	in = bpf_object__find_program_by_name(object, "spindrift_ingress");
	out = bpf_object__find_program_by_name(object, "spindrift_egress");
	run_ping(bpf_program__fd(out), ECHO_REQUEST);
	run_ping(bpf_program__fd(in), ECHO_REPLY);
	assert_int_equal(count_event(object, EVENT_FLOW_CREATED), 1);
	assert_int_equal(count_event(object, EVENT_SAMPLE), 1);
	bpf_object__close(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_measures_without_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
