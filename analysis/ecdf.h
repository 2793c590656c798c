/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift ecdf: the distribution function of round-trip times by group, or
 * its complement. The columns of its TSV and JSON are a contract
 * (spindrift-ecdf(1)).
 */
#ifndef ANALYSIS_ECDF_H
#define ANALYSIS_ECDF_H

#include "../lib/cli.h"

extern const struct cli_command ecdf_command;

#endif
