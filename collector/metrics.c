// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <inttypes.h>

#include "../core/traffic.h"

static const char *const side_name[N_METRIC_SIDES] = {
	[SIDE_WAN] = "wan", [SIDE_LAN] = "lan"
};
static const char *const direction_name[2] = { "rx", "tx" };

static void count_rtt(struct metrics *metrics, const struct record *record,
		      const struct record_rtt *row)
{
	unsigned int side = record->subnet.row[row->subnet].side;
	struct metric_rtt *rtt;

	if (side >= N_METRIC_SIDES || row->source >= N_SOURCES)
		return;
	rtt = &metrics->rtt[side][row->source];
	for (size_t i = row->first_bin; i < row->first_bin + row->n_bins; i++)
		rtt->bucket[record->bin.row[i].bin / HIST_SUB] +=
			record->bin.row[i].count;
	rtt->overflow += row->overflow;
	rtt->sum_ns += row->sum_ns;
}

static void count_traffic(struct metrics *metrics, const struct record *record,
			  const struct record_traffic *row)
{
	unsigned int side = record->subnet.row[row->subnet].side;

	if (side >= N_METRIC_SIDES)
		return;
	metrics->packets[side][0] += row->packets_rx;
	metrics->packets[side][1] += row->packets_tx;
	metrics->bytes[side][0] += row->bytes_rx;
	metrics->bytes[side][1] += row->bytes_tx;
}

void metrics_count(struct metrics *metrics, const struct record *record)
{
	metrics->n_intervals++;
	metrics->last_end_ns = record->start_ns + (int64_t)record->duration_ns;
	metrics->n_subnets = record->subnet.n;
	for (int i = 0; i < N_OUTCOMES; i++)
		metrics->outcome[i] += record->outcome[i];
	for (int i = 0; i < N_EVENTS; i++)
		metrics->event[i] += record->event[i];
	for (size_t i = 0; i < record->rtt.n; i++)
		count_rtt(metrics, record, &record->rtt.row[i]);
	for (size_t i = 0; i < record->traffic.n; i++)
		count_traffic(metrics, record, &record->traffic.row[i]);
}

static void write_family(FILE *stream, const char *name, const char *type,
			 const char *unit, const char *help)
{
	fprintf(stream, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(stream, "# UNIT %s %s\n", name, unit);
	fprintf(stream, "# HELP %s %s\n", name, help);
}

static void write_time(FILE *stream, const char *name, const char *help,
		       int64_t time_ns)
{
	write_family(stream, name, "gauge", "seconds", help);
	fprintf(stream, "%s %.3f\n", name, (double)time_ns / 1e9);
}

static void write_count(FILE *stream, const char *name, const char *help,
			uint64_t n)
{
	write_family(stream, name, "counter", NULL, help);
	fprintf(stream, "%s_total %" PRIu64 "\n", name, n);
}

/* A name may have quotes in it; it comes from whoever makes interfaces. */
static void write_escaped(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', stream);
		fputc(*text, stream);
	}
}

static void write_health(const struct metrics *metrics, FILE *stream)
{
	write_family(stream, "spindrift_build", "info", NULL,
		     "Version of the collector.");
	fprintf(stream, "spindrift_build_info{version=\"%s\"} 1\n",
		SPINDRIFT_VERSION);
	write_time(stream, "spindrift_start_time_seconds",
		   "Start of the measurement.", metrics->start_ns);
	write_time(stream, "spindrift_last_interval_end_time_seconds",
		   "End of the last interval that was written.",
		   metrics->last_end_ns);
	write_count(stream, "spindrift_intervals", "Intervals written.",
		    metrics->n_intervals);
	write_count(stream, "spindrift_intervals_lost",
		    "Intervals that could not be drained or written.",
		    metrics->n_lost);
	write_family(stream, "spindrift_subnets", "gauge", NULL,
		     "Subnets of the last interval, each side counted.");
	fprintf(stream, "spindrift_subnets %" PRIu64 "\n", metrics->n_subnets);
	write_family(stream, "spindrift_interface_attached", "gauge", NULL,
		     "1 where an interface is measured, 0 where it is gone.");
	for (int i = 0; i < metrics->n_interfaces; i++) {
		fputs("spindrift_interface_attached{interface=\"", stream);
		write_escaped(stream, metrics->interface[i].name);
		fprintf(stream, "\"} %d\n", metrics->interface[i].is_attached);
	}
}

static void write_counters(const struct metrics *metrics, FILE *stream)
{
	static const char *const outcome_name[] = {
#define X(upper, name, text) #name,
		OUTCOME_TABLE(X)
#undef X
	};
	static const char *const event_name[] = {
#define X(upper, name, text) #name,
		EVENT_TABLE(X)
#undef X
	};

	write_family(stream, "spindrift_packets", "counter", NULL,
		     "Packets by what became of them; packets seen are the "
		     "sum.");
	for (int i = 0; i < N_OUTCOMES; i++)
		fprintf(stream,
			"spindrift_packets_total{outcome=\"%s\"} %" PRIu64 "\n",
			outcome_name[i], metrics->outcome[i]);
	write_family(stream, "spindrift_events", "counter", NULL,
		     "What happened on the way.");
	for (int i = 0; i < N_EVENTS; i++)
		fprintf(stream,
			"spindrift_events_total{event=\"%s\"} %" PRIu64 "\n",
			event_name[i], metrics->event[i]);
}

static void write_by_side(FILE *stream, const char *name,
			  const uint64_t n[N_METRIC_SIDES][2])
{
	for (int side = 0; side < N_METRIC_SIDES; side++)
		for (int way = 0; way < 2; way++)
			fprintf(stream,
				"%s_total{side=\"%s\",direction=\"%s\"} %" PRIu64
				"\n",
				name, side_name[side], direction_name[way],
				n[side][way]);
}

static void write_traffic(const struct metrics *metrics, FILE *stream)
{
	write_family(stream, "spindrift_traffic_packets", "counter", "packets",
		     "Packets from (rx) and to (tx) the hosts of a side.");
	write_by_side(stream, "spindrift_traffic_packets", metrics->packets);
	write_family(stream, "spindrift_traffic_bytes", "counter", "bytes",
		     "Bytes of IP from (rx) and to (tx) the hosts of a side.");
	write_by_side(stream, "spindrift_traffic_bytes", metrics->bytes);
}

static void write_rtt(const struct metric_rtt *rtt, const char *side,
		      const char *source, FILE *stream)
{
	uint64_t n = 0;
	char labels[64];

	snprintf(labels, sizeof(labels), "side=\"%s\",source=\"%s\"", side,
		 source);
	for (int i = 0; i < N_METRIC_BUCKETS; i++) {
		n += rtt->bucket[i];
		fprintf(stream,
			"spindrift_rtt_seconds_bucket{%s,le=\"%.9f\"} %" PRIu64
			"\n",
			labels, (double)(1ULL << (HIST_LINEAR_BITS + i)) / 1e9,
			n);
	}
	n += rtt->overflow;
	fprintf(stream,
		"spindrift_rtt_seconds_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n",
		labels, n);
	fprintf(stream, "spindrift_rtt_seconds_count{%s} %" PRIu64 "\n", labels,
		n);
	fprintf(stream, "spindrift_rtt_seconds_sum{%s} %.9f\n", labels,
		(double)rtt->sum_ns / 1e9);
}

static bool is_measured(const struct metric_rtt *rtt)
{
	bool is_any = rtt->overflow;

	for (int i = 0; i < N_METRIC_BUCKETS; i++)
		is_any |= rtt->bucket[i] != 0;
	return is_any;
}

static void write_rtts(const struct metrics *metrics, FILE *stream)
{
	static const char *const source_name[N_SOURCES] = {
#define X(code, upper, name, text) [code] = #name,
		SOURCE_TABLE(X)
#undef X
	};

	write_family(stream, "spindrift_rtt_seconds", "histogram", "seconds",
		     "Round-trip times between the vantage point and the hosts "
		     "of a side.");
	for (int side = 0; side < N_METRIC_SIDES; side++)
		for (int source = 0; source < N_SOURCES; source++)
			if (is_measured(&metrics->rtt[side][source]))
				write_rtt(&metrics->rtt[side][source],
					  side_name[side], source_name[source],
					  stream);
}

void metrics_write(const struct metrics *metrics, FILE *stream)
{
	write_health(metrics, stream);
	write_counters(metrics, stream);
	write_traffic(metrics, stream);
	write_rtts(metrics, stream);
	fputs("# EOF\n", stream);
}
