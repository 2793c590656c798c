// SPDX-License-Identifier: GPL-2.0-or-later
#include "impair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAME_TYPE_AT = 12,
	FRAME_IP_AT = 14,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
};

static void impair_map_v4(const uint8_t *v4, uint8_t *ret_address)
{
	memset(ret_address, 0, 10);
	memset(ret_address + 10, 0xff, 2);
	memcpy(ret_address + 12, v4, 4);
}

int impair_parse_time(const char *text, char **ret_end, double *ret_ns)
{
	char *end;
	double value = strtod(text, &end);
	double unit = 1;

	if (end == text || !isfinite(value) || value < 0)
		return -EINVAL;
	if (!strncmp(end, "us", 2))
		unit = 1e3;
	else if (!strncmp(end, "ms", 2))
		unit = 1e6;
	else if (*end == 's')
		unit = 1e9;
	end += unit == 1 ? 0 : unit == 1e9 ? 1 : 2;
	*ret_end = end;
	*ret_ns = value * unit;
	return 0;
}

static int impair_parse_prefix(char *text, struct impair_path *path)
{
	char *slash = strchr(text, '/');
	char *end;
	uint8_t v4[4];
	long bits, max_bits = 128;

	if (!slash)
		return -EINVAL;
	*slash = 0;
	if (inet_pton(AF_INET, text, v4) == 1) {
		impair_map_v4(v4, path->prefix);
		max_bits = 32;
	} else if (inet_pton(AF_INET6, text, path->prefix) != 1) {
		return -EINVAL;
	}
	bits = strtol(slash + 1, &end, 10);
	if (end == slash + 1 || *end || bits < 0 || bits > max_bits)
		return -EINVAL;
	path->prefix_bits = (uint8_t)(bits + 128 - max_bits);
	return 0;
}

int impair_paths_add(struct impair_paths *paths, const char *spec)
{
	struct impair_path path = { .prefix_bits = 0 };
	const char *equals = strchr(spec, '=');
	char prefix[64], *end;
	int n, err;

	if (paths->n == IMPAIR_MAX_PATHS)
		return -ENOSPC;
	if (!equals)
		return -EINVAL;
	n = snprintf(prefix, sizeof(prefix), "%.*s", (int)(equals - spec),
		     spec);
	if (n < 0 || (size_t)n >= sizeof(prefix))
		return -EINVAL;
	err = impair_parse_prefix(prefix, &path);
	if (!err)
		err = impair_parse_time(equals + 1, &end, &path.delay_ns[0]);
	if (err)
		return err;
	path.delay_ns[1] = path.delay_ns[0];
	if (*end == ',')
		err = impair_parse_time(end + 1, &end, &path.delay_ns[1]);
	if (err || *end)
		return -EINVAL;
	paths->path[paths->n++] = path;
	return 0;
}

static bool impair_path_contains(const struct impair_path *path,
				 const uint8_t *address)
{
	const uint32_t bytes = path->prefix_bits / 8;
	const uint32_t bits = path->prefix_bits % 8;

	if (memcmp(path->prefix, address, bytes) != 0)
		return false;
	return !bits || !((path->prefix[bytes] ^ address[bytes]) >> (8 - bits));
}

/* The address at the b end; false if the frame is not IP or too short. */
static bool impair_find_address(const uint8_t *frame, uint32_t len_bytes,
				int direction, uint8_t *ret_address)
{
	uint32_t at = FRAME_TYPE_AT;
	int type;

	if (len_bytes >= at + 6 &&
	    (frame[at] << 8 | frame[at + 1]) == ETHERTYPE_VLAN)
		at += 4;
	if (len_bytes < at + 2)
		return false;
	type = frame[at] << 8 | frame[at + 1];
	at += 2;
	if (type == ETHERTYPE_IPV4 && len_bytes >= at + 20) {
		impair_map_v4(frame + at + (direction == IMPAIR_TO_B ? 16 : 12),
			      ret_address);
		return true;
	}
	if (type == ETHERTYPE_IPV6 && len_bytes >= at + 40) {
		memcpy(ret_address,
		       frame + at + (direction == IMPAIR_TO_B ? 24 : 8), 16);
		return true;
	}
	return false;
}

struct impair_path *impair_paths_find(struct impair_paths *paths,
				      const uint8_t *frame, uint32_t len_bytes,
				      int direction)
{
	struct impair_path *best = &paths->path[0];
	uint8_t address[16];

	if (!impair_find_address(frame, len_bytes, direction, address))
		return best;
	for (uint32_t i = 1; i < paths->n; i++) {
		struct impair_path *path = &paths->path[i];

		if (path->prefix_bits >= best->prefix_bits &&
		    impair_path_contains(path, address))
			best = path;
	}
	return best;
}

double impair_random_next(struct impair_random *random)
{
	uint64_t x = random->state;

	/* xorshift64*, Vigna 2016 */
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	random->state = x;
	return ((double)(x * 2685821657736338717ull >> 11) + 0.5) /
	       9007199254740992.0;
}

static double impair_jitter(const struct impair *impair,
			    struct impair_random *random)
{
	double u;

	if (impair->jitter_ns <= 0)
		return 0;
	u = impair_random_next(random);
	switch (impair->distribution) {
	case IMPAIR_NORMAL:
		return impair->jitter_ns * sqrt(-2 * log(u)) *
		       cos(2 * M_PI * impair_random_next(random));
	case IMPAIR_EXPONENTIAL:
		return -impair->jitter_ns * log(u);
	case IMPAIR_UNIFORM:
		break;
	}
	return impair->jitter_ns * (2 * u - 1);
}

bool impair_is_lost(struct impair *impair, struct impair_random *random)
{
	double u, leave, enter;

	if (impair->loss_ratio <= 0)
		return false;
	u = impair_random_next(random);
	if (impair->loss_burst_packets <= 1)
		return u < impair->loss_ratio;
	/* Gilbert: the stationary share of the bad state is loss_ratio. */
	leave = 1 / impair->loss_burst_packets;
	enter = leave * impair->loss_ratio / (1 - impair->loss_ratio);
	impair->is_in_burst = impair->is_in_burst ? u >= leave : u < enter;
	return impair->is_in_burst;
}

bool impair_plan(struct impair *impair, struct impair_path *path, int direction,
		 struct impair_random *random, uint64_t now_ns,
		 uint32_t len_bytes, uint64_t *ret_due_ns, bool *ret_is_held)
{
	double delay_ns =
		path->delay_ns[direction] + impair_jitter(impair, random);
	uint64_t due_ns = now_ns;

	if (impair->rate_bps > 0) {
		if (impair->link_free_ns > now_ns)
			due_ns = impair->link_free_ns;
		if ((double)(due_ns - now_ns) > impair->queue_ns)
			return false;
		due_ns += (uint64_t)(len_bytes * 8e9 / impair->rate_bps);
		impair->link_free_ns = due_ns;
	}
	due_ns += delay_ns > 0 ? (uint64_t)delay_ns : 0;
	if (!impair->jitter_reorders) {
		if (due_ns < path->last_due_ns[direction])
			due_ns = path->last_due_ns[direction];
		path->last_due_ns[direction] = due_ns;
	}
	*ret_is_held = impair->reorder_ratio > 0 &&
		       impair_random_next(random) < impair->reorder_ratio;
	if (*ret_is_held)
		due_ns += (uint64_t)impair->reorder_hold_ns;
	*ret_due_ns = due_ns;
	return true;
}
