/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a campaign and a run of it are, as JSON: for campaign.json, and for the
 * journals and segments that the run writes (spindrift-segment(5)).
 */
#ifndef LIB_CAMPAIGN_DESCRIBE_H
#define LIB_CAMPAIGN_DESCRIBE_H

#include "campaign_config.h"

#define CAMPAIGN_SCHEMA "spindrift-campaign"

enum { CAMPAIGN_SCHEMA_MAJOR = 1, CAMPAIGN_SCHEMA_MINOR = 1 };

/* A new campaign's description; `uuid` is text. NULL when memory is short. */
struct json_object *campaign_config_new(const struct campaign_config *config,
					const char *uuid);

/* Two parts of it; the caller's, for json_object_put(). */
struct json_object *
campaign_describe_config(const struct campaign_config *config);
struct json_object *
campaign_describe_histogram(const struct campaign_config *config);

/* What a journal's header says of the run that writes it: machine, version,
 * devices, configuration, histogram. malloc()ed text. */
char *campaign_config_run_json(struct json_object *root,
			       const struct campaign_config *config);
/* The same of a run of which nothing is known but the campaign. */
char *campaign_config_spare_json(struct json_object *root,
				 const struct campaign_config *config);

#endif
