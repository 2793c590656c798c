// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_collect.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../lib/campaign.h"
#include "../lib/clock.h"
#include "live_intervals.h"
#include "live_notify.h"
#include "live_options.h"

enum { MAX_WAIT_MS = 1000 };

struct collect {
	struct live_options options;
	const struct cli_command *command; /* what options came from */
	int argc;
	char **argv;
	struct live_maps *maps;
	struct campaign_writer *writer;
	struct live_intervals intervals;
	struct live_notify notify;
	int signal_fd;
	int64_t begin_mono_ns;
	int64_t stop_mono_ns; /* INT64_MAX: never */
	bool is_reload_asked;
	int stop_signal;
	bool has_failed;
};

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
	if (live_intervals_end(&collect->intervals))
		print_status(collect);
	notify_status(collect);
}

/* Returns whether any interface is left. */
static bool look_at_interfaces(struct collect *collect)
{
	bool is_any_left = false;

	for (int i = 0; i < collect->options.n_interfaces; i++) {
		struct live_interface *interface =
			&collect->options.interface[i];

		if (interface->is_down_reported)
			continue;
		if (live_interface_is_there(interface)) {
			is_any_left = true;
			continue;
		}
		interface->is_down_reported = true;
		live_intervals_add_event(&collect->intervals,
					 EVENT_KIND_INTERFACE_DOWN,
					 interface->ifindex);
		cli_error("%s: interface is gone", interface->name);
	}
	return is_any_left;
}

/* Waits for the interval's end, a signal, or a second, whatever is first. */
static void wait_a_while(struct collect *collect)
{
	int64_t mono_ns = live_read_clock(CLOCK_MONOTONIC);
	int64_t rest_ns =
		interval_clock_rest_ns(&collect->intervals.clock, mono_ns);
	struct pollfd fd = { .fd = collect->signal_fd, .events = POLLIN };
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
	if (ppoll(&fd, 1, &wait, NULL) != 1 ||
	    read(collect->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && collect->options.config_path)
		collect->is_reload_asked = true;
	else
		collect->stop_signal = info.ssi_signo;
}

static void set_duration(struct collect *collect, uint64_t duration_ns)
{
	collect->options.duration_ns = duration_ns;
	collect->stop_mono_ns = INT64_MAX;
	if (duration_ns)
		collect->stop_mono_ns =
			collect->begin_mono_ns + (int64_t)duration_ns;
}

static void take_reloaded(struct collect *collect,
			  const struct live_options *next)
{
	collect->options.measure.is_quiet = next->measure.is_quiet;
	collect->options.measure.is_verbose = next->measure.is_verbose;
	set_duration(collect, next->duration_ns);
	if (!next->measure.is_quiet)
		cli_error("%s: reloaded", next->config_path);
}

/* All of the file or nothing of it. */
static void take_file(struct collect *collect, struct live_options *next)
{
	const char *difference, *why;

	if (live_options_read(next, collect->command, collect->argc,
			      collect->argv) >= 0) {
		cli_error("%s: not reloaded: measuring as before",
			  collect->options.config_path);
		return;
	}
	difference = live_options_difference(&collect->options, next, &why);
	if (difference)
		cli_error("%s: not reloaded: %s: %s", next->config_path,
			  difference, why);
	else
		take_reloaded(collect, next);
}

static void reload(struct collect *collect)
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

static void run(struct collect *collect)
{
	for (;;) {
		wait_a_while(collect);
		live_notify_alive(&collect->notify,
				  live_read_clock(CLOCK_MONOTONIC));
		if (collect->is_reload_asked)
			reload(collect);
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

static int draw_hash_key(struct settings *settings)
{
	if (getrandom(settings->hash_key, sizeof(settings->hash_key), 0) !=
	    sizeof(settings->hash_key))
		return -errno;
	settings->hash_key[1] |= 1;
	return 0;
}

static int attach_all(struct collect *collect)
{
	struct live_options *options = &collect->options;
	int err;

	for (int i = 0; i < options->n_interfaces; i++) {
		err = live_attach(&options->interface[i], collect->maps,
				  options->hook);
		if (err)
			return err;
	}
	return 0;
}

static void detach_all(struct collect *collect)
{
	for (int i = 0; i < collect->options.n_interfaces; i++)
		live_detach(&collect->options.interface[i]);
}

/* The first interval starts before the programs do. */
static void begin(struct collect *collect)
{
	collect->begin_mono_ns = live_read_clock(CLOCK_MONOTONIC);
	live_intervals_begin(&collect->intervals, collect->maps,
			     collect->writer,
			     collect->options.measure.config.interval_ns);
	set_duration(collect, collect->options.duration_ns);
}

/* What is loaded first fails first: nothing is created on disk before the
 * kernel has accepted the programs. */
static int prepare(struct collect *collect)
{
	struct live_options *options = &collect->options;
	struct measure_options *measure = &options->measure;
	int err = catch_signals(collect);

	if (!err)
		err = draw_hash_key(&measure->settings);
	if (err) {
		cli_error("collect: not started: %s", strerror(-err));
		return err;
	}
	err = live_maps_open(&measure->settings,
			     options->hook == LIVE_HOOK_XDP ||
				     options->hook == LIVE_HOOK_TAP,
			     measure->is_verbose, &collect->maps);
	if (!err)
		err = campaign_writer_open(measure->output, &measure->config,
					   CAMPAIGN_RESUME, &collect->writer);
	if (err)
		return err;
	begin(collect);
	return attach_all(collect);
}

static void print_start(const struct collect *collect)
{
	const struct live_options *options = &collect->options;
	const struct measure_options *measure = &options->measure;

	if (measure->is_quiet)
		return;
	if (!measure->settings.n_lan)
		cli_error("no --lan prefix: all addresses are on the wan side");
	fprintf(stderr, "spindrift: collecting on %s (%s) into %s\n",
		options->devices,
		live_attach_describe(&options->interface[0], options->hook),
		measure->output);
	if (measure->is_verbose)
		fprintf(stderr,
			"spindrift: tables hold %.0f MiB, %u instructions "
			"verified\n",
			live_maps_memory_bytes(collect->maps) / 1048576.0,
			live_maps_verified_insns(collect->maps, LIVE_INGRESS));
}

/* The last interval ends when the programs no longer run. */
static void finish(struct collect *collect)
{
	live_notify_send(&collect->notify, "STOPPING=1");
	live_intervals_add_event(&collect->intervals, EVENT_KIND_STOP,
				 collect->stop_signal);
	detach_all(collect);
	end_interval(collect);
}

static void print_end(const struct collect *collect)
{
	if (!collect->options.measure.is_quiet)
		fprintf(stderr,
			"spindrift: %" PRIu64 " intervals, %" PRIu64
			" packets, %" PRIu64 " samples in %s\n",
			collect->intervals.n_intervals,
			collect->intervals.n_packets,
			collect->intervals.n_samples,
			collect->options.measure.output);
}

static int run_collect(const struct cli_command *command, int argc, char **argv)
{
	static struct collect collect = { .signal_fd = -1 };
	int code = live_options_read(&collect.options, command, argc, argv);

	if (code < 0 && !live_options_find_interfaces(&collect.options))
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
		detach_all(&collect);
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
	live_maps_close(collect.maps);
	live_intervals_fini(&collect.intervals);
	live_notify_fini(&collect.notify);
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
