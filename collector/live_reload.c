// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cli.h"

void live_report_change(void *context, enum live_change change,
			unsigned int ifindex)
{
	struct collect *collect = context;

	live_intervals_add_event(&collect->intervals,
				 change == LIVE_UP ? EVENT_KIND_INTERFACE_UP :
						     EVENT_KIND_INTERFACE_DOWN,
				 ifindex);
	collect->intervals.is_partial = true;
}

void live_set_duration(struct collect *collect, uint64_t duration_ns)
{
	collect->options.duration_ns = duration_ns;
	collect->stop_mono_ns = INT64_MAX;
	if (duration_ns)
		collect->stop_mono_ns =
			collect->begin_mono_ns + (int64_t)duration_ns;
}

/* Other interfaces are other devices in the campaign, too. */
static int change_interfaces(struct collect *collect,
			     const struct live_options *next)
{
	struct live_options *options = &collect->options;
	int err;

	if (!strcmp(options->devices, next->devices))
		return 0;
	err = live_links_change(&collect->links, next, live_report_change,
				collect);
	if (err)
		return err;
	strcpy(options->devices, next->devices);
	memcpy(options->name, next->name, sizeof(options->name));
	options->n_interfaces = next->n_interfaces;
	err = campaign_writer_set_config(collect->writer,
					 &options->measure.config);
	if (err)
		cli_error("%s: the list of devices stays the old one: %s",
			  options->measure.output, strerror(-err));
	return 0;
}

static bool take_reloaded(struct collect *collect,
			  const struct live_options *next)
{
	if (change_interfaces(collect, next))
		return false;
	collect->options.measure.is_quiet = next->measure.is_quiet;
	collect->options.measure.is_verbose = next->measure.is_verbose;
	live_set_duration(collect, next->duration_ns);
	if (!next->measure.is_quiet)
		cli_note(CLI_INFO, "%s: reloaded", next->config_path);
	return true;
}

/* All of the file or nothing of it. */
static void take_file(struct collect *collect, struct live_options *next)
{
	const char *difference = NULL, *why;
	bool is_taken = false;

	if (live_options_read(next, collect->command, collect->argc,
			      collect->argv) < 0) {
		difference =
			live_options_difference(&collect->options, next, &why);
		is_taken = !difference && take_reloaded(collect, next);
	}
	if (difference)
		cli_error("%s: not reloaded: %s: %s", next->config_path,
			  difference, why);
	else if (!is_taken)
		cli_error("%s: not reloaded: measuring as before",
			  collect->options.config_path);
}

void live_reload(struct collect *collect)
{
	struct live_options *next = calloc(1, sizeof(*next));

	collect->is_reload_asked = false;
	live_notify_send(&collect->notify, "RELOADING=1\nMONOTONIC_USEC=%lld",
			 (long long)live_read_clock(CLOCK_MONOTONIC) / 1000);
	if (next) {
		take_file(collect, next);
		live_options_fini(next);
	} else {
		cli_error("%s: not reloaded: %s", collect->options.config_path,
			  strerror(ENOMEM));
	}
	free(next);
	live_notify_send(&collect->notify, "READY=1");
}
