// SPDX-License-Identifier: GPL-2.0-or-later
#include "group.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../core/traffic.h"

/* One or more digits up to `max`; moves *text behind them. */
static bool take_length(const char **text, unsigned max, uint8_t *ret_len)
{
	unsigned len = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		len = len * 10 + (unsigned)(**text - '0');
		if (len > max)
			return false;
	}
	*ret_len = (uint8_t)len;
	return true;
}

static int parse_prefix(const char *text, struct group_spec *ret_spec)
{
	struct group_spec spec = { .by = GROUP_BY_PREFIX };

	if (!take_length(&text, 32, &spec.v4_prefix_len))
		return -EINVAL;
	if (*text == ',') {
		text++;
		if (!take_length(&text, 128, &spec.v6_prefix_len))
			return -EINVAL;
		spec.has_v6 = true;
	}
	if (*text)
		return -EINVAL;
	*ret_spec = spec;
	return 0;
}

int group_spec_parse(const char *text, struct group_spec *ret_spec)
{
	static const char *const names[] = {
		[GROUP_BY_ALL] = "all",
		[GROUP_BY_SIDE] = "side",
		[GROUP_BY_SOURCE] = "source",
		[GROUP_BY_FAMILY] = "family",
		[GROUP_BY_SLASH8] = "slash8",
		[GROUP_BY_SUBNET] = "subnet",
		[GROUP_BY_SIDE_FAMILY] = "side-family",
	};

	if (strncmp(text, "prefix:", 7) == 0)
		return parse_prefix(text + 7, ret_spec);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && strcmp(text, names[i]) == 0) {
			*ret_spec = (struct group_spec){ .by = i };
			return 0;
		}
	return -EINVAL;
}

bool group_spec_is_coarse(const struct group_spec *spec)
{
	if (spec->by == GROUP_BY_PREFIX)
		return spec->v4_prefix_len <= 8 &&
		       (!spec->has_v6 || spec->v6_prefix_len <= 8);
	return spec->by != GROUP_BY_SUBNET && spec->by != GROUP_BY_AS;
}

static int set_other(const struct record_subnet *subnet, bool is_v6_left_out,
		     struct group_key *key)
{
	if (subnet->family == 6 && is_v6_left_out)
		return 0;
	key->label = GROUP_LABEL_OTHER;
	key->family = subnet->family;
	return 1;
}

static int set_prefix(const struct record_subnet *subnet, uint8_t prefix_len,
		      struct group_key *key)
{
	struct prefix prefix = { .prefix_len = subnet->prefix_len,
				 .family = subnet->family };

	if (subnet->prefix_len < prefix_len)
		return -EDOM;
	memcpy(prefix.address, subnet->address, sizeof(prefix.address));
	prefix_cut(&prefix, prefix_len);
	key->label = GROUP_LABEL_PREFIX;
	key->family = prefix.family;
	key->prefix_len = prefix.prefix_len;
	memcpy(key->address, prefix.address, sizeof(key->address));
	return 1;
}

static int set_octet(const struct record_subnet *subnet, struct group_key *key)
{
	if (subnet->family != 4)
		return 0;
	if (subnet->prefix_len < 8)
		return -EDOM;
	key->label = GROUP_LABEL_OCTET;
	key->address[12] = subnet->address[12];
	return 1;
}

static int set_as(const struct group_spec *spec,
		  const struct record_subnet *subnet, struct group_key *key)
{
	struct prefix prefix = { .prefix_len = subnet->prefix_len,
				 .family = subnet->family };
	struct as_origin origin;

	memcpy(prefix.address, subnet->address, sizeof(prefix.address));
	key->label = GROUP_LABEL_UNROUTED;
	if (!as_table_find(spec->as_table, &prefix, &origin))
		return 1;
	key->label = GROUP_LABEL_AS;
	key->prefix_len = origin.n;
	for (int i = 0; i < AS_ORIGIN_MAX; i++) {
		key->address[4 * i] = (uint8_t)(origin.asn[i] >> 24);
		key->address[4 * i + 1] = (uint8_t)(origin.asn[i] >> 16);
		key->address[4 * i + 2] = (uint8_t)(origin.asn[i] >> 8);
		key->address[4 * i + 3] = (uint8_t)origin.asn[i];
	}
	return 1;
}

struct as_origin group_as_origin(const struct group_key *key)
{
	struct as_origin origin = { .n = key->prefix_len };

	for (int i = 0; i < AS_ORIGIN_MAX; i++)
		origin.asn[i] = (uint32_t)key->address[4 * i] << 24 |
				(uint32_t)key->address[4 * i + 1] << 16 |
				(uint32_t)key->address[4 * i + 2] << 8 |
				key->address[4 * i + 3];
	return origin;
}

/* Groupings by address: overflow rows have none and stand apart. */
static int set_address(const struct group_spec *spec,
		       const struct record_subnet *subnet,
		       struct group_key *key)
{
	bool is_v4 = subnet->family == 4;
	bool is_v6_left_out = spec->by == GROUP_BY_SLASH8 ||
			      (spec->by == GROUP_BY_PREFIX && !spec->has_v6);

	if (subnet->kind == SUBNET_OVERFLOW)
		return set_other(subnet, is_v6_left_out, key);
	if (spec->by == GROUP_BY_SLASH8)
		return set_octet(subnet, key);
	if (spec->by == GROUP_BY_AS)
		return set_as(spec, subnet, key);
	if (spec->by == GROUP_BY_SUBNET)
		return set_prefix(subnet, subnet->prefix_len, key);
	if (!is_v4 && is_v6_left_out)
		return 0;
	return set_prefix(
		subnet, is_v4 ? spec->v4_prefix_len : spec->v6_prefix_len, key);
}

int group_key_of(const struct group_spec *spec,
		 const struct record_subnet *subnet, struct group_key *ret_key)
{
	struct group_key key = { .side = GROUP_SIDE_NONE };
	int found = 1;

	switch (spec->by) {
	case GROUP_BY_ALL:
		key.label = GROUP_LABEL_ALL;
		break;
	case GROUP_BY_SOURCE:
		key.label = GROUP_LABEL_SOURCE;
		break;
	case GROUP_BY_FAMILY:
		key.label = GROUP_LABEL_FAMILY;
		key.family = subnet->family;
		break;
	case GROUP_BY_SIDE_FAMILY:
		key.label = GROUP_LABEL_FAMILY;
		key.family = subnet->family;
		key.side = subnet->side;
		break;
	case GROUP_BY_SIDE:
		key.label = GROUP_LABEL_SIDE;
		key.side = subnet->side;
		break;
	default:
		key.side = subnet->side;
		found = set_address(spec, subnet, &key);
	}
	if (found > 0)
		*ret_key = key;
	return found;
}
