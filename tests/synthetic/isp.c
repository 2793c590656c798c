// SPDX-License-Identifier: GPL-2.0-or-later
#include "isp.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/traffic.h"
#include "isp_random.h"

#define HOUR_NS 3600000000000ll
#define DAY_NS (24 * HOUR_NS)

enum {
	LAN_SHARE = 8,
	SUBNETS_PER_AS = 6,
	FIRST_ASN = 64500,
	PRIVATE_OCTET = 10,
	LOOPBACK_OCTET = 127,
};

uint64_t isp_n_intervals(const struct isp *isp)
{
	return isp->options.n_days * (uint64_t)DAY_NS /
	       isp->options.interval_ns;
}

size_t isp_as_of(const struct isp *isp, size_t subnet_idx)
{
	return (subnet_idx - isp->n_lan) % isp->n_ases;
}

/* 223 is a prime: every octet once, neighbours far apart. */
static void place_ases(struct isp *isp)
{
	size_t n = 0;

	for (unsigned i = 0; n < isp->n_ases; i++) {
		unsigned octet = 1 + i * 37 % 223;

		if (octet == PRIVATE_OCTET || octet == LOOPBACK_OCTET)
			continue;
		isp->as[n].octet = (uint8_t)octet;
		isp->as[n].asn = (uint32_t)(FIRST_ASN + n);
		n++;
	}
}

/* Nearby, on the continent, across an ocean, at the other end. */
static double draw_base_ms(struct isp *isp)
{
	double where = isp_uniform(&isp->random);
	double within = isp_uniform(&isp->random);

	if (where < 0.4)
		return 6 + 14 * within;
	if (where < 0.7)
		return 20 + 30 * within;
	return where < 0.9 ? 90 + 70 * within : 200 + 100 * within;
}

static void draw_ases(struct isp *isp)
{
	place_ases(isp);
	for (size_t i = 0; i < isp->n_ases; i++) {
		isp->as[i].base_ms = draw_base_ms(isp);
		if (isp_uniform(&isp->random) < 0.5)
			continue;
		isp->as[i].second_ms = 15 + 45 * isp_uniform(&isp->random);
		isp->as[i].second_share = 0.2 + 0.3 * isp_uniform(&isp->random);
	}
}

static void place_subnet(struct isp *isp, size_t i)
{
	struct record_subnet *subnet = &isp->subnet[i];
	bool is_lan = i < isp->n_lan;
	size_t host = is_lan ? i : (i - isp->n_lan) / isp->n_ases;

	*subnet =
		(struct record_subnet){ .prefix_len = 24,
					.family = 4,
					.side = is_lan ? SIDE_LAN : SIDE_WAN };
	subnet->address[10] = subnet->address[11] = 0xff;
	subnet->address[12] = is_lan ? PRIVATE_OCTET :
				       isp->as[isp_as_of(isp, i)].octet;
	subnet->address[13] = (uint8_t)(host >> 8);
	subnet->address[14] = (uint8_t)host;
	isp->subnet_ms[i] = isp_uniform(&isp->random) * (is_lan ? 3 : 1.5);
}

/* x(t + 1h) = a x(t) + noise, begun in its stationary state. */
static void draw_wander(struct isp *isp)
{
	const struct isp_options *options = &isp->options;
	double a = options->wander_h > 0 ? exp(-1 / options->wander_h) : 0;
	size_t n_hours = options->n_days * 24;

	for (size_t as = 0; as < isp->n_ases; as++) {
		double x = options->wander_ms * isp_normal(&isp->random);

		for (size_t hour = 0; hour < n_hours; hour++) {
			isp->wander_ms[as * n_hours + hour] = (float)x;
			x = a * x + sqrt(1 - a * a) * options->wander_ms *
					    isp_normal(&isp->random);
		}
	}
}

static struct isp_episode draw_episode(struct isp *isp, double max_h)
{
	double period_ns = (double)isp->options.n_days * (double)DAY_NS;
	double start_ns = isp_uniform(&isp->random) * 0.95 * period_ns;
	double length_ns =
		(0.5 + (max_h - 0.5) * isp_uniform(&isp->random)) * HOUR_NS;

	return (struct isp_episode){
		.start_ns = isp->options.start_ns + (int64_t)start_ns,
		.end_ns =
			isp->options.start_ns + (int64_t)(start_ns + length_ns),
		.as_idx = isp_next(&isp->random) % isp->n_ases,
		.extra_ms = 10 + 70 * isp_uniform(&isp->random),
	};
}

static void draw_episodes(struct isp *isp)
{
	for (size_t i = 0; i < isp->options.n_incidents; i++)
		isp->incident[i] = draw_episode(isp, 4);
	for (size_t i = 0; i < isp->options.n_gaps; i++)
		isp->gap[i] = draw_episode(isp, 5);
}

bool isp_is_gap(const struct isp *isp, uint64_t i)
{
	int64_t at_ns =
		isp->options.start_ns + (int64_t)(i * isp->options.interval_ns);

	for (size_t gap = 0; gap < isp->options.n_gaps; gap++)
		if (at_ns >= isp->gap[gap].start_ns &&
		    at_ns < isp->gap[gap].end_ns)
			return true;
	return false;
}

int isp_init(struct isp *isp, const struct isp_options *options)
{
	size_t n = options->n_subnets, n_wan;

	*isp = (struct isp){ .options = *options };
	isp->random = isp_seed(options->seed, 0);
	isp->n_lan = n / LAN_SHARE;
	n_wan = n - isp->n_lan;
	isp->n_ases = (n_wan + SUBNETS_PER_AS - 1) / SUBNETS_PER_AS;
	if (isp->n_ases > ISP_MAX_ASES)
		isp->n_ases = ISP_MAX_ASES;
	isp->subnet = calloc(n, sizeof(*isp->subnet));
	isp->subnet_ms = calloc(n, sizeof(*isp->subnet_ms));
	isp->lan_traffic = calloc(isp->n_lan, sizeof(*isp->lan_traffic));
	isp->wander_ms = calloc(isp->n_ases * options->n_days * 24,
				sizeof(*isp->wander_ms));
	if (!isp->subnet || !isp->subnet_ms || !isp->lan_traffic ||
	    !isp->wander_ms)
		return -ENOMEM;
	for (size_t i = 0; i < ISP_N_NOISES; i++)
		isp->noise[i] = (float)exp(0.9 * isp_normal(&isp->random));
	draw_ases(isp);
	for (size_t i = 0; i < n; i++)
		place_subnet(isp, i);
	draw_wander(isp);
	draw_episodes(isp);
	return 0;
}

void isp_fini(struct isp *isp)
{
	free(isp->subnet);
	free(isp->subnet_ms);
	free(isp->lan_traffic);
	free(isp->wander_ms);
	*isp = (struct isp){ 0 };
}
