// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

/*
 * Every table is written column by column. One description of the columns
 * serves both directions; a table is seen through struct view.
 */
struct column {
	uint8_t width;   /* bytes of one value */
	uint16_t offset; /* in the row */
	uint16_t n;      /* values per row: 16 for an address */
};

struct table {
	size_t row_bytes;     /* in memory */
	size_t encoded_bytes; /* of one row */
	const struct column *column;
	size_t n_columns;
};

struct view {
	void **row;
	size_t *n, *max;
};

#define FIELD(type, field)                                                     \
	{                                                                      \
		sizeof(((struct type *)0)->field),                             \
			offsetof(struct type, field), 1                        \
	}

static const struct column subnet_column[] = {
	{ 1, offsetof(struct record_subnet, address), 16 },
	FIELD(record_subnet, prefix_len),
	FIELD(record_subnet, family),
	FIELD(record_subnet, side),
	FIELD(record_subnet, kind),
};
static const struct column traffic_column[] = {
	FIELD(record_traffic, subnet),     FIELD(record_traffic, class),
	FIELD(record_traffic, packets_rx), FIELD(record_traffic, packets_tx),
	FIELD(record_traffic, bytes_rx),   FIELD(record_traffic, bytes_tx),
};
static const struct column ecn_column[] = {
	FIELD(record_ecn, subnet),
	FIELD(record_ecn, codepoint),
	FIELD(record_ecn, packets_rx),
	FIELD(record_ecn, packets_tx),
};
static const struct column spin_column[] = {
	FIELD(record_spin, subnet),  FIELD(record_spin, class),
	FIELD(record_spin, version), FIELD(record_spin, flows),
	FIELD(record_spin, packets),
};
static const struct column protocol_column[] = {
	FIELD(record_protocol, ip_protocol),
	FIELD(record_protocol, packets),
	FIELD(record_protocol, bytes),
};
static const struct column rtt_column[] = {
	FIELD(record_rtt, subnet),   FIELD(record_rtt, source),
	FIELD(record_rtt, count),    FIELD(record_rtt, min_ns),
	FIELD(record_rtt, max_ns),   FIELD(record_rtt, sum_ns),
	FIELD(record_rtt, overflow), FIELD(record_rtt, n_bins),
};
static const struct column bin_column[] = {
	FIELD(record_bin, bin),
	FIELD(record_bin, count),
};
static const struct column gap_column[] = {
	FIELD(record_gap, start_ns),
	FIELD(record_gap, end_ns),
	FIELD(record_gap, cause),
};
static const struct column event_column[] = {
	FIELD(record_event, time_ns),
	FIELD(record_event, kind),
	FIELD(record_event, value),
};

#define TABLE(type, columns, bytes)                                            \
	{                                                                      \
		sizeof(struct type), bytes, columns,                           \
			sizeof(columns) / sizeof((columns)[0])                 \
	}

enum { N_TABLES = 9, BIN_TABLE = 6 };

static const struct table table[N_TABLES] = {
	TABLE(record_subnet, subnet_column, 20),
	TABLE(record_traffic, traffic_column, 37),
	TABLE(record_ecn, ecn_column, 21),
	TABLE(record_spin, spin_column, 25),
	TABLE(record_protocol, protocol_column, 17),
	TABLE(record_rtt, rtt_column, 49),
	TABLE(record_bin, bin_column, 10),
	TABLE(record_gap, gap_column, 17),
	TABLE(record_event, event_column, 17),
};

static void view_tables(struct record *record, struct view view[N_TABLES])
{
	size_t i = 0;

#define VIEW(array)                                                            \
	view[i++] = (struct view){ (void **)&record->array.row,                \
				   &record->array.n, &record->array.max }
	VIEW(subnet);
	VIEW(traffic);
	VIEW(ecn);
	VIEW(spin);
	VIEW(protocol);
	VIEW(rtt);
	VIEW(bin);
	VIEW(gap);
	VIEW(events);
#undef VIEW
}

static const char *const outcome_name[N_OUTCOMES] = {
#define X(upper, name, text) #name,
	OUTCOME_TABLE(X)
#undef X
};
static const char *const event_name[N_EVENTS] = {
#define X(upper, name, text) #name,
	EVENT_TABLE(X)
#undef X
};

static uint8_t *put_value(uint8_t *at, const void *value, unsigned int width)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (width) {
	case 1:
		*at = *(const uint8_t *)value;
		break;
	case 2:
		memcpy(&v16, value, 2);
		v16 = htole16(v16);
		memcpy(at, &v16, 2);
		break;
	case 4:
		memcpy(&v32, value, 4);
		v32 = htole32(v32);
		memcpy(at, &v32, 4);
		break;
	default:
		memcpy(&v64, value, 8);
		v64 = htole64(v64);
		memcpy(at, &v64, 8);
	}
	return at + width;
}

/* Little-endian either way: the same swap reads what it wrote. */
static const uint8_t *get_value(const uint8_t *at, void *value,
				unsigned int width)
{
	put_value(value, at, width);
	return at + width;
}

static uint8_t *put_column(uint8_t *at, const struct column *column,
			   const char *row, size_t n, size_t row_bytes)
{
	size_t i;

	if (!n)
		return at;
	row += column->offset;
	if (column->n > 1) {
		for (i = 0; i < n; i++, row += row_bytes, at += column->n)
			memcpy(at, row, column->n);
		return at;
	}
	for (i = 0; i < n; i++, row += row_bytes)
		at = put_value(at, row, column->width);
	return at;
}

static const uint8_t *get_column(const uint8_t *at, const struct column *column,
				 char *row, size_t n, size_t row_bytes)
{
	size_t i;

	if (!n)
		return at;
	row += column->offset;
	if (column->n > 1) {
		for (i = 0; i < n; i++, row += row_bytes, at += column->n)
			memcpy(row, at, column->n);
		return at;
	}
	for (i = 0; i < n; i++, row += row_bytes)
		at = get_value(at, row, column->width);
	return at;
}

/* Counters that are zero are left out; names, not positions, identify them, so
 * that a journal outlives an upgrade that adds one. */
static uint8_t *put_counters(uint8_t *at, const uint64_t *value,
			     const char *const *name, size_t n)
{
	uint8_t *n_at = at;
	uint16_t n_put = 0;
	size_t i, n_name_bytes;

	at += 2;
	for (i = 0; i < n; i++) {
		if (!value[i])
			continue;
		n_name_bytes = strlen(name[i]);
		*at++ = (uint8_t)n_name_bytes;
		memcpy(at, name[i], n_name_bytes);
		at = put_value(at + n_name_bytes, &value[i], 8);
		n_put++;
	}
	put_value(n_at, &n_put, 2);
	return at;
}

static size_t counters_bytes(const char *const *name, size_t n)
{
	size_t i, n_bytes = 2;

	for (i = 0; i < n; i++)
		n_bytes += 1 + strlen(name[i]) + 8;
	return n_bytes;
}

/* Puts the bins in the order of the rows that own them: only then are they
 * found again without a pointer. */
static int gather_bins(const struct record *record, struct record_bin **ret_bin,
		       size_t *ret_n)
{
	const struct record_rtt *rtt = record->rtt.row;
	struct record_bin *bin;
	size_t i, n = 0;

	for (i = 0; i < record->rtt.n; i++)
		n += rtt[i].n_bins;
	bin = malloc(n ? n * sizeof(*bin) : 1);
	if (!bin)
		return -ENOMEM;
	for (i = 0, n = 0; i < record->rtt.n; n += rtt[i].n_bins, i++)
		if (rtt[i].n_bins)
			memcpy(bin + n, record->bin.row + rtt[i].first_bin,
			       rtt[i].n_bins * sizeof(*bin));
	*ret_bin = bin;
	*ret_n = n;
	return 0;
}

static uint8_t *put_tables(uint8_t *at, void *const row[N_TABLES],
			   const size_t n[N_TABLES])
{
	uint32_t count;
	size_t i, c;

	for (i = 0; i < N_TABLES; i++) {
		count = (uint32_t)n[i];
		at = put_value(at, &count, 4);
	}
	for (i = 0; i < N_TABLES; i++)
		for (c = 0; c < table[i].n_columns; c++)
			at = put_column(at, &table[i].column[c], row[i], n[i],
					table[i].row_bytes);
	return at;
}

int record_encode(const struct record *record, uint8_t **ret_bytes,
		  size_t *ret_n_bytes)
{
	struct record copy = *record;
	struct view view[N_TABLES];
	struct record_bin *bin;
	void *row[N_TABLES];
	size_t n[N_TABLES], i, n_bytes;
	uint8_t *bytes, *at;

	if (record_check(record))
		return -EINVAL;
	view_tables(&copy, view);
	n_bytes = 8 + 4 * N_TABLES + counters_bytes(outcome_name, N_OUTCOMES) +
		  counters_bytes(event_name, N_EVENTS);
	for (i = 0; i < N_TABLES; i++) {
		row[i] = *view[i].row;
		n[i] = *view[i].n;
	}
	if (gather_bins(record, &bin, &n[BIN_TABLE]))
		return -ENOMEM;
	row[BIN_TABLE] = bin;
	for (i = 0; i < N_TABLES; i++)
		n_bytes += n[i] * table[i].encoded_bytes;
	bytes = malloc(n_bytes);
	if (bytes) {
		at = put_value(bytes, &record->clock_offset_ns, 8);
		at = put_counters(at, record->outcome, outcome_name,
				  N_OUTCOMES);
		at = put_counters(at, record->event, event_name, N_EVENTS);
		at = put_tables(at, row, n);
		*ret_n_bytes = (size_t)(at - bytes);
		*ret_bytes = bytes;
	}
	free(bin);
	return bytes ? 0 : -ENOMEM;
}

/* Returns the end, or NULL when it lies beyond `end`. Names that are not known
 * here are left out: they came from a newer version. */
static const uint8_t *get_counters(const uint8_t *at, const uint8_t *end,
				   uint64_t *value, const char *const *name,
				   size_t n)
{
	uint16_t n_put;
	uint64_t number;
	size_t i, n_name_bytes;

	if (end - at < 2)
		return NULL;
	at = get_value(at, &n_put, 2);
	while (n_put--) {
		if (end - at < 1 || end - at - 1 < *at + 8)
			return NULL;
		n_name_bytes = *at++;
		get_value(at + n_name_bytes, &number, 8);
		for (i = 0; i < n; i++)
			if (strlen(name[i]) == n_name_bytes &&
			    !memcmp(name[i], at, n_name_bytes))
				value[i] = number;
		at += n_name_bytes + 8;
	}
	return at;
}

static int get_table(const uint8_t **at, const struct table *t,
		     const struct view *view, size_t n)
{
	size_t c;
	void *row;

	if (n > *view->max) {
		row = realloc(*view->row, n * t->row_bytes);
		if (!row)
			return -ENOMEM;
		*view->row = row;
		*view->max = n;
	}
	if (n)
		memset(*view->row, 0, n * t->row_bytes);
	*view->n = n;
	for (c = 0; c < t->n_columns; c++)
		*at = get_column(*at, &t->column[c], *view->row, n,
				 t->row_bytes);
	return 0;
}

/* Lengths are checked against the bytes at hand before any is believed. */
static int get_tables(struct record *record, const uint8_t *at,
		      const uint8_t *end)
{
	struct view view[N_TABLES];
	uint32_t n[N_TABLES];
	uint64_t n_bytes = 0;
	size_t i;
	int err = 0;

	if (end - at < 4 * N_TABLES)
		return -EBADMSG;
	for (i = 0; i < N_TABLES; i++) {
		at = get_value(at, &n[i], 4);
		n_bytes += (uint64_t)n[i] * table[i].encoded_bytes;
	}
	if (n_bytes != (uint64_t)(end - at))
		return -EBADMSG;
	view_tables(record, view);
	for (i = 0; i < N_TABLES && !err; i++)
		err = get_table(&at, &table[i], &view[i], n[i]);
	return err;
}

static int point_to_bins(struct record *record)
{
	size_t i, n = 0;

	for (i = 0; i < record->rtt.n; i++) {
		record->rtt.row[i].first_bin = n;
		n += record->rtt.row[i].n_bins;
	}
	return n == record->bin.n ? 0 : -EBADMSG;
}

int record_decode(struct record *record, const uint8_t *bytes, size_t n_bytes)
{
	const uint8_t *end = bytes + n_bytes, *at = NULL;
	int err = -EBADMSG;

	record_clear(record);
	if (n_bytes >= 8)
		at = get_value(bytes, &record->clock_offset_ns, 8);
	if (at)
		at = get_counters(at, end, record->outcome, outcome_name,
				  N_OUTCOMES);
	if (at)
		at = get_counters(at, end, record->event, event_name, N_EVENTS);
	if (at)
		err = get_tables(record, at, end);
	if (!err)
		err = point_to_bins(record);
	if (!err && record_check(record))
		err = -EBADMSG;
	if (err)
		record_clear(record);
	return err;
}
