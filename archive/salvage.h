/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift salvage: what can be read of a damaged campaign, as a new campaign,
 * and what was lost (spindrift-salvage(1)).
 */
#ifndef ARCHIVE_SALVAGE_H
#define ARCHIVE_SALVAGE_H

#include "../lib/cli.h"

extern const struct cli_command salvage_command;

#endif
