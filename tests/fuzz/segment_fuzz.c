// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Columns as a hostile file would give them: a good segment, in which the input
 * overwrites values. What segment_check() lets through must be safe to use:
 * audit_segment() follows every index and pointer. libhdf5 itself is left out:
 * its own faults are met by reading in a child process.
 *
 * Input: 12 bytes per change: u8 column, u8 unused, u16 row, u64 value.
 */
#include <stdlib.h>
#include <string.h>

#include "../../analysis/audit.h"
#include "../../lib/journal_layout.h"
#include "../../lib/segment_build.h"
#include "../../lib/segment_columns.h"
#include "../unit/record_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

enum { CHANGE_BYTES = 12, N_INTERVALS = 3, N_SUBNETS = 8 };

static void build(struct segment *segment)
{
	struct segment_builder *builder = segment_builder_new(0);
	struct segment_layout layout;
	struct record record = { 0 };
	uint64_t i;

	for (i = 0; i < N_INTERVALS; i++) {
		fixture_fill(&record, i, N_SUBNETS);
		record.seq = i + 1;
		if (segment_builder_add(builder, &record))
			abort();
	}
	record_fini(&record);
	if (segment_layout_init(&layout) ||
	    segment_builder_finish(builder, &layout, segment))
		abort();
	segment_builder_free(builder);
}

static void change(struct segment *segment, const uint8_t *bytes)
{
	const struct segment_column *column =
		&segment_column[bytes[0] % n_segment_columns];
	const struct segment_table *table = &segment_table[column->table];
	bool is_field = table->row_bytes && !column->is_pointer;
	size_t width = (size_t)column->memory_bytes;
	size_t n = segment_table_rows(segment, table) + column->is_pointer;
	uint64_t value = journal_get64(bytes + 4);
	char *at;

	if (!n)
		return;
	n = (bytes[2] | bytes[3] << 8) % n;
	memcpy(&at,
	       (char *)segment +
		       (is_field ? table->row_offset : column->offset),
	       sizeof(at));
	at += is_field ? n * table->row_bytes + column->offset : n * width;
	memcpy(at, &value, width);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct segment_fault fault;
	struct segment segment;

	build(&segment);
	for (; n_bytes >= CHANGE_BYTES;
	     n_bytes -= CHANGE_BYTES, bytes += CHANGE_BYTES)
		change(&segment, bytes);
	if (!segment_check(&segment, SEGMENT_ALL, &fault))
		audit_segment(&segment, INT64_MIN, &fault);
	segment_fini(&segment);
	return 0;
}
