// SPDX-License-Identifier: GPL-2.0-or-later
#include "both.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

void both_open(struct both *both, const struct settings *settings)
{
	int err = live_maps_open(settings, true, true, &both->kernel);

	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	both->memory = memory_tables_new(settings);
	assert_non_null(both->memory);
	both->n_samples = 0;
}

void both_close(struct both *both)
{
	live_maps_close(both->kernel);
	memory_tables_free(both->memory);
}

static void run_tc(struct both *both, enum live_program program,
		   const struct both_frame *frame)
{
	struct __sk_buff context = {
		.tstamp = frame->time_ns,
		.wire_len = frame->n_wire,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = frame->n_bytes, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);
	int fd = live_maps_program_fd(both->kernel, program);

	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	assert_int_equal((int)opts.retval, -1);
}

static void run_xdp(struct both *both, const struct both_frame *frame)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = frame->n_bytes, .repeat = 1);
	int fd = live_maps_program_fd(both->kernel, LIVE_XDP);

	live_maps_inject_xdp_ns(both->kernel, frame->time_ns);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	assert_int_equal(opts.retval, XDP_PASS);
}

void both_observe(struct both *both, enum live_program program,
		  const struct both_frame *frame)
{
	enum link link = program == LIVE_IP_INGRESS ? LINK_RAW_IP :
						      LINK_ETHERNET;

	if (program == LIVE_XDP)
		run_xdp(both, frame);
	else
		run_tc(both, program, frame);
	memory_tables_observe(both->memory, frame->bytes, frame->n_bytes,
			      frame->n_wire, link, frame->time_ns);
}

static void assert_equal_views(const struct drain_view *kernel,
			       const struct drain_view *memory)
{
	for (int i = 0; i < N_OUTCOMES; i++)
		assert_int_equal(kernel->counters->outcome[i],
				 memory->counters->outcome[i]);
	for (int i = 0; i < N_EVENTS; i++)
		assert_int_equal(kernel->counters->event[i],
				 memory->counters->event[i]);
	assert_memory_equal(kernel->counters, memory->counters,
			    sizeof(*kernel->counters));
	assert_int_equal(kernel->n_rows, memory->n_rows);
	assert_int_equal(kernel->n_hists, memory->n_hists);
	assert_memory_equal(kernel->row, memory->row,
			    kernel->n_rows * sizeof(*kernel->row));
	assert_memory_equal(kernel->hist, memory->hist,
			    kernel->n_hists * sizeof(*kernel->hist));
	assert_int_equal(kernel->n_version_rows, memory->n_version_rows);
	assert_memory_equal(kernel->version_row, memory->version_row,
			    kernel->n_version_rows *
				    sizeof(*kernel->version_row));
}

void both_swap(struct both *both)
{
	struct drain_view kernel, memory;
	struct record record = {};

	assert_int_equal(live_maps_swap(both->kernel), 0);
	assert_int_equal(live_maps_view(both->kernel, &kernel), 0);
	memory_tables_swap(both->memory);
	memory_tables_view(both->memory, &memory);
	assert_equal_views(&kernel, &memory);
	assert_int_equal(drain_tables(&kernel, &record), 0);
	assert_int_equal(drain_count_samples(&record),
			 record.event[EVENT_SAMPLE]);
	assert_int_equal(record.event[EVENT_SAMPLE_LOST], 0);
	both->n_samples += record.event[EVENT_SAMPLE];
	record_fini(&record);
	assert_int_equal(live_maps_clear(both->kernel), 0);
	memory_tables_clear(both->memory);
}
