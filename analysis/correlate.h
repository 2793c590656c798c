/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `spindrift correlate`: whether round-trip times go with the load. */
#ifndef ANALYSIS_CORRELATE_H
#define ANALYSIS_CORRELATE_H

#include "../lib/cli.h"

extern const struct cli_command correlate_command;

#endif
