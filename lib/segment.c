// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "segment.h"
#include "segment_columns.h"
#include "../core/hist.h"

static void *member(struct segment *segment, size_t offset)
{
	return *(void **)((char *)segment + offset);
}

void segment_fini(struct segment *segment)
{
	const struct segment_table *table;
	size_t i;

	for (i = 0; i < n_segment_tables; i++)
		if (segment_table[i].row_bytes)
			free(member(segment, segment_table[i].row_offset));
	for (i = 0; i < n_segment_columns; i++) {
		table = &segment_table[segment_column[i].table];
		if (!table->row_bytes || segment_column[i].is_pointer)
			free(member(segment, segment_column[i].offset));
	}
	for (i = 0; i < n_segment_attributes; i++)
		if (segment_attribute[i].type == N_COLUMN_TYPES)
			free(*(char **)((char *)&segment->meta +
					segment_attribute[i].offset));
	free(segment->layout.edge_ns);
	*segment = (struct segment){ 0 };
}

int segment_layout_init_linear(struct segment_layout *layout, uint32_t n_bins,
			       uint64_t width_ns)
{
	uint32_t bin;

	layout->edge_ns = malloc(((size_t)n_bins + 1) * sizeof(uint64_t));
	if (!layout->edge_ns)
		return -ENOMEM;
	layout->n_bins = n_bins;
	for (bin = 0; bin <= n_bins; bin++)
		layout->edge_ns[bin] = bin * width_ns;
	return 0;
}

int segment_layout_init(struct segment_layout *layout)
{
	uint32_t bin;

	layout->edge_ns = malloc((N_HIST_BINS + 1) * sizeof(uint64_t));
	if (!layout->edge_ns)
		return -ENOMEM;
	layout->n_bins = N_HIST_BINS;
	for (bin = 0; bin <= N_HIST_BINS; bin++)
		layout->edge_ns[bin] = hist_edge_ns(bin);
	return 0;
}
