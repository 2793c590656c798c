// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "segment_level.h"

static const struct {
	const char *name, *directory;
	uint64_t ns;
} levels[N_LEVELS] = {
	[LEVEL_RAW] = { "raw", "raw/", 0 },
	[LEVEL_5MIN] = { "5min", "rollup/5min/", 300000000000 },
	[LEVEL_1H] = { "1h", "rollup/1h/", 3600000000000 },
};

int segment_level_parse(const char *name, enum segment_level *ret_level)
{
	int i;

	for (i = 0; name && i < N_LEVELS; i++)
		if (!strcmp(name, levels[i].name)) {
			*ret_level = (enum segment_level)i;
			return 0;
		}
	return -EINVAL;
}

const char *segment_level_name(enum segment_level level)
{
	return levels[level].name;
}

uint64_t segment_level_ns(enum segment_level level)
{
	return levels[level].ns;
}

const char *segment_level_directory(enum segment_level level)
{
	return levels[level].directory;
}

int segment_level_of_path(const char *path, enum segment_level *ret_level)
{
	int i;

	for (i = 0; i < N_LEVELS; i++)
		if (!strncmp(path, levels[i].directory,
			     strlen(levels[i].directory))) {
			*ret_level = (enum segment_level)i;
			return 0;
		}
	return -EINVAL;
}

bool segment_level_is_possible(enum segment_level level, uint64_t interval_ns)
{
	return interval_ns && interval_ns < levels[level].ns &&
	       levels[level].ns % interval_ns == 0;
}
