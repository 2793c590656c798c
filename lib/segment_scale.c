// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "segment_scale.h"

/* One entry of REFERENCE_LIST: who uses the scale, for which dimension. */
struct user {
	hobj_ref_t dataset;
	int32_t dimension;
};

static int put_text(hid_t object, const char *name, const char *text)
{
	hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), at = -1;
	int err = -EIO;

	if (H5Tset_size(type, strlen(text) + 1) >= 0)
		at = H5Acreate2(object, name, type, space, H5P_DEFAULT,
				H5P_DEFAULT);
	if (at >= 0 && H5Awrite(at, type, text) >= 0)
		err = 0;
	if (at >= 0)
		H5Aclose(at);
	H5Sclose(space);
	H5Tclose(type);
	return err;
}

int segment_scale_init(struct segment_scale *scale, hid_t file, hid_t dataset,
		       const char *path, bool has_values, uint64_t n)
{
	char name[80];
	int err;

	scale->file = file;
	scale->n_attached = 0;
	scale->dimension = 0;
	if (H5Rcreate(&scale->scale, file, path, H5R_OBJECT, -1) < 0)
		return -EIO;
	/* The text and its width are netCDF-4's. */
	if (has_values)
		snprintf(name, sizeof(name), "%s", strrchr(path, '/') + 1);
	else
		snprintf(name, sizeof(name),
			 "This is a netCDF dimension but not a netCDF "
			 "variable. %10llu",
			 (unsigned long long)n % 10000000000ull);
	err = put_text(dataset, "CLASS", "DIMENSION_SCALE");
	return err ? err : put_text(dataset, "NAME", name);
}

static int put_dimension_list(hid_t dataset, hvl_t *lists, hsize_t n)
{
	hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
	hid_t space = H5Screate_simple(1, &n, NULL), at;
	int err = -EIO;

	at = H5Acreate2(dataset, "DIMENSION_LIST", type, space, H5P_DEFAULT,
			H5P_DEFAULT);
	if (at >= 0 && H5Awrite(at, type, lists) >= 0)
		err = 0;
	if (at >= 0)
		H5Aclose(at);
	H5Sclose(space);
	H5Tclose(type);
	return err;
}

int segment_scale_attach(struct segment_scale *scale,
			 struct segment_scale *second, hid_t dataset,
			 const char *path)
{
	hvl_t lists[2] = { { 1, &scale->scale } };
	hobj_ref_t ref;

	if (scale->n_attached == SCALE_MAX_ATTACHED ||
	    H5Rcreate(&ref, scale->file, path, H5R_OBJECT, -1) < 0)
		return -EIO;
	scale->attached[scale->n_attached++] = ref;
	if (second) {
		lists[1] = (hvl_t){ 1, &second->scale };
		second->attached[second->n_attached++] = ref;
	}
	return put_dimension_list(dataset, lists, second ? 2 : 1);
}

static hid_t user_type(void)
{
	hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct user));

	H5Tinsert(type, "dataset", HOFFSET(struct user, dataset),
		  H5T_STD_REF_OBJ);
	H5Tinsert(type, "dimension", HOFFSET(struct user, dimension),
		  H5T_NATIVE_INT32);
	return type;
}

int segment_scale_finish(struct segment_scale *scale)
{
	struct user users[SCALE_MAX_ATTACHED];
	hsize_t n = scale->n_attached;
	hid_t dataset, type, space, at;
	unsigned int i;
	int err = -EIO;

	if (!n)
		return 0;
	memset(users, 0, sizeof(users));
	for (i = 0; i < scale->n_attached; i++)
		users[i] =
			(struct user){ scale->attached[i], scale->dimension };
	type = user_type();
	space = H5Screate_simple(1, &n, NULL);
	dataset = H5Rdereference2(scale->file, H5P_DEFAULT, H5R_OBJECT,
				  &scale->scale);
	at = H5Acreate2(dataset, "REFERENCE_LIST", type, space, H5P_DEFAULT,
			H5P_DEFAULT);
	if (at >= 0 && H5Awrite(at, type, users) >= 0)
		err = 0;
	if (at >= 0)
		H5Aclose(at);
	if (dataset >= 0)
		H5Dclose(dataset);
	H5Sclose(space);
	H5Tclose(type);
	return err;
}
