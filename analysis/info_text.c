// SPDX-License-Identifier: GPL-2.0-or-later
#include "info_text.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "../core/traffic.h"
#include "../lib/clock.h"
#include "info_quic.h"
#include "output.h"

/* More gaps are counted, not listed: -t and -j have them all. */
enum { MAX_GAPS_SHOWN = 12 };

struct counter_text {
	const char *name, *meaning;
};

static const struct counter_text outcome_texts[] = {
#define X(upper, name, text) { #name, text },
	OUTCOME_TABLE(X)
#undef X
};

static const struct counter_text event_texts[] = {
#define X(upper, name, text) { #name, text },
	EVENT_TABLE(X)
#undef X
};

static void print_line(FILE *stream, const char *name, const char *value)
{
	if (value && *value)
		fprintf(stream, "%-15s%s\n", name, value);
}

static void print_origin(const struct info *info,
			 const struct campaign_reader *reader, FILE *stream)
{
	print_line(stream, "campaign", campaign_reader_path(reader));
	print_line(stream, "vantage point", info->vantage_point);
	print_line(stream, "devices", info->devices);
	print_line(stream, "host", info->host);
	print_line(stream, "kernel", info->kernel);
	print_line(stream, "tool version", info->tool_version);
}

/* A list is joined by commas; what is nested deeper stays JSON. */
static void print_config_value(struct json_object *value, FILE *stream)
{
	size_t n = json_object_is_type(value, json_type_array) ?
			   json_object_array_length(value) :
			   0;

	for (size_t i = 0; i < n; i++)
		fprintf(stream, "%s%s", i ? ", " : "",
			json_object_get_string(
				json_object_array_get_idx(value, i)));
	if (!json_object_is_type(value, json_type_array))
		fputs(value ? json_object_get_string(value) : "", stream);
	fputc('\n', stream);
}

/* Objects within objects, and lists of them, are for those who ask for JSON. */
static bool is_plain(struct json_object *value)
{
	if (json_object_is_type(value, json_type_array))
		return !json_object_array_length(value) ||
		       is_plain(json_object_array_get_idx(value, 0));
	return !json_object_is_type(value, json_type_object);
}

static void print_object(struct json_object *file, const char *name,
			 const char *label, FILE *stream)
{
	struct json_object *object;

	if (!json_object_object_get_ex(file, name, &object) ||
	    !json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, key, value) {
		if (!is_plain(value))
			continue;
		fprintf(stream, "%-15s%-14s ", label, key);
		print_config_value(value, stream);
		label = "";
	}
}

/* campaign.json has what was asked for in an object of that name, and where
 * foreign data came from in another. */
static void print_config(const struct campaign_reader *reader, FILE *stream)
{
	struct json_object *file =
		json_tokener_parse(campaign_reader_config_json(reader));

	print_object(file, "config", "configuration", stream);
	print_object(file, "import", "import", stream);
	json_object_put(file);
}

/* "7 d", "3 min 10 s": units that are zero are left out. */
static void print_duration(uint64_t ns, FILE *stream)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} unit[] = { { 86400000000000, "d" },
		     { 3600000000000, "h" },
		     { 60000000000, "min" } };
	const char *separator = "";

	for (int i = 0; i < 3; i++) {
		if (ns < unit[i].ns)
			continue;
		fprintf(stream, "%s%llu %s", separator,
			(unsigned long long)(ns / unit[i].ns), unit[i].name);
		ns %= unit[i].ns;
		separator = " ";
	}
	if (ns || !*separator)
		fprintf(stream, "%s%.9g s", separator, (double)ns / 1e9);
}

static void print_gaps(const struct info *info, FILE *stream)
{
	const char *label = "gaps";

	if (!info->n_gaps)
		print_line(stream, label, "none");
	for (size_t i = 0; i < info->n_gaps && i < MAX_GAPS_SHOWN; i++) {
		const struct record_gap *gap = &info->gap[i];
		char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];

		clock_format_ns(gap->start_ns, from);
		clock_format_ns(gap->end_ns, to);
		fprintf(stream, "%-15s%s to %s, ", label, from, to);
		print_duration((uint64_t)(gap->end_ns - gap->start_ns), stream);
		fprintf(stream, ": %s\n", info_gap_cause(gap));
		label = "";
	}
	if (info->n_gaps > MAX_GAPS_SHOWN)
		fprintf(stream, "%-15sand %zu more (-t lists all)\n", "",
			info->n_gaps - MAX_GAPS_SHOWN);
}

/* What happened to the collector, by kind: "start 2, clock_step 1". */
static void print_log(const struct info *info, FILE *stream)
{
	static const char *const names[N_EVENT_KINDS] = {
#define X(code, upper, name, text, value) [code] = #name,
		EVENT_KIND_TABLE(X)
#undef X
	};
	const char *separator = "";

	fprintf(stream, "%-15s", "log");
	for (int i = 0; i < N_EVENT_KINDS; i++) {
		if (!info->n_logged[i])
			continue;
		fprintf(stream, "%s%s %llu", separator, names[i],
			(unsigned long long)info->n_logged[i]);
		separator = ", ";
	}
	fprintf(stream, "%s\n", *separator ? "" : "nothing");
}

static void print_coverage(const struct info *info, uint64_t interval_ns,
			   FILE *stream)
{
	const struct scan_span *span = info->sums.span;
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	char present[OUTPUT_TEXT_MAX], expected[OUTPUT_TEXT_MAX];

	clock_format_ns(span[0].start_ns, from);
	clock_format_ns(span[info->sums.n_spans - 1].end_ns, to);
	fprintf(stream, "%-15s%s to %s, ", "period", from, to);
	print_duration(info_period_ns(info), stream);
	output_format_count(info->sums.n_intervals, present);
	output_format_count(info_n_expected(info, interval_ns), expected);
	fprintf(stream,
		"\n%-15s%.4g %%: %s of %s intervals of %g s, %llu partial\n",
		"coverage", 100 * info_coverage_ratio(info), present, expected,
		(double)interval_ns / 1e9,
		(unsigned long long)info->n_flagged[3]);
	print_gaps(info, stream);
	print_log(info, stream);
}

static void print_extent(const struct info *info, FILE *stream)
{
	const struct info_subnets *subnets = &info->subnets;
	char text[OUTPUT_TEXT_MAX];

	output_format_bytes((double)info->n_bytes, text);
	fprintf(stream, "%-15s%s in %llu segment%s and %llu journal%s\n",
		"size", text, (unsigned long long)info->n_segments,
		info->n_segments == 1 ? "" : "s",
		(unsigned long long)info->n_journals,
		info->n_journals == 1 ? "" : "s");
	fprintf(stream,
		"%-15sIPv4 %llu lan, %llu wan; IPv6 %llu lan, %llu wan; "
		"%llu overflow rows\n",
		"subnets", (unsigned long long)subnets->n[0][SIDE_LAN],
		(unsigned long long)subnets->n[0][SIDE_WAN],
		(unsigned long long)subnets->n[1][SIDE_LAN],
		(unsigned long long)subnets->n[1][SIDE_WAN],
		(unsigned long long)subnets->n_overflow);
}

static void put_total(struct output_table *table, const struct info *info,
		      const struct group *group, unsigned source)
{
	static const unsigned permille[] = { 500, 950, 990 };
	const struct tally *tally = group->tally[source];

	output_table_text(table, group_side_name(group->key.side));
	output_table_text(table, group_source_name(source));
	output_table_u64(table, tally->count);
	output_table_ns(table, tally->min_ns);
	for (int i = 0; i < 3; i++)
		output_table_quantile(
			table, quantile_get(tally, &info->sums.layout,
					    permille[i], QUANTILE_LINEAR));
	output_table_ns(table, tally->max_ns);
	output_table_u64(table, tally->overflow);
}

static int print_samples(const struct info *info, FILE *stream)
{
	static const char *const columns[] = { "side",  "source", "samples",
					       "min  ", "p50  ",  "p95  ",
					       "p99  ", "max  ",  "overflow" };
	struct output_table table;

	fputs("\nround-trip time, ms\n", stream);
	output_table_begin(&table, stream, OUTPUT_TEXT, columns, 9, 2);
	for (size_t i = 0; i < info->sums.table.n; i++) {
		const struct group *group = info->sums.table.group[i];

		for (unsigned source = 0; source < N_SOURCES; source++)
			if (group->tally[source] && group->tally[source]->count)
				put_total(&table, info, group, source);
	}
	return output_table_end(&table);
}

static void put_bytes(struct output_table *table, uint64_t bytes)
{
	char text[OUTPUT_TEXT_MAX];

	output_format_bytes((double)bytes, text);
	output_table_text(table, text);
}

static int print_traffic(const struct info *info, FILE *stream)
{
	static const char *const columns[] = { "side", "rx packets", "rx bytes",
					       "tx packets", "tx bytes" };
	struct output_table table;

	fputs("\ntraffic (rx: sent by the subnets, tx: sent to them)\n",
	      stream);
	output_table_begin(&table, stream, OUTPUT_TEXT, columns, 5, 1);
	for (size_t i = 0; i < info->sums.table.n; i++) {
		const struct group *group = info->sums.table.group[i];

		output_table_text(&table, group_side_name(group->key.side));
		output_table_u64(&table, group->packets_rx);
		put_bytes(&table, group->bytes_rx);
		output_table_u64(&table, group->packets_tx);
		put_bytes(&table, group->bytes_tx);
	}
	return output_table_end(&table);
}

/* Counters that are not zero, with what they mean. */
static int print_counters(const char *head, const char *name,
			  const uint64_t *counter,
			  const struct counter_text *text, size_t n,
			  FILE *stream)
{
	const char *const columns[] = { name, "meaning", "count" };
	struct output_table table;

	fprintf(stream, "\n%s\n", head);
	output_table_begin(&table, stream, OUTPUT_TEXT, columns, 3, 2);
	for (size_t i = 0; i < n; i++) {
		if (!counter[i])
			continue;
		output_table_text(&table, text[i].name);
		output_table_text(&table, text[i].meaning);
		output_table_u64(&table, counter[i]);
	}
	return output_table_end(&table);
}

int info_text_print(const struct info *info,
		    const struct campaign_reader *reader, FILE *stream)
{
	int err;

	print_origin(info, reader, stream);
	print_config(reader, stream);
	print_coverage(info, campaign_reader_interval_ns(reader), stream);
	print_extent(info, stream);
	err = print_samples(info, stream);
	if (!err)
		err = print_traffic(info, stream);
	if (!err)
		err = info_quic_print(info, stream);
	if (!err)
		err = print_counters("packets: each has one outcome", "outcome",
				     info->outcome, outcome_texts, N_OUTCOMES,
				     stream);
	if (!err)
		err = print_counters("events on the way", "event", info->event,
				     event_texts, N_EVENTS, stream);
	return err;
}
