// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "../../lib/prefix.h"

static struct prefix parsed(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void canonical_text_survives(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0/0",          "10.0.0.0/8",         "192.0.2.0/24",
		"192.0.2.1/32",       "10.64.0.0/10",       "::/0",
		"2001:db8::/32",      "2001:db8::1/128",    "2001:db8:0:1::/64",
		"2001:db8:8000::/33", "::ffff:1.2.3.4/128",
	};
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct prefix prefix = parsed(texts[i]);

		prefix_format(&prefix, text);
		assert_string_equal(text, texts[i]);
	}
}

static void ipv4_is_mapped(void **state)
{
	static const uint8_t expected[16] = { 0, 0, 0,    0,    0,   0, 0, 0,
					      0, 0, 0xff, 0xff, 192, 0, 2, 0 };
	struct prefix prefix = parsed("192.0.2.0/24");

	assert_memory_equal(prefix.address, expected, 16);
	assert_int_equal(prefix.family, 4);
	assert_int_equal(prefix.prefix_len, 24);
}

static void address_without_length_is_a_host(void **state)
{
	assert_int_equal(parsed("192.0.2.1").prefix_len, 32);
	assert_int_equal(parsed("2001:db8::1").prefix_len, 128);
}

static void nonsense_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"/",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/+8",
		"10.0.0.0/ 8",
		"10.0.0.0/8 ",
		"10.0.0.0/0008",
		"10.0.0.0/8/8",
		"10.0.0/8",
		"10.0.0.256",
		"192.0.2.1/24",
		"2001:db8::/129",
		"2001:db8::1/64",
		"2001:db8:::/64",
		"::1%lo",
		"host",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1",
	};
	struct prefix prefix;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(prefix_parse(texts[i], &prefix), -EINVAL);
}

/* Bit by bit against the definition, for every length of both families. */
static void cut_keeps_exactly_the_prefix(void **state)
{
	for (unsigned int family = 4; family <= 6; family += 2) {
		unsigned int first = family == 4 ? 96 : 0;

		for (unsigned int len = 0; len <= 128 - first; len++) {
			struct prefix prefix = { .family = (uint8_t)family };

			memset(prefix.address, 0xff, 16);
			prefix_cut(&prefix, (uint8_t)len);
			assert_int_equal(prefix.prefix_len, len);
			for (unsigned int bit = 0; bit < 128; bit++)
				assert_int_equal(prefix.address[bit / 8] >>
								 (7 - bit % 8) &
							 1,
						 bit < first + len);
		}
	}
}

static void containment_follows_length_and_family(void **state)
{
	struct prefix ten = parsed("10.0.0.0/8"), all4 = parsed("0.0.0.0/0");
	struct prefix host = parsed("10.1.2.3"), all6 = parsed("::/0");
	struct prefix eleven = parsed("11.0.0.0/24");

	assert_true(prefix_contains(&ten, &host));
	assert_true(prefix_contains(&ten, &ten));
	assert_true(prefix_contains(&all4, &ten));
	assert_false(prefix_contains(&host, &ten));
	assert_false(prefix_contains(&ten, &eleven));
	assert_false(prefix_contains(&all6, &ten));
	assert_false(prefix_contains(&all4, &all6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_text_survives),
		cmocka_unit_test(ipv4_is_mapped),
		cmocka_unit_test(address_without_length_is_a_host),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(cut_keeps_exactly_the_prefix),
		cmocka_unit_test(containment_follows_length_and_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
