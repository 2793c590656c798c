/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The load of each side, step by step, and which steps are idle or loaded: those
 * up to a low and from a high quantile of the side's loads on.
 */
#ifndef ANALYSIS_BLOAT_LOAD_H
#define ANALYSIS_BLOAT_LOAD_H

#include "../core/traffic.h"
#include "steps.h"

enum bloat_phase { BLOAT_IDLE, BLOAT_LOADED, N_BLOAT_PHASES };

enum bloat_direction { BLOAT_DOWN, BLOAT_UP, BLOAT_BOTH };

enum { BLOAT_DAY_HOURS = 24 };

struct bloat_step {
	int64_t start_ns;
	double bytes_per_s; /* while it was measured */
};

struct bloat_load {
	enum bloat_direction direction; /* down is towards the users */
	struct bloat_step *step[N_SIDES];
	size_t n[N_SIDES], max[N_SIDES];
};

/* A steps_take of a scan by side; the context is the load. */
int bloat_load_take(void *load, const struct steps_moment *moment,
		    const struct group *group,
		    const struct segment_layout *layout);
void bloat_load_fini(struct bloat_load *load);

struct bloat_choice {
	double idle_ratio, loaded_ratio; /* quantiles; the first is smaller */
	/* Quantiles of each hour of day for itself, so that both phases have the
	 * same hours: what else follows the clock is then the same in both. */
	bool is_by_hour;
	bool is_local; /* hours of the zone */
};

/* What the phases of a side are made of. */
struct bloat_phases {
	struct scan_phases scan; /* its phases are owned */
	uint64_t n_steps[N_BLOAT_PHASES];
	/* Means of the loads in each. */
	double bytes_per_s[N_BLOAT_PHASES];
};

/*
 * -ENODATA when the side has no step of either phase: where all loads of an hour
 * are the same it has none. -ENOMEM. The caller frees scan.phase.
 */
int bloat_load_choose(const struct bloat_load *load, uint8_t side,
		      uint64_t step_ns, const struct bloat_choice *choice,
		      struct bloat_phases *ret);

#endif
