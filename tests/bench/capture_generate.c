// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a capture for measuring replay: TCP flows with timestamps, a handshake
 * and then data and ACKs in turn, one flow in five IPv6, all flows spread and
 * interleaved over the time. Servers stand in the given number of /24 and /48,
 * each with a delay of its own; clients in 64 more. The same arguments give the
 * same file.
 *
 * usage: capture_generate FILE [PACKETS [FLOWS [SUBNETS [SECONDS]]]]
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHERNET_BYTES = 14,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	TCP_BYTES = 32, /* with NOP NOP timestamps */
	HEADERS_MAX = ETHERNET_BYTES + IPV6_BYTES + TCP_BYTES,
	SNAP_BYTES = 128,
	TCP_SYN = 2,
	TCP_ACK = 16,
	N_CLIENT_SUBNETS = 64,
	REQUEST_BYTES = 200,
	RESPONSE_BYTES = 1200,
	FLOWS_PER_V6 = 5,
};

struct plan {
	uint32_t n_packets, n_flows, n_subnets, duration_s;
};

/* Packet `step` of a flow. */
struct event {
	uint64_t time_ns;
	uint32_t flow, step;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* Packets of the handshake, then every other one. */
static int is_from_client(uint32_t step)
{
	return step < 3 ? step % 2 == 0 : step % 2 == 1;
}

/* How long after the packet before it this one passes: 5 to 200 ms if it is the
 * server's, by its subnet, and 1 to 3 ms if the client's. */
static uint64_t answer_ns(uint32_t flow, uint32_t subnet, uint32_t step)
{
	uint64_t jitter_ns = mix((uint64_t)flow << 32 | step) % 1000000;

	if (!is_from_client(step))
		return 5000000 + mix(subnet) % 195000000 + jitter_ns;
	return 1000000 + mix(flow) % 1000000 + jitter_ns;
}

static uint32_t flow_subnet(const struct plan *plan, uint32_t flow)
{
	return flow % plan->n_subnets;
}

static int compare_time(const void *a, const void *b)
{
	const struct event *first = a, *second = b;

	if (first->time_ns != second->time_ns)
		return first->time_ns < second->time_ns ? -1 : 1;
	return first->flow < second->flow ? -1 : first->flow > second->flow;
}

static struct event *new_events(const struct plan *plan)
{
	struct event *events = calloc(plan->n_packets, sizeof(*events));
	uint32_t per_flow =
		(plan->n_packets + plan->n_flows - 1) / plan->n_flows;
	uint32_t n = 0;

	for (uint32_t flow = 0; events && n < plan->n_packets; flow++) {
		uint64_t time_ns =
			1767225600000000000u +
			mix(flow) % (plan->duration_s * 1000000000ull);

		for (uint32_t step = 0; step < per_flow && n < plan->n_packets;
		     step++, n++) {
			events[n] = (struct event){ time_ns, flow, step };
			time_ns += answer_ns(flow, flow_subnet(plan, flow),
					     step + 1);
		}
	}
	if (events)
		qsort(events, n, sizeof(*events), compare_time);
	return events;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t payload_bytes(uint32_t step)
{
	if (step < 3)
		return 0;
	return step % 2 ? REQUEST_BYTES : RESPONSE_BYTES;
}

static void put_tcp(uint8_t *tcp, const struct event *event)
{
	uint32_t now_ms = (uint32_t)(event->time_ns / 1000000);
	uint32_t port = 1024 + event->flow % 60000;
	int from_client = is_from_client(event->step);

	memset(tcp, 0, TCP_BYTES);
	put16(tcp, from_client ? port : 443);
	put16(tcp + 2, from_client ? 443 : port);
	put32(tcp + 4, event->step * RESPONSE_BYTES);
	put32(tcp + 8, event->step ? (event->step - 1) * RESPONSE_BYTES : 0);
	tcp[12] = TCP_BYTES / 4 << 4;
	tcp[13] = event->step < 2 ? TCP_SYN : 0;
	tcp[13] |= event->step > 0 ? TCP_ACK : 0;
	put16(tcp + 14, 65535);
	tcp[20] = tcp[21] = 1;
	tcp[22] = 8;
	tcp[23] = 10;
	put32(tcp + 24, now_ms);
}

static void put_ipv4(uint8_t *ip, const struct plan *plan,
		     const struct event *event, uint32_t n_payload)
{
	uint32_t subnet = flow_subnet(plan, event->flow);
	uint32_t client = 0x0a3d0000 | event->flow % N_CLIENT_SUBNETS << 8 |
			  (event->flow / 7919 % 250 + 1);
	/* 20.0.0.0 on, so 20,000 of them fill several first octets. */
	uint32_t server = 0x14000000 + (subnet * 2741u % 0x8c0000u << 8) +
			  event->flow % 250 + 1;
	int from_client = is_from_client(event->step);

	memset(ip, 0, IPV4_BYTES);
	ip[0] = 0x45;
	put16(ip + 2, IPV4_BYTES + TCP_BYTES + n_payload);
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, from_client ? client : server);
	put32(ip + 16, from_client ? server : client);
}

static void put_ipv6(uint8_t *ip, const struct plan *plan,
		     const struct event *event, uint32_t n_payload)
{
	int from_client = is_from_client(event->step);
	uint8_t *client = ip + (from_client ? 8 : 24);
	uint8_t *server = ip + (from_client ? 24 : 8);

	memset(ip, 0, IPV6_BYTES);
	ip[0] = 0x60;
	put16(ip + 4, TCP_BYTES + n_payload);
	ip[6] = 6;
	ip[7] = 64;
	put32(client, 0x20010db8);
	put16(client + 4, 0x6100 + event->flow % N_CLIENT_SUBNETS);
	put32(client + 12, event->flow);
	put32(server, 0x2a000000);
	put32(server + 2, 0x40000000 + flow_subnet(plan, event->flow));
	put32(server + 12, event->flow % 250 + 1);
}

static int write_packet(FILE *file, const struct plan *plan,
			const struct event *event, uint32_t tsecr)
{
	uint8_t frame[HEADERS_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	static const uint8_t payload[SNAP_BYTES];
	uint32_t n_payload = payload_bytes(event->step), n_headers, n_captured;
	uint32_t record[4];
	int is_v6 = flow_subnet(plan, event->flow) % FLOWS_PER_V6 == 0;

	put16(frame + 12, is_v6 ? 0x86dd : 0x0800);
	if (is_v6)
		put_ipv6(frame + ETHERNET_BYTES, plan, event, n_payload);
	else
		put_ipv4(frame + ETHERNET_BYTES, plan, event, n_payload);
	n_headers =
		ETHERNET_BYTES + TCP_BYTES + (is_v6 ? IPV6_BYTES : IPV4_BYTES);
	put_tcp(frame + n_headers - TCP_BYTES, event);
	put32(frame + n_headers - 4, tsecr);
	n_captured = n_headers + n_payload;
	n_captured = n_captured > SNAP_BYTES ? SNAP_BYTES : n_captured;
	record[0] = (uint32_t)(event->time_ns / 1000000000);
	record[1] = (uint32_t)(event->time_ns % 1000000000);
	record[2] = n_captured;
	record[3] = n_headers + n_payload;
	return fwrite(record, sizeof(record), 1, file) == 1 &&
	       fwrite(frame, n_headers, 1, file) == 1 &&
	       fwrite(payload, 1, n_captured - n_headers, file) ==
		       n_captured - n_headers;
}

/* Each packet echoes the latest time of the other direction. */
static int write_capture(FILE *file, const struct plan *plan,
			 const struct event *events)
{
	const uint32_t header[6] = { 0xa1b23c4d, 4 << 16 | 2, 0,
				     0,          SNAP_BYTES,  1 };
	uint32_t(*last_ms)[2] = calloc(plan->n_flows, sizeof(*last_ms));
	int ok = last_ms && fwrite(header, sizeof(header), 1, file) == 1;

	for (uint32_t i = 0; ok && i < plan->n_packets; i++) {
		uint32_t *flow_ms = last_ms[events[i].flow];
		int from_client = is_from_client(events[i].step);

		ok = write_packet(file, plan, &events[i],
				  flow_ms[!from_client]);
		flow_ms[from_client] = (uint32_t)(events[i].time_ns / 1000000);
	}
	free(last_ms);
	return ok;
}

int main(int argc, char **argv)
{
	struct plan plan = { 1000000, 100000, 20000, 60 };
	uint32_t *fields[] = { &plan.n_packets, &plan.n_flows, &plan.n_subnets,
			       &plan.duration_s };
	struct event *events;
	FILE *file;
	int ok;

	if (argc < 2 || argc > 6) {
		fprintf(stderr, "usage: capture_generate FILE [PACKETS [FLOWS "
				"[SUBNETS [SECONDS]]]]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		*fields[i - 2] = (uint32_t)strtoul(argv[i], NULL, 10);
	for (int i = 0; i < 4; i++)
		if (*fields[i] == 0)
			return 2;
	events = new_events(&plan);
	file = fopen(argv[1], "wb");
	ok = events && file && write_capture(file, &plan, events);
	if (file && fclose(file) != 0)
		ok = 0;
	free(events);
	if (!ok)
		perror(argv[1]);
	return !ok;
}
