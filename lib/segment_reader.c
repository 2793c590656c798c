// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "segment_reader.h"

enum {
	MAX_CHUNK_BYTES = 1 << 26,
	MAX_INFLATION = 1100, /* deflate gives at most 1032:1 */
	MAX_ROWS = 1 << 30,
	MAX_TYPE_BYTES = 8,
	CACHE_SLOTS = 7,
	CACHE_BYTES = 65536 * 8,
};

/* Only what stands in this very file, and only filters of plain libhdf5. */
static const char *check_storage(hid_t plist)
{
	unsigned int flags, config;
	size_t n_values = 0;
	int i, n;

	if (H5Pget_layout(plist) != H5D_CHUNKED)
		return "not stored in chunks";
	if (H5Pget_external_count(plist) != 0)
		return "stored in another file";
	n = H5Pget_nfilters(plist);
	for (i = 0; i < n; i++) {
		n_values = 0;
		switch (H5Pget_filter2(plist, (unsigned int)i, &flags,
				       &n_values, NULL, 0, NULL, &config)) {
		case H5Z_FILTER_SHUFFLE:
		case H5Z_FILTER_DEFLATE:
		case H5Z_FILTER_FLETCHER32:
			break;
		default:
			return "unknown filter";
		}
	}
	return NULL;
}

/* Every chunk must exist, and the file be large enough to hold the data: a
 * forged length cannot demand memory. */
static const char *check_chunks(const struct segment_reader *reader,
				hid_t dataset, hid_t plist, hid_t space,
				const hsize_t dims[2])
{
	hsize_t chunk[2] = { 1, 1 }, n_chunks = 0, n_expected;
	hid_t type = H5Dget_type(dataset);
	uint64_t width = H5Tget_size(type);
	int rank = H5Pget_chunk(plist, 2, chunk);

	H5Tclose(type);
	if (width > MAX_TYPE_BYTES)
		return "not numbers";
	if (rank < 1 || rank > 2 || !chunk[0] || !chunk[1] ||
	    chunk[0] > MAX_CHUNK_BYTES || chunk[1] > 16 ||
	    chunk[0] * chunk[1] * width > MAX_CHUNK_BYTES)
		return "chunks too large";
	if (dims[0] > MAX_ROWS || dims[1] > 16)
		return "too long";
	if (dims[0] * dims[1] * width / MAX_INFLATION > reader->file_bytes)
		return "longer than the file can hold";
	n_expected = (dims[0] + chunk[0] - 1) / chunk[0] *
		     ((dims[1] + chunk[1] - 1) / chunk[1]);
	if (H5Dget_num_chunks(dataset, space, &n_chunks) < 0 ||
	    n_chunks != n_expected)
		return "chunks are missing";
	return NULL;
}

/* The last chunk of one part is the first of the next. Chunks of a writer that
 * keeps to the schema fit. */
static hid_t one_chunk(void)
{
	hid_t access = H5Pcreate(H5P_DATASET_ACCESS);

	H5Pset_chunk_cache(access, CACHE_SLOTS, CACHE_BYTES, 1);
	return access;
}

/* Opens a dataset through hard links only; its lengths go to dims. */
hid_t segment_reader_open(const struct segment_reader *reader,
			  const char *group, const char *name, hsize_t dims[2])
{
	char path[128];
	const char *problem = "not a dataset of this file";
	H5L_info_t link = { .type = H5L_TYPE_ERROR };
	hid_t dataset = -1, space = -1, plist = -1, access = H5P_DEFAULT;

	snprintf(path, sizeof(path), "/%s/%s", group, name);
	if (reader->is_read_in_parts)
		access = one_chunk();
	if (H5Lget_info(reader->file, group, &link, H5P_DEFAULT) >= 0 &&
	    link.type == H5L_TYPE_HARD &&
	    H5Lget_info(reader->file, path, &link, H5P_DEFAULT) >= 0 &&
	    link.type == H5L_TYPE_HARD)
		dataset = H5Dopen2(reader->file, path, access);
	if (dataset >= 0) {
		space = H5Dget_space(dataset);
		plist = H5Dget_create_plist(dataset);
		dims[0] = dims[1] = 1;
		problem = "neither of one nor of two dimensions";
		if (H5Sget_simple_extent_ndims(space) == 1 ||
		    H5Sget_simple_extent_ndims(space) == 2) {
			H5Sget_simple_extent_dims(space, dims, NULL);
			problem = check_storage(plist);
		}
		if (!problem)
			problem = check_chunks(reader, dataset, plist, space,
					       dims);
	}
	if (problem) {
		segment_fault_set(reader->fault, group, name, problem);
		if (dataset >= 0)
			H5Dclose(dataset);
		dataset = -1;
	}
	if (space >= 0)
		H5Sclose(space);
	if (plist >= 0)
		H5Pclose(plist);
	if (access != H5P_DEFAULT)
		H5Pclose(access);
	return dataset;
}
