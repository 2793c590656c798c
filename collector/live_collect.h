/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `collect`: live measurement of interfaces into a campaign, until SIGINT,
 * SIGTERM, SIGHUP, SIGQUIT or --duration. Detaches on every way out.
 */
#ifndef COLLECTOR_LIVE_COLLECT_H
#define COLLECTOR_LIVE_COLLECT_H

#include "../lib/cli.h"

extern const struct cli_command collect_command;

#endif
