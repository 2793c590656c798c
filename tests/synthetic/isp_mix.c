// SPDX-License-Identifier: GPL-2.0-or-later
#include "isp_mix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/hist.h"
#include "../../core/source.h"
#include "../../core/traffic.h"
#include "isp_random.h"

enum {
	N_FLOWS = 3, /* of QUIC, between two subnets in an interval */
	QUIC_V1 = 1,
	N_PROTOCOLS = 256,
	IP_ICMP = 1,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_ICMPV6 = 58,
};

#define TWIN_SHARE 0.4
#define CE_SHARE 0.002 /* of the ECN-capable packets */

/* Shares of a subnet's packets; what is left is TCP with timestamps. */
struct mix {
	double share[N_TRAFFIC_CLASSES], ecn_share;
};

/* The two ends of some packets: positions in record->subnet. */
struct ends {
	uint32_t wan, lan;
};

struct mixer {
	const struct isp *isp;
	struct record *record;
	struct record_protocol protocol[N_PROTOCOLS];
};

/* Half of the subnets have timestamps always, the others often. */
static struct mix mix_of(const struct isp *isp, size_t subnet_idx)
{
	uint64_t random = isp_seed(isp->options.seed, 1000000 + subnet_idx);
	struct mix mix = { 0 };

	if (isp_uniform(&random) < 0.5)
		mix.share[TRAFFIC_TCP_OTHER] = 0.5 * isp_uniform(&random);
	mix.share[TRAFFIC_QUIC] = 0.4 * isp_uniform(&random);
	mix.share[TRAFFIC_UDP_OTHER] = 0.05 * isp_uniform(&random);
	mix.share[TRAFFIC_ICMP] = 0.01 * isp_uniform(&random);
	mix.ecn_share = 0.15 * isp_uniform(&random);
	return mix;
}

static uint8_t protocol_of(unsigned class, unsigned family)
{
	if (class == TRAFFIC_TCP_TS || class == TRAFFIC_TCP_OTHER)
		return IP_TCP;
	if (class == TRAFFIC_ICMP)
		return family == 4 ? IP_ICMP : IP_ICMPV6;
	return IP_UDP;
}

/* A share of `whole`, moved from `left`, which has it. */
static struct record_traffic move(const struct record_traffic *whole,
				  double ratio, struct record_traffic *left)
{
	struct record_traffic part = {
		.packets_rx = (uint64_t)(ratio * (double)whole->packets_rx),
		.packets_tx = (uint64_t)(ratio * (double)whole->packets_tx),
		.bytes_rx = (uint64_t)(ratio * (double)whole->bytes_rx),
		.bytes_tx = (uint64_t)(ratio * (double)whole->bytes_tx),
	};

	left->packets_rx -= part.packets_rx;
	left->packets_tx -= part.packets_tx;
	left->bytes_rx -= part.bytes_rx;
	left->bytes_tx -= part.bytes_tx;
	return part;
}

/* As the other end sees it. */
static struct record_traffic mirror(const struct record_traffic *part)
{
	return (struct record_traffic){ .packets_rx = part->packets_tx,
					.packets_tx = part->packets_rx,
					.bytes_rx = part->bytes_tx,
					.bytes_tx = part->bytes_rx };
}

static int put_traffic(struct mixer *mixer, uint32_t subnet, uint8_t class,
		       struct record_traffic part)
{
	struct record_traffic *row = record_add(&mixer->record->traffic);

	if (!row)
		return -ENOMEM;
	part.subnet = subnet;
	part.class = class;
	*row = part;
	return 0;
}

static int put_spin(struct mixer *mixer, uint32_t subnet, uint8_t class,
		    uint64_t packets)
{
	struct record_spin *spin = record_add(&mixer->record->spin);

	if (!spin)
		return -ENOMEM;
	*spin = (struct record_spin){ .subnet = subnet,
				      .class = class,
				      .version = QUIC_V1,
				      .flows = N_FLOWS,
				      .packets = packets };
	return 0;
}

static int put_ecn(struct mixer *mixer, uint32_t subnet,
		   struct record_traffic whole, double ratio)
{
	static const uint8_t codepoint[] = { ECN_CE, ECN_ECT0, ECN_NOT_ECT };
	const double share[] = { ratio * CE_SHARE, ratio, 0 };
	struct record_traffic left = whole;

	for (int i = 0; i < 3; i++) {
		struct record_traffic part = move(&whole, share[i], &left);
		struct record_ecn *ecn = record_add(&mixer->record->ecn);

		if (!ecn)
			return -ENOMEM;
		if (codepoint[i] == ECN_NOT_ECT)
			part = left;
		*ecn = (struct record_ecn){ .subnet = subnet,
					    .codepoint = codepoint[i],
					    .packets_rx = part.packets_rx,
					    .packets_tx = part.packets_tx };
	}
	return 0;
}

static uint8_t spin_class_of(size_t as_idx)
{
	if (as_idx % 2 == 0)
		return SPIN_CLASS_SPINNING;
	return as_idx % 4 == 1 ? SPIN_CLASS_CONSTANT_0 : SPIN_CLASS_GREASED;
}

/* In which bin the samples of bin i of a row come to lie, times `factor`. */
static uint16_t scaled_bin(const struct record *record,
			   const struct record_rtt *row, uint32_t i,
			   double factor)
{
	uint64_t ns = hist_edge_ns(record->bin.row[row->first_bin + i].bin);

	if (i == 0)
		ns = row->min_ns;
	else if (i + 1 == row->n_bins)
		ns = row->max_ns;
	return (uint16_t)hist_bin((uint64_t)(factor * (double)ns));
}

/* A row of round-trip times that are `factor` times those of another. Bins stay
 * in order; some become one. */
static int put_rtt(struct mixer *mixer, struct record_rtt from, uint32_t subnet,
		   uint8_t source, double factor)
{
	struct record *record = mixer->record;
	struct record_rtt row = from, *added;
	struct record_bin *bin = NULL;
	uint64_t end_ns;

	row.first_bin = record->bin.n;
	row.n_bins = 0;
	for (uint32_t i = 0; i < from.n_bins; i++) {
		uint64_t count = record->bin.row[from.first_bin + i].count;
		uint16_t at = scaled_bin(record, &from, i, factor);

		if (!bin || bin->bin != at) {
			bin = record_add(&record->bin);
			if (!bin)
				return -ENOMEM;
			bin->bin = at;
			row.n_bins++;
		}
		bin->count += count;
	}
	if (!bin) /* a row has samples */
		return -EINVAL;
	end_ns = hist_edge_ns(bin->bin + 1u) - 1;
	row.subnet = subnet;
	row.source = source;
	row.min_ns = (uint64_t)(factor * (double)from.min_ns);
	row.max_ns = (uint64_t)(factor * (double)from.max_ns);
	row.max_ns = row.max_ns < end_ns ? row.max_ns : end_ns;
	row.sum_ns = (uint64_t)(factor * (double)from.sum_ns);
	if (row.sum_ns > row.max_ns * row.count)
		row.sum_ns = row.max_ns * row.count;
	record->event[EVENT_SAMPLE] += row.count;
	added = record_add(&record->rtt);
	if (!added)
		return -ENOMEM;
	*added = row;
	return 0;
}

/* One class of the packets between two subnets, seen from both. */
static int put_class(struct mixer *mixer, struct ends ends, size_t as_idx,
		     uint8_t class, const struct record_traffic *part)
{
	unsigned family = mixer->record->subnet.row[ends.wan].family;
	uint64_t packets = part->packets_rx + part->packets_tx;
	uint8_t ip_protocol = protocol_of(class, family);
	int err = put_traffic(mixer, ends.wan, class, *part);

	mixer->protocol[ip_protocol].packets += packets;
	mixer->protocol[ip_protocol].bytes += part->bytes_rx + part->bytes_tx;
	if (!err)
		err = put_traffic(mixer, ends.lan, class, mirror(part));
	if (err || class != TRAFFIC_QUIC || !packets)
		return err;
	err = put_spin(mixer, ends.wan, spin_class_of(as_idx), packets);
	return err ? err :
		     put_spin(mixer, ends.lan, spin_class_of(as_idx), packets);
}

static int divide(struct mixer *mixer, struct ends ends, size_t subnet_idx,
		  const struct record_traffic *whole)
{
	struct mix mix = mix_of(mixer->isp, subnet_idx);
	size_t as_idx = isp_as_of(mixer->isp, subnet_idx);
	struct record_traffic left = *whole;
	int err = put_ecn(mixer, ends.wan, *whole, mix.ecn_share);

	if (!err)
		err = put_ecn(mixer, ends.lan, mirror(whole), mix.ecn_share);
	for (uint8_t class = TRAFFIC_TCP_OTHER; class < TRAFFIC_OTHER && !err;
	     class ++) {
		struct record_traffic part =
			move(whole, mix.share[class], &left);

		err = put_class(mixer, ends, as_idx, class, &part);
	}
	return err ? err :
		     put_class(mixer, ends, as_idx, TRAFFIC_TCP_TS, &left);
}

/* 2001:db8:N::/48 of the LAN, 2a00:N::/48 elsewhere. */
static int add_twin(struct mixer *mixer, size_t n, uint8_t side)
{
	struct record_subnet *twin = record_add(&mixer->record->subnet);
	size_t at = side == SIDE_LAN ? 4 : 2;

	if (!twin)
		return -ENOMEM;
	*twin = (struct record_subnet){
		.address = { 0x2a },
		.prefix_len = 48,
		.family = 6,
		.side = side,
	};
	if (side == SIDE_LAN)
		memcpy(twin->address, "\x20\x01\x0d\xb8", 4);
	twin->address[at] = (uint8_t)(n >> 8);
	twin->address[at + 1] = (uint8_t)n;
	return 0;
}

/* The twins of the LAN come first after isp_fill()'s subnets. */
static int put_lan(struct mixer *mixer)
{
	const struct isp *isp = mixer->isp;
	int err = 0;

	for (size_t i = 0; i < isp->n_lan && !err; i++)
		err = add_twin(mixer, i, SIDE_LAN);
	for (size_t i = 0; i < isp->n_lan && !err; i++)
		err = put_rtt(mixer, mixer->record->rtt.row[i],
			      (uint32_t)(isp->options.n_subnets + i),
			      SOURCE_TCP_TS, 1);
	return err;
}

/* A WAN subnet: its twin takes a share, what is left is divided. */
static int put_wan(struct mixer *mixer, size_t i, struct record_traffic whole)
{
	const struct isp *isp = mixer->isp;
	struct record *record = mixer->record;
	struct record_rtt rtt = record->rtt.row[i];
	struct ends ends = { (uint32_t)i, (uint32_t)(i % isp->n_lan) };
	struct record_traffic left = whole;
	int err = 0;

	if (spin_class_of(isp_as_of(isp, i)) == SPIN_CLASS_SPINNING)
		err = put_rtt(mixer, rtt, ends.wan, SOURCE_QUIC_SPIN, 1.1);
	if (!err && i % ISP_TWIN_EVERY == 0) {
		struct ends twins = { (uint32_t)record->subnet.n,
				      (uint32_t)isp->options.n_subnets +
					      ends.lan };
		struct record_traffic part = move(&whole, TWIN_SHARE, &left);

		err = add_twin(mixer, i, SIDE_WAN);
		if (!err)
			err = put_rtt(mixer, rtt, twins.wan, SOURCE_TCP_TS,
				      0.9);
		if (!err)
			err = divide(mixer, twins, i, &part);
	}
	return err ? err : divide(mixer, ends, i, &left);
}

static int put_protocols(struct mixer *mixer)
{
	for (int i = 0; i < N_PROTOCOLS; i++) {
		struct record_protocol *row;

		if (!mixer->protocol[i].packets)
			continue;
		row = record_add(&mixer->record->protocol);
		if (!row)
			return -ENOMEM;
		*row = mixer->protocol[i];
		row->ip_protocol = (uint8_t)i;
	}
	return 0;
}

int isp_mix(const struct isp *isp, struct record *record)
{
	struct mixer mixer = { .isp = isp, .record = record };
	size_t n_wan = isp->options.n_subnets - isp->n_lan;
	struct record_traffic *wan = calloc(n_wan, sizeof(*wan));
	int err = wan ? 0 : -ENOMEM;

	/* isp_fill() gave a row for each WAN subnet, and then those of the LAN,
	 * which follow from them. */
	if (!err) {
		memcpy(wan, record->traffic.row, n_wan * sizeof(*wan));
		record->traffic.n = record->ecn.n = record->protocol.n = 0;
		err = put_lan(&mixer);
	}
	for (size_t i = 0; i < n_wan && !err; i++)
		err = put_wan(&mixer, isp->n_lan + i, wan[i]);
	if (!err)
		err = put_protocols(&mixer);
	free(wan);
	return err;
}
