// SPDX-License-Identifier: GPL-2.0-or-later
#include "audit_spin.h"

#include "../core/traffic.h"

/* Packets of a subnet's QUIC traffic in an interval. *at is where the search of
 * a smaller key ended. */
static uint64_t quic_packets(const struct segment_traffic *traffic,
			     uint32_t subnet, uint32_t interval, size_t *at)
{
	size_t i = *at;

	while (i < traffic->n && (traffic->subnet[i] < subnet ||
				  (traffic->subnet[i] == subnet &&
				   (traffic->interval[i] < interval ||
				    (traffic->interval[i] == interval &&
				     traffic->class[i] < TRAFFIC_QUIC)))))
		i++;
	*at = i;
	if (i == traffic->n || traffic->subnet[i] != subnet ||
	    traffic->interval[i] != interval ||
	    traffic->class[i] != TRAFFIC_QUIC)
		return 0;
	return traffic->packets_rx[i] + traffic->packets_tx[i];
}

int audit_spin(const struct segment *range, struct segment_fault *ret_fault)
{
	const struct segment_spin *spin = &range->spin;
	uint64_t n_left = 0;
	size_t i, at = 0;

	for (i = 0; i < spin->n; i++) {
		if (!i || spin->subnet[i] != spin->subnet[i - 1] ||
		    spin->interval[i] != spin->interval[i - 1])
			n_left = quic_packets(&range->traffic, spin->subnet[i],
					      spin->interval[i], &at);
		if (spin->packets[i] > n_left)
			return segment_fault_set_row(
				ret_fault, "spin", "packets", i,
				"more than the subnet's QUIC packets");
		n_left -= spin->packets[i];
	}
	return 0;
}
