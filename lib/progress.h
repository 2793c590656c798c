/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A progress bar on stderr when that is a terminal, and nothing otherwise.
 * progress_update() is cheap enough for every buffer, not for every packet:
 * it looks at the clock only after 1/1000 of the total, and draws at most ten
 * times a second. Lines printed while the bar is shown first need
 * progress_hide().
 */
#ifndef LIB_PROGRESS_H
#define LIB_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *label; /* borrowed */
	uint64_t total;    /* 0: not known, the amount alone is shown */
	uint64_t drawn_at; /* amount when last looked at */
	int64_t drawn_ns;
	bool is_enabled, is_shown;
};

/* `quiet` turns it off even on a terminal. */
void progress_init(struct progress *progress, const char *label, uint64_t total,
		   bool quiet);
/* `done` of `total`, in bytes. */
void progress_update(struct progress *progress, uint64_t done);
/* Removes the bar; a later update draws it again. */
void progress_hide(struct progress *progress);

#endif
