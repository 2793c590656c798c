/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `spindrift trend`: seasons, slopes and changes of round-trip times. */
#ifndef ANALYSIS_TREND_H
#define ANALYSIS_TREND_H

#include "../lib/cli.h"

extern const struct cli_command trend_command;

#endif
