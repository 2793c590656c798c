/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HDF5 types of a column, in the file and in struct segment. */
#ifndef LIB_SEGMENT_TYPE_H
#define LIB_SEGMENT_TYPE_H

#include <hdf5.h>

#include "segment_columns.h"

static inline hid_t segment_file_type(uint8_t type)
{
	switch (type) {
	case COLUMN_U8:
		return H5T_STD_U8LE;
	case COLUMN_U16:
		return H5T_STD_U16LE;
	case COLUMN_U32:
		return H5T_STD_U32LE;
	case COLUMN_U64:
		return H5T_STD_U64LE;
	default:
		return H5T_STD_I64LE;
	}
}

static inline hid_t segment_memory_type(const struct segment_column *column)
{
	if (column->type == COLUMN_I64)
		return H5T_NATIVE_INT64;
	switch (column->memory_bytes) {
	case 1:
		return H5T_NATIVE_UINT8;
	case 2:
		return H5T_NATIVE_UINT16;
	case 4:
		return H5T_NATIVE_UINT32;
	default:
		return H5T_NATIVE_UINT64;
	}
}

#endif
