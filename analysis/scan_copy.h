/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of a scan from one process of a program to another: host byte
 * order, no versions.
 */
#ifndef ANALYSIS_SCAN_COPY_H
#define ANALYSIS_SCAN_COPY_H

#include <stdio.h>

#include "scan.h"

/* -EIO when the file takes no more. */
int scan_copy_save(const struct scan_result *result, FILE *file);
/* Adds to what `result` has. -EINVAL: another layout; -EIO; -ENOMEM. */
int scan_copy_load(struct scan_result *result, FILE *file);

#endif
