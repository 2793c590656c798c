/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels of a campaign: intervals as they were measured, and two coarser ones
 * that `spindrift rollup` makes of them. A row of a coarser level is the sum of
 * the finer intervals that start in the same 5 minutes, or hour, of UTC. Files
 * of a level cover a day, or a month, or less.
 */
#ifndef LIB_SEGMENT_LEVEL_H
#define LIB_SEGMENT_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

enum segment_level {
	LEVEL_RAW,
	LEVEL_5MIN,
	LEVEL_1H,
	N_LEVELS,
};

/* "raw", "5min", "1h"; -EINVAL for anything else, NULL too. */
int segment_level_parse(const char *name, enum segment_level *ret_level);
const char *segment_level_name(enum segment_level level);
/* 0 for LEVEL_RAW: the campaign's interval. */
uint64_t segment_level_ns(enum segment_level level);

/* Where files of the level stand in a campaign: "raw/", "rollup/5min/", ... */
const char *segment_level_directory(enum segment_level level);
/* The level of a file by its place; -EINVAL when it is at none. */
int segment_level_of_path(const char *path, enum segment_level *ret_level);

/* Whether intervals of that length can be added up to the level: they are
 * shorter, and a whole number of them makes one of its rows. */
bool segment_level_is_possible(enum segment_level level, uint64_t interval_ns);

#endif
