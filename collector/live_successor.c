// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_successor.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../lib/cli.h"

#define STATE_NAME "state"

static bool needs_xdp(const struct collect *collect)
{
	return collect->options.hook == LIVE_HOOK_XDP ||
	       collect->options.hook == LIVE_HOOK_TAP;
}

static int take_map(void *context, const char *name)
{
	return live_store_take(context, name);
}

/* NULL when it worked; *ret_err is set where that was not for its state. */
static const char *try_adopt(struct collect *collect, int *ret_err)
{
	const struct live_maps_kept kept = { take_map, &collect->store };
	struct measure_options *measure = &collect->options.measure;
	int fd = live_store_take(&collect->store, STATE_NAME);
	const char *problem;
	int err;

	if (fd < 0)
		return "its state is missing";
	problem = live_handover_adopt(&collect->handover, fd,
				      &measure->settings, collect->options.hook,
				      measure->output);
	if (problem) {
		close(fd);
		return problem;
	}
	err = live_maps_adopt(&measure->settings, needs_xdp(collect),
			      measure->is_verbose, &kept, &collect->maps);
	if (!err)
		return NULL;
	live_handover_fini(&collect->handover);
	if (err != -ESTALE)
		*ret_err = err;
	return "its maps are of another shape";
}

static int draw_hash_key(struct settings *settings)
{
	if (getrandom(settings->hash_key, sizeof(settings->hash_key), 0) !=
	    sizeof(settings->hash_key))
		return -errno;
	settings->hash_key[1] |= 1;
	return 0;
}

int live_successor_load(struct collect *collect)
{
	struct measure_options *measure = &collect->options.measure;
	const char *problem;
	int err = 0;

	collect->handover = (struct live_handover){ .fd = -1 };
	live_store_receive(&collect->store);
	if (collect->store.n_entries) {
		problem = try_adopt(collect, &err);
		collect->is_resumed = !problem;
		if (!problem || err)
			return err;
		cli_note(CLI_WARNING,
			 "not taken over from the process before: %s", problem);
		live_store_drop(&collect->store, &collect->notify);
		live_store_forget(&collect->notify, STATE_NAME);
	}
	err = draw_hash_key(&measure->settings);
	if (err) {
		cli_error("collect: not started: %s", strerror(-err));
		return err;
	}
	return live_maps_open(&measure->settings, needs_xdp(collect),
			      measure->is_verbose, &collect->maps);
}

/* What the earlier process measured has no place in the campaign. */
static void empty_tables(struct live_maps *maps)
{
	for (int i = 0; i < 2; i++)
		if (!live_maps_swap(maps))
			live_maps_clear(maps);
}

void live_successor_begin(struct collect *collect)
{
	const struct campaign_config *config = &collect->options.measure.config;

	if (collect->is_resumed) {
		collect->intervals.handover = &collect->handover;
		if (live_intervals_resume(&collect->intervals, collect->maps,
					  collect->writer))
			return;
		empty_tables(collect->maps);
	}
	live_intervals_begin(&collect->intervals, collect->maps,
			     collect->writer, config->interval_ns);
}

static void keep_map(void *context, const char *name, int fd)
{
	live_store_keep(context, name, fd);
}

/* Once for all processes: what was taken over is with the manager still. */
static int leave_maps(struct collect *collect)
{
	int err = live_handover_create(&collect->handover,
				       &collect->options.measure.settings,
				       collect->options.hook,
				       collect->options.measure.output);

	if (err)
		return err;
	collect->intervals.handover = &collect->handover;
	live_intervals_save(&collect->intervals);
	live_store_keep(&collect->notify, STATE_NAME, collect->handover.fd);
	live_maps_each(collect->maps, keep_map, &collect->notify);
	return 0;
}

void live_successor_leave(struct collect *collect)
{
	int err = 0;

	if (collect->notify.fd < 0 || !live_links_is_transient(&collect->links))
		return;
	if (!collect->is_resumed)
		err = leave_maps(collect);
	if (err)
		cli_note(CLI_WARNING, "a restart will have a gap: %s",
			 strerror(-err));
	else
		live_links_keep(&collect->links, &collect->notify);
}

bool live_successor_is_left(const struct collect *collect)
{
	return collect->links.keeper;
}
