// SPDX-License-Identifier: GPL-2.0-or-later
#define CORE_ONE_THREAD
#include "memory_tables.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/observe.h"
#include "../core/tunnel.h"

/* Zeroed, never NULL for n = 0. Tables are hit at random: huge pages save most
 * of the page faults and address translations (replay: a third of the time). */
static void *new_array(size_t n, size_t size)
{
	size_t n_bytes = (n ? n : 1) * size;
	void *array = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (array == MAP_FAILED)
		return NULL;
	madvise(array, n_bytes, MADV_HUGEPAGE);
	return array;
}

static void free_array(void *array, size_t n, size_t size)
{
	if (array)
		munmap(array, (n ? n : 1) * size);
}

static bool new_buffer(struct memory_buffer *buffer,
		       const struct settings *settings)
{
	buffer->bucket =
		new_array(settings->n_subnet_buckets, sizeof(*buffer->bucket));
	buffer->row = new_array(settings->max_subnets + N_OVERFLOW_ROWS,
				sizeof(*buffer->row));
	buffer->hist = new_array(settings->max_hists + N_OVERFLOW_HISTS,
				 sizeof(*buffer->hist));
	buffer->version_row =
		new_array(settings->max_version_rows + N_OVERFLOW_ROWS,
			  sizeof(*buffer->version_row));
	return buffer->bucket && buffer->row && buffer->hist &&
	       buffer->version_row;
}

static void free_buffer(struct memory_buffer *buffer,
			const struct settings *settings)
{
	free_array(buffer->bucket, settings->n_subnet_buckets,
		   sizeof(*buffer->bucket));
	free_array(buffer->row, settings->max_subnets + N_OVERFLOW_ROWS,
		   sizeof(*buffer->row));
	free_array(buffer->hist, settings->max_hists + N_OVERFLOW_HISTS,
		   sizeof(*buffer->hist));
	free_array(buffer->version_row,
		   settings->max_version_rows + N_OVERFLOW_ROWS,
		   sizeof(*buffer->version_row));
}

struct machine *memory_tables_new(const struct settings *settings)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->settings = *settings;
	settings_derive(&m->settings);
	m->flow_set = new_array(settings->n_flow_sets, sizeof(*m->flow_set));
	m->stamp_set = new_array(settings->n_stamp_sets, sizeof(*m->stamp_set));
	m->server_set =
		new_array(settings->n_server_sets, sizeof(*m->server_set));
	/* Epoch 0 would make a new flow entry's cached subnets look valid. */
	m->epoch = 1;
	if (!m->flow_set || !m->stamp_set || !m->server_set ||
	    !new_buffer(&m->buffer[0], settings) ||
	    !new_buffer(&m->buffer[1], settings)) {
		memory_tables_free(m);
		return NULL;
	}
	return m;
}

void memory_tables_free(struct machine *m)
{
	if (!m)
		return;
	for (int i = 0; i < 2; i++)
		free_buffer(&m->buffer[i], &m->settings);
	free_array(m->flow_set, m->settings.n_flow_sets, sizeof(*m->flow_set));
	free_array(m->stamp_set, m->settings.n_stamp_sets,
		   sizeof(*m->stamp_set));
	free_array(m->server_set, m->settings.n_server_sets,
		   sizeof(*m->server_set));
	free(m);
}

static int parse_frame(const struct frame *frame, struct packet *p,
		       bool is_tunnel_outer)
{
	int parsed = parse_link(frame, p);

	if (parsed == PARSE_GO_ON)
		parsed = parse_network(frame, p);
	if (parsed == PARSE_GO_ON && !is_tunnel_outer &&
	    tunnel_may_be(frame, p))
		parsed = tunnel_enter(frame, p);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(frame, p);
	return parsed;
}

/* The lines that finding the flow will touch. */
static void prefetch_flow(struct machine *m, const struct packet *p)
{
	struct flow_key key = {};
	const struct flow_set *set;

	observe_make_key(p, &key);
	set = machine_flow_set(m, flow_set_idx(m, flow_hash(m, &key)));
	for (int i = 0; set && i < FLOW_WAYS; i++) {
		__builtin_prefetch(&set->way[i], 1);
		__builtin_prefetch(&set->way[i].dir[1], 1);
	}
}

void memory_tables_parse(struct machine *m, const void *bytes,
			 size_t n_captured, size_t n_wire, enum link link,
			 __u64 now_ns, struct memory_packet *ret_packet)
{
	struct frame frame = {
		.data = bytes,
		.data_end = (const char *)bytes + n_captured,
	};
	struct packet *p = &ret_packet->packet;

	*p = (struct packet){ .link = link, .n_segments = 1 };
	p->wire_bytes = n_wire > n_captured ? n_wire : n_captured;
	ret_packet->now_ns = now_ns > STAMP_BUSY ? now_ns : STAMP_BUSY + 1;
	ret_packet->parsed =
		parse_frame(&frame, p, m->settings.is_tunnel_outer);
	if (ret_packet->parsed == PARSE_GO_ON &&
	    (!p->quic_kind || quic_may_have_flow(m, p)))
		prefetch_flow(m, p);
}

enum outcome memory_tables_take(struct machine *m,
				const struct memory_packet *packet)
{
	const struct packet *p = &packet->packet;
	enum outcome outcome;

	m->now_ns = packet->now_ns;
	outcome = observe_packet(m, p, packet->parsed);
	observe_count(m, p, outcome);
	return outcome;
}

enum outcome memory_tables_observe(struct machine *m, const void *bytes,
				   size_t n_captured, size_t n_wire,
				   enum link link, __u64 now_ns)
{
	struct memory_packet packet;

	memory_tables_parse(m, bytes, n_captured, n_wire, link, now_ns,
			    &packet);
	return memory_tables_take(m, &packet);
}

void memory_tables_swap(struct machine *m)
{
	m->epoch++;
	if (!m->epoch)
		m->epoch = 2;
}

void memory_tables_view(const struct machine *m, struct drain_view *ret_view)
{
	const struct memory_buffer *buffer = &m->buffer[!(m->epoch & 1)];

	*ret_view = (struct drain_view){
		.row = buffer->row,
		.hist = buffer->hist,
		.n_rows = drain_n_rows(&buffer->dealt, &m->settings),
		.n_hists = drain_n_hists(&buffer->dealt, &m->settings),
		.version_row = buffer->version_row,
		.n_version_rows =
			drain_n_version_rows(&buffer->dealt, &m->settings),
		.counters = &buffer->counters,
	};
}

void memory_tables_clear(struct machine *m)
{
	struct memory_buffer *buffer = &m->buffer[!(m->epoch & 1)];
	const struct settings *settings = &m->settings;

	if (buffer->dealt.n_subnets)
		memset(buffer->bucket, 0,
		       settings->n_subnet_buckets * sizeof(*buffer->bucket));
	memset(buffer->row, 0,
	       drain_n_rows(&buffer->dealt, settings) * sizeof(*buffer->row));
	memset(buffer->hist, 0,
	       drain_n_hists(&buffer->dealt, settings) * sizeof(*buffer->hist));
	memset(buffer->version_row, 0,
	       drain_n_version_rows(&buffer->dealt, settings) *
		       sizeof(*buffer->version_row));
	memset(&buffer->dealt, 0, sizeof(buffer->dealt));
	memset(&buffer->counters, 0, sizeof(buffer->counters));
}
