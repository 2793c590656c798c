// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_metrics.h"

#include <stdlib.h>
#include <string.h>

static void list_interfaces(struct collect *collect)
{
	const struct live_links *links = &collect->links;
	struct metrics *metrics = &collect->metrics;

	metrics->n_interfaces = links->n_interfaces;
	for (int i = 0; i < links->n_interfaces; i++) {
		strcpy(metrics->interface[i].name, links->interface[i].name);
		metrics->interface[i].is_attached =
			!links->interface[i].is_gone;
	}
}

static char *make_body(void *context, size_t *ret_n_bytes)
{
	struct collect *collect = context;
	char *body = NULL;
	FILE *stream = open_memstream(&body, ret_n_bytes);

	if (!stream)
		return NULL;
	list_interfaces(collect);
	metrics_write(&collect->metrics, stream);
	if (fclose(stream)) {
		free(body);
		return NULL;
	}
	return body;
}

int live_metrics_open(struct collect *collect)
{
	collect->http.path = "/metrics";
	collect->http.content_type = "application/openmetrics-text; "
				     "version=1.0.0; charset=utf-8";
	collect->http.make_body = make_body;
	collect->http.context = collect;
	collect->metrics.start_ns = live_read_clock(CLOCK_REALTIME);
	if (!collect->options.metrics)
		return 0;
	return http_open(&collect->http, collect->options.metrics);
}

void live_metrics_count(struct collect *collect, bool is_written)
{
	if (is_written)
		metrics_count(&collect->metrics, &collect->intervals.record);
	collect->metrics.n_lost = collect->intervals.n_lost;
}
