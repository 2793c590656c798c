/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A running `collect`: what its parts share. One thread, one instance.
 */
#ifndef COLLECTOR_LIVE_STATE_H
#define COLLECTOR_LIVE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "http.h"
#include "live_handover.h"
#include "live_intervals.h"
#include "live_links.h"
#include "live_notify.h"
#include "live_options.h"
#include "live_store.h"
#include "metrics.h"

struct collect {
	struct live_options options;
	const struct cli_command *command; /* what options came from */
	int argc;
	char **argv;
	struct live_maps *maps;
	struct live_links links;
	struct campaign_writer *writer;
	struct live_intervals intervals;
	struct live_notify notify;
	struct live_store store;
	struct live_handover handover;
	bool is_resumed; /* the interval of an earlier process goes on */
	struct metrics metrics;
	struct http_server http;
	int signal_fd;
	int64_t begin_mono_ns;
	int64_t stop_mono_ns; /* INT64_MAX: never */
	bool is_reload_asked;
	int stop_signal;
	bool has_failed;
};

#endif
