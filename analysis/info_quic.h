/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `info` says of QUIC: flow-intervals and packets by side, spin class and
 * version.
 */
#ifndef ANALYSIS_INFO_QUIC_H
#define ANALYSIS_INFO_QUIC_H

#include <stdbool.h>
#include <stdio.h>

#include "info_gather.h"

struct info_quic_row {
	uint8_t side;
	enum spin_class class;
	unsigned version; /* as participation_version() */
	struct spin_count count;
	struct spin_count all; /* of the side */
};

/* The next row that is not empty; *at starts at 0. False: there is no more. */
bool info_quic_next(const struct info *info, size_t *at,
		    struct info_quic_row *ret_row);

/* The table for people; nothing without QUIC. -ENOMEM. */
int info_quic_print(const struct info *info, FILE *stream);

#endif
