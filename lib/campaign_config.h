/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * campaign.json on disk, in two copies; campaign_describe.h has what is in it.
 * JSON objects are json-c's, with its reference counts.
 */
#ifndef LIB_CAMPAIGN_CONFIG_H
#define LIB_CAMPAIGN_CONFIG_H

#include <json-c/json.h>

#include "campaign.h"

#define CAMPAIGN_CONFIG_NAME "campaign.json"
/* A second copy: one bad sector must not keep a campaign from going on. */
#define CAMPAIGN_CONFIG_COPY CAMPAIGN_CONFIG_NAME ".copy"

/*
 * Reads campaign.json. -EINVAL: not there, damaged or not a campaign's,
 * -ENOTSUP: an incompatible version; *ret_problem says so.
 */
int campaign_config_read(int campaign_fd, struct json_object **ret_root,
			 const char **ret_problem);
/* Writes both copies, durably; campaign.json comes last. */
int campaign_config_write(int campaign_fd, struct json_object *root);
/* Puts the copy in place of a campaign.json that cannot be read; that one, if it
 * is there, becomes campaign.json.damaged. -EINVAL when the copy is no better. */
int campaign_config_restore(int campaign_fd, struct json_object **ret_root);
/* What is wrong with the copy, or NULL. A campaign may come without. */
const char *campaign_config_check_copy(int campaign_fd);

/* The first key that makes the two different configurations, or NULL. */
const char *campaign_config_difference(struct json_object *root,
				       const struct campaign_config *config);

/* Both are checked when campaign.json is read. */
const char *campaign_config_uuid(struct json_object *root);
uint64_t campaign_config_interval_ns(struct json_object *root);
/* Its own, or, of a merged campaign, of one that is part of it. */
bool campaign_config_has_uuid(struct json_object *root, const char *uuid);

#endif
