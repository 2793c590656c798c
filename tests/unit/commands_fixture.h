/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two small campaigns on disk, whose every number can be told by hand, and a
 * command run on them in this process. For one thread; after cmocka.h.
 */
#ifndef TESTS_UNIT_COMMANDS_FIXTURE_H
#define TESTS_UNIT_COMMANDS_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/hist.h"
#include "../../core/source.h"
#include "../../core/traffic.h"
#include "../../lib/campaign.h"
#include "../../lib/cli.h"
#include "../../lib/prefix.h"

#define INTERVAL_NS 10000000000LL
#define START_NS 1767225600000000000LL /* 2026-01-01T00:00:00Z */

enum { MAX_OUTPUT = 1 << 20, MAX_WORDS = 16 };

struct fixture {
	char directory[64], campaign[96], output[104];
	char text[MAX_OUTPUT];
};

static inline uint32_t add_subnet(struct record *record, const char *text,
				  uint8_t side)
{
	struct record_subnet *subnet = record_add(&record->subnet);
	struct prefix prefix;

	assert_non_null(subnet);
	assert_int_equal(prefix_parse(text, &prefix), 0);
	memcpy(subnet->address, prefix.address, sizeof(subnet->address));
	subnet->prefix_len = prefix.prefix_len;
	subnet->family = prefix.family;
	subnet->side = side;
	return (uint32_t)record->subnet.n - 1;
}

static inline void add_sample(struct record *record, uint32_t subnet,
			      uint8_t source, uint64_t rtt_ns)
{
	struct record_rtt *rtt = record_add(&record->rtt);
	struct record_bin *bin;

	assert_non_null(rtt);
	*rtt = (struct record_rtt){ .subnet = subnet,
				    .source = source,
				    .count = 1,
				    .min_ns = rtt_ns,
				    .max_ns = rtt_ns,
				    .sum_ns = rtt_ns,
				    .overflow = hist_is_overflow(rtt_ns),
				    .first_bin = record->bin.n };
	if (rtt->overflow)
		return;
	rtt->n_bins = 1;
	bin = record_add(&record->bin);
	assert_non_null(bin);
	*bin = (struct record_bin){ (uint16_t)hist_bin(rtt_ns), 1 };
}

static inline void add_traffic(struct record *record, uint32_t subnet,
			       uint64_t rx, uint64_t tx)
{
	struct record_traffic *traffic = record_add(&record->traffic);

	assert_non_null(traffic);
	*traffic = (struct record_traffic){ .subnet = subnet,
					    .class = TRAFFIC_TCP_TS,
					    .packets_rx = rx,
					    .packets_tx = tx,
					    .bytes_rx = 100 * rx,
					    .bytes_tx = 100 * tx };
}

static inline void append(struct campaign_writer *writer, struct record *record,
			  int i)
{
	record->start_ns = START_NS + i * INTERVAL_NS;
	record->duration_ns = INTERVAL_NS;
	record->outcome[OUTCOME_TCP_TIMED] = 20;
	assert_int_equal(campaign_writer_append(writer, record), 0);
	record_clear(record);
}

static inline void open_writer(const char *path,
			       struct campaign_writer **ret_writer)
{
	const struct campaign_config config = {
		.command = "test",
		.vantage_point = "here",
		.devices = "none",
		.interval_ns = INTERVAL_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
		.sources = 1u << SOURCE_TCP_TS | 1u << SOURCE_ICMP_ECHO,
		.max_flows = 1,
		.max_subnets = 1,
		.max_hists = 1,
	};

	assert_int_equal(campaign_writer_open(path, &config, 0, ret_writer), 0);
}

/* Three intervals, of which the third is missing: 0, 1 and 3. */
static inline void write_campaign(const char *path)
{
	struct campaign_writer *writer;
	struct record record = { 0 };
	uint32_t subnet;

	open_writer(path, &writer);
	subnet = add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 20000000);
	add_traffic(&record, subnet, 10, 5);
	append(writer, &record, 0);
	subnet = add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 40000000);
	subnet = add_subnet(&record, "10.1.2.0/24", SIDE_LAN);
	add_sample(&record, subnet, SOURCE_ICMP_ECHO, 5000000);
	add_traffic(&record, subnet, 2, 3);
	append(writer, &record, 1);
	subnet = add_subnet(&record, "2001:db8::/48", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 20000000000);
	append(writer, &record, 3);
	assert_int_equal(campaign_writer_close(writer), 0);
	record_fini(&record);
}

/* 192/8 takes longer here, and 198/8 is only here. */
static inline void write_later_campaign(const char *path)
{
	struct campaign_writer *writer;
	struct record record = { 0 };
	uint32_t subnet;

	open_writer(path, &writer);
	subnet = add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 60000000);
	subnet = add_subnet(&record, "198.51.100.0/24", SIDE_WAN);
	add_sample(&record, subnet, SOURCE_TCP_TS, 10000000);
	append(writer, &record, 10);
	assert_int_equal(campaign_writer_close(writer), 0);
	record_fini(&record);
}

static inline int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->directory, "/tmp/spindrift-commands.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->campaign, sizeof(fixture->campaign), "%s/campaign",
		 fixture->directory);
	snprintf(fixture->output, sizeof(fixture->output), "%s/output",
		 fixture->directory);
	write_campaign(fixture->campaign);
	*state = fixture;
	return 0;
}

static inline int remove_entry(const char *path, const struct stat *status,
			       int kind, struct FTW *ftw)
{
	return remove(path);
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;

	nftw(fixture->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

/* Runs a command with blank-separated options on the campaign; its output is
 * in fixture->text. */
static inline int run(struct fixture *fixture,
		      const struct cli_command *command, const char *options)
{
	char line[512], name[32], output[] = "-o", *word[MAX_WORDS], *rest;
	int n = 0, code;
	FILE *file;

	snprintf(line, sizeof(line), "%s", options);
	snprintf(name, sizeof(name), "%s", command->name);
	word[n++] = name;
	for (char *next = strtok_r(line, " ", &rest); next && n < MAX_WORDS - 4;
	     next = strtok_r(NULL, " ", &rest))
		word[n++] = next;
	word[n++] = output;
	word[n++] = fixture->output;
	word[n++] = fixture->campaign;
	word[n] = NULL;
	code = command->run(command, n, word);
	fixture->text[0] = '\0';
	file = fopen(fixture->output, "r");
	if (file) {
		size_t n_read = fread(fixture->text, 1, MAX_OUTPUT - 1, file);

		fixture->text[n_read] = '\0';
		fclose(file);
		unlink(fixture->output);
	}
	return code;
}

#endif
