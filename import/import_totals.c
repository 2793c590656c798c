// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <json-c/json.h>

#include "../core/traffic.h"
#include "../lib/clock.h"

/* campaign.json is small: a month of files by the minute is not listed. */
enum { MAX_LISTED_FILES = 1000 };

void import_totals_add(struct import_totals *totals,
		       const struct record *record)
{
	totals->n_intervals++;
	totals->n_gaps += record->gap.n;
	for (size_t i = 0; i < record->rtt.n; i++)
		totals->n_samples += record->rtt.row[i].count;
}

void import_totals_add_global(struct import_totals *totals,
			      const struct epping_record *record)
{
	for (int i = 0; i < N_ECN; i++)
		totals->ecn[i] += record->ecn[i];
	totals->non_ip.packets += record->non_ip.packets;
	totals->non_ip.bytes += record->non_ip.bytes;
}

static void print_if(uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, ", %" PRIu64 " %s", n, what);
}

void import_totals_print(const struct import_totals *totals, size_t n_files,
			 const char *name)
{
	fprintf(stderr,
		"%s: %zu files, %" PRIu64 " records, %" PRIu64
		" of prefixes, %" PRIu64 " samples, %" PRIu64 " intervals",
		name, n_files, totals->n_records, totals->n_prefixes,
		totals->n_samples, totals->n_intervals);
	print_if(totals->n_gaps, "gaps");
	print_if(totals->n_other, "records of other kinds not imported");
	print_if(totals->n_refused, "records refused");
	print_if(totals->n_damaged, "files damaged");
	fputc('\n', stderr);
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static struct json_object *list_files(const struct import_files *files)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < files->n; i++) {
		const struct epping_file *file = &files->file[i];
		struct json_object *entry = json_object_new_object();
		char time[CLOCK_TEXT_MAX];

		clock_format_ns(file->first_ns, time);
		add_text(entry, "name", import_file_name(file));
		add_number(entry, "n_bytes", file->n_bytes);
		add_text(entry, "first_record", time);
		json_object_array_add(list, entry);
	}
	return list;
}

static void add_metadata(struct json_object *to,
			 const struct epping_settings *settings)
{
	add_number(to, "bins", settings->n_bins);
	add_number(to, "bin_width_ns", settings->bin_width_ns);
	add_number(to, "aggregation_interval_ns", settings->interval_ns);
	add_number(to, "ipv4_prefix_len", settings->v4_prefix_len);
	add_number(to, "ipv6_prefix_len", settings->v6_prefix_len);
}

static void add_totals(struct json_object *to,
		       const struct import_totals *totals)
{
	static const char *const ecn_keys[N_ECN] = {
		[ECN_NOT_ECT] = "ecn_not_ect_packets",
		[ECN_ECT1] = "ecn_ect1_packets",
		[ECN_ECT0] = "ecn_ect0_packets",
		[ECN_CE] = "ecn_ce_packets",
	};

	add_number(to, "n_records", totals->n_records);
	add_number(to, "n_prefix_records", totals->n_prefixes);
	add_number(to, "n_other_records", totals->n_other);
	add_number(to, "n_refused_records", totals->n_refused);
	add_number(to, "n_damaged_files", totals->n_damaged);
	add_number(to, "n_left_bytes", totals->n_left);
	for (int i = 0; i < N_ECN; i++)
		add_number(to, ecn_keys[i], totals->ecn[i]);
	add_number(to, "non_ip_packets", totals->non_ip.packets);
	add_number(to, "non_ip_bytes", totals->non_ip.bytes);
}

char *import_totals_json(const struct import_totals *totals,
			 const struct import_files *files, bool is_old,
			 bool is_complete)
{
	struct json_object *to = json_object_new_object();
	char *text;

	add_text(to, "format", "epping");
	add_text(to, "rx_tx", is_old ? "old" : "new");
	add_text(to, "byte_counts", "frame");
	add_text(to, "sums", "estimated from bins");
	add_metadata(to, import_files_settings(files));
	add_number(to, "n_files", files->n);
	add_text(to, "first_file", import_file_name(&files->file[0]));
	add_text(to, "last_file", import_file_name(&files->file[files->n - 1]));
	if (files->n <= MAX_LISTED_FILES)
		json_object_object_add(to, "files", list_files(files));
	json_object_object_add(to, "is_complete",
			       json_object_new_boolean(is_complete));
	add_totals(to, totals);
	text = strdup(json_object_to_json_string(to));
	json_object_put(to);
	return text;
}
