/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `spindrift compare`: what changed between two campaigns or periods. */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include "../lib/cli.h"

extern const struct cli_command compare_command;

#endif
