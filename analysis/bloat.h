/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `spindrift bloat`: what load adds to round-trip times. */
#ifndef ANALYSIS_BLOAT_H
#define ANALYSIS_BLOAT_H

#include "../lib/cli.h"

extern const struct cli_command bloat_command;

#endif
