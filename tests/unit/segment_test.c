// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <hdf5.h>
#include <cmocka.h>

#include "../../lib/segment_build.h"
#include "../../lib/segment_columns.h"
#include "../../lib/segment_read.h"
#include "../../lib/segment_write.h"
#include "record_fixture.h"

enum { N_INTERVALS = 12, N_SUBNETS = 40, N_FLIPS = 40 };

static char directory[64], file[96];

static int make_directory(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/segment_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(file, sizeof(file), "%s/s.h5", directory);
	return 0;
}

static int remove_directory(void **state)
{
	unlink(file);
	return rmdir(directory);
}

static void build(struct segment *segment, uint64_t seed)
{
	struct segment_builder *builder = segment_builder_new(seed);
	struct segment_layout layout;
	struct record record = { 0 };
	struct record_gap *gap;
	uint64_t i;

	for (i = 0; i < N_INTERVALS; i++) {
		fixture_fill(&record, i, N_SUBNETS);
		record.seq = i + 1;
		if (i == 4) {
			gap = record_add(&record.gap);
			gap->start_ns = 1;
			gap->end_ns = 2;
			gap->cause = GAP_TORN;
		}
		assert_int_equal(segment_builder_add(builder, &record), 0);
	}
	record_fini(&record);
	assert_int_equal(segment_layout_init(&layout), 0);
	assert_int_equal(segment_builder_finish(builder, &layout, segment), 0);
	segment_builder_free(builder);
	segment->meta.interval_ns = FIXTURE_INTERVAL_NS;
	segment->meta.level = strdup("raw");
	segment->meta.host = strdup("hôte");
}

static size_t find_subnet(const struct segment *segment,
			  const struct record_subnet *key)
{
	size_t i;

	for (i = 0; i < segment->subnet.n; i++)
		if (!memcmp(&segment->subnet.key[i], key, sizeof(*key)))
			return i;
	fail_msg("a subnet is missing");
	return 0;
}

static size_t find_rtt(const struct segment *segment, size_t subnet,
		       uint64_t interval, uint8_t source)
{
	size_t i;

	for (i = segment->subnet.rtt_ptr[subnet];
	     i < segment->subnet.rtt_ptr[subnet + 1]; i++)
		if (segment->rtt.interval[i] == interval &&
		    segment->rtt.source[i] == source)
			return i;
	fail_msg("an rtt row is missing");
	return 0;
}

static void subtract_bins(struct segment *segment, size_t row,
			  const struct record *record,
			  const struct record_rtt *from)
{
	uint32_t b;
	uint64_t i;

	for (b = 0; b < from->n_bins; b++) {
		const struct record_bin *bin =
			&record->bin.row[from->first_bin + b];

		for (i = segment->rtt.hist_ptr[row];
		     segment->rtt.bin[i] != bin->bin; i++)
			assert_true(i + 1 < segment->rtt.hist_ptr[row + 1]);
		segment->rtt.bin_count[i] -= bin->count;
	}
}

/* Takes every row of every record off the segment: zeros must be left. */
static void segment_is_the_sum_of_its_records(void **state)
{
	struct record record = { 0 };
	struct segment segment;
	uint64_t interval;
	size_t i, row;

	build(&segment, 1);
	assert_int_equal(segment.subnet.n, N_SUBNETS);
	for (interval = 0; interval < N_INTERVALS; interval++) {
		fixture_fill(&record, interval, N_SUBNETS);
		for (i = 0; i < record.rtt.n; i++) {
			const struct record_rtt *from = &record.rtt.row[i];

			row = find_rtt(
				&segment,
				find_subnet(&segment,
					    &record.subnet.row[from->subnet]),
				interval, from->source);
			segment.rtt.count[row] -= from->count;
			segment.rtt.sum_ns[row] -= from->sum_ns;
			segment.rtt.overflow[row] -= from->overflow;
			assert_true(segment.rtt.min_ns[row] <= from->min_ns);
			assert_true(segment.rtt.max_ns[row] >= from->max_ns);
			subtract_bins(&segment, row, &record, from);
		}
	}
	for (i = 0; i < segment.rtt.n; i++) {
		assert_int_equal(segment.rtt.count[i], 0);
		assert_int_equal(segment.rtt.sum_ns[i], 0);
		assert_int_equal(segment.rtt.overflow[i], 0);
	}
	for (i = 0; i < segment.rtt.n_bins; i++)
		assert_int_equal(segment.rtt.bin_count[i], 0);
	record_fini(&record);
	segment_fini(&segment);
}

static void duplicate_rows_are_added_up(void **state)
{
	struct segment segment;
	size_t i;

	build(&segment, 1);
	assert_int_equal(segment.rtt.n, 2 * N_SUBNETS * N_INTERVALS);
	/* TCP and ICMP of each subnet, QUIC of one */
	assert_int_equal(segment.traffic.n, (2 * N_SUBNETS + 1) * N_INTERVALS);
	assert_int_equal(segment.ecn.n, N_SUBNETS * N_INTERVALS);
	for (i = 0; i < segment.traffic.n; i++)
		if (segment.traffic.class[i] == TRAFFIC_ICMP)
			assert_int_equal(segment.traffic.packets_rx[i], 3);
		else
			assert_true(segment.traffic.packets_rx[i] >= 11);
	segment_fini(&segment);
}

static void *column_of(const struct segment *segment,
		       const struct segment_table *table,
		       const struct segment_column *column)
{
	size_t offset = table->row_bytes && !column->is_pointer ?
				table->row_offset :
				column->offset;

	return *(void *const *)((const char *)segment + offset);
}

static bool is_same(const struct segment *a, const struct segment *b)
{
	const struct segment_column *column = segment_column;
	size_t i, n, width;

	for (i = 0; i < n_segment_columns; i++, column++) {
		const struct segment_table *table =
			&segment_table[column->table];

		n = segment_table_rows(a, table);
		if (n != segment_table_rows(b, table))
			return false;
		n += column->is_pointer;
		width = table->row_bytes && !column->is_pointer ?
				table->row_bytes :
				column->memory_bytes;
		if (n && memcmp(column_of(a, table, column),
				column_of(b, table, column), n * width))
			return false;
	}
	return a->layout.n_bins == b->layout.n_bins &&
	       !memcmp(a->layout.edge_ns, b->layout.edge_ns,
		       (a->layout.n_bins + 1) * sizeof(uint64_t));
}

static void the_hash_seed_does_not_show(void **state)
{
	struct segment a, b;

	build(&a, 1);
	build(&b, 0xdeadbeef);
	assert_true(is_same(&a, &b));
	segment_fini(&a);
	segment_fini(&b);
}

static void reading_gives_what_was_written(void **state)
{
	struct segment_fault fault;
	struct segment segment, copy;

	build(&segment, 1);
	assert_int_equal(segment_write(&segment, file), 0);
	assert_int_equal(segment_read(file, SEGMENT_ALL, &copy, &fault), 0);
	assert_true(is_same(&segment, &copy));
	assert_string_equal(copy.meta.host, "hôte");
	assert_string_equal(copy.meta.vantage_point, "");
	assert_int_equal(copy.meta.interval_ns, FIXTURE_INTERVAL_NS);
	assert_int_equal(copy.meta.last_seq, N_INTERVALS);
	segment_fini(&segment);
	segment_fini(&copy);
}

static void a_group_loads_with_what_it_needs(void **state)
{
	struct segment_fault fault;
	struct segment segment;

	build(&segment, 1);
	assert_int_equal(segment_write(&segment, file), 0);
	segment_fini(&segment);
	assert_int_equal(segment_read(file, SEGMENT_HIST, &segment, &fault), 0);
	assert_true(segment.rtt.n && segment.rtt.n_bins && segment.subnet.n);
	assert_int_equal(segment.traffic.n + segment.slash8.n, 0);
	segment_fini(&segment);
	assert_int_equal(segment_read(file, SEGMENT_SLASH8, &segment, &fault),
			 0);
	assert_true(segment.slash8.n && segment.slash8_traffic.n);
	assert_int_equal(segment.subnet.n, 0);
	assert_int_equal(segment.interval.n, N_INTERVALS);
	segment_fini(&segment);
}

/* In a child: segment_write() and the damage may leave libhdf5 in any state. */
static void assert_read_after(void (*change)(hid_t), int expected_err,
			      const char *dataset, const char *problem)
{
	struct segment_fault fault;
	struct segment segment;
	pid_t child;
	hid_t id;
	int status, err;

	build(&segment, 1);
	assert_int_equal(segment_write(&segment, file), 0);
	segment_fini(&segment);
	child = fork();
	if (!child) {
		id = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
		change(id);
		H5Fclose(id);
		err = segment_read(file, SEGMENT_ALL, &segment, &fault);
		if (err != expected_err ||
		    (err && (strcmp(fault.dataset, dataset) ||
			     strcmp(fault.problem, problem)))) {
			print_error("%s: got %d in '%s' (%s)\n", dataset, err,
				    fault.dataset, fault.problem);
			_exit(1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void set_number(hid_t id, const char *name, uint32_t value)
{
	hid_t at = H5Aopen(id, name, H5P_DEFAULT);

	H5Awrite(at, H5T_NATIVE_UINT32, &value);
	H5Aclose(at);
}

static void make_major_2(hid_t id)
{
	set_number(id, "schema_major", 2);
}

static void make_minor_9(hid_t id)
{
	set_number(id, "schema_minor", 9);
	H5Gclose(H5Gcreate2(id, "/future", H5P_DEFAULT, H5P_DEFAULT,
			    H5P_DEFAULT));
}

static void make_incomplete(hid_t id)
{
	set_number(id, "complete", 0);
}

static void drop_schema(hid_t id)
{
	H5Adelete(id, "schema");
}

static void drop_counter(hid_t id)
{
	H5Ldelete(id, "/interval/event_sample_lost", H5P_DEFAULT);
}

static void drop_count(hid_t id)
{
	H5Ldelete(id, "/rtt/count", H5P_DEFAULT);
}

static void link_outside(hid_t id)
{
	H5Ldelete(id, "/rtt/count", H5P_DEFAULT);
	H5Lcreate_external("/etc/passwd", "/x", id, "/rtt/count", H5P_DEFAULT,
			   H5P_DEFAULT);
}

static void link_softly(hid_t id)
{
	H5Ldelete(id, "/rtt/count", H5P_DEFAULT);
	H5Lcreate_soft("/rtt/sum_ns", id, "/rtt/count", H5P_DEFAULT,
		       H5P_DEFAULT);
}

static void link_group_outside(hid_t id)
{
	H5Ldelete(id, "/rtt", H5P_DEFAULT);
	H5Lcreate_external("/etc/passwd", "/x", id, "/rtt", H5P_DEFAULT,
			   H5P_DEFAULT);
}

static void replace_count(hid_t id, hid_t plist, hsize_t n)
{
	hsize_t max = H5S_UNLIMITED;
	hid_t space = H5Screate_simple(1, &n, &max);

	H5Ldelete(id, "/rtt/count", H5P_DEFAULT);
	H5Dclose(H5Dcreate2(id, "/rtt/count", H5T_STD_U64LE, space, H5P_DEFAULT,
			    plist, H5P_DEFAULT));
	H5Sclose(space);
	H5Pclose(plist);
}

/* Four gigabytes that are not there. */
static void forge_length(hid_t id)
{
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
	hsize_t chunk = 16384;

	H5Pset_chunk(plist, 1, &chunk);
	replace_count(id, plist, 1ull << 29);
}

static void omit_chunks(hid_t id)
{
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
	hsize_t chunk = 16384;

	H5Pset_chunk(plist, 1, &chunk);
	replace_count(id, plist, 2 * N_SUBNETS * N_INTERVALS);
}

static void use_other_filter(hid_t id)
{
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
	hsize_t chunk = 16384;

	H5Pset_chunk(plist, 1, &chunk);
	H5Pset_nbit(plist);
	replace_count(id, plist, 2 * N_SUBNETS * N_INTERVALS);
}

static void store_contiguous(hid_t id)
{
	hsize_t n = 2 * N_SUBNETS * N_INTERVALS;
	hid_t space = H5Screate_simple(1, &n, NULL);

	H5Ldelete(id, "/rtt/count", H5P_DEFAULT);
	H5Dclose(H5Dcreate2(id, "/rtt/count", H5T_STD_U64LE, space, H5P_DEFAULT,
			    H5P_DEFAULT, H5P_DEFAULT));
	H5Sclose(space);
}

static void swap_columns(hid_t id)
{
	H5Ldelete(id, "/rtt/count", H5P_DEFAULT);
	H5Lcreate_hard(id, "/rtt/source", id, "/rtt/count", H5P_DEFAULT,
		       H5P_DEFAULT);
}

static void set_value(hid_t id, const char *name, hsize_t row, uint64_t value)
{
	hid_t dataset = H5Dopen2(id, name, H5P_DEFAULT);
	hid_t space = H5Dget_space(dataset);
	hid_t one = H5Screate(H5S_SCALAR);

	H5Sselect_elements(space, H5S_SELECT_SET, 1, &row);
	H5Dwrite(dataset, H5T_NATIVE_UINT64, one, space, H5P_DEFAULT, &value);
	H5Sclose(one);
	H5Sclose(space);
	H5Dclose(dataset);
}

static void break_subnet_index(hid_t id)
{
	set_value(id, "/rtt/subnet", 5, 1 << 30);
}

static void break_interval_index(hid_t id)
{
	set_value(id, "/traffic/interval", 5, N_INTERVALS);
}

static void break_spin_subnet(hid_t id)
{
	set_value(id, "/spin/subnet", 0, N_SUBNETS);
}

static void break_spin_interval(hid_t id)
{
	set_value(id, "/spin/interval", 0, N_INTERVALS);
}

static void break_spin_class(hid_t id)
{
	set_value(id, "/spin/class", 1, N_SPIN_CLASSES);
}

static void break_spin_order(hid_t id)
{
	set_value(id, "/spin/interval", 1, 0);
}

static void break_source(hid_t id)
{
	set_value(id, "/rtt/source", 3, N_SOURCES);
}

static void break_pointer(hid_t id)
{
	set_value(id, "/rtt/hist_ptr", 3, 1ull << 60);
}

static void break_last_pointer(hid_t id)
{
	set_value(id, "/subnet/rtt_ptr", N_SUBNETS,
		  2 * N_SUBNETS * N_INTERVALS + 1);
}

static void break_bin(hid_t id)
{
	set_value(id, "/hist/bin", 9, N_HIST_BINS);
}

static void break_side(hid_t id)
{
	set_value(id, "/slash8/side", 0, N_SIDES);
}

static void break_sequence(hid_t id)
{
	set_value(id, "/interval/seq", 3, 3);
}

static void hostile_files_are_refused_with_their_place(void **state)
{
	assert_read_after(make_major_2, -ENOTSUP, "@schema_major",
			  "written by an incompatible version");
	assert_read_after(make_incomplete, -EBADMSG, "@complete", "not 1");
	assert_read_after(drop_schema, -EBADMSG, "@schema", "missing");
	assert_read_after(drop_count, -EBADMSG, "/rtt/count",
			  "not a dataset of this file");
	assert_read_after(link_outside, -EBADMSG, "/rtt/count",
			  "not a dataset of this file");
	assert_read_after(link_softly, -EBADMSG, "/rtt/count",
			  "not a dataset of this file");
	assert_read_after(link_group_outside, -EBADMSG, "/rtt/subnet",
			  "not a dataset of this file");
	assert_read_after(forge_length, -EBADMSG, "/rtt/count",
			  "longer than the file can hold");
	assert_read_after(omit_chunks, -EBADMSG, "/rtt/count",
			  "chunks are missing");
	assert_read_after(use_other_filter, -EBADMSG, "/rtt/count",
			  "unknown filter");
	assert_read_after(store_contiguous, -EBADMSG, "/rtt/count",
			  "not stored in chunks");
	assert_read_after(swap_columns, -EBADMSG, "/rtt/count", "wrong type");
	assert_read_after(break_subnet_index, -EBADMSG, "/rtt/subnet",
			  "not the subnet that points here");
	assert_read_after(break_interval_index, -EBADMSG, "/traffic/interval",
			  "out of range");
	assert_read_after(break_source, -EBADMSG, "/rtt/source",
			  "unknown code");
	assert_read_after(break_pointer, -EBADMSG, "/rtt/hist_ptr", "descends");
	assert_read_after(break_last_pointer, -EBADMSG, "/subnet/rtt_ptr",
			  "not the number of rows");
	assert_read_after(break_bin, -EBADMSG, "/hist/bin",
			  "outside the layout, or not in order");
	assert_read_after(break_spin_subnet, -EBADMSG, "/spin/subnet",
			  "not the subnet that points here");
	assert_read_after(break_spin_interval, -EBADMSG, "/spin/interval",
			  "out of range");
	assert_read_after(break_spin_class, -EBADMSG, "/spin/class",
			  "unknown code");
	assert_read_after(break_spin_order, -EBADMSG, "/spin/class",
			  "not in order");
	assert_read_after(break_side, -EBADMSG, "/slash8/side", "unknown code");
	assert_read_after(break_sequence, -EBADMSG, "/interval/seq",
			  "does not ascend");
}

static void a_newer_minor_version_and_a_missing_counter_are_read(void **state)
{
	assert_read_after(make_minor_9, 0, "", "");
	assert_read_after(drop_counter, 0, "", "");
}

static void what_is_no_segment_is_refused(void **state)
{
	struct segment_fault fault;
	struct segment segment;
	FILE *stream = fopen(file, "w");

	assert_int_equal(segment_read(directory, 0, &segment, &fault),
			 -EBADMSG);
	fputs("not HDF5", stream);
	fclose(stream);
	assert_int_equal(segment_read(file, 0, &segment, &fault), -EBADMSG);
	assert_non_null(fault.problem);
	unlink(file);
	assert_int_equal(segment_read(file, 0, &segment, &fault), -ENOENT);
}

/* Values that differ from what was written must never come back as good. */
static void a_flipped_bit_is_an_error_or_harmless(void **state)
{
	struct segment_fault fault;
	struct segment segment, copy;
	struct stat st;
	uint64_t random = 7, n_refused = 0, n_died = 0;
	int fd, i, status;
	uint8_t byte;
	off_t at;

	build(&segment, 1);
	assert_int_equal(segment_write(&segment, file), 0);
	fd = open(file, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	for (i = 0; i < N_FLIPS; i++) {
		at = (off_t)(fixture_random(&random) % (uint64_t)st.st_size);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1 << i % 8;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		if (!fork()) {
			if (segment_read(file, SEGMENT_ALL, &copy, &fault))
				_exit(1);
			_exit(is_same(&segment, &copy) ? 0 : 2);
		}
		wait(&status);
		n_refused += WIFEXITED(status) && WEXITSTATUS(status) == 1;
		n_died += WIFSIGNALED(status);
		assert_true(!WIFEXITED(status) || WEXITSTATUS(status) < 2);
		byte ^= 1 << i % 8;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
	assert_true(n_refused > 0);
	/* Without variable-length data the library survives, as a rule. */
	assert_true(n_died < 3);
	segment_fini(&segment);
}

/* Runs in the project's top directory, as all tests do. */
static void the_manual_names_every_column(void **state)
{
	const char *path = "man/spindrift-segment.5";
	const struct segment_column *column = segment_column;
	FILE *stream = fopen(path, "r");
	char *text, word[64];
	size_t i;

	assert_non_null(stream);
	text = calloc(1, 1 << 18);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 18) - 1, stream) > 0);
	fclose(stream);
	for (i = 0; i < n_segment_columns; i++, column++) {
		if (column->is_optional)
			continue;
		snprintf(word, sizeof(word), " %s ", column->name);
		if (!strstr(text, word))
			fail_msg("%s does not name %s", path, column->name);
	}
	for (i = 0; i < n_segment_attributes; i++) {
		snprintf(word, sizeof(word), " %s", segment_attribute[i].name);
		if (!strstr(text, word))
			fail_msg("%s does not name %s", path,
				 segment_attribute[i].name);
	}
	free(text);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segment_is_the_sum_of_its_records),
		cmocka_unit_test(duplicate_rows_are_added_up),
		cmocka_unit_test(the_hash_seed_does_not_show),
		CASE(reading_gives_what_was_written),
		CASE(a_group_loads_with_what_it_needs),
		CASE(hostile_files_are_refused_with_their_place),
		CASE(a_newer_minor_version_and_a_missing_counter_are_read),
		CASE(what_is_no_segment_is_refused),
		CASE(a_flipped_bit_is_an_error_or_harmless),
		cmocka_unit_test(the_manual_names_every_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
