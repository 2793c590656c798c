/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift hilbert: a map of the IPv4 space, coloured by round-trip time, as
 * SVG, PNG or a table (spindrift-hilbert(1)).
 */
#ifndef ANALYSIS_HILBERT_H
#define ANALYSIS_HILBERT_H

#include "../lib/cli.h"

extern const struct cli_command hilbert_command;

#endif
