// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_screen.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "../lib/clock.h"
#include "output.h"

enum {
	LINE_MAX_BYTES = 512,
	N_HEAD_LINES = 4, /* title, rates, health, names */
	LATE_INTERVALS = 3,
};

struct screen {
	struct top_size size;
	bool is_live;
	FILE *stream;
};

/* Cut to the width; what a path has in it must not steer the terminal. */
static void put_line(const struct screen *screen, bool is_reversed,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put_line(const struct screen *screen, bool is_reversed,
		     const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	for (char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	if (is_reversed && screen->is_live)
		fputs("\033[7m", screen->stream);
	fprintf(screen->stream, "%.*s", (int)screen->size.n_columns, line);
	if (is_reversed && screen->is_live)
		fputs("\033[0m", screen->stream);
	fputs(screen->is_live ? "\033[K\n" : "\n", screen->stream);
}

static double per_s(uint64_t n, const struct top_data *data)
{
	return (double)n * 1e9 / (double)data->measured_ns;
}

static void put_head(const struct screen *screen, const struct top_query *query,
		     const struct top_data *data, int64_t now_ns)
{
	double age_s = (double)(now_ns - data->end_ns) / 1e9;
	bool is_late = age_s * 1e9 > LATE_INTERVALS * (double)data->interval_ns;
	char end[CLOCK_TEXT_MAX];

	clock_format_ns(data->end_ns, end);
	put_line(screen, false, "%s  to %s, %.0f s ago%s", query->path, end,
		 age_s, is_late ? "  LATE: is it still measured?" : "");
	put_line(screen, false,
		 "samples/s %.1f  packets/s %.1f  flows opened/s %.1f  "
		 "subnets %zu  (%.0f s, %s below)",
		 per_s(data->n_samples, data), per_s(data->n_packets, data),
		 per_s(data->n_opened, data), data->table.n,
		 (double)data->measured_ns / 1e9,
		 group_source_name(query->source));
	put_line(screen, false,
		 "health: %s  samples lost %" PRIu64 "  flows refused %" PRIu64
		 "  beyond tables %" PRIu64 "  gaps %" PRIu64,
		 data->n_lost || data->n_refused || data->n_overflow ||
				 data->n_gaps || is_late ?
			 "look" :
			 "good",
		 data->n_lost, data->n_refused, data->n_overflow, data->n_gaps);
}

static void format_quantile(struct quantile_value value,
			    char text[OUTPUT_TEXT_MAX])
{
	char plain[OUTPUT_TEXT_MAX];

	output_format_ns(value.ns, plain);
	snprintf(text, OUTPUT_TEXT_MAX, "%s%.*s", value.is_overflow ? ">" : "",
		 OUTPUT_TEXT_MAX - 2, plain);
}

static void put_row(const struct screen *screen, const struct top_query *query,
		    const struct top_data *data, const struct top_row *row)
{
	const struct tally *tally = row->group->tally[query->source];
	char group[GROUP_TEXT_MAX];
	char p50[OUTPUT_TEXT_MAX], p95[OUTPUT_TEXT_MAX], p99[OUTPUT_TEXT_MAX];
	char rx[OUTPUT_TEXT_MAX], tx[OUTPUT_TEXT_MAX];

	group_format(&row->group->key, N_SOURCES, group);
	format_quantile(row->p50, p50);
	format_quantile(row->p95, p95);
	format_quantile(row->p99, p99);
	output_format_bps(8 * per_s(row->group->bytes_rx, data), rx);
	output_format_bps(8 * per_s(row->group->bytes_tx, data), tx);
	put_line(screen, false, "%-20s %-4s %9.1f %9s %9s %9s %12s %12s", group,
		 group_side_name(row->group->key.side),
		 per_s(tally->count, data), p50, p95, p99, rx, tx);
}

void top_screen_write(const struct top_query *query,
		      const struct top_data *data, int64_t now_ns,
		      struct top_size size, bool is_live, FILE *stream)
{
	const struct screen screen = { size, is_live, stream };

	put_head(&screen, query, data, now_ns);
	put_line(&screen, true, "%-20s %-4s %9s %9s %9s %9s %12s %12s",
		 "subnet", "side", "samples/s", "p50", "p95", "p99", "rx",
		 "tx");
	for (size_t i = 0; i < data->n_rows && i + N_HEAD_LINES < size.n_lines;
	     i++)
		put_row(&screen, query, data, &data->row[i]);
}
