/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest.jsonl: one JSON object per sealed segment, appended when the segment
 * is durable (spindrift-segment(5), MANIFEST). A later line for the same path
 * replaces an earlier one; text after the last newline is a torn line and does
 * not count. Nothing here prints; errors are negative errno.
 */
#ifndef LIB_MANIFEST_H
#define LIB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_NAME "manifest.jsonl"

enum { MANIFEST_SHA256_CHARS = 64, MANIFEST_UUID_CHARS = 36 };

struct manifest_entry {
	char *path; /* relative to the campaign, below it */
	char sha256[MANIFEST_SHA256_CHARS + 1];
	char campaign_uuid[MANIFEST_UUID_CHARS + 1];
	uint64_t n_file_bytes;
	uint64_t first_seq, last_seq;
	int64_t time_start_ns, time_end_ns;
	uint64_t n_intervals, n_subnets, n_rtt_rows, n_traffic_rows;
	/* The file was removed on purpose: the entry tells what it held. */
	bool is_removed;
};

struct manifest {
	struct manifest_entry *entry;
	size_t n, max;
	uint64_t valid_bytes; /* end of the last whole line */
	/* Lines that are none, and the first of them, counted from 1. */
	size_t n_damaged, damaged_line;
	bool is_torn; /* no whole line comes after it */
};

/* A campaign without a manifest has an empty one. -EBADMSG names the line in
 * *ret_line (counted from 1). A damaged last line, as a power cut may leave it,
 * is no error: the caller looks at is_torn. */
int manifest_read(int campaign_fd, struct manifest *ret_manifest,
		  size_t *ret_line);
/* For repair: the lines that are whole, whatever lies between them. */
int manifest_read_damaged(int campaign_fd, struct manifest *ret_manifest);
void manifest_fini(struct manifest *manifest);
const struct manifest_entry *manifest_find(const struct manifest *manifest,
					   const char *path);

/* Cuts off a line that was never finished, if there is one. */
int manifest_cut(int campaign_fd);
/* Writes the whole lines anew, durably, and keeps the damaged file beside as
 * manifest.jsonl.damaged. */
int manifest_repair(int campaign_fd);

/* Returns when the line is durable; leaves the file as it was on failure, but
 * for a torn line before it. Any number of processes may append. */
int manifest_append(int campaign_fd, const struct manifest_entry *entry);

/* Hash, in hexadecimal, and length of a file. */
int manifest_hash_file(int campaign_fd, const char *path,
		       char sha256[MANIFEST_SHA256_CHARS + 1],
		       uint64_t *ret_n_bytes);

#endif
