// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A collector without packets, for the drills beside it: resumes CAMPAIGN, or
 * makes it, and appends COUNT intervals of 10 minutes, so that every sixth
 * append seals an hour. Once an interval is acknowledged to be on disk, prints
 * its line (digest.h), in one write. An interval that is lost does not stop it.
 *
 * usage: fault_writer CAMPAIGN COUNT PAUSE_MS [SUBNETS]
 * Exit status 0, or 1 when an interval was lost or something was not sealed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/campaign.h"
#include "../unit/record_fixture.h"
#include "digest.h"

enum { N_SUBNETS = 200 };

#define INTERVAL_10MIN_NS 600000000000ull

static int print(const char *line)
{
	ssize_t n = (ssize_t)strlen(line);

	return write(STDOUT_FILENO, line, (size_t)n) != n;
}

static int append(struct campaign_writer *writer, uint64_t n,
		  unsigned int n_subnets)
{
	struct record record = { 0 };
	int64_t end_ns = campaign_writer_end_ns(writer);
	int err;

	/* Another content each time: the same twice would hide a mix-up. */
	fixture_fill(&record, n + (uint64_t)end_ns / INTERVAL_10MIN_NS * 7,
		     n_subnets);
	/* The fixture's packets do not add up, as verify would notice. */
	fixture_add_traffic(&record, 0, TRAFFIC_QUIC, 50);
	memset(record.outcome, 0, sizeof(record.outcome));
	record.start_ns = end_ns == INT64_MIN ? FIXTURE_START_NS : end_ns;
	record.duration_ns = INTERVAL_10MIN_NS;
	err = campaign_writer_append(writer, &record);
	if (!err)
		err = digest_record(&record, print);
	record_fini(&record);
	return err;
}

int main(int argc, char **argv)
{
	const struct campaign_config config = {
		.command = "drill",
		.vantage_point = "",
		.devices = "",
		.interval_ns = INTERVAL_10MIN_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
		.sources = 1 << SOURCE_TCP_TS | 1 << SOURCE_ICMP_ECHO,
	};
	unsigned int n_subnets = N_SUBNETS;
	struct campaign_writer *writer;
	struct timespec pause;
	long count, pause_ms, i;
	int failed = 0;

	if (argc < 4)
		return 2;
	count = strtol(argv[2], NULL, 10);
	pause_ms = strtol(argv[3], NULL, 10);
	if (argc > 4)
		n_subnets = (unsigned int)strtoul(argv[4], NULL, 10);
	pause.tv_sec = pause_ms / 1000;
	pause.tv_nsec = pause_ms % 1000 * 1000000;
	if (campaign_writer_open(argv[1], &config, CAMPAIGN_RESUME, &writer))
		return 1;
	for (i = 0; i < count; i++) {
		failed |= append(writer, (uint64_t)i, n_subnets);
		nanosleep(&pause, NULL);
	}
	failed |= campaign_writer_close(writer);
	return failed ? 1 : 0;
}
