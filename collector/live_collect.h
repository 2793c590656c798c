/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `collect`: live measurement of interfaces into a campaign, until SIGINT,
 * SIGTERM, SIGQUIT or --duration; SIGHUP reads the configuration file again, and
 * stops where there is none. Detaches on every way out.
 */
#ifndef COLLECTOR_LIVE_COLLECT_H
#define COLLECTOR_LIVE_COLLECT_H

#include "../lib/cli.h"

extern const struct cli_command collect_command;

#endif
