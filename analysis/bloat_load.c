// SPDX-License-Identifier: GPL-2.0-or-later
#include "bloat_load.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zone.h"

/* Longer than any campaign; a bound for what a damaged one may ask for. */
enum { MAX_PHASE_STEPS = 1 << 28 };

/* Steps with up to `low` are idle, from `high` on loaded. */
struct limits {
	double low, high;
};

int bloat_load_take(void *opaque, const struct steps_moment *moment,
		    const struct group *group,
		    const struct segment_layout *layout)
{
	struct bloat_load *load = opaque;
	uint8_t side = group->key.side;
	bool is_lan = side == SIDE_LAN;
	uint64_t down = is_lan ? group->bytes_tx : group->bytes_rx;
	uint64_t up = is_lan ? group->bytes_rx : group->bytes_tx;
	struct bloat_step *step;
	double bytes = 0;

	if (side >= N_SIDES || !(moment->covered_s > 0))
		return 0;
	step = record_grow((void **)&load->step[side], &load->n[side],
			   &load->max[side], sizeof(*step));
	if (!step)
		return -ENOMEM;
	if (load->direction != BLOAT_UP)
		bytes += (double)down;
	if (load->direction != BLOAT_DOWN)
		bytes += (double)up;
	step->start_ns = moment->start_ns;
	step->bytes_per_s = bytes / moment->covered_s;
	return 0;
}

void bloat_load_fini(struct bloat_load *load)
{
	for (int side = 0; side < N_SIDES; side++) {
		free(load->step[side]);
		load->step[side] = NULL;
		load->n[side] = load->max[side] = 0;
	}
}

static unsigned hour_of(const struct bloat_step *step,
			const struct bloat_choice *choice)
{
	unsigned hour;
	int64_t day;

	if (!choice->is_by_hour)
		return 0;
	zone_week_hour(step->start_ns, choice->is_local, &day, &hour);
	return hour % BLOAT_DAY_HOURS;
}

/* NAN where the hour has no step. `room` is for all steps. */
static struct limits find_limits(const struct bloat_step *step, size_t n,
				 unsigned hour,
				 const struct bloat_choice *choice,
				 double *room)
{
	size_t n_own = 0;

	for (size_t i = 0; i < n; i++)
		if (hour_of(&step[i], choice) == hour)
			room[n_own++] = step[i].bytes_per_s;
	if (!n_own)
		return (struct limits){ NAN, NAN };
	gsl_sort(room, 1, n_own);
	return (struct limits){
		.low = gsl_stats_quantile_from_sorted_data(room, 1, n_own,
							   choice->idle_ratio),
		.high = gsl_stats_quantile_from_sorted_data(
			room, 1, n_own, choice->loaded_ratio),
	};
}

static uint8_t phase_of(const struct bloat_step *step,
			const struct limits *limits)
{
	/* Loads that are all the same are neither. */
	if (!(limits->low < limits->high))
		return SCAN_NO_PHASE;
	if (step->bytes_per_s <= limits->low)
		return BLOAT_IDLE;
	return step->bytes_per_s >= limits->high ? BLOAT_LOADED : SCAN_NO_PHASE;
}

static void set_phases(const struct bloat_step *step, size_t n,
		       const struct limits *limits,
		       const struct bloat_choice *choice, uint8_t *phase,
		       struct bloat_phases *ret)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(step[i].start_ns - ret->scan.first_ns) /
			    ret->scan.step_ns;
		uint8_t own =
			phase_of(&step[i], &limits[hour_of(&step[i], choice)]);

		phase[at] = own;
		if (own == SCAN_NO_PHASE)
			continue;
		ret->n_steps[own]++;
		ret->bytes_per_s[own] += step[i].bytes_per_s;
	}
	for (int p = 0; p < N_BLOAT_PHASES; p++)
		if (ret->n_steps[p])
			ret->bytes_per_s[p] /= (double)ret->n_steps[p];
}

int bloat_load_choose(const struct bloat_load *load, uint8_t side,
		      uint64_t step_ns, const struct bloat_choice *choice,
		      struct bloat_phases *ret)
{
	const struct bloat_step *step = load->step[side];
	size_t n = load->n[side], n_phases;
	struct limits limits[BLOAT_DAY_HOURS];
	double *room;
	uint8_t *phase;

	*ret = (struct bloat_phases){ 0 };
	if (!n)
		return -ENODATA;
	n_phases =
		(size_t)((uint64_t)(step[n - 1].start_ns - step[0].start_ns) /
			 step_ns) +
		1;
	if (n_phases > MAX_PHASE_STEPS)
		return -ENOMEM;
	ret->scan = (struct scan_phases){ .first_ns = step[0].start_ns,
					  .step_ns = step_ns,
					  .n = n_phases,
					  .n_phases = N_BLOAT_PHASES };
	room = calloc(n, sizeof(*room));
	phase = malloc(n_phases);
	if (!room || !phase) {
		free(room);
		free(phase);
		return -ENOMEM;
	}
	memset(phase, SCAN_NO_PHASE, n_phases);
	for (unsigned hour = 0; hour < BLOAT_DAY_HOURS; hour++)
		limits[hour] = find_limits(step, n, hour, choice, room);
	set_phases(step, n, limits, choice, phase, ret);
	free(room);
	ret->scan.phase = phase;
	return ret->n_steps[BLOAT_IDLE] && ret->n_steps[BLOAT_LOADED] ?
		       0 :
		       -ENODATA;
}
