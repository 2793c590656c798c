/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One RTT into the histogram of its (subnet, source) in the active buffer.
 *
 * A histogram is dealt when its first sample comes, and its number written into
 * the subnet's row by compare-and-swap: of two CPUs one wins, the other's slot
 * stays empty. Without room the sample goes to the overflow row of its family
 * and side, whose histograms always exist. All adds are atomic, so the samples
 * counted equal the samples in the bins.
 */
#ifndef CORE_SAMPLE_H
#define CORE_SAMPLE_H

#include "atomic.h"
#include "contract.h"
#include "subnet.h"

/* Deals a histogram for (slot, source); 0 when all are dealt. */
static inline __u32 sample_deal_hist(struct machine *m, __u32 slot,
				     __u32 source)
{
	__u32 max_hists = machine_settings(m)->max_hists;
	struct dealt *dealt = machine_dealt(m);
	struct hist *hist;
	__u32 dealt_slot;

	if (!dealt || *(volatile __u32 *)&dealt->n_hists >= max_hists)
		return 0;
	dealt_slot = atomic_deal(&dealt->n_hists);
	if (dealt_slot >= max_hists)
		return 0;
	dealt_slot += N_OVERFLOW_HISTS;
	hist = machine_hist(m, dealt_slot);
	if (!hist)
		return 0;
	hist->subnet = slot;
	hist->source = source;
	return dealt_slot;
}

/* Histogram slot of (slot, source), dealt if need be. */
static inline __u32 sample_hist_slot(struct machine *m, __u32 slot,
				     __u32 source)
{
	struct subnet_row *row = machine_subnet(m, slot);
	__u32 hist_slot, *word;
	__u8 family, side;

	if (slot < N_OVERFLOW_ROWS || !row)
		return (slot & 3) * N_HIST_REFS + source;
	word = &row->hist[source];
	hist_slot = *(volatile __u32 *)word;
	if (hist_slot)
		return hist_slot - 1;
	hist_slot = sample_deal_hist(m, slot, source);
	if (hist_slot) {
		if (atomic_claim_u32(word, 0, hist_slot + 1))
			return hist_slot;
		return *(volatile __u32 *)word - 1;
	}
	machine_count_event(m, EVENT_HIST_OVERFLOW);
	family = row->family;
	side = row->side;
	return subnet_overflow_slot(family, side) * N_HIST_REFS + source;
}

/* 0, or -1 for a sample that was lost, which is counted. */
CORE_STAGE int sample_record(struct machine *m, __u32 slot, __u32 source,
			     __u64 rtt_ns)
{
	bool kept_max, kept_min;
	struct hist *hist;
	__u32 bin;

	if (!m || source >= N_SOURCES)
		return -1;
	hist = machine_hist(m, sample_hist_slot(m, slot, source));
	if (!hist) {
		machine_count_event(m, EVENT_SAMPLE_LOST);
		return -1;
	}
	if (hist_is_overflow(rtt_ns)) {
		atomic_add(&hist->overflow, 1);
	} else {
		bin = hist_bin(rtt_ns);
		/* keeps the verifier's bound and the value in one register */
		__asm__ volatile("" : "+r"(bin));
		if (bin < N_HIST_BINS)
			atomic_add_u32(&hist->bin[bin], 1);
	}
	atomic_add(&hist->sum_ns, rtt_ns);
	kept_max = atomic_raise(&hist->max_ns, rtt_ns);
	kept_min = atomic_raise(&hist->min_ns_complement, ~rtt_ns);
	machine_count_event(m, EVENT_SAMPLE);
	if (!kept_max || !kept_min)
		machine_count_event(m, EVENT_EXTREME_LOST);
	return 0;
}

#endif
