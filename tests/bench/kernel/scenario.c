// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"

#include <math.h>
#include <string.h>

enum { ETHERNET_BYTES = 14, DATA_BYTES = 200, ACK_BYTES = 52 };

/* Everything above the link, from ip_at on. */
static void begin_ipv4(struct scenario *scenario, uint8_t protocol,
		       uint32_t ip_at)
{
	uint8_t *ip = scenario->frame + ip_at;

	scenario->frame[12] = 8;
	ip[0] = 0x45;
	ip[8] = 64;
	ip[9] = protocol;
	scenario->driver.source_at = ip_at + 12;
	scenario->driver.destination_at = ip_at + 16;
	scenario->driver.ports_at = ip_at + 20;
	scenario->driver.length_at = ip_at;
	scenario->driver.request_ip_bytes = DATA_BYTES;
	scenario->driver.reply_ip_bytes = DATA_BYTES;
	scenario->n_bytes = ip_at + DATA_BYTES;
}

static void make_udp(struct scenario *scenario)
{
	begin_ipv4(scenario, 17, ETHERNET_BYTES);
	scenario->driver.is_two_way = 1;
	/* Not of QUIC's port, so it is never more than traffic. */
	scenario->frame[ETHERNET_BYTES + 28] = 0;
}

/* Both ends have connection id "spindrif": so one frame is a client's Initial
 * on the way there and a server's on the way back. */
static void make_quic(struct scenario *scenario)
{
	static const uint8_t initial[] = {
		0xc3, 0,   0, 0,   1,   8,   's', 'p', 'i', 'n', 'd', 'r',
		'i',  'f', 8, 's', 'p', 'i', 'n', 'd', 'r', 'i', 'f',
	};
	uint8_t *udp = scenario->frame + ETHERNET_BYTES + 20;

	begin_ipv4(scenario, 17, ETHERNET_BYTES);
	scenario->driver.length_at = 0; /* the two frames have their own */
	scenario->frame[ETHERNET_BYTES + 3] = DATA_BYTES;
	scenario->driver.is_two_way = 1;
	scenario->driver.is_spinning = 1;
	scenario->driver.type_at = ETHERNET_BYTES + 28;
	scenario->driver.request_type = 0x40;
	scenario->driver.reply_type = 0x40;
	udp[4] = (DATA_BYTES - 20) >> 8;
	udp[5] = DATA_BYTES - 20;
	memcpy(scenario->opening, scenario->frame, ETHERNET_BYTES + 28);
	memcpy(scenario->opening + ETHERNET_BYTES + 28, initial,
	       sizeof(initial));
	scenario->opening[ETHERNET_BYTES + 2] = 1228 >> 8;
	scenario->opening[ETHERNET_BYTES + 3] = 1228 & 0xff;
	udp = scenario->opening + ETHERNET_BYTES + 20;
	udp[4] = 1208 >> 8;
	udp[5] = 1208 & 0xff;
	scenario->n_opening_bytes = ETHERNET_BYTES + 1228;
}

/* Data one way, pure acknowledgements back. */
static void begin_tcp(struct scenario *scenario, uint32_t tcp_at)
{
	scenario->frame[tcp_at + 12] = 5 << 4;
	scenario->frame[tcp_at + 13] = 0x10;
	scenario->driver.is_two_way = 1;
	scenario->driver.seq_at = tcp_at + 4;
}

static void make_tcp_plain(struct scenario *scenario)
{
	begin_ipv4(scenario, 6, ETHERNET_BYTES);
	begin_tcp(scenario, ETHERNET_BYTES + 20);
	scenario->driver.reply_ip_bytes = 40;
}

/* Data that nobody acknowledges here: one direction of an asymmetric path. */
static void make_tcp_one_way(struct scenario *scenario)
{
	make_tcp_plain(scenario);
	scenario->driver.is_two_way = 0;
}

static void put_timestamps(struct scenario *scenario, uint32_t tcp_at)
{
	static const uint8_t option[] = { 1, 1, 8, 10 };

	begin_tcp(scenario, tcp_at);
	scenario->frame[tcp_at + 12] = 8 << 4;
	memcpy(scenario->frame + tcp_at + 20, option, sizeof(option));
	scenario->driver.stamps_at = tcp_at + 24;
	scenario->driver.seq_at = 0; /* not looked at */
}

static void make_tcp(struct scenario *scenario)
{
	begin_ipv4(scenario, 6, ETHERNET_BYTES);
	put_timestamps(scenario, ETHERNET_BYTES + 20);
	scenario->driver.reply_ip_bytes = ACK_BYTES;
}

static void make_tcp_download(struct scenario *scenario)
{
	make_tcp(scenario);
	scenario->driver.request_ip_bytes = ACK_BYTES;
	scenario->driver.reply_ip_bytes = DATA_BYTES;
}

static void make_tcp_both_ways(struct scenario *scenario)
{
	make_tcp(scenario);
	scenario->driver.reply_ip_bytes = DATA_BYTES;
}

static void make_tcp_hot(struct scenario *scenario)
{
	make_tcp(scenario);
	scenario->driver.is_tick_held = 1;
}

static void make_tcp_10k_subnets(struct scenario *scenario)
{
	make_tcp_both_ways(scenario);
	scenario->driver.client_shift = 8;
}

static void make_tcp_vlan(struct scenario *scenario)
{
	begin_ipv4(scenario, 6, 18);
	scenario->frame[12] = 0x81;
	scenario->frame[16] = 8;
	put_timestamps(scenario, 38);
	scenario->driver.reply_ip_bytes = ACK_BYTES;
}

static void make_tcp_pppoe(struct scenario *scenario)
{
	static const uint8_t header[] = { 0x88, 0x64, 0x11, 0, 0,
					  1,    0,    202,  0, 0x21 };

	begin_ipv4(scenario, 6, 22);
	memcpy(scenario->frame + 12, header, sizeof(header));
	put_timestamps(scenario, 42);
	scenario->driver.reply_ip_bytes = ACK_BYTES;
}

static void make_tcp_ipv6(struct scenario *scenario)
{
	uint8_t *frame = scenario->frame;

	frame[12] = 0x86;
	frame[13] = 0xdd;
	frame[14] = 0x60;
	frame[19] = 40;
	frame[20] = 6;
	scenario->driver.source_at = 22 + 12; /* the last word */
	scenario->driver.destination_at = 38 + 12;
	scenario->driver.ports_at = 54;
	put_timestamps(scenario, 54);
	scenario->n_bytes = 94;
}

static void make_icmp(struct scenario *scenario)
{
	begin_ipv4(scenario, 1, ETHERNET_BYTES);
	scenario->driver.ports_at = 0;
	scenario->driver.type_at = ETHERNET_BYTES + 20;
	scenario->driver.request_type = 8;
	scenario->driver.echo_at = ETHERNET_BYTES + 24;
	scenario->driver.is_two_way = 1;
}

struct scenario scenarios[] = {
	{ "udp_1k", make_udp, 1000 },
	{ "udp_100k", make_udp, 100000 },
	{ "quic_1k", make_quic, 1000, .lag = 64 },
	{ "quic_100k", make_quic, 100000, .lag = 64 },
	{ "tcp_ts_hot", make_tcp_hot, 1 },
	{ "tcp_ts_hot_100k", make_tcp_hot, 100000, .lag = 64 },
	{ "tcp_no_ts_1k", make_tcp_plain, 1000, .lag = 64 },
	{ "tcp_no_ts_100k", make_tcp_plain, 100000, .lag = 64 },
	{ "tcp_no_ts_one_way_1k", make_tcp_one_way, 1000 },
	{ "tcp_ts_1", make_tcp, 1, .has_yardstick = true },
	{ "tcp_ts_1k", make_tcp, 1000, .has_yardstick = true, .lag = 64 },
	{ "tcp_ts_10k", make_tcp, 10000, .has_yardstick = true, .lag = 64 },
	{ "tcp_ts_100k", make_tcp, 100000, .has_yardstick = true, .lag = 64 },
	{ "tcp_ts_1m", make_tcp, 1000000, .has_yardstick = true, .lag = 64 },
	{ "tcp_ts_100k_zipf", make_tcp, 100000, .is_zipf = true,
	  .has_yardstick = true, .lag = 64 },
	{ "tcp_ts_100k_download", make_tcp_download, 100000, .lag = 64 },
	{ "tcp_ts_100k_both_ways", make_tcp_both_ways, 100000, .lag = 64 },
	{ "tcp_ts_10k_subnets", make_tcp_10k_subnets, 10000, .lag = 64 },
	{ "tcp_ts_10k_vlan", make_tcp_vlan, 10000, .lag = 64 },
	{ "tcp_ts_10k_pppoe", make_tcp_pppoe, 10000, .lag = 64 },
	{ "tcp_ts_10k_ipv6", make_tcp_ipv6, 10000, .lag = 64 },
	{ "icmp_echo_10k", make_icmp, 10000, .lag = 64 },
};

const unsigned int n_scenarios = sizeof(scenarios) / sizeof(*scenarios);

/* Zipf: rank r drawn by inverting the harmonic sum. */
static uint32_t draw_flow(const struct scenario *scenario, uint64_t *random)
{
	double u;

	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	if (!scenario->is_zipf)
		return (*random >> 33) % scenario->n_flows;
	u = (*random >> 11) * 0x1p-53;
	return (uint32_t)exp(u * log(scenario->n_flows)) - 1;
}

void scenario_draw(const struct scenario *scenario, uint64_t *order)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < DRIVER_MAX_ORDER; i++)
		order[i] = draw_flow(scenario, &random);
}
