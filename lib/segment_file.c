// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prefix.h"
#include "segment_file.h"
#include "segment_reader.h"

enum { MAX_COLUMNS = 192, N_RANGED = 5 };

/* Tables of rows of subnets, and where a subnet's rows begin: known from
 * /subnet, or found in the table itself; of /hist known row by row. */
static const unsigned int ranged_load[N_RANGED] = {
	SEGMENT_TRAFFIC, SEGMENT_RTT, SEGMENT_ECN, SEGMENT_SPIN, SEGMENT_HIST,
};

struct segment_file {
	struct segment_reader reader;
	struct segment_fault fault; /* of the reader */
	struct segment whole;
	unsigned int load;
	hid_t dataset[MAX_COLUMNS]; /* of ranged columns, by position; or -1 */
	uint64_t n_rows[N_RANGED];
	uint64_t *ecn_ptr, *spin_ptr;
};

static int ranged_of(const struct segment_table *table)
{
	int i;

	for (i = 0; i < N_RANGED; i++)
		if (table->load == ranged_load[i])
			return i;
	return -1;
}

/* Opens the columns of the tables of rows, and knows their lengths. */
static int open_columns(struct segment_file *file)
{
	const struct segment_column *column = segment_column;
	const struct segment_table *table;
	uint8_t last = UINT8_MAX;
	uint64_t n = 0;
	size_t i;
	int r;

	for (i = 0; i < n_segment_columns; i++, column++) {
		table = &segment_table[column->table];
		r = ranged_of(table);
		if (r < 0 || !(table->load & file->load))
			continue;
		file->dataset[i] =
			segment_reader_column(&file->reader, table, column, &n);
		if (file->dataset[i] < 0)
			return -EBADMSG;
		if (column->table != last)
			file->n_rows[r] = n;
		last = column->table;
		if (n != file->n_rows[r] + column->is_pointer)
			return segment_fault_set(&file->fault, table->group,
						 column->name, "wrong length");
	}
	return 0;
}

static int column_of(size_t count_offset, const char *name)
{
	const struct segment_column *column = segment_column;
	size_t i;

	for (i = 0; i < n_segment_columns; i++, column++)
		if (segment_table[column->table].count_offset == count_offset &&
		    !strcmp(column->name, name))
			return (int)i;
	return -1;
}

/* The first row of each subnet, from the column that names the subnets. */
static int find_rows(struct segment_file *file, size_t count_offset,
		     uint32_t **column_at, uint64_t n_rows, uint64_t **ret_ptr)
{
	int c = column_of(count_offset, "subnet");
	const struct segment_column *column = &segment_column[c];
	const struct segment_table *table = &segment_table[column->table];
	size_t n = file->whole.subnet.n, i;
	uint64_t row = 0, *ptr = calloc(n + 1, sizeof(*ptr));
	uint32_t *subnet;
	int err = ptr ? segment_reader_values(&file->reader, table, column,
					      file->dataset[c], 0, n_rows) :
			-ENOMEM;

	*ret_ptr = ptr;
	if (err)
		return err;
	subnet = *column_at;
	for (i = 0; i <= n; i++) {
		while (row < n_rows && subnet[row] < i)
			row++;
		ptr[i] = row;
	}
	for (row = 1; row < n_rows && !err; row++)
		if (subnet[row] < subnet[row - 1])
			err = segment_fault_set_row(&file->fault, table->group,
						    "subnet", row,
						    "not in order");
	if (!err && n_rows && subnet[n_rows - 1] >= n)
		err = segment_fault_set_row(&file->fault, table->group,
					    "subnet", n_rows - 1,
					    "not the subnet that points here");
	free(subnet);
	*column_at = NULL;
	return err;
}

static int open_file(struct segment_file *file, const char *path)
{
	const unsigned int at_once = SEGMENT_SUBNET | SEGMENT_PROTOCOL |
				     SEGMENT_SLASH8;
	struct segment *whole = &file->whole;
	int err = segment_reader_start(&file->reader, path);

	if (!err)
		err = segment_reader_tables(&file->reader,
					    file->load & at_once);
	if (!err)
		err = segment_check(
			whole, file->load & (SEGMENT_PROTOCOL | SEGMENT_SLASH8),
			&file->fault);
	if (!err)
		err = open_columns(file);
	if (!err && file->load & SEGMENT_SUBNET)
		err = segment_check_whole(
			whole,
			file->load & SEGMENT_TRAFFIC ?
				file->n_rows[0] :
				whole->subnet.traffic_ptr[whole->subnet.n],
			file->load & SEGMENT_RTT ?
				file->n_rows[1] :
				whole->subnet.rtt_ptr[whole->subnet.n],
			&file->fault);
	if (!err && file->load & SEGMENT_ECN)
		err = find_rows(file, offsetof(struct segment, ecn.n),
				&whole->ecn.subnet, file->n_rows[2],
				&file->ecn_ptr);
	if (!err && file->load & SEGMENT_SPIN)
		err = find_rows(file, offsetof(struct segment, spin.n),
				&whole->spin.subnet, file->n_rows[3],
				&file->spin_ptr);
	return err;
}

int segment_file_open(const char *path, unsigned int load,
		      struct segment_file **ret_file,
		      struct segment_fault *ret_fault)
{
	struct segment_file *file = calloc(1, sizeof(*file));
	size_t i;
	int err;

	*ret_fault = (struct segment_fault){ 0 };
	if (!file || n_segment_columns > MAX_COLUMNS) {
		free(file);
		return -ENOMEM;
	}
	for (i = 0; i < MAX_COLUMNS; i++)
		file->dataset[i] = -1;
	file->load = segment_load_with_needed(load);
	file->reader.segment = &file->whole;
	file->reader.fault = &file->fault;
	file->reader.is_read_in_parts = true;
	err = open_file(file, path);
	if (!err) {
		*ret_file = file;
		return 0;
	}
	*ret_fault = file->fault;
	segment_file_close(file);
	return err;
}

void segment_file_close(struct segment_file *file)
{
	size_t i;

	if (!file)
		return;
	for (i = 0; i < MAX_COLUMNS; i++)
		if (file->dataset[i] >= 0)
			H5Dclose(file->dataset[i]);
	if (file->reader.file >= 0)
		H5Fclose(file->reader.file);
	segment_fini(&file->whole);
	free(file->ecn_ptr);
	free(file->spin_ptr);
	free(file);
}

const struct segment *segment_file_whole(const struct segment_file *file)
{
	return &file->whole;
}

uint64_t segment_file_n_rows(const struct segment_file *file,
			     unsigned int table)
{
	int i;

	for (i = 0; i < N_RANGED; i++)
		if (ranged_load[i] == table)
			return file->n_rows[i];
	return 0;
}

/* Rows [start, end) of one table, and of pointers the value after them. */
static int read_table(const struct segment_reader *reader,
		      const struct segment_file *file, int r, uint64_t start,
		      uint64_t end)
{
	const struct segment_column *column = segment_column;
	const struct segment_table *table;
	size_t i, n;
	int err = 0;

	for (i = 0; i < n_segment_columns && !err; i++, column++) {
		table = &segment_table[column->table];
		if (ranged_of(table) != r)
			continue;
		n = end - start;
		memcpy((char *)reader->segment + table->count_offset, &n,
		       sizeof(n));
		err = segment_reader_values(reader, table, column,
					    file->dataset[i], start,
					    n + column->is_pointer);
	}
	return err;
}

static void count_from(uint32_t *subnet, size_t n, size_t first)
{
	size_t i;

	for (i = 0; i < n; i++)
		subnet[i] -= (uint32_t)first;
}

static int point_from(const uint64_t *from, size_t n, uint64_t **ret_ptr)
{
	uint64_t *ptr = malloc((n + 1) * sizeof(*ptr));
	size_t i;

	if (!ptr)
		return -ENOMEM;
	for (i = 0; i <= n; i++)
		ptr[i] = from[i] - from[0];
	*ret_ptr = ptr;
	return 0;
}

static int copy_subnets(const struct segment_subnet *from, size_t first,
			size_t end, struct segment_subnet *to)
{
	int err;

	to->n = end - first;
	to->key = malloc((to->n + 1) * sizeof(*to->key));
	if (!to->key)
		return -ENOMEM;
	memcpy(to->key, from->key + first, to->n * sizeof(*to->key));
	err = point_from(from->traffic_ptr + first, to->n, &to->traffic_ptr);
	return err ? err :
		     point_from(from->rtt_ptr + first, to->n, &to->rtt_ptr);
}

/* The bins of the rows of /rtt in the range: pointers become those of it. */
static int read_bins(const struct segment_reader *reader,
		     const struct segment_file *file, uint64_t *ret_start)
{
	struct segment_rtt *rtt = &reader->segment->rtt;
	uint64_t start = rtt->hist_ptr[0];
	size_t i;
	int err = 0;

	*ret_start = start;
	for (i = 0; i < rtt->n; i++)
		if (rtt->hist_ptr[i] > rtt->hist_ptr[i + 1])
			return segment_fault_set_row(reader->fault, "rtt",
						     "hist_ptr", i + 1,
						     "descends");
	if (!(file->load & SEGMENT_HIST)) {
		for (i = 0; i <= rtt->n; i++)
			rtt->hist_ptr[i] -= start;
		return 0;
	}
	if (rtt->hist_ptr[rtt->n] > file->n_rows[4])
		return segment_fault_set(reader->fault, "rtt", "hist_ptr",
					 "not the number of rows");
	err = read_table(reader, file, 4, start, rtt->hist_ptr[rtt->n]);
	for (i = 0; i <= rtt->n; i++)
		rtt->hist_ptr[i] -= start;
	return err;
}

static int read_rows(const struct segment_reader *reader,
		     const struct segment_file *file, size_t first, size_t end,
		     uint64_t *ret_first_entry)
{
	const uint64_t *const ptr[4] = { file->whole.subnet.traffic_ptr,
					 file->whole.subnet.rtt_ptr,
					 file->ecn_ptr, file->spin_ptr };
	struct segment *range = reader->segment;
	int err = 0, r;

	for (r = 0; r < 4 && !err; r++)
		if (file->load & ranged_load[r])
			err = read_table(reader, file, r, ptr[r][first],
					 ptr[r][end]);
	if (err)
		return err;
	count_from(range->traffic.subnet, range->traffic.n, first);
	count_from(range->rtt.subnet, range->rtt.n, first);
	count_from(range->ecn.subnet, range->ecn.n, first);
	count_from(range->spin.subnet, range->spin.n, first);
	if (file->load & SEGMENT_RTT)
		err = read_bins(reader, file, ret_first_entry);
	return err ? err :
		     copy_subnets(&file->whole.subnet, first, end,
				  &range->subnet);
}

/* Rows of a range as rows of the file. */
void segment_file_place_fault(const struct segment_file *file, size_t first,
			      uint64_t first_entry, struct segment_fault *fault)
{
	const struct segment_subnet *subnet = &file->whole.subnet;
	uint64_t base = 0;

	if (!fault->has_row)
		return;
	if (!strncmp(fault->dataset, "/subnet/", 8))
		base = first;
	else if (!strncmp(fault->dataset, "/traffic/", 9))
		base = subnet->traffic_ptr[first];
	else if (!strncmp(fault->dataset, "/rtt/", 5))
		base = subnet->rtt_ptr[first];
	else if (!strncmp(fault->dataset, "/ecn/", 5))
		base = file->ecn_ptr[first];
	else if (!strncmp(fault->dataset, "/spin/", 6))
		base = file->spin_ptr[first];
	else if (!strncmp(fault->dataset, "/hist/", 6))
		base = first_entry;
	fault->row += base;
}

int segment_file_range(struct segment_file *file, size_t first, size_t end,
		       struct segment *ret_range,
		       struct segment_fault *ret_fault)
{
	struct segment range = { 0 };
	struct segment_reader reader = file->reader;
	uint64_t first_entry = 0;
	int err;

	*ret_fault = (struct segment_fault){ 0 };
	reader.segment = &range;
	reader.fault = ret_fault;
	err = read_rows(&reader, file, first, end, &first_entry);
	range.meta = file->whole.meta;
	range.layout = file->whole.layout;
	range.interval = file->whole.interval;
	if (!err)
		err = segment_check_range(&range, file->load, ret_fault);
	if (err == -EBADMSG)
		segment_file_place_fault(file, first, first_entry, ret_fault);
	if (err)
		segment_range_fini(&range);
	else
		*ret_range = range;
	return err;
}

void segment_range_fini(struct segment *range)
{
	range->meta = (struct segment_meta){ 0 };
	range->layout = (struct segment_layout){ 0 };
	range->interval = (struct segment_interval){ 0 };
	segment_fini(range);
}

size_t segment_file_range_end(const struct segment_file *file, size_t first,
			      uint64_t max_rows, uint64_t max_bins)
{
	const struct segment_subnet *subnet = &file->whole.subnet;
	uint64_t n_rtt = file->n_rows[1] ? file->n_rows[1] : 1, rows, rtt_rows;
	double bins_per_row = (double)file->n_rows[4] / (double)n_rtt;
	size_t end = first + 1;

	for (; end < subnet->n; end++) {
		rtt_rows = subnet->rtt_ptr[end + 1] - subnet->rtt_ptr[first];
		rows = rtt_rows + subnet->traffic_ptr[end + 1] -
		       subnet->traffic_ptr[first];
		if (rows > max_rows ||
		    (double)rtt_rows * bins_per_row > (double)max_bins)
			break;
	}
	return end < subnet->n ? end : subnet->n;
}

/* The first subnet whose address is not before, or with `after` the first whose
 * address is after this one. */
static size_t find_bound(const struct segment_subnet *subnet,
			 const uint8_t address[16], bool after)
{
	size_t low = 0, high = subnet->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = memcmp(subnet->key[middle].address, address, 16);
		if (order < 0 || (after && !order))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void segment_file_find(const struct segment_file *file,
		       const struct prefix *prefix, size_t *ret_first,
		       size_t *ret_end)
{
	unsigned int bit = prefix->prefix_len + (prefix->family == 4 ? 96 : 0);
	uint8_t last[16];

	memcpy(last, prefix->address, sizeof(last));
	for (; bit < 128; bit++)
		last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	*ret_first = find_bound(&file->whole.subnet, prefix->address, false);
	*ret_end = find_bound(&file->whole.subnet, last, true);
}
