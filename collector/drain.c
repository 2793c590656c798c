// SPDX-License-Identifier: GPL-2.0-or-later
#include "drain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/quic_version.h"

enum { NO_SUBNET = -1 };

static __u32 at_most(__u32 n, __u32 max)
{
	return n < max ? n : max;
}

__u32 drain_n_rows(const struct dealt *dealt, const struct settings *settings)
{
	return N_OVERFLOW_ROWS +
	       at_most(dealt->n_subnets, settings->max_subnets);
}

__u32 drain_n_hists(const struct dealt *dealt, const struct settings *settings)
{
	return N_OVERFLOW_HISTS + at_most(dealt->n_hists, settings->max_hists);
}

__u32 drain_n_version_rows(const struct dealt *dealt,
			   const struct settings *settings)
{
	return N_OVERFLOW_ROWS +
	       at_most(dealt->n_versions, settings->max_version_rows);
}

/* Overflow rows carry no key: it follows from their slot. */
static void set_key(struct record_subnet *subnet, const struct subnet_row *row,
		    __u32 slot)
{
	__u64 v4_word = SETTINGS_V4_MAPPED;

	if (slot >= N_OVERFLOW_ROWS) {
		memcpy(subnet->address, row->address, sizeof(row->address));
		subnet->prefix_len = row->prefix_len;
		subnet->family = row->family;
		subnet->side = row->side;
		subnet->kind = row->kind;
		return;
	}
	subnet->family = slot & 2 ? 6 : 4;
	subnet->side = slot & 1;
	subnet->kind = SUBNET_OVERFLOW;
	if (subnet->family == 4)
		memcpy(subnet->address + 8, &v4_word, sizeof(v4_word));
}

static int add_ecn(struct record *record, const struct subnet_row *row,
		   __u32 subnet, __u64 packets_rx, __u64 packets_tx)
{
	__u64 n[N_ECN][2] = { { packets_rx, packets_tx } };
	struct record_ecn *ecn;

	for (int i = ECN_ECT1; i < N_ECN; i++)
		for (int way = 0; way < 2; way++) {
			n[i][way] = row->ecn[i - 1][way];
			n[ECN_NOT_ECT][way] -= n[i][way];
		}
	for (int i = 0; i < N_ECN; i++) {
		if (!n[i][0] && !n[i][1])
			continue;
		ecn = record_add(&record->ecn);
		if (!ecn)
			return -ENOMEM;
		ecn->subnet = subnet;
		ecn->codepoint = i;
		ecn->packets_rx = n[i][0];
		ecn->packets_tx = n[i][1];
	}
	return 0;
}

/* QUIC is the sum of its cells. */
static struct subnet_counters sum_class(const struct subnet_row *row,
					enum traffic_class class)
{
	struct subnet_counters sum = row->traffic[class];

	if (class != TRAFFIC_QUIC)
		return sum;
	for (int i = TRAFFIC_CELL_SPIN; i < N_TRAFFIC_CELLS; i++) {
		sum.packets_rx += row->traffic[i].packets_rx;
		sum.packets_tx += row->traffic[i].packets_tx;
		sum.bytes_rx += row->traffic[i].bytes_rx;
		sum.bytes_tx += row->traffic[i].bytes_tx;
	}
	return sum;
}

static int add_traffic(struct record *record, const struct subnet_row *row,
		       __u32 subnet)
{
	__u64 packets_rx = 0, packets_tx = 0;
	struct record_traffic *traffic;

	for (int i = 0; i < N_TRAFFIC_CLASSES; i++) {
		struct subnet_counters from = sum_class(row, i);

		if (!from.packets_rx && !from.packets_tx)
			continue;
		traffic = record_add(&record->traffic);
		if (!traffic)
			return -ENOMEM;
		traffic->subnet = subnet;
		traffic->class = i;
		traffic->packets_rx = from.packets_rx;
		traffic->packets_tx = from.packets_tx;
		traffic->bytes_rx = from.bytes_rx;
		traffic->bytes_tx = from.bytes_tx;
		packets_rx += from.packets_rx;
		packets_tx += from.packets_tx;
	}
	return add_ecn(record, row, subnet, packets_rx, packets_tx);
}

/* The version rows of a buffer give each row's own, or none. */
static const struct version_row *find_versions(const struct drain_view *view,
					       __u32 slot)
{
	__u32 versions = view->row[slot].versions;

	if (slot < N_OVERFLOW_ROWS)
		return &view->version_row[slot];
	if (!versions || versions > view->n_version_rows)
		return NULL;
	return &view->version_row[versions - 1];
}

static int add_spin_row(struct record *record, __u32 subnet, int class,
			__u32 version, __u64 flows, __u64 packets)
{
	struct record_spin *spin;

	if (!flows && !packets)
		return 0;
	spin = record_add(&record->spin);
	if (!spin)
		return -ENOMEM;
	spin->subnet = subnet;
	spin->class = class;
	spin->version = version;
	spin->flows = flows;
	spin->packets = packets;
	return 0;
}

static __u64 at_most_u64(__u64 n, __u64 max)
{
	return n < max ? n : max;
}

/* CPUs that move a flow between classes at once may take it from one twice. */
static __u64 at_least_none(__u32 n_flows)
{
	return (__s32)n_flows > 0 ? n_flows : 0;
}

/* Version 1 is what the others leave of a class. */
static int add_spin_class(struct record *record, const struct subnet_row *row,
			  const struct version_row *versions, __u32 subnet,
			  int class)
{
	static const __u32 number[] = { QUIC_VERSION_2, QUIC_VERSION_2_DRAFT,
					QUIC_VERSION_DRAFTS };
	const struct subnet_counters *cell =
		&row->traffic[TRAFFIC_CELL_SPIN + class];
	__u64 packets = cell->packets_rx + cell->packets_tx;
	__u64 flows = at_least_none(row->quic_flows[class]);
	__u64 other_packets = 0, other_flows = 0;
	int err = 0;

	for (int i = 0; i < N_QUIC_VERSIONS - 1 && versions && !err; i++) {
		__u64 n_flows = at_least_none(versions->flows[class][i]);

		err = add_spin_row(record, subnet, class, number[i], n_flows,
				   versions->packets[class][i]);
		other_packets += versions->packets[class][i];
		other_flows += n_flows;
	}
	if (err)
		return err;
	return add_spin_row(record, subnet, class, QUIC_VERSION_1,
			    flows - at_most_u64(other_flows, flows),
			    packets - at_most_u64(other_packets, packets));
}

static int add_spin(struct record *record, const struct drain_view *view,
		    __u32 slot, __u32 subnet)
{
	int err = 0;

	for (int class = 0; class < N_SPIN_CLASSES && !err; class ++)
		err = add_spin_class(record, &view->row[slot],
				     find_versions(view, slot), subnet, class);
	return err;
}

static bool has_samples(const struct hist *hist)
{
	return hist->min_ns_complement;
}

static bool has_traffic(const struct subnet_row *row)
{
	static const struct subnet_counters none[N_TRAFFIC_CELLS];

	return memcmp(row->traffic, none, sizeof(none)) != 0;
}

/* Overflow histograms are found by position, the others name their row. */
static __u32 hist_row(const struct hist *hist, __u32 slot)
{
	return slot < N_OVERFLOW_HISTS ? slot / N_HIST_REFS : hist->subnet;
}

/* Most bins are empty: looked at eight at a time. */
enum { BINS_AT_ONCE = 8 };

_Static_assert(N_HIST_BINS % BINS_AT_ONCE == 0, "no bin is left over");

static bool are_empty(const __u32 bins[BINS_AT_ONCE])
{
	__u64 words[BINS_AT_ONCE / 2];

	memcpy(words, bins, sizeof(words));
	return !(words[0] | words[1] | words[2] | words[3]);
}

static int add_bins(struct record *record, const struct hist *hist,
		    struct record_rtt *rtt)
{
	struct record_bin *bin;

	rtt->first_bin = record->bin.n;
	for (int i = 0; i < N_HIST_BINS; i++) {
		if (i % BINS_AT_ONCE == 0 && are_empty(&hist->bin[i])) {
			i += BINS_AT_ONCE - 1;
			continue;
		}
		if (!hist->bin[i])
			continue;
		bin = record_add(&record->bin);
		if (!bin)
			return -ENOMEM;
		bin->bin = i;
		bin->count = hist->bin[i];
		rtt->n_bins++;
		rtt->count += hist->bin[i];
	}
	rtt->count += hist->overflow;
	return 0;
}

static int add_rtt(struct record *record, const struct hist *hist, __u32 slot,
		   __u32 subnet)
{
	struct record_rtt *rtt = record_add(&record->rtt);

	if (!rtt)
		return -ENOMEM;
	rtt->subnet = subnet;
	rtt->source = slot < N_OVERFLOW_HISTS ? slot % N_HIST_REFS :
						hist->source;
	rtt->min_ns = ~hist->min_ns_complement;
	rtt->max_ns = hist->max_ns;
	rtt->sum_ns = hist->sum_ns;
	rtt->overflow = hist->overflow;
	return add_bins(record, hist, rtt);
}

/* Rows that anything refers to, in slot order; position[slot] is their place
 * in the record, or NO_SUBNET. */
static int add_subnets(const struct drain_view *view, struct record *record,
		       __s64 *position)
{
	struct record_subnet *subnet;
	__u32 row;

	for (__u32 i = 0; i < view->n_rows; i++)
		position[i] = has_traffic(&view->row[i]) ? 0 : NO_SUBNET;
	for (__u32 i = 0; i < view->n_hists; i++) {
		row = hist_row(&view->hist[i], i);
		if (has_samples(&view->hist[i]) && row < view->n_rows)
			position[row] = 0;
	}
	for (__u32 i = 0; i < view->n_rows; i++) {
		if (position[i] == NO_SUBNET)
			continue;
		position[i] = record->subnet.n;
		subnet = record_add(&record->subnet);
		if (!subnet)
			return -ENOMEM;
		set_key(subnet, &view->row[i], i);
	}
	return 0;
}

static int add_protocols(const struct counters *counters, struct record *record)
{
	struct record_protocol *protocol;

	for (int i = 0; i < 256; i++) {
		if (!counters->protocol[i].packets)
			continue;
		protocol = record_add(&record->protocol);
		if (!protocol)
			return -ENOMEM;
		protocol->ip_protocol = i;
		protocol->packets = counters->protocol[i].packets;
		protocol->bytes = counters->protocol[i].bytes;
	}
	return 0;
}

int drain_tables(const struct drain_view *view, struct record *record)
{
	__s64 *position = malloc(view->n_rows * sizeof(*position));
	int err = -ENOMEM;
	__u32 row;

	if (!position)
		return err;
	err = add_subnets(view, record, position);
	for (__u32 i = 0; i < view->n_rows && !err; i++) {
		if (!has_traffic(&view->row[i]))
			continue;
		err = add_traffic(record, &view->row[i], position[i]);
		if (!err)
			err = add_spin(record, view, i, position[i]);
	}
	for (__u32 i = 0; i < view->n_hists && !err; i++) {
		row = hist_row(&view->hist[i], i);
		if (has_samples(&view->hist[i]) && row < view->n_rows)
			err = add_rtt(record, &view->hist[i], i, position[row]);
	}
	if (!err)
		err = add_protocols(view->counters, record);
	memcpy(record->outcome, view->counters->outcome,
	       sizeof(record->outcome));
	memcpy(record->event, view->counters->event, sizeof(record->event));
	free(position);
	return err;
}

__u64 drain_count_samples(const struct record *record)
{
	__u64 n = 0;

	for (size_t i = 0; i < record->rtt.n; i++)
		n += record->rtt.row[i].count;
	return n;
}
