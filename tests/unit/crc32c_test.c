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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_gives_published_values),
		cmocka_unit_test(crc32c_of_parts_is_that_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
