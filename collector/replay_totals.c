// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay_totals.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const source_names[N_SOURCES] = {
#define X(code, upper, name, text) [code] = #name,
	SOURCE_TABLE(X)
#undef X
};

static const char *const outcome_names[N_OUTCOMES] = {
#define X(upper, name, text) #name,
	OUTCOME_TABLE(X)
#undef X
};

static const char *const event_names[N_EVENTS] = {
#define X(upper, name, text) #name,
	EVENT_TABLE(X)
#undef X
};

void replay_totals_add(struct replay_totals *totals,
		       const struct record *record)
{
	totals->n_intervals++;
	for (size_t i = 0; i < record->rtt.n; i++)
		totals->n_samples[record->rtt.row[i].source] +=
			record->rtt.row[i].count;
	for (int i = 0; i < N_OUTCOMES; i++)
		totals->outcome[i] += record->outcome[i];
	for (int i = 0; i < N_EVENTS; i++)
		totals->event[i] += record->event[i];
}

static void print_nonzero(const char *what, const char *const *names,
			  const uint64_t *counts, int n)
{
	fprintf(stderr, "%s:", what);
	for (int i = 0; i < n; i++)
		if (counts[i])
			fprintf(stderr, " %s=%" PRIu64, names[i], counts[i]);
	fputc('\n', stderr);
}

/* ", 43 samples (40 tcp_ts, 3 icmp_echo)" */
static void print_samples(const uint64_t n_samples[N_SOURCES])
{
	const char *before = " (";
	uint64_t sum = 0;

	for (int i = 0; i < N_SOURCES; i++)
		sum += n_samples[i];
	fprintf(stderr, ", %" PRIu64 " samples", sum);
	for (int i = 0; i < N_SOURCES; i++) {
		if (!n_samples[i])
			continue;
		fprintf(stderr, "%s%" PRIu64 " %s", before, n_samples[i],
			source_names[i]);
		before = ", ";
	}
	if (sum)
		fputc(')', stderr);
}

static void print_if(uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, ", %" PRIu64 " %s", n, what);
}

void replay_totals_print(const struct replay_totals *totals, const char *name,
			 bool is_verbose)
{
	const uint64_t *event = totals->event;

	fprintf(stderr, "%s: %" PRIu64 " packets", name, totals->n_packets);
	print_samples(totals->n_samples);
	fprintf(stderr, ", %" PRIu64 " intervals", totals->n_intervals);
	print_if(event[EVENT_FLOW_REFUSED], "flows refused (--max-flows)");
	print_if(event[EVENT_STAMP_SKIPPED], "stamps skipped (--max-flows)");
	print_if(event[EVENT_SUBNET_OVERFLOW],
		 "packet ends without a subnet (--max-subnets)");
	print_if(event[EVENT_HIST_OVERFLOW],
		 "samples without a histogram (--max-histograms)");
	print_if(totals->n_backward, "packets back in time");
	print_if(totals->n_untimed, "packets without a time");
	fputc('\n', stderr);
	if (!is_verbose)
		return;
	print_nonzero("outcomes", outcome_names, totals->outcome, N_OUTCOMES);
	print_nonzero("events", event_names, event, N_EVENTS);
}
