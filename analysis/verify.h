/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift verify: every checksum and every invariant of a campaign
 * (spindrift-verify(1)).
 */
#ifndef ANALYSIS_VERIFY_H
#define ANALYSIS_VERIFY_H

#include "../lib/cli.h"

extern const struct cli_command verify_command;

#endif
