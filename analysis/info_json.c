// SPDX-License-Identifier: GPL-2.0-or-later
#include "info_json.h"

#include <string.h>

#include "../core/traffic.h"
#include "../lib/clock.h"
#include "info_quic.h"
#include "quantile.h"

enum { KEY_MAX = 256, MAX_DEPTH = 8 };

typedef struct json_object json;

static const char *const outcome_names[] = {
#define X(upper, name, text) #name,
	OUTCOME_TABLE(X)
#undef X
};

static const char *const event_names[] = {
#define X(upper, name, text) #name,
	EVENT_TABLE(X)
#undef X
};

static const char *const kind_names[] = {
#define X(code, upper, name, text, value) #name,
	EVENT_KIND_TABLE(X)
#undef X
};

static void put_u64(json *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static void put_text(json *object, const char *key, const char *text)
{
	json_object_object_add(object, key,
			       text ? json_object_new_string(text) : NULL);
}

static void put_time(json *object, const char *key, int64_t time_ns)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_ns(time_ns, text);
	put_text(object, key, text);
}

static void put_ratio(json *object, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6f", value);
	json_object_object_add(object, key,
			       json_object_new_double_s(value, text));
}

static json *put_object(json *object, const char *key)
{
	json *child = json_object_new_object();

	json_object_object_add(object, key, child);
	return child;
}

static void put_counters(json *object, const char *key, const uint64_t *counter,
			 const char *const *name, size_t n)
{
	json *child = put_object(object, key);

	for (size_t i = 0; i < n; i++)
		put_u64(child, name[i], counter[i]);
}

static void put_coverage(json *object, const struct info *info,
			 uint64_t interval_ns)
{
	json *coverage = put_object(object, "coverage");
	json *gaps = json_object_new_array();

	put_u64(coverage, "n_intervals", info->sums.n_intervals);
	put_u64(coverage, "n_intervals_expected",
		info_n_expected(info, interval_ns));
	put_ratio(coverage, "covered_ratio", info_coverage_ratio(info));
	for (size_t i = 0; i < info->n_gaps; i++) {
		const struct record_gap *row = &info->gap[i];
		json *gap = json_object_new_object();

		put_time(gap, "start", row->start_ns);
		put_time(gap, "end", row->end_ns);
		put_u64(gap, "duration_ns",
			(uint64_t)(row->end_ns - row->start_ns));
		put_text(gap, "cause", info_gap_cause(row));
		json_object_array_add(gaps, gap);
	}
	json_object_object_add(coverage, "gaps", gaps);
	put_counters(coverage, "flagged_intervals", info->n_flagged,
		     (const char *const[]){ "gap", "restart", "clock_step",
					    "partial" },
		     4);
}

static void put_quantile(json *object, const char *key,
			 struct quantile_value value)
{
	char text[32];

	if (!value.is_overflow) {
		put_u64(object, key, value.ns);
		return;
	}
	snprintf(text, sizeof(text), ">%llu", (unsigned long long)value.ns);
	put_text(object, key, text);
}

static json *new_total(const struct info *info, const struct group *group,
		       unsigned source)
{
	const struct segment_layout *layout = &info->sums.layout;
	const struct tally *tally = group->tally[source];
	json *total = json_object_new_object();

	put_text(total, "side", group_side_name(group->key.side));
	put_text(total, "source", group_source_name(source));
	put_u64(total, "n_samples", tally->count);
	put_u64(total, "min_ns", tally->min_ns);
	put_quantile(total, "p50_ns",
		     quantile_get(tally, layout, 500, QUANTILE_LINEAR));
	put_quantile(total, "p95_ns",
		     quantile_get(tally, layout, 950, QUANTILE_LINEAR));
	put_quantile(total, "p99_ns",
		     quantile_get(tally, layout, 990, QUANTILE_LINEAR));
	put_u64(total, "max_ns", tally->max_ns);
	put_u64(total, "overflow", tally->overflow);
	return total;
}

static json *new_traffic(const struct group *group)
{
	json *traffic = json_object_new_object();

	put_text(traffic, "side", group_side_name(group->key.side));
	put_u64(traffic, "rx_packets", group->packets_rx);
	put_u64(traffic, "rx_bytes", group->bytes_rx);
	put_u64(traffic, "tx_packets", group->packets_tx);
	put_u64(traffic, "tx_bytes", group->bytes_tx);
	return traffic;
}

static void put_totals(json *object, const struct info *info)
{
	json *samples = json_object_new_array();
	json *traffic = json_object_new_array();

	for (size_t i = 0; i < info->sums.table.n; i++) {
		const struct group *group = info->sums.table.group[i];

		for (unsigned source = 0; source < N_SOURCES; source++)
			if (group->tally[source] && group->tally[source]->count)
				json_object_array_add(samples,
						      new_total(info, group,
								source));
		json_object_array_add(traffic, new_traffic(group));
	}
	json_object_object_add(object, "samples", samples);
	json_object_object_add(object, "traffic", traffic);
}

static void put_share(json *object, const char *key, uint64_t share,
		      uint64_t whole)
{
	if (whole)
		put_ratio(object, key,
			  (double)participation_millionths(share, whole) /
				  RATIO_ONE);
	else
		json_object_object_add(object, key, NULL);
}

static void put_quic(json *object, const struct info *info)
{
	json *rows = json_object_new_array();
	struct info_quic_row row;
	size_t at = 0;

	while (info_quic_next(info, &at, &row)) {
		json *quic = json_object_new_object();

		put_text(quic, "side", group_side_name(row.side));
		put_text(quic, "spin_class",
			 participation_class_name(row.class));
		put_text(quic, "version",
			 participation_version_name(row.version));
		put_u64(quic, "flow_intervals", row.count.flow_intervals);
		put_share(quic, "flow_intervals_ratio",
			  row.count.flow_intervals, row.all.flow_intervals);
		put_u64(quic, "packets", row.count.packets);
		put_share(quic, "packets_ratio", row.count.packets,
			  row.all.packets);
		json_object_array_add(rows, quic);
	}
	json_object_object_add(object, "quic", rows);
}

static void put_subnets(json *object, const struct info_subnets *subnets)
{
	json *child = put_object(object, "subnets");

	put_u64(child, "ipv4_lan", subnets->n[0][SIDE_LAN]);
	put_u64(child, "ipv4_wan", subnets->n[0][SIDE_WAN]);
	put_u64(child, "ipv6_lan", subnets->n[1][SIDE_LAN]);
	put_u64(child, "ipv6_wan", subnets->n[1][SIDE_WAN]);
	put_u64(child, "overflow_rows", subnets->n_overflow);
}

static void put_size(json *object, const struct info *info)
{
	json *size = put_object(object, "size");

	put_u64(size, "segments", info->n_segments);
	put_u64(size, "journals", info->n_journals);
	put_u64(size, "bytes", info->n_bytes);
}

static uint64_t packets_seen(const struct info *info)
{
	uint64_t n = 0;

	for (int i = 0; i < N_OUTCOMES; i++)
		n += info->outcome[i];
	return n;
}

struct json_object *info_json_new(const struct info *info,
				  const struct campaign_reader *reader)
{
	const struct scan_result *sums = &info->sums;
	uint64_t interval_ns = campaign_reader_interval_ns(reader);
	json *object = json_object_new_object();
	json *period;

	if (!object)
		return NULL;
	put_text(object, "campaign", campaign_reader_path(reader));
	put_text(object, "tool_version", info->tool_version);
	put_text(object, "vantage_point", info->vantage_point);
	put_text(object, "host", info->host);
	put_text(object, "kernel", info->kernel);
	put_text(object, "devices", info->devices);
	json_object_object_add(
		object, "configuration",
		json_tokener_parse(campaign_reader_config_json(reader)));
	period = put_object(object, "period");
	put_time(period, "start", sums->span[0].start_ns);
	put_time(period, "end", sums->span[sums->n_spans - 1].end_ns);
	put_u64(period, "interval_ns", interval_ns);
	put_coverage(object, info, interval_ns);
	put_totals(object, info);
	put_quic(object, info);
	put_subnets(object, &info->subnets);
	put_u64(object, "packets_seen", packets_seen(info));
	put_counters(object, "outcomes", info->outcome, outcome_names,
		     N_OUTCOMES);
	put_counters(object, "events", info->event, event_names, N_EVENTS);
	put_counters(object, "log", info->n_logged, kind_names, N_EVENT_KINDS);
	put_size(object, info);
	return object;
}

static void print_value(json *value, FILE *stream)
{
	if (!value || !*json_object_get_string(value)) {
		putc('-', stream);
		return;
	}
	for (const char *c = json_object_get_string(value); *c; c++)
		putc((unsigned char)*c < 0x20 ? ' ' : *c, stream);
}

static void flatten(json *value, const char *key, unsigned depth, FILE *stream)
{
	char child[KEY_MAX];

	if (json_object_is_type(value, json_type_object) && depth < MAX_DEPTH) {
		json_object_object_foreach(value, name, member) {
			snprintf(child, sizeof(child), "%s%s%s", key,
				 *key ? "." : "", name);
			flatten(member, child, depth + 1, stream);
		}
	} else if (json_object_is_type(value, json_type_array) &&
		   depth < MAX_DEPTH) {
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			snprintf(child, sizeof(child), "%s.%zu", key, i);
			flatten(json_object_array_get_idx(value, i), child,
				depth + 1, stream);
		}
	} else {
		fprintf(stream, "%s\t", key);
		print_value(value, stream);
		putc('\n', stream);
	}
}

void info_json_print_tsv(struct json_object *object, FILE *stream)
{
	fputs("key\tvalue\n", stream);
	flatten(object, "", 0, stream);
}
