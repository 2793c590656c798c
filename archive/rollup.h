/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift rollup: coarser copies of a campaign's intervals, for questions
 * about long periods, and the removal of raw segments that have one
 * (spindrift-rollup(1)).
 */
#ifndef ARCHIVE_ROLLUP_H
#define ARCHIVE_ROLLUP_H

#include "../lib/cli.h"

extern const struct cli_command rollup_command;

#endif
