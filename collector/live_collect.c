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
#include "interval_clock.h"
#include "live_options.h"

enum { MAX_WAIT_MS = 1000 };

struct collect {
	struct live_options options;
	const struct cli_command *command; /* what options came from */
	int argc;
	char **argv;
	struct live_maps *maps;
	struct campaign_writer *writer;
	struct interval_clock clock;
	struct record record;
	struct record pending; /* gaps and events of the next interval */
	int signal_fd;
	int64_t begin_mono_ns;
	int64_t stop_mono_ns; /* INT64_MAX: never */
	bool is_reload_asked;
	int stop_signal;
	bool has_failed;
	uint64_t n_intervals, n_samples, n_packets;
};

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

static void add_event(struct collect *collect, enum event_kind kind,
		      int64_t value)
{
	struct record_event *event = record_add(&collect->pending.events);

	if (!event)
		return;
	event->time_ns = read_clock(CLOCK_MONOTONIC) + collect->clock.offset_ns;
	event->kind = kind;
	event->value = value;
}

/* Seconds without a measurement between two intervals. */
static void add_gap(struct collect *collect, int64_t start_ns, int64_t end_ns,
		    enum gap_cause cause)
{
	struct record_gap *gap;

	if (end_ns <= start_ns)
		return;
	gap = record_add(&collect->pending.gap);
	if (!gap)
		return;
	gap->start_ns = start_ns;
	gap->end_ns = end_ns;
	gap->cause = cause;
}

/* Gaps and events that came up since the last interval ended. */
static void move_pending(struct collect *collect)
{
	struct record *record = &collect->record;
	struct record *pending = &collect->pending;

	for (size_t i = 0; i < pending->gap.n; i++) {
		struct record_gap *gap = record_add(&record->gap);

		if (gap)
			*gap = pending->gap.row[i];
	}
	for (size_t i = 0; i < pending->events.n; i++) {
		struct record_event *event = record_add(&record->events);

		if (event)
			*event = pending->events.row[i];
	}
	record_clear(pending);
}

static void print_status(const struct collect *collect, uint64_t n_packets)
{
	const struct record *record = &collect->record;
	char text[CLOCK_TEXT_MAX];

	if (collect->options.measure.is_quiet || !isatty(STDERR_FILENO))
		return;
	clock_format_ns(record->start_ns + (int64_t)record->duration_ns, text);
	fprintf(stderr,
		"%s  %" PRIu64 " packets  %" PRIu64 " samples  %zu subnets  "
		"%" PRIu64 " flows opened  %" PRIu64 " refused\n",
		text, n_packets, (uint64_t)record->event[EVENT_SAMPLE],
		record->subnet.n, (uint64_t)record->event[EVENT_FLOW_CREATED],
		(uint64_t)record->event[EVENT_FLOW_REFUSED]);
}

static void count_interval(struct collect *collect)
{
	const struct record *record = &collect->record;
	uint64_t n_drained = drain_count_samples(record);
	uint64_t n_packets = 0;

	for (int i = 0; i < N_OUTCOMES; i++)
		n_packets += record->outcome[i];
	if (n_drained != record->event[EVENT_SAMPLE])
		cli_error("interval %" PRIu64 ": %" PRIu64 " samples counted, "
			  "%" PRIu64 " drained",
			  record->seq, (uint64_t)record->event[EVENT_SAMPLE],
			  n_drained);
	collect->n_intervals++;
	collect->n_packets += n_packets;
	collect->n_samples += n_drained;
	print_status(collect, n_packets);
}

/* Swaps the buffers and fills the record from the one left behind. */
static int drain_interval(struct collect *collect)
{
	struct drain_view view;
	int err = live_maps_swap(collect->maps);

	if (!err)
		err = live_maps_view(collect->maps, &view);
	if (!err)
		err = drain_tables(&view, &collect->record);
	if (!err)
		err = live_maps_clear(collect->maps);
	if (err)
		cli_error("interval: not drained: %s", strerror(-err));
	return err;
}

/* A failed write loses this interval; the writer has said so and goes on. */
static void end_interval(struct collect *collect)
{
	struct record *record = &collect->record;
	struct interval_span span;
	int err;

	record_clear(record);
	err = drain_interval(collect);
	interval_clock_turn(&collect->clock, read_clock(CLOCK_MONOTONIC),
			    &span);
	record->start_ns = span.start_ns;
	record->duration_ns = span.duration_ns;
	record->flags = span.flags;
	record->clock_offset_ns = span.offset_ns;
	move_pending(collect);
	add_gap(collect, span.start_ns + (int64_t)span.duration_ns,
		collect->clock.start_ns, GAP_CLOCK_STEP);
	if (err || !span.duration_ns) {
		collect->has_failed |= err != 0;
		return;
	}
	if (campaign_writer_append(collect->writer, record))
		collect->has_failed = true;
	else
		count_interval(collect);
}

static void look_at_clocks(struct collect *collect)
{
	int64_t mono_ns = read_clock(CLOCK_MONOTONIC);
	int64_t step_ns = interval_clock_look(&collect->clock, mono_ns,
					      read_clock(CLOCK_REALTIME));

	if (!step_ns)
		return;
	add_event(collect, EVENT_KIND_CLOCK_STEP, step_ns);
	cli_error("wall clock: stepped by %+.3f s", (double)step_ns / 1e9);
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
		add_event(collect, EVENT_KIND_INTERFACE_DOWN,
			  interface->ifindex);
		cli_error("%s: interface is gone", interface->name);
	}
	return is_any_left;
}

/* Waits for the interval's end, a signal, or a second, whatever is first. */
static void wait_a_while(struct collect *collect)
{
	int64_t mono_ns = read_clock(CLOCK_MONOTONIC);
	int64_t rest_ns = interval_clock_rest_ns(&collect->clock, mono_ns);
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
static void reload(struct collect *collect)
{
	struct live_options *next = malloc(sizeof(*next));
	const char *difference, *why;

	collect->is_reload_asked = false;
	if (!next) {
		cli_error("%s: not reloaded: %s", collect->options.config_path,
			  strerror(ENOMEM));
		return;
	}
	if (live_options_read(next, collect->command, collect->argc,
			      collect->argv) >= 0) {
		cli_error("%s: not reloaded: measuring as before",
			  collect->options.config_path);
	} else {
		difference =
			live_options_difference(&collect->options, next, &why);
		if (difference)
			cli_error("%s: not reloaded: %s: %s", next->config_path,
				  difference, why);
		else
			take_reloaded(collect, next);
	}
	live_options_fini(next);
	free(next);
}

static void run(struct collect *collect)
{
	for (;;) {
		wait_a_while(collect);
		if (collect->is_reload_asked)
			reload(collect);
		look_at_clocks(collect);
		if (collect->stop_signal ||
		    read_clock(CLOCK_MONOTONIC) >= collect->stop_mono_ns)
			return;
		if (!look_at_interfaces(collect)) {
			cli_error("no interface is left: stopping");
			collect->has_failed = true;
			return;
		}
		if (interval_clock_is_over(&collect->clock,
					   read_clock(CLOCK_MONOTONIC)))
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
	int64_t mono_ns = read_clock(CLOCK_MONOTONIC);

	interval_clock_init(&collect->clock,
			    collect->options.measure.config.interval_ns,
			    mono_ns, read_clock(CLOCK_REALTIME),
			    campaign_writer_end_ns(collect->writer));
	collect->begin_mono_ns = mono_ns;
	set_duration(collect, collect->options.duration_ns);
	add_event(collect, EVENT_KIND_START, 0);
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
	add_event(collect, EVENT_KIND_STOP, collect->stop_signal);
	detach_all(collect);
	end_interval(collect);
}

static void print_end(const struct collect *collect)
{
	if (!collect->options.measure.is_quiet)
		fprintf(stderr,
			"spindrift: %" PRIu64 " intervals, %" PRIu64
			" packets, %" PRIu64 " samples in %s\n",
			collect->n_intervals, collect->n_packets,
			collect->n_samples, collect->options.measure.output);
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
	collect.command = command;
	collect.argc = argc;
	collect.argv = argv;
	if (prepare(&collect)) {
		collect.has_failed = true;
		detach_all(&collect);
		campaign_writer_abandon(collect.writer);
	} else {
		print_start(&collect);
		run(&collect);
		finish(&collect);
		if (campaign_writer_close(collect.writer))
			collect.has_failed = true;
		print_end(&collect);
	}
	live_maps_close(collect.maps);
	record_fini(&collect.record);
	record_fini(&collect.pending);
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
