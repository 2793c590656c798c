/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `info` tells people; info_json.h is the same for programs.
 */
#ifndef ANALYSIS_INFO_TEXT_H
#define ANALYSIS_INFO_TEXT_H

#include <stdio.h>

#include "info_gather.h"

/* -ENOMEM, without a line. */
int info_text_print(const struct info *info,
		    const struct campaign_reader *reader, FILE *stream);

#endif
