// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/campaign.h"
#include "../lib/clock.h"
#include "../lib/progress.h"
#include "../lib/stop.h"
#include "measure_options.h"
#include "memory_tables.h"
#include "merge.h"
#include "replay_totals.h"

enum {
	PACKETS_PER_PROGRESS = 4096,
	/* Parsed packets whose memory is being fetched. More than the misses
	 * that a processor has under way brings nothing. */
	N_AHEAD = 8,
};

struct replay {
	struct machine *tables;
	struct memory_packet ahead[N_AHEAD];
	unsigned int n_parsed, n_taken; /* wrap; their difference counts */
	struct merge *merge;
	struct campaign_writer *writer;
	struct progress progress;
	struct record record; /* of the open interval; filled when it ends */
	uint32_t sources;
	/* The open interval, once a packet had a time. */
	bool is_open;
	bool starts_coverage; /* of the next packet that has a time */
	int64_t start_ns, width_ns;
	int64_t newest_ns; /* latest time of a packet */
	/* Backward jumps in the open interval. */
	uint64_t n_backward;
	int64_t first_backward_ns;
	struct replay_totals totals;
};

static int refuse_memory(const char *what)
{
	cli_error("%s: cannot go on: out of memory", what);
	return -ENOMEM;
}

/* Appends the record for the interval at start_ns and clears it. */
static int append(struct replay *replay)
{
	int err;

	replay->record.start_ns = replay->start_ns;
	replay->record.duration_ns = (uint64_t)replay->width_ns;
	err = campaign_writer_append(replay->writer, &replay->record);
	if (!err)
		replay_totals_add(&replay->totals, &replay->record);
	record_clear(&replay->record);
	return err;
}

static int add_backward_event(struct replay *replay)
{
	struct record_event *event;

	if (replay->n_backward == 0)
		return 0;
	event = record_add(&replay->record.events);
	if (!event)
		return -ENOMEM;
	event->time_ns = replay->first_backward_ns;
	event->kind = EVENT_KIND_TIME_BACKWARD;
	event->value = (int64_t)replay->n_backward;
	return 0;
}

static void take_one(struct replay *replay)
{
	memory_tables_take(replay->tables,
			   &replay->ahead[replay->n_taken++ % N_AHEAD]);
}

static void take_all(struct replay *replay)
{
	while (replay->n_taken != replay->n_parsed)
		take_one(replay);
}

/* Ends the open interval: tables into a record into the campaign. */
static int end_interval(struct replay *replay, uint8_t flags)
{
	struct drain_view view;

	take_all(replay);
	memory_tables_swap(replay->tables);
	memory_tables_view(replay->tables, &view);
	if (drain_tables(&view, &replay->record) < 0 ||
	    add_backward_event(replay) < 0)
		return refuse_memory("replay");
	memory_tables_clear(replay->tables);
	replay->record.flags |= flags;
	/* Flags and gaps set here before belong to this record. */
	return append(replay);
}

static int add_gap(struct replay *replay, int64_t start_ns, int64_t end_ns)
{
	struct record_gap *gap = record_add(&replay->record.gap);

	if (!gap)
		return refuse_memory("replay");
	gap->start_ns = start_ns;
	gap->end_ns = end_ns;
	gap->cause = GAP_NO_CAPTURE;
	replay->record.flags |= INTERVAL_GAP | INTERVAL_PARTIAL;
	return 0;
}

/* Ends the open interval and opens the one that holds time_ns. */
static int move_on(struct replay *replay, int64_t time_ns)
{
	int64_t target_ns =
		clock_interval_start_ns(time_ns, (uint64_t)replay->width_ns);
	int64_t next_ns = replay->start_ns + replay->width_ns;
	bool is_gap =
		target_ns > next_ns &&
		(replay->starts_coverage ||
		 (target_ns - next_ns) / replay->width_ns > REPLAY_MAX_EMPTY);
	int err = end_interval(replay, is_gap ? INTERVAL_PARTIAL : 0);

	replay->n_backward = 0;
	for (; !err && !is_gap && next_ns < target_ns;
	     next_ns += replay->width_ns) {
		replay->start_ns = next_ns;
		err = append(replay);
	}
	replay->start_ns = target_ns;
	if (!err && is_gap)
		err = add_gap(replay, next_ns, target_ns);
	return err;
}

static int follow_time(struct replay *replay, int64_t time_ns)
{
	if (!replay->is_open) {
		replay->is_open = true;
		replay->start_ns = clock_interval_start_ns(
			time_ns, (uint64_t)replay->width_ns);
		replay->record.flags |= INTERVAL_PARTIAL;
		replay->newest_ns = time_ns;
		return 0;
	}
	if (time_ns < replay->newest_ns) {
		replay->totals.n_backward++;
		if (replay->n_backward++ == 0)
			replay->first_backward_ns = replay->newest_ns;
		return 0;
	}
	replay->newest_ns = time_ns;
	if (time_ns < replay->start_ns + replay->width_ns)
		return 0;
	return move_on(replay, time_ns);
}

/*
 * No RTT may come of a packet without a time. Its own stamps are of 1970, so
 * replies to them are too late; replies that it brings come before their stamp,
 * and where both are such packets the sources are off.
 */
static void observe_untimed(struct replay *replay,
			    const struct capture_packet *packet)
{
	replay->totals.n_untimed++;
	take_all(replay);
	replay->tables->settings.sources = 0;
	memory_tables_observe(replay->tables, packet->bytes, packet->n_captured,
			      packet->n_wire, packet->link, 0);
	replay->tables->settings.sources = replay->sources;
}

static void observe_timed(struct replay *replay,
			  const struct capture_packet *packet)
{
	if (replay->n_parsed - replay->n_taken == N_AHEAD)
		take_one(replay);
	memory_tables_parse(replay->tables, packet->bytes, packet->n_captured,
			    packet->n_wire, packet->link,
			    (uint64_t)packet->time_ns,
			    &replay->ahead[replay->n_parsed++ % N_AHEAD]);
}

static int observe_all(struct replay *replay)
{
	struct merge_packet got;
	const struct capture_packet *packet = &got.packet;
	int err = 0;

	while (!err && !stop_signal() && merge_next(replay->merge, &got)) {
		if (replay->totals.n_packets++ % PACKETS_PER_PROGRESS == 0)
			progress_update(&replay->progress,
					merge_input_bytes(replay->merge));
		replay->starts_coverage |= got.starts_coverage;
		if (!packet->has_time) {
			observe_untimed(replay, packet);
			continue;
		}
		err = follow_time(replay, packet->time_ns);
		replay->starts_coverage = false;
		observe_timed(replay, packet);
	}
	if (!err && replay->is_open)
		err = end_interval(replay, INTERVAL_PARTIAL);
	return err;
}

/* "a.pcap,b.pcap", without directories; malloc()ed. */
static char *join_names(char *const *paths, size_t n)
{
	size_t n_bytes = 1;
	char *joined, *end;

	for (size_t i = 0; i < n; i++)
		n_bytes += strlen(basename(paths[i])) + 1;
	joined = malloc(n_bytes);
	if (!joined)
		return NULL;
	end = joined;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*end++ = ',';
		end = stpcpy(end, basename(paths[i]));
	}
	*end = '\0';
	return joined;
}

/* Nothing is written before every capture was found to be one. */
static int open_all(struct replay *replay, struct measure_options *options,
		    char **captures, size_t n_captures)
{
	char *devices = join_names(captures, n_captures);
	int err = devices ? 0 : refuse_memory("replay");

	if (!err)
		err = merge_open(captures, n_captures, &replay->progress,
				 &replay->merge);
	if (err)
		goto out;
	replay->tables = memory_tables_new(&options->settings);
	if (!replay->tables) {
		err = refuse_memory("tables of --max-flows, --max-subnets and "
				    "--max-histograms");
		goto out;
	}
	options->config.command = "replay";
	options->config.devices = devices;
	/* The capture is still there after a power cut. */
	err = campaign_writer_open(options->output, &options->config,
				   CAMPAIGN_RELAXED | CAMPAIGN_WHOLE,
				   &replay->writer);
out:
	free(devices);
	return err;
}

/* Seals what was written, or leaves nothing behind: what a full disk cut would
 * look like a shorter capture. */
static int close_all(struct replay *replay, int err)
{
	int close_err = 0;

	if (!err && replay->writer && replay->totals.n_intervals > 0)
		close_err = campaign_writer_close(replay->writer);
	else if (replay->writer)
		campaign_writer_abandon(replay->writer);
	merge_close(replay->merge);
	memory_tables_free(replay->tables);
	record_fini(&replay->record);
	return err ? err : close_err;
}

static int replay_captures(struct measure_options *options, char **captures,
			   size_t n_captures)
{
	struct replay replay = {
		.sources = options->settings.sources,
		.width_ns = (int64_t)options->config.interval_ns,
	};
	bool has_failed = false;
	int err;

	stop_on_signals();
	progress_init(&replay.progress, "replay", 0, options->is_quiet);
	err = open_all(&replay, options, captures, n_captures);
	if (!err) {
		replay.progress.total = merge_total_bytes(replay.merge);
		err = observe_all(&replay);
		progress_hide(&replay.progress);
		has_failed = merge_has_failed(replay.merge);
		if (!err && stop_signal() && !has_failed) {
			cli_error("%s: ends early: stopped by SIG%s",
				  options->output, sigabbrev_np(stop_signal()));
			has_failed = true;
		}
		if (!err && replay.totals.n_intervals == 0 && !has_failed) {
			cli_error("%s: nothing to measure: %s", captures[0],
				  replay.totals.n_packets ?
					  "no packet has a time" :
					  "it holds no packet");
			has_failed = true;
		}
	}
	err = close_all(&replay, err);
	/* A damaged capture had its line, which stays the only one. */
	if (!err && !options->is_quiet && (!has_failed || options->is_verbose))
		replay_totals_print(&replay.totals, options->output,
				    options->is_verbose);
	return err ? err : has_failed ? -EBADMSG : 0;
}

static int run(const struct cli_command *command, int argc, char **argv)
{
	struct measure_options options;
	struct cli_parse parse;
	int option, result;

	measure_options_init(&options);
	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, command)) >= 0)
		if (!measure_options_take(&options, option, parse.value))
			return EXIT_USAGE;
	result = cli_parse_result(&parse);
	if (result >= 0)
		return result;
	if (!measure_options_finish(&options))
		return EXIT_USAGE;
	if (parse.next == argc) {
		cli_error("replay: no capture: name a file, or - for stdin");
		return EXIT_USAGE;
	}
	return replay_captures(&options, argv + parse.next,
			       (size_t)(argc - parse.next)) == 0 ?
		       EXIT_DONE :
		       EXIT_FAILED;
}

static const struct cli_option replay_options[] = {
	MEASURE_OPTION_ROWS,
	{ 0 },
};

const struct cli_command replay_command = {
	.name = "replay",
	.operands = "CAPTURE...",
	.summary = "measure captured packets (pcap, pcapng; .gz .xz .zst; - is "
		   "stdin)",
	.options = replay_options,
	.run = run,
};
