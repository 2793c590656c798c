/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `spindrift export`: long tables for other programs. */
#ifndef ANALYSIS_EXPORT_H
#define ANALYSIS_EXPORT_H

#include "../lib/cli.h"

extern const struct cli_command export_command;

#endif
