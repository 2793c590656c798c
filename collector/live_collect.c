// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_collect.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../lib/campaign.h"
#include "../lib/clock.h"
#include "live_metrics.h"
#include "live_privileges.h"
#include "live_reload.h"
#include "live_state.h"
#include "live_successor.h"

enum { MAX_WAIT_MS = 1000 };

static void print_status(const struct collect *collect)
{
	const struct record *record = &collect->intervals.record;
	char text[CLOCK_TEXT_MAX];

	if (collect->options.measure.is_quiet || !isatty(STDERR_FILENO))
		return;
	clock_format_ns(record->start_ns + (int64_t)record->duration_ns, text);
	fprintf(stderr,
		"%s  %" PRIu64 " packets  %" PRIu64 " samples  %zu subnets  "
		"%" PRIu64 " flows opened  %" PRIu64 " refused\n",
		text, collect->intervals.n_last_packets,
		(uint64_t)record->event[EVENT_SAMPLE], record->subnet.n,
		(uint64_t)record->event[EVENT_FLOW_CREATED],
		(uint64_t)record->event[EVENT_FLOW_REFUSED]);
}

static void notify_status(const struct collect *collect)
{
	const struct record *record = &collect->intervals.record;

	live_notify_send(&collect->notify,
			 "STATUS=%" PRIu64 " packets, %" PRIu64
			 " samples, %zu subnets in the last interval; %" PRIu64
			 " intervals, %" PRIu64 " lost",
			 collect->intervals.n_last_packets,
			 (uint64_t)record->event[EVENT_SAMPLE],
			 record->subnet.n, collect->intervals.n_intervals,
			 collect->intervals.n_lost);
}

static void end_interval(struct collect *collect)
{
	bool is_written = live_intervals_end(&collect->intervals);

	if (is_written)
		print_status(collect);
	live_metrics_count(collect, is_written);
	notify_status(collect);
}

/* False when there is nothing to wait for. */
static bool look_at_interfaces(struct collect *collect)
{
	struct live_links *links = &collect->links;
	int n_attached = live_links_look(links,
					 live_read_clock(CLOCK_MONOTONIC),
					 live_report_change, collect);

	if (n_attached < links->n_interfaces)
		collect->intervals.is_partial = true;
	return n_attached || !links->is_settled;
}

/* Waits for the interval's end, a signal, or a second, whatever is first. */
static void wait_a_while(struct collect *collect)
{
	int64_t mono_ns = live_read_clock(CLOCK_MONOTONIC);
	int64_t rest_ns =
		interval_clock_rest_ns(&collect->intervals.log.clock, mono_ns);
	struct pollfd fds[2 + HTTP_MAX_FDS] = {
		{ .fd = collect->signal_fd, .events = POLLIN },
		{ .fd = collect->links.news_fd, .events = POLLIN },
	};
	int n_fds = 2 + http_poll_fds(&collect->http, fds + 2);
	struct signalfd_siginfo info;
	struct timespec wait;

	if (collect->stop_mono_ns - mono_ns < rest_ns)
		rest_ns = collect->stop_mono_ns - mono_ns;
	if (rest_ns > MAX_WAIT_MS * 1000000LL)
		rest_ns = MAX_WAIT_MS * 1000000LL;
	if (rest_ns < 0)
		rest_ns = 0;
	wait.tv_sec = rest_ns / CLOCK_NS_PER_S;
	wait.tv_nsec = rest_ns % CLOCK_NS_PER_S;
	if (ppoll(fds, n_fds, &wait, NULL) < 1 || !(fds[0].revents & POLLIN) ||
	    read(collect->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && collect->options.config_path)
		collect->is_reload_asked = true;
	else
		collect->stop_signal = info.ssi_signo;
}

static void run(struct collect *collect)
{
	for (;;) {
		wait_a_while(collect);
		live_notify_alive(&collect->notify,
				  live_read_clock(CLOCK_MONOTONIC));
		if (collect->is_reload_asked)
			live_reload(collect);
		live_intervals_look_at_clocks(&collect->intervals);
		if (collect->stop_signal ||
		    live_read_clock(CLOCK_MONOTONIC) >= collect->stop_mono_ns)
			return;
		if (!look_at_interfaces(collect)) {
			cli_error("no interface is left: stopping");
			collect->has_failed = true;
			return;
		}
		if (live_intervals_is_over(&collect->intervals))
			end_interval(collect);
		http_serve(&collect->http, live_read_clock(CLOCK_MONOTONIC));
		live_intervals_save(&collect->intervals);
		campaign_writer_poll(collect->writer);
	}
}

static int catch_signals(struct collect *collect)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	collect->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	return collect->signal_fd < 0 ? -errno : 0;
}

/* What must be removed at the end cannot be removed without the right to. */
static int settle(struct collect *collect)
{
	if (!live_links_is_transient(&collect->links)) {
		cli_error("--drop-all: not possible here: clsact filters and "
			  "the flag of a mirror port must be removed at the "
			  "end");
		return -EPERM;
	}
	collect->links.is_settled = true;
	return live_privileges_drop();
}

/* What is loaded first fails first: nothing is created on disk before the
 * kernel has accepted the programs. */
static int open_all(struct collect *collect)
{
	const struct measure_options *measure = &collect->options.measure;
	int err = catch_signals(collect);

	if (err) {
		cli_error("collect: not started: %s", strerror(-err));
		return err;
	}
	err = live_metrics_open(collect);
	if (!err)
		err = live_successor_load(collect);
	if (!err)
		err = campaign_writer_open(measure->output, &measure->config,
					   CAMPAIGN_RESUME, &collect->writer);
	return err;
}

/* The first interval starts before the programs do. */
static int prepare(struct collect *collect)
{
	int err = open_all(collect);

	if (err)
		return err;
	collect->begin_mono_ns = live_read_clock(CLOCK_MONOTONIC);
	live_set_duration(collect, collect->options.duration_ns);
	live_successor_begin(collect);
	err = live_links_attach(&collect->links, collect->maps, &collect->store,
				&collect->notify);
	if (err)
		return err;
	live_successor_leave(collect);
	return collect->options.drops_all ? settle(collect) : 0;
}

static void print_start(const struct collect *collect)
{
	const struct live_options *options = &collect->options;
	const struct measure_options *measure = &options->measure;

	if (measure->is_quiet)
		return;
	if (!measure->settings.n_lan)
		cli_note(CLI_WARNING,
			 "no --lan prefix: all addresses are on the wan side");
	cli_note(CLI_INFO, "collecting on %s (%s) into %s", options->devices,
		 live_attach_describe(&collect->links.interface[0],
				      options->hook),
		 measure->output);
	if (measure->is_verbose)
		cli_note(CLI_INFO,
			 "tables hold %.0f MiB, %u instructions verified",
			 live_maps_memory_bytes(collect->maps) / 1048576.0,
			 live_maps_verified_insns(collect->maps, LIVE_INGRESS));
}

/* The last interval ends when the programs no longer run, or, where they are
 * left for the next process, a little before. */
static void finish(struct collect *collect)
{
	live_notify_send(&collect->notify, "STOPPING=1");
	live_intervals_add_event(&collect->intervals, EVENT_KIND_STOP,
				 collect->stop_signal);
	if (!live_successor_is_left(collect))
		live_links_detach(&collect->links);
	end_interval(collect);
}

static void print_end(const struct collect *collect)
{
	if (!collect->options.measure.is_quiet)
		cli_note(CLI_INFO,
			 "%" PRIu64 " intervals, %" PRIu64 " packets, %" PRIu64
			 " samples in %s",
			 collect->intervals.n_intervals,
			 collect->intervals.n_packets,
			 collect->intervals.n_samples,
			 collect->options.measure.output);
}

static int run_collect(const struct cli_command *command, int argc, char **argv)
{
	static struct collect collect = { .signal_fd = -1,
					  .http.fd = -1,
					  .handover.fd = -1 };
	int code;

	cli_log_as_service();
	code = live_options_read(&collect.options, command, argc, argv);
	if (code < 0 && !live_links_find(&collect.links, &collect.options))
		code = EXIT_FAILED;
	if (code >= 0) {
		live_options_fini(&collect.options);
		return code;
	}
	live_notify_init(&collect.notify);
	collect.command = command;
	collect.argc = argc;
	collect.argv = argv;
	if (prepare(&collect)) {
		collect.has_failed = true;
		live_links_detach(&collect.links);
		campaign_writer_abandon(collect.writer);
	} else {
		print_start(&collect);
		live_notify_send(&collect.notify, "READY=1");
		run(&collect);
		finish(&collect);
		if (campaign_writer_close(collect.writer) ||
		    collect.intervals.has_failed)
			collect.has_failed = true;
		print_end(&collect);
	}
	live_links_detach(&collect.links);
	live_maps_close(collect.maps);
	live_handover_fini(&collect.handover);
	live_intervals_fini(&collect.intervals);
	live_notify_fini(&collect.notify);
	http_close(&collect.http);
	live_options_fini(&collect.options);
	return collect.has_failed ? EXIT_FAILED : EXIT_DONE;
}

const struct cli_command collect_command = {
	.name = "collect",
	.operands = "",
	.summary = "measure live into a campaign, until a signal or --duration",
	.options = live_option_table,
	.run = run_collect,
};
