/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is true of a made-up ISP, for whoever measures it. */
#ifndef TESTS_SYNTHETIC_ISP_TRUTH_H
#define TESTS_SYNTHETIC_ISP_TRUTH_H

#include <stdio.h>

#include "isp.h"

/*
 * TSV with a header line, `kind group asn start end ms share`: a row for each
 * AS (kind `as`: ms of its path; `second`: of its further mode above that, and
 * its share of samples), incident, gap, shift and drift (ms a day). group is the
 * first octet, times are ISO 8601 UTC, and what does not apply is `-`.
 */
void isp_truth_write(const struct isp *isp, FILE *stream);

/* Prefixes and their origin, as pyasn has them: `PREFIX<tab>ASN`. */
void isp_truth_write_asn(const struct isp *isp, FILE *stream);

#endif
