/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The made-up ISP as a scan of a campaign would sum it up, without a disk, so
 * that a test can ask for many worlds.
 */
#ifndef TESTS_SYNTHETIC_ISP_SCAN_H
#define TESTS_SYNTHETIC_ISP_SCAN_H

#include "../../analysis/scan.h"
#include "isp.h"

/* Days [from_day, to_day) by step and group; gaps are left out. -ENOMEM. The
 * caller ends with scan_result_fini() also after a failure. */
int isp_scan(struct isp *isp, uint64_t from_day, uint64_t to_day,
	     uint64_t step_ns, enum group_by by, struct scan_result *ret);

#endif
