/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `spindrift import`: output of ePPing into a campaign. */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "../lib/cli.h"

extern const struct cli_command import_command;

#endif
