/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift asn: round-trip times and traffic of every origin AS. The columns
 * of its TSV and JSON are a contract (spindrift-asn(1)).
 */
#ifndef ANALYSIS_ASN_H
#define ANALYSIS_ASN_H

#include "../lib/cli.h"

extern const struct cli_command asn_command;

#endif
