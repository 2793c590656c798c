// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR_COLUMNS = 40, MIN_STEP_BYTES = 65536 };

#define DRAW_EVERY_NS 100000000LL

void progress_init(struct progress *progress, const char *label, uint64_t total,
		   bool quiet)
{
	*progress = (struct progress){
		.label = label,
		.total = total,
		.is_enabled = !quiet && isatty(STDERR_FILENO),
	};
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void draw(const struct progress *progress, uint64_t done)
{
	double mib = (double)done / 1048576.0, ratio;
	char bar[BAR_COLUMNS + 1];

	if (progress->total == 0) {
		fprintf(stderr, "\r%s %.1f MiB\033[K", progress->label, mib);
		return;
	}
	ratio = (double)done / (double)progress->total;
	ratio = ratio > 1 ? 1 : ratio;
	for (int i = 0; i < BAR_COLUMNS; i++)
		bar[i] = i < (int)(ratio * BAR_COLUMNS) ? '#' : '.';
	bar[BAR_COLUMNS] = '\0';
	fprintf(stderr, "\r%s [%s] %3.0f%% %.1f MiB\033[K", progress->label,
		bar, ratio * 100, mib);
}

void progress_update(struct progress *progress, uint64_t done)
{
	uint64_t step = progress->total / 1000 > MIN_STEP_BYTES ?
				progress->total / 1000 :
				MIN_STEP_BYTES;
	int64_t time_ns;

	if (!progress->is_enabled || done < progress->drawn_at + step)
		return;
	progress->drawn_at = done;
	time_ns = now_ns();
	if (time_ns < progress->drawn_ns + DRAW_EVERY_NS)
		return;
	progress->drawn_ns = time_ns;
	progress->is_shown = true;
	draw(progress, done);
}

void progress_hide(struct progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	progress->is_shown = false;
	progress->drawn_ns = 0;
}
