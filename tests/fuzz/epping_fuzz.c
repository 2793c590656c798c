// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as output of ePPing. In one piece, in which histograms are read
 * without yajl, and byte by byte, in which they are not, the same records come
 * out; what is converted of them is a record that can be written, in intervals
 * that follow each other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../import/epping_convert.h"
#include "../../import/epping_intervals.h"
#include "../../import/epping_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Enough of a record to tell two of them apart, and all of several. */
struct digest {
	uint64_t hash, n_records;
};

struct run {
	struct digest digest;
	struct epping_convert convert;
	struct epping_intervals intervals;
	bool has_settings;
	int64_t end_ns;
	uint64_t n_samples, n_taken;
};

static void mix(struct digest *digest, const void *bytes, size_t n)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < n; i++)
		digest->hash = (digest->hash ^ byte[i]) * 0x100000001b3u;
}

static void add_to_digest(struct digest *digest,
			  const struct epping_record *record)
{
	bool has_problem = record->problem;

	digest->n_records++;
	mix(digest, &record->offset, sizeof(record->offset));
	mix(digest, &has_problem, sizeof(has_problem));
	if (has_problem)
		return;
	mix(digest, &record->fields,
	    offsetof(struct epping_record, protocol) -
		    offsetof(struct epping_record, fields));
	mix(digest, record->bin, record->n_bins * sizeof(record->bin[0]));
}

/* What a campaign refuses must not come out. */
static int append(void *context, struct record *record)
{
	struct run *run = context;

	if (record_check(record) || record->start_ns < run->end_ns ||
	    record->duration_ns == 0)
		abort();
	run->end_ns = record->start_ns + (int64_t)record->duration_ns;
	for (size_t i = 0; i < record->rtt.n; i++) {
		const struct record_rtt *rtt = &record->rtt.row[i];

		if ((unsigned __int128)rtt->min_ns * rtt->count > rtt->sum_ns ||
		    (unsigned __int128)rtt->max_ns * rtt->count < rtt->sum_ns)
			abort();
		run->n_samples += rtt->count;
	}
	return 0;
}

static void take_metadata(struct run *run, const struct epping_record *record)
{
	struct epping_settings settings;
	int64_t time_ns;

	if (epping_settings_read(record, &settings) ||
	    epping_time(record, &time_ns))
		return;
	if (!run->has_settings) {
		run->convert.settings = settings;
		run->intervals.width_ns = (int64_t)settings.interval_ns;
	}
	run->has_settings = true;
	epping_intervals_add_metadata(&run->intervals, time_ns);
}

static void convert(struct run *run, const struct epping_record *record)
{
	struct record_subnet subnet;
	struct record *interval;
	int64_t time_ns;

	run->convert.is_old = record->fields & EPPING_FIELD_FLAT;
	if (!run->has_settings || epping_time(record, &time_ns))
		return;
	if (record->fields & EPPING_FIELD_PREFIX &&
	    epping_check_prefix(&run->convert, record, &subnet))
		return;
	if (epping_intervals_find(&run->intervals, time_ns, &interval))
		return;
	if (record->fields & EPPING_FIELD_PREFIX) {
		epping_add_prefix(&run->convert, record, &subnet, interval);
		run->n_taken += record->count_rtt;
	} else {
		epping_add_global(record, interval);
	}
}

static bool take(void *context, const struct epping_record *record)
{
	struct run *run = context;

	add_to_digest(&run->digest, record);
	if (record->problem)
		return true;
	if (record->fields & EPPING_FIELD_METADATA)
		take_metadata(run, record);
	else
		convert(run, record);
	return true;
}

/* A copy of its own size shows a read beyond a piece. */
static bool feed_copy(struct epping_parser *parser, const uint8_t *bytes,
		      size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	bool is_going;

	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	is_going = epping_parser_feed(parser, copy, n);
	free(copy);
	return is_going;
}

static struct digest run_pieces(const uint8_t *bytes, size_t n, size_t n_piece)
{
	struct run run = { .end_ns = INT64_MIN };
	struct epping_parser *parser = epping_parser_new(take, &run);
	bool is_going = true;

	if (!parser)
		abort();
	run.intervals.append = append;
	run.intervals.context = &run;
	for (size_t at = 0; at < n && is_going; at += n_piece)
		is_going = feed_copy(parser, bytes + at,
				     n - at < n_piece ? n - at : n_piece);
	/* Whether it ends well, and where its last record does. */
	run.digest.hash += epping_parser_end(parser);
	run.digest.hash += epping_parser_records_end(parser) << 1;
	if (epping_parser_records_end(parser) > n)
		abort();
	epping_intervals_end(&run.intervals);
	if (run.n_samples != run.n_taken)
		abort();
	epping_intervals_fini(&run.intervals);
	epping_parser_free(parser);
	return run.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct digest whole, single, pieces;

	if (n > 1 << 16)
		return 0;
	whole = run_pieces(bytes, n, n ? n : 1);
	single = run_pieces(bytes, n, 1);
	pieces = run_pieces(bytes, n, 37);
	if (whole.hash != single.hash || whole.n_records != single.n_records ||
	    whole.hash != pieces.hash || whole.n_records != pieces.n_records)
		abort();
	return 0;
}
