// SPDX-License-Identifier: GPL-2.0-or-later
#include "export_row.h"

#include <inttypes.h>
#include <string.h>

#include "../lib/clock.h"

enum { N_PERCENTILES = 7, N_TEXTS = 4, N_NUMBERS = 16 };

static const unsigned permille[N_PERCENTILES] = { 50,  250, 500, 750,
						  900, 950, 990 };

static const char *const text_column[N_TEXTS] = { "time", "group", "side",
						  "source" };

static const char *const number_column[N_NUMBERS] = {
	"n_samples",  "min_ns",   "p5_ns",      "p25_ns",
	"p50_ns",     "p75_ns",   "p90_ns",     "p95_ns",
	"p99_ns",     "max_ns",   "mean_ns",    "overflow",
	"rx_packets", "rx_bytes", "tx_packets", "tx_bytes",
};

/* Where the traffic begins among the numbers. */
enum { TRAFFIC_AT = 12 };

struct number {
	enum { NUMBER_ABSENT, NUMBER_EXACT, NUMBER_ABOVE } kind;
	uint64_t value;
};

struct row {
	int64_t time_ns;
	char group[GROUP_TEXT_MAX];
	const char *side, *source;
	struct number number[N_NUMBERS];
};

bool export_format_parse(const char *text, enum export_format *ret_format)
{
	static const char *const name[] = {
		[EXPORT_CSV] = "csv",
		[EXPORT_NDJSON] = "ndjson",
		[EXPORT_GRAPHITE] = "graphite",
	};

	for (int i = EXPORT_CSV; i <= EXPORT_GRAPHITE; i++)
		if (!strcmp(text, name[i])) {
			*ret_format = (enum export_format)i;
			return true;
		}
	return false;
}

void export_row_begin(FILE *stream, enum export_format format)
{
	if (format != EXPORT_CSV)
		return;
	for (int i = 0; i < N_TEXTS; i++)
		fprintf(stream, "%s,", text_column[i]);
	for (int i = 0; i < N_NUMBERS; i++)
		fprintf(stream, "%s%c", number_column[i],
			i + 1 < N_NUMBERS ? ',' : '\n');
}

/* No text of a row has a comma, a quote or a control byte in it. */
static void write_csv(FILE *stream, const struct row *row)
{
	char time[CLOCK_TEXT_MAX];

	clock_format_ns(row->time_ns, time);
	fprintf(stream, "%s,%s,%s,%s", time, row->group, row->side,
		row->source);
	for (int i = 0; i < N_NUMBERS; i++) {
		const struct number *number = &row->number[i];

		putc(',', stream);
		if (number->kind != NUMBER_ABSENT)
			fprintf(stream, "%s%" PRIu64,
				number->kind == NUMBER_ABOVE ? ">" : "",
				number->value);
	}
	putc('\n', stream);
}

static void write_json_text(FILE *stream, const char *name, const char *text)
{
	if (strcmp(text, "-") != 0)
		fprintf(stream, "\"%s\":\"%s\"", name, text);
	else
		fprintf(stream, "\"%s\":null", name);
}

static void write_ndjson(FILE *stream, const struct row *row)
{
	static const char *const form[] = {
		[NUMBER_ABSENT] = ",\"%s\":null",
		[NUMBER_EXACT] = ",\"%s\":%" PRIu64,
		[NUMBER_ABOVE] = ",\"%s\":\">%" PRIu64 "\"",
	};
	char time[CLOCK_TEXT_MAX];
	const char *text[N_TEXTS] = { time, row->group, row->side,
				      row->source };

	clock_format_ns(row->time_ns, time);
	for (int i = 0; i < N_TEXTS; i++) {
		putc(i ? ',' : '{', stream);
		write_json_text(stream, text_column[i], text[i]);
	}
	for (int i = 0; i < N_NUMBERS; i++)
		fprintf(stream, form[row->number[i].kind], number_column[i],
			row->number[i].value);
	fputs("}\n", stream);
}

/* Dots part a metric's name. */
static void make_graphite_name(char *text)
{
	for (; *text; text++)
		if (*text == '.' || *text == ':' || *text == '/')
			*text = '_';
}

static void write_graphite(FILE *stream, struct row *row)
{
	make_graphite_name(row->group);
	for (int i = 0; i < N_NUMBERS; i++) {
		if (row->number[i].kind != NUMBER_EXACT)
			continue;
		fprintf(stream, "spindrift.%s.%s.%s.%s %" PRIu64 " %lld\n",
			row->group, *row->side == '-' ? "both" : row->side,
			*row->source == '-' ? "traffic" : row->source,
			number_column[i], row->number[i].value,
			(long long)(row->time_ns / CLOCK_NS_PER_S));
	}
}

static void write_row(FILE *stream, enum export_format format, struct row *row)
{
	switch (format) {
	case EXPORT_CSV:
		write_csv(stream, row);
		break;
	case EXPORT_NDJSON:
		write_ndjson(stream, row);
		break;
	case EXPORT_GRAPHITE:
		write_graphite(stream, row);
		break;
	}
}

static struct row make_row(const struct group *group, unsigned source)
{
	struct row row = {
		.time_ns = group->key.step_ns,
		.side = group_side_name(group->key.side),
		.source = group_source_name(source),
	};

	group_format(&group->key, source, row.group);
	return row;
}

static struct number exact(uint64_t value)
{
	return (struct number){ NUMBER_EXACT, value };
}

void export_row_samples(FILE *stream, enum export_format format,
			const struct group *group, unsigned source,
			const struct segment_layout *layout)
{
	const struct tally *tally = group->tally[source];
	struct row row = make_row(group, source);
	struct number *number = row.number;

	*number++ = exact(tally->count);
	*number++ = exact(tally->min_ns);
	for (int i = 0; i < N_PERCENTILES; i++) {
		struct quantile_value value = quantile_get(
			tally, layout, permille[i], QUANTILE_LINEAR);

		*number++ = (struct number){ value.is_overflow ? NUMBER_ABOVE :
								 NUMBER_EXACT,
					     value.ns };
	}
	*number++ = exact(tally->max_ns);
	*number++ = exact(tally_mean_ns(tally));
	*number++ = exact(tally->overflow);
	write_row(stream, format, &row);
}

void export_row_traffic(FILE *stream, enum export_format format,
			const struct group *group)
{
	struct row row = make_row(group, N_SOURCES);
	struct number *number = row.number + TRAFFIC_AT;

	*number++ = exact(group->packets_rx);
	*number++ = exact(group->bytes_rx);
	*number++ = exact(group->packets_tx);
	*number++ = exact(group->bytes_tx);
	write_row(stream, format, &row);
}
