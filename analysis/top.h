/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `top`: the last minute of a campaign that is being measured, on a terminal.
 */
#ifndef ANALYSIS_TOP_H
#define ANALYSIS_TOP_H

#include "../lib/cli.h"

extern const struct cli_command top_command;

#endif
