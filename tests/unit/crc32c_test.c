// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/crc32c.h"

/* RFC 3720 appendix B.4, and the check value of the usual catalogues. */
static void crc32c_gives_published_values(void **state)
{
	uint8_t bytes[32];
	int i;

	assert_int_equal(crc32c_add(0, "123456789", 9), 0xe3069283);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c_add(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c_add(0, bytes, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(crc32c_add(0, bytes, 32), 0x46dd794e);
}

static void crc32c_of_parts_is_that_of_the_whole(void **state)
{
	const char *text = "spindrift-segment";
	size_t n = strlen(text), i;

	for (i = 0; i <= n; i++)
		assert_int_equal(crc32c_add(crc32c_add(0, text, i), text + i,
					    n - i),
				 crc32c_add(0, text, n));
}

/* The definition, bit by bit. */
static uint32_t reference(const uint8_t *byte, size_t n_bytes)
{
	uint32_t crc = 0xffffffff;
	int bit;

	while (n_bytes--) {
		crc ^= *byte++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

static void crc32c_is_its_definition_at_every_length_and_offset(void **state)
{
	uint8_t bytes[200];
	size_t i, n;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i * 37 + 11);
	for (i = 0; i < 16; i++)
		for (n = 0; n + i <= sizeof(bytes); n++)
			assert_int_equal(crc32c_add(0, bytes + i, n),
					 reference(bytes + i, n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_gives_published_values),
		cmocka_unit_test(crc32c_of_parts_is_that_of_the_whole),
		cmocka_unit_test(
			crc32c_is_its_definition_at_every_length_and_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
