/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift info: what a campaign holds, from the small tables of its parts
 * (spindrift-info(1)).
 */
#ifndef ANALYSIS_INFO_H
#define ANALYSIS_INFO_H

#include "../lib/cli.h"

extern const struct cli_command info_command;

#endif
