// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_copy.h"

#include <errno.h>
#include <stdlib.h>

#include "scan_part.h"
#include "scan_span.h"

enum { MAX_LAYOUT_BINS = 65536 };

static int put(FILE *file, const void *bytes, size_t n_bytes)
{
	return fwrite(bytes, 1, n_bytes, file) == n_bytes ? 0 : -EIO;
}

static int take(FILE *file, void *bytes, size_t n_bytes)
{
	return fread(bytes, 1, n_bytes, file) == n_bytes ? 0 : -EIO;
}

int scan_copy_save(const struct scan_result *result, FILE *file)
{
	const struct segment_layout *layout = &result->layout;
	int err = put(file, &layout->n_bins, sizeof(layout->n_bins));

	if (!err && layout->n_bins)
		err = put(file, layout->edge_ns,
			  ((size_t)layout->n_bins + 1) *
				  sizeof(*layout->edge_ns));
	if (!err)
		err = put(file, &result->n_intervals,
			  sizeof(result->n_intervals));
	if (!err)
		err = put(file, &result->n_spans, sizeof(result->n_spans));
	if (!err && result->n_spans)
		err = put(file, result->span,
			  result->n_spans * sizeof(*result->span));
	if (!err)
		err = put(file, result->protocol, sizeof(result->protocol));
	return err ? err : group_table_save(&result->table, file);
}

static int load_layout(struct segment_layout *sum, FILE *file)
{
	struct segment_layout layout;
	int err = take(file, &layout.n_bins, sizeof(layout.n_bins));

	if (err || !layout.n_bins)
		return err;
	if (layout.n_bins > MAX_LAYOUT_BINS)
		return -EIO;
	layout.edge_ns =
		calloc((size_t)layout.n_bins + 1, sizeof(*layout.edge_ns));
	if (!layout.edge_ns)
		return -ENOMEM;
	err = take(file, layout.edge_ns,
		   ((size_t)layout.n_bins + 1) * sizeof(*layout.edge_ns));
	if (!err)
		err = scan_part_check_layout(sum, &layout);
	free(layout.edge_ns);
	return err;
}

static int load_spans(struct scan_result *result, FILE *file)
{
	struct scan_span span;
	uint64_t n_intervals;
	size_t n;
	int err = take(file, &n_intervals, sizeof(n_intervals));

	if (!err)
		err = take(file, &n, sizeof(n));
	if (err)
		return err;
	result->n_intervals += n_intervals;
	for (size_t i = 0; i < n && !err; i++) {
		err = take(file, &span, sizeof(span));
		if (!err)
			err = scan_span_add(result, span.start_ns, span.end_ns);
	}
	return err;
}

static int load_protocols(struct scan_result *result, FILE *file)
{
	struct protocol_count count[N_IP_PROTOCOLS];
	int err = take(file, count, sizeof(count));

	for (int i = 0; i < N_IP_PROTOCOLS && !err; i++) {
		result->protocol[i].packets += count[i].packets;
		result->protocol[i].bytes += count[i].bytes;
	}
	return err;
}

int scan_copy_load(struct scan_result *result, FILE *file)
{
	int err = load_layout(&result->layout, file);

	if (!err)
		err = load_spans(result, file);
	if (!err)
		err = load_protocols(result, file);
	return err ? err : group_table_load(&result->table, file);
}
