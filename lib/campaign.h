/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A campaign directory: campaign.json, raw/YYYY/MM/DD/NAME.h5, journal/,
 * manifest.jsonl, lock (spindrift-segment(5)).
 *
 * Two views. struct campaign_writer belongs to the one program that adds
 * intervals (collect, replay, import, the test generator); it holds the lock.
 * struct campaign_reader belongs to any number of readers, never writes, and
 * sees sealed segments plus the valid prefix of each journal, de-duplicated by
 * sequence number.
 *
 * Every function that can refuse prints exactly one line to stderr,
 * `spindrift: OBJECT: problem: cause`, and returns a negative errno.
 */
#ifndef LIB_CAMPAIGN_H
#define LIB_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anonymise.h"
#include "record.h"
#include "segment.h"
#include "segment_level.h"

/* What makes two campaigns "the same configuration": all of it but vantage
 * facts of the machine. Strings are borrowed for the call. */
struct campaign_config {
	const char *command;       /* "collect", "replay", ... */
	const char *vantage_point; /* free text, may be "" */
	const char *devices;       /* interfaces or captures, comma-separated */
	uint64_t interval_ns;
	uint8_t v4_prefix_len, v6_prefix_len;
	const char *const *lan; /* CIDR strings */
	size_t n_lan;
	uint32_t sources;      /* bit i: source i is recorded */
	bool is_tunnel_outer;  /* tunnels are not entered */
	bool is_lan_collapsed; /* rows of LAN subnets are not kept apart */
	/* Addresses, those of lan too, are replaced under this key before they
	 * are written (copied); NULL: they are kept. */
	const struct anonymise_key *anonymise;
	uint64_t max_flows, max_subnets, max_hists;
	/* Imported histograms keep their bins: so many of one width, from 0.
	 * 0: the layout of core/hist.h. */
	uint32_t n_linear_bins;
	uint64_t bin_width_ns;
};

struct campaign_writer;

/* campaign_create flags */
enum campaign_open {
	CAMPAIGN_RESUME = 1, /* one of equal configuration goes on */
	/* Intervals that can be had again (from a capture) do not wait for the
	 * disk one by one; sealed segments still do. */
	CAMPAIGN_RELAXED = 2,
	/* Written whole or not at all: campaign_writer_close() removes a new
	 * campaign that it could not seal. */
	CAMPAIGN_WHOLE = 4,
};

/*
 * Opens a campaign for writing at `path`, which must not exist or be an empty
 * directory, or with CAMPAIGN_RESUME be a campaign of equal configuration
 * (devices and limits may differ). Recovers what an earlier writer left.
 */
int campaign_writer_open(const char *path, const struct campaign_config *config,
			 unsigned flags, struct campaign_writer **ret_writer);

/* End (UTC) of the last interval in the campaign, or INT64_MIN when none: the
 * caller never starts an interval before it. */
int64_t campaign_writer_end_ns(const struct campaign_writer *writer);

/*
 * Appends one interval: journal, fdatasync, and at an hour's turn, or when the
 * journal is large, seals in a child process while the caller goes on. Sets
 * record->seq, and replaces its addresses where the configuration says so. A failure to write loses this interval only (the next record
 * carries its gap) and returns the cause; -EINVAL when it starts before
 * campaign_writer_end_ns().
 */
int campaign_writer_append(struct campaign_writer *writer,
			   struct record *record);

/* Devices and limits are others from the next interval on, which begins a
 * journal of its own. -ENOMEM: as before. */
int campaign_writer_set_config(struct campaign_writer *writer,
			       const struct campaign_config *config);

/* Puts a JSON object into campaign.json under that key, in place of one that is
 * there: where foreign data came from. Its line is printed. */
int campaign_writer_describe(struct campaign_writer *writer, const char *key,
			     const char *json);

/* Reaps a finished sealing child and starts the next; never blocks. */
void campaign_writer_poll(struct campaign_writer *writer);

/* Seals everything, waits for it, releases the lock, frees. NULL is accepted.
 * Returns the first failure of all that it did. */
int campaign_writer_close(struct campaign_writer *writer);

/* Removes the campaign, intervals and all, if this writer created it; one that
 * it resumed stays, sealed. Releases, frees. NULL is accepted. */
void campaign_writer_abandon(struct campaign_writer *writer);

struct campaign_reader;

/* One part: a sealed segment, a rollup, or the tail of a journal. */
struct campaign_part {
	const char *path; /* relative to the campaign */
	const char
		*campaign_uuid; /* of a merged campaign, where it came from */
	enum segment_level level;
	bool is_journal;
	int64_t time_start_ns, time_end_ns;
	uint64_t first_seq, last_seq;
	uint64_t n_file_bytes;
	/* Sizes of a sealed segment; 0 for a journal until it is loaded. */
	uint64_t n_subnets, n_rtt_rows;
};

/* What a question needs. */
struct campaign_wish {
	enum segment_level max_level; /* the coarsest rows that are wanted */
	uint64_t step_ns;             /* of the answer; 0: the whole period */
	int64_t from_ns, to_ns;
};

/*
 * -ENOENT, -ENOTDIR, -EINVAL (not a campaign), each with its line. The parts
 * are then the finest that are kept.
 */
int campaign_reader_open(const char *path, struct campaign_reader **ret_reader);
/*
 * Chooses other parts: the coarsest that give the answer that the raw segments
 * would give. Positions of parts change. -ENOTSUP with its line when what is
 * kept of the period is too coarse.
 */
int campaign_reader_choose(struct campaign_reader *reader,
			   const struct campaign_wish *wish);
void campaign_reader_close(struct campaign_reader *reader);
const char *campaign_reader_path(const struct campaign_reader *reader);
/* campaign.json as text, NUL-terminated, borrowed. */
const char *campaign_reader_config_json(const struct campaign_reader *reader);
uint64_t campaign_reader_interval_ns(const struct campaign_reader *reader);
/* Parts in time order. */
size_t campaign_reader_n_parts(const struct campaign_reader *reader);
const struct campaign_part *
campaign_reader_part(const struct campaign_reader *reader, size_t part_idx);

/*
 * Loads the groups of `load` (enum segment_load) of one part. Files are checked
 * as they are read: checksums, bounds of every index and pointer; a damaged one
 * is -EBADMSG with its line. The caller ends with segment_fini().
 */
int campaign_reader_load(const struct campaign_reader *reader, size_t part_idx,
			 unsigned load, struct segment *ret_segment);

/*
 * The same for a part that is no journal, to be read range by range: rollups
 * may be larger than memory. campaign_reader_range() is segment_file_range()
 * with its line.
 */
struct segment_file;
int campaign_reader_open_file(const struct campaign_reader *reader,
			      size_t part_idx, unsigned load,
			      struct segment_file **ret_file);
int campaign_reader_range(const struct campaign_reader *reader, size_t part_idx,
			  struct segment_file *file, size_t first, size_t end,
			  struct segment *ret_range);

#endif
