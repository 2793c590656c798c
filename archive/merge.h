/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift merge: several campaigns, of several vantage points or periods, as
 * one (spindrift-merge(1)).
 */
#ifndef ARCHIVE_MERGE_H
#define ARCHIVE_MERGE_H

#include "../lib/cli.h"

extern const struct cli_command merge_command;

#endif
