// SPDX-License-Identifier: GPL-2.0-or-later
/* `coverage`, and what `info` says of QUIC, from a campaign to their text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analysis/coverage.h"
#include "../../analysis/info.h"
#include "../../core/quic_version.h"
#include "../../core/traffic.h"
#include "../../lib/campaign.h"
#include "../../lib/prefix.h"

#define INTERVAL_NS 10000000000LL
#define START_NS 1767225600000000000LL /* 2026-01-01T00:00:00Z */

enum { MAX_WORDS = 16, N_HOURS = 3 };

struct fixture {
	char directory[64], campaign[96], output[104];
	char text[65536];
	struct campaign_writer *writer;
};

static void add_subnet(struct record *record, const char *text, uint8_t side)
{
	struct record_subnet *subnet = record_add(&record->subnet);
	struct prefix prefix;

	assert_non_null(subnet);
	assert_int_equal(prefix_parse(text, &prefix), 0);
	memcpy(subnet->address, prefix.address, sizeof(subnet->address));
	subnet->prefix_len = prefix.prefix_len;
	subnet->family = prefix.family;
	subnet->side = side;
	if (!prefix.prefix_len)
		subnet->kind = SUBNET_OVERFLOW;
}

/* Of the last subnet. */
static void add_traffic(struct record *record, uint8_t class, uint64_t rx,
			uint64_t tx)
{
	struct record_traffic *traffic = record_add(&record->traffic);

	assert_non_null(traffic);
	*traffic = (struct record_traffic){
		.subnet = (uint32_t)record->subnet.n - 1,
		.class = class,
		.packets_rx = rx,
		.packets_tx = tx,
		.bytes_rx = 100 * rx,
		.bytes_tx = 100 * tx,
	};
}

static void add_spin(struct record *record, enum spin_class class,
		     uint32_t version, uint64_t flows, uint64_t packets)
{
	struct record_spin *spin = record_add(&record->spin);

	assert_non_null(spin);
	*spin = (struct record_spin){
		.subnet = (uint32_t)record->subnet.n - 1,
		.class = class,
		.version = version,
		.flows = flows,
		.packets = packets,
	};
}

static void append(struct fixture *fixture, struct record *record,
		   int64_t start_ns)
{
	record->start_ns = start_ns;
	record->duration_ns = INTERVAL_NS;
	assert_int_equal(campaign_writer_append(fixture->writer, record), 0);
	record_clear(record);
}

/* Two intervals of each of three hours: two segments and a running journal. */
static void write_campaign(struct fixture *fixture)
{
	const struct campaign_config config = {
		.command = "test",
		.vantage_point = "",
		.devices = "",
		.interval_ns = INTERVAL_NS,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
	};
	struct record record = { 0 };

	assert_int_equal(campaign_writer_open(fixture->campaign, &config, 0,
					      &fixture->writer),
			 0);
	for (int64_t hour = 0; hour < N_HOURS; hour++) {
		add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
		add_traffic(&record, TRAFFIC_TCP_TS, 10, 5);
		add_traffic(&record, TRAFFIC_TCP_OTHER, 3, 2);
		add_traffic(&record, TRAFFIC_QUIC, 20, 20);
		add_spin(&record, SPIN_CLASS_SPINNING, QUIC_VERSION_1, 2, 30);
		add_spin(&record, SPIN_CLASS_GREASED, QUIC_VERSION_2, 1, 5);
		add_subnet(&record, "10.1.2.0/24", SIDE_LAN);
		add_traffic(&record, TRAFFIC_UDP_OTHER, 4, 4);
		append(fixture, &record, START_NS + hour * 3600000000000);
		add_subnet(&record, "192.0.2.0/24", SIDE_WAN);
		add_traffic(&record, TRAFFIC_QUIC, 10, 0);
		add_spin(&record, SPIN_CLASS_CONSTANT_0, QUIC_VERSION_1, 1, 8);
		add_spin(&record, SPIN_CLASS_UNDECIDED, 0x0a0a0a0a, 3, 2);
		add_subnet(&record, "2001:db8::/48", SIDE_WAN);
		add_traffic(&record, TRAFFIC_TCP_OTHER, 4, 0);
		add_subnet(&record, "0.0.0.0/0", SIDE_WAN);
		add_traffic(&record, TRAFFIC_TCP_TS, 1, 0);
		append(fixture, &record,
		       START_NS + hour * 3600000000000 + INTERVAL_NS);
	}
	record_fini(&record);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->directory, "/tmp/spindrift-coverage.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->campaign, sizeof(fixture->campaign), "%s/campaign",
		 fixture->directory);
	snprintf(fixture->output, sizeof(fixture->output), "%s/output",
		 fixture->directory);
	write_campaign(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[96];
	int err = campaign_writer_close(fixture->writer);

	snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
	if (system(command))
		err = -1;
	free(fixture);
	return err;
}

/* Runs a command with blank-separated options on the campaign; its output is
 * in fixture->text. */
static int run(struct fixture *fixture, const struct cli_command *command,
	       const char *options)
{
	char line[256], name[32], output[] = "-o", *word[MAX_WORDS], *rest;
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
		size_t n_read = fread(fixture->text, 1,
				      sizeof(fixture->text) - 1, file);

		fixture->text[n_read] = '\0';
		fclose(file);
		unlink(fixture->output);
	}
	return code;
}

#define HEADER                                                                 \
	"group\tside\ttcp_packets\ttcp_ts_packets\ttcp_ts_ratio\t"             \
	"quic_packets\tquic_flow_intervals\tspinning_flow_intervals\t"         \
	"greased_flow_intervals\tconstant_0_flow_intervals\t"                  \
	"constant_1_flow_intervals\tundecided_flow_intervals\t"                \
	"spinning_packets\tgreased_packets\tconstant_0_packets\t"              \
	"constant_1_packets\tundecided_packets\tquic_spin_flow_ratio\t"        \
	"quic_spin_packet_ratio\n"
#define NO_QUIC "0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t-\t-\n"

/* Three hours of it; 30 of 43 packets of decided flows spin, 2 of 4 flows. */
static const char by_subnet[] = HEADER
	"10.1.2.0/24\tlan\t0\t0\t-\t" NO_QUIC
	"192.0.2.0/24\twan\t60\t45\t0.750000\t150\t21\t6\t3\t3\t0\t9\t"
	"90\t15\t24\t0\t6\t0.500000\t0.697674\n"
	"2001:db8::/48\twan\t12\t0\t0.000000\t" NO_QUIC
	"other-v4\twan\t3\t3\t1.000000\t" NO_QUIC;

static void coverage_keeps_its_contract(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &coverage_command, "-t"), 0);
	assert_string_equal(fixture->text, by_subnet);
}

/* Sealed segments and the journal of a writer that runs. */
static void coverage_does_not_depend_on_processes(void **state)
{
	static const char *const processes[] = { "-t --processes 1",
						 "-t --processes 2",
						 "-t --processes 7" };
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(run(fixture, &coverage_command, processes[i]),
				 0);
		assert_string_equal(fixture->text, by_subnet);
	}
}

static void coverage_of_a_period_and_a_side(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &coverage_command,
			     "-t --by side --side wan --from "
			     "2026-01-01T00:00:10Z --to 2026-01-01T01:00:10Z"),
			 0);
	assert_string_equal(fixture->text, HEADER
			    "wan\twan\t25\t16\t0.640000\t50\t7\t2\t1\t1\t0\t3\t"
			    "30\t5\t8\t0\t2\t0.500000\t0.697674\n");
}

static void coverage_of_some_versions(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		run(fixture, &coverage_command,
		    "-t --quic-version v2,other --subnet 192.0.2.0/24"),
		0);
	assert_string_equal(fixture->text, HEADER
			    "192.0.2.0/24\twan\t60\t45\t0.750000\t-\t12\t0\t"
			    "3\t0\t0\t9\t0\t15\t0\t0\t6\t0.000000\t0.000000\n");
}

static void coverage_of_few_has_no_ratio(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &coverage_command,
			     "-t -q --by slash8 --min-count 61"),
			 0);
	assert_string_equal(
		fixture->text, HEADER
		"10\tlan\t0\t0\t-\t" NO_QUIC
		"192\twan\t60\t45\t-\t150\t21\t6\t3\t3\t0\t9\t90\t15\t24\t0\t"
		"6\t-\t0.697674\n"
		"other-v4\twan\t3\t3\t-\t" NO_QUIC);
}

/* Each subnet once; what had no room is none. */
static void distribution_is_over_subnets(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &coverage_command, "-t --distribution"),
			 0);
	assert_string_equal(
		fixture->text,
		"side\tratio\tvalue_ratio\tn_groups\tecdf_ratio\n"
		"wan\ttcp_ts_ratio\t0.000000\t1\t0.500000\n"
		"wan\ttcp_ts_ratio\t0.750000\t1\t1.000000\n"
		"wan\tquic_spin_flow_ratio\t0.500000\t1\t1.000000\n"
		"wan\tquic_spin_packet_ratio\t0.697674\t1\t1.000000\n");
	assert_int_equal(run(fixture, &coverage_command, "-j --distribution"),
			 0);
	assert_non_null(strstr(fixture->text,
			       "{\"side\": \"wan\", \"ratio\": "
			       "\"tcp_ts_ratio\", \"value_ratio\": 0.000000, "
			       "\"n_groups\": 1, \"ecdf_ratio\": 0.500000}"));
}

static void text_ends_with_the_distribution(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &coverage_command, "--quic-version v1"),
			 0);
	assert_non_null(strstr(fixture->text, "\nversions  v1\n"));
	assert_non_null(strstr(
		fixture->text,
		"\nwan   tcp_ts_ratio                 2  0.0000  0.0375  "
		"0.1875  0.3750  0.5625  0.7125  0.7500  0.3750\n"));
	assert_int_equal(run(fixture, &coverage_command, "--by side"), 0);
	assert_null(strstr(fixture->text, "distribution"));
	assert_int_equal(run(fixture, &coverage_command, "--distribution"), 0);
	assert_null(strstr(fixture->text, "192.0.2.0/24"));
}

static void wrong_use_is_refused(void **state)
{
	static const char *const wrong[] = {
		"--by source",      "--by colour",       "--quic-version v3",
		"--quic-version v", "--min-count 0",     "--min-samples 5",
		"--source tcp_ts",  "--distribution=no",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(run(fixture, &coverage_command, wrong[i]),
				 EXIT_USAGE);
}

static void info_lists_quic_by_class_and_version(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, &info_command, "-t"), 0);
	assert_non_null(strstr(fixture->text,
			       "\nquic.0.side\twan\n"
			       "quic.0.spin_class\tundecided\n"
			       "quic.0.version\tother\n"
			       "quic.0.flow_intervals\t9\n"
			       "quic.0.flow_intervals_ratio\t0.428571\n"
			       "quic.0.packets\t6\n"
			       "quic.0.packets_ratio\t0.044444\n"
			       "quic.1.side\twan\n"
			       "quic.1.spin_class\tconstant_0\n"
			       "quic.1.version\tv1\n"));
	assert_null(strstr(fixture->text, "\nquic.4."));
	assert_int_equal(run(fixture, &info_command, ""), 0);
	assert_non_null(strstr(fixture->text,
			       "\nwan   greased     v2                    3  "
			       "0.1429       15  0.1111\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coverage_keeps_its_contract),
		cmocka_unit_test(coverage_does_not_depend_on_processes),
		cmocka_unit_test(coverage_of_a_period_and_a_side),
		cmocka_unit_test(coverage_of_some_versions),
		cmocka_unit_test(coverage_of_few_has_no_ratio),
		cmocka_unit_test(distribution_is_over_subnets),
		cmocka_unit_test(text_ends_with_the_distribution),
		cmocka_unit_test(wrong_use_is_refused),
		cmocka_unit_test(info_lists_quic_by_class_and_version),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
