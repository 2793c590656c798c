/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift hist: the histograms of a campaign, summed by group. The columns of
 * its TSV and JSON are a contract (spindrift-hist(1)).
 */
#ifndef ANALYSIS_HISTOGRAM_H
#define ANALYSIS_HISTOGRAM_H

#include "../lib/cli.h"

extern const struct cli_command hist_command;

#endif
