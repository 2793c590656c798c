// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../collector/measure_options.h"

static const struct settings plain = SETTINGS_DEFAULT;

static void no_option_is_what_a_plain_load_measures_with(void **state)
{
	struct measure_options options;

	measure_options_init(&options);
	assert_true(measure_options_take(&options, MEASURE_OUTPUT, "x"));
	assert_true(measure_options_finish(&options));
	assert_memory_equal(&options.settings, &plain, sizeof(plain));
	assert_int_equal(options.config.interval_ns, 10000000000);
	assert_int_equal(options.config.max_flows, DEFAULT_MAX_FLOWS);
	assert_int_equal(options.config.n_lan, 0);
}

/* The mask of a prefix length, bit by bit. */
static void assert_mask(const __u64 words[2], unsigned int n_bits)
{
	const uint8_t *bytes = (const uint8_t *)words;

	for (unsigned int bit = 0; bit < 128; bit++)
		assert_int_equal(bytes[bit / 8] >> (7 - bit % 8) & 1,
				 bit < n_bits);
}

static void masks_follow_the_prefix_lengths(void **state)
{
	char text[8];

	for (unsigned int len = 16; len <= 128; len++) {
		struct measure_options options;
		uint8_t v4_len = len > 32 ? 32 : (uint8_t)len;
		__u64 v4_mask[2] = { UINT64_MAX, 0 };

		measure_options_init(&options);
		snprintf(text, sizeof(text), "%u", len);
		measure_options_take(&options, MEASURE_OUTPUT, "x");
		assert_true(measure_options_take(&options, MEASURE_V6_PREFIX,
						 text));
		snprintf(text, sizeof(text), "%u", v4_len);
		assert_true(measure_options_take(&options, MEASURE_V4_PREFIX,
						 text));
		assert_true(measure_options_finish(&options));
		assert_mask(options.settings.v6_mask, len);
		v4_mask[1] = options.settings.v4_mask;
		assert_mask(v4_mask, 96U + v4_len);
		assert_int_equal(options.settings.v6_prefix_len, len);
		assert_int_equal(options.settings.v4_prefix_len, v4_len);
	}
}

static void lan_prefixes_are_masked_and_canonical(void **state)
{
	struct measure_options options;

	measure_options_init(&options);
	measure_options_take(&options, MEASURE_OUTPUT, "x");
	assert_true(
		measure_options_take(&options, MEASURE_LAN, "10.61.0.0/16"));
	assert_true(measure_options_take(&options, MEASURE_LAN,
					 "2001:0DB8:0000::/33"));
	assert_true(measure_options_finish(&options));
	assert_int_equal(options.config.n_lan, 2);
	assert_string_equal(options.config.lan[0], "10.61.0.0/16");
	assert_string_equal(options.config.lan[1], "2001:db8::/33");
	assert_int_equal(options.settings.n_lan, 2);
	assert_int_equal(options.settings.lan[0].family, 4);
	assert_mask(options.settings.lan[0].mask, 96 + 16);
	assert_int_equal(options.settings.lan[1].family, 6);
	assert_mask(options.settings.lan[1].mask, 33);
}

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static void tables_are_powers_of_two_that_hold_all(void **state)
{
	static const char *const flows[] = { "1024", "1025", "1000000",
					     "67108864" };
	static const char *const subnets[] = { "16", "17", "65537", "1048575" };

	for (int i = 0; i < 4; i++) {
		struct measure_options options;
		const struct settings *settings = &options.settings;

		measure_options_init(&options);
		measure_options_take(&options, MEASURE_OUTPUT, "x");
		assert_true(measure_options_take(&options, MEASURE_MAX_FLOWS,
						 flows[i]));
		assert_true(measure_options_take(&options, MEASURE_MAX_SUBNETS,
						 subnets[i]));
		assert_true(measure_options_finish(&options));
		assert_true(is_power_of_two(settings->n_flow_sets));
		assert_true(is_power_of_two(settings->n_stamp_sets));
		assert_true(is_power_of_two(settings->n_subnet_buckets));
		assert_int_equal((uint64_t)settings->n_flow_sets * FLOW_WAYS,
				 options.config.max_flows);
		assert_true((uint64_t)settings->n_subnet_buckets *
				    SUBNET_BUCKET_CELLS >=
			    (uint64_t)settings->max_subnets *
				    SUBNET_CELLS_PER_SLOT);
	}
}

static void sources_are_a_list(void **state)
{
	static const struct {
		const char *text;
		uint32_t sources; /* 0: refused */
	} cases[] = {
		{ "tcp_ts", 1U << SOURCE_TCP_TS },
		{ "icmp_echo", 1U << SOURCE_ICMP_ECHO },
		{ "icmp_echo,tcp_ts",
		  1U << SOURCE_ICMP_ECHO | 1U << SOURCE_TCP_TS },
		{ "dns", 1U << SOURCE_DNS },
		{ "all", SETTINGS_SOURCES },
		{ "tcp_ts,", 0 },
		{ "", 0 },
		{ "quic_spin,quic_handshake",
		  1U << SOURCE_QUIC_SPIN | 1U << SOURCE_QUIC_HANDSHAKE },
		{ "epping", 0 },
		{ "tcp", 0 },
		{ "TCP_TS", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct measure_options options;

		measure_options_init(&options);
		measure_options_take(&options, MEASURE_OUTPUT, "x");
		assert_int_equal(measure_options_take(&options, MEASURE_SOURCES,
						      cases[i].text),
				 cases[i].sources != 0);
		if (!cases[i].sources)
			continue;
		assert_true(measure_options_finish(&options));
		assert_int_equal(options.settings.sources, cases[i].sources);
		assert_int_equal(options.config.sources, cases[i].sources);
	}
}

static void bad_values_are_refused(void **state)
{
	static const struct {
		enum measure_option option;
		const char *value;
	} cases[] = {
		{ MEASURE_LAN, "10.61.0.1/16" },
		{ MEASURE_LAN, "lan" },
		{ MEASURE_INTERVAL, "7s" },
		{ MEASURE_INTERVAL, "500ms" },
		{ MEASURE_INTERVAL, "2h" },
		{ MEASURE_INTERVAL, "0" },
		{ MEASURE_V4_PREFIX, "7" },
		{ MEASURE_V4_PREFIX, "33" },
		{ MEASURE_V6_PREFIX, "15" },
		{ MEASURE_V6_PREFIX, "129" },
		{ MEASURE_MAX_FLOWS, "0" },
		{ MEASURE_MAX_SUBNETS, "1048576" },
		{ MEASURE_MAX_HISTOGRAMS, "many" },
	};
	struct measure_options options;

	measure_options_init(&options);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_false(measure_options_take(&options, cases[i].option,
						  cases[i].value));
	assert_false(measure_options_finish(&options));
	for (int i = 0; i < MAX_LAN_PREFIXES; i++)
		assert_true(measure_options_take(&options, MEASURE_LAN,
						 "10.0.0.0/8"));
	assert_false(measure_options_take(&options, MEASURE_LAN, "10.0.0.0/8"));
}

/* A campaign says what of tunnels it measured, and resumes as that only. */
static void the_campaign_knows_how_tunnels_are_measured(void **state)
{
	static const char *const which[] = { "inner", "outer" };

	for (int i = 0; i < 2; i++) {
		struct measure_options options;

		measure_options_init(&options);
		measure_options_take(&options, MEASURE_OUTPUT, "x");
		assert_true(measure_options_take(&options, MEASURE_TUNNEL,
						 which[i]));
		assert_true(measure_options_finish(&options));
		assert_int_equal(options.settings.is_tunnel_outer, i);
		assert_int_equal(options.config.is_tunnel_outer, i);
	}
}

static void the_campaign_knows_whether_the_lan_is_collapsed(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct measure_options options;

		measure_options_init(&options);
		measure_options_take(&options, MEASURE_OUTPUT, "x");
		if (i)
			assert_true(measure_options_take(
				&options, MEASURE_LAN_COLLAPSE, NULL));
		assert_true(measure_options_finish(&options));
		assert_int_equal(options.settings.is_lan_collapsed, i);
		assert_int_equal(options.config.is_lan_collapsed, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_option_is_what_a_plain_load_measures_with),
		cmocka_unit_test(masks_follow_the_prefix_lengths),
		cmocka_unit_test(lan_prefixes_are_masked_and_canonical),
		cmocka_unit_test(tables_are_powers_of_two_that_hold_all),
		cmocka_unit_test(sources_are_a_list),
		cmocka_unit_test(the_campaign_knows_how_tunnels_are_measured),
		cmocka_unit_test(
			the_campaign_knows_whether_the_lan_is_collapsed),
		cmocka_unit_test(bad_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
