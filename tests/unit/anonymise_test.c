// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/traffic.h"
#include "../../lib/anonymise.h"

/* The key of the sample of Crypto-PAn 1.0, the authors' program. */
static const uint8_t sample_key[ANONYMISE_KEY_BYTES] = {
	21,  34, 23,  141, 51, 164, 207, 128, 19,  10,  91,
	22,  73, 144, 125, 16, 216, 152, 143, 131, 121, 121,
	101, 39, 98,  87,  76, 45,  42,  132, 34,  2
};

static struct anonymiser *new_of(const uint8_t *byte)
{
	struct anonymise_key key;
	struct anonymiser *anonymiser;

	assert_int_equal(anonymise_key_set(byte, &key), 0);
	anonymiser = anonymiser_new(&key);
	assert_non_null(anonymiser);
	return anonymiser;
}

static void assert_pair(struct anonymiser *anonymiser, const char *from,
			const char *to)
{
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;

	assert_int_equal(prefix_parse(from, &prefix), 0);
	assert_int_equal(anonymise_prefix(anonymiser, &prefix), 0);
	prefix_format(&prefix, text);
	*strchr(text, '/') = '\0';
	assert_string_equal(text, to);
}

/* Of sample_trace_raw.dat and sample_trace_sanitized.dat of Crypto-PAn 1.0. */
static void addresses_are_those_of_the_authors_program(void **state)
{
	static const char *const pair[][2] = {
		{ "128.11.68.132", "135.242.180.132" },
		{ "129.118.74.4", "134.136.186.123" },
		{ "130.132.252.244", "133.68.164.234" },
		{ "141.223.7.43", "141.167.8.160" },
		{ "141.233.145.108", "141.129.237.235" },
		{ "152.163.225.39", "151.140.114.167" },
		{ "156.29.3.236", "147.225.12.42" },
		{ "165.247.96.84", "162.9.99.234" },
		{ "166.107.77.190", "160.132.178.185" },
		{ "192.102.249.13", "252.138.62.131" },
		{ "192.215.32.125", "252.43.47.189" },
		{ "192.233.80.103", "252.25.108.8" },
		{ "192.41.57.43", "252.222.221.184" },
		{ "193.150.244.223", "253.169.52.216" },
		{ "195.205.63.100", "255.186.223.5" },
		{ "198.200.171.101", "249.199.68.213" },
		{ "198.26.132.101", "249.36.123.202" },
		{ "24.0.250.221", "100.15.198.226" },
		{ "24.13.62.231", "100.2.192.247" },
		{ "38.15.67.68", "64.3.66.187" },
		{ "4.3.88.225", "124.60.155.63" },
		{ "63.14.55.111", "95.9.215.7" },
		{ "64.14.118.196", "0.255.183.58" },
	};
	struct anonymiser *anonymiser = new_of(sample_key);

	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++)
		assert_pair(anonymiser, pair[i][0], pair[i][1]);
	anonymiser_free(anonymiser);
}

/* The authors have IPv4 only. These are the pairs that the tests of other programs
 * share, under the same key: first those of github.com/Yawning/cryptopan. */
static void ipv6_is_as_others_have_it(void **state)
{
	static const char *const pair[][2] = {
		{ "::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed" },
		{ "::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef" },
		{ "::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838" },
		{ "2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e" },
		{ "2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c" },
	};
	struct anonymiser *anonymiser = new_of(sample_key);

	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++)
		assert_pair(anonymiser, pair[i][0], pair[i][1]);
	anonymiser_free(anonymiser);
}

static unsigned n_common_bits(const struct prefix *a, const struct prefix *b)
{
	for (unsigned bit = 0; bit < 128; bit++)
		if ((a->address[bit / 8] ^ b->address[bit / 8]) &
		    0x80 >> bit % 8)
			return bit;
	return 128;
}

/* Addresses that part at each bit do so afterwards, at that bit. */
static void addresses_part_where_they_did(void **state)
{
	struct anonymiser *anonymiser = new_of(sample_key);

	for (unsigned family = 4; family <= 6; family += 2) {
		unsigned n_bits = family == 4 ? 32 : 128;
		unsigned before = 128 - n_bits;
		struct prefix one, other, from;

		assert_int_equal(prefix_parse(family == 4 ? "203.0.113.77" :
							    "2001:db8:a:b::c",
					      &from),
				 0);
		one = from;
		assert_int_equal(anonymise_prefix(anonymiser, &one), 0);
		for (unsigned bit = 0; bit < n_bits; bit++) {
			unsigned at = before + bit;

			other = from;
			other.address[at / 8] ^= 0x80 >> at % 8;
			assert_int_equal(anonymise_prefix(anonymiser, &other),
					 0);
			assert_int_equal(n_common_bits(&one, &other), at);
		}
	}
	anonymiser_free(anonymiser);
}

/* So a /24 is the same whichever of its hosts was seen. */
static void a_prefix_is_that_of_its_addresses(void **state)
{
	static const char *const host[] = { "198.51.100.201", "2001:db8::ff" };
	struct anonymiser *anonymiser = new_of(sample_key);

	for (int i = 0; i < 2; i++) {
		uint8_t n_bits = i ? 128 : 32;
		struct prefix whole, part;

		for (uint8_t len = 0; len <= n_bits; len++) {
			prefix_parse(host[i], &whole);
			part = whole;
			prefix_cut(&part, len);
			anonymise_prefix(anonymiser, &part);
			anonymise_prefix(anonymiser, &whole);
			prefix_cut(&whole, len);
			assert_memory_equal(&part, &whole, sizeof(part));
		}
	}
	anonymiser_free(anonymiser);
}

static void keys_differ_in_fingerprint_and_result(void **state)
{
	uint8_t byte[ANONYMISE_KEY_BYTES];
	struct anonymise_key key, other;
	struct anonymiser *anonymiser;
	struct prefix a, b;

	memcpy(byte, sample_key, sizeof(byte));
	assert_int_equal(anonymise_key_set(byte, &key), 0);
	byte[31] ^= 1;
	assert_int_equal(anonymise_key_set(byte, &other), 0);
	assert_string_not_equal(key.fingerprint, other.fingerprint);
	assert_int_equal(strlen(key.fingerprint), ANONYMISE_FINGERPRINT_CHARS);
	prefix_parse("203.0.113.77", &a);
	b = a;
	anonymiser = anonymiser_new(&key);
	anonymise_prefix(anonymiser, &a);
	anonymiser_free(anonymiser);
	anonymiser = anonymiser_new(&other);
	anonymise_prefix(anonymiser, &b);
	anonymiser_free(anonymiser);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

static void a_record_keeps_no_address(void **state)
{
	struct anonymise_key key;
	struct record record = { 0 };
	struct prefix prefix;

	assert_int_equal(anonymise_key_set(sample_key, &key), 0);
	for (int i = 0; i < 3; i++) {
		struct record_subnet *subnet = record_add(&record.subnet);

		prefix_parse(i == 2 ? "2001:db8::/48" : "128.11.68.0/24",
			     &prefix);
		memcpy(subnet->address, prefix.address, 16);
		subnet->prefix_len = i == 1 ? 0 : prefix.prefix_len;
		subnet->family = prefix.family;
		subnet->kind = i == 1 ? SUBNET_OVERFLOW : SUBNET_PREFIX;
		if (i == 1)
			memset(subnet->address + 12, 0, 4);
	}
	assert_int_equal(anonymise_record(&key, &record), 0);
	prefix_parse("135.242.180.0/24", &prefix);
	assert_memory_equal(record.subnet.row[0].address, prefix.address, 16);
	prefix_parse("4401:2bc:603f::/48", &prefix);
	assert_memory_equal(record.subnet.row[2].address, prefix.address, 16);
	for (int i = 0; i < 3; i++)
		assert_true(record_subnet_is_valid(&record.subnet.row[i]));
	prefix_parse("0.0.0.0/0", &prefix);
	assert_memory_equal(record.subnet.row[1].address, prefix.address, 16);
	record_fini(&record);
}

/* Of n bytes under /tmp; what reading it says. */
static int read_of(size_t n, mode_t mode, struct anonymise_key *ret_key)
{
	char path[] = "/tmp/spindrift-key.XXXXXX";
	int fd = mkstemp(path), err;
	uint8_t byte[64] = { 0 };

	memcpy(byte, sample_key, sizeof(sample_key));
	assert_int_equal(write(fd, byte, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	err = anonymise_key_read(path, ret_key);
	unlink(path);
	return err;
}

static void a_key_is_32_bytes_that_nobody_else_may_use(void **state)
{
	static const mode_t open_modes[] = { 0640, 0604, 0610, 0601,
					     0620, 0602, 0700 };
	struct anonymise_key key = { 0 }, same;

	for (size_t i = 0; i < sizeof(open_modes) / sizeof(*open_modes); i++)
		assert_int_equal(read_of(32, open_modes[i], &key), -EPERM);
	assert_int_equal(read_of(31, 0600, &key), -EINVAL);
	assert_int_equal(read_of(33, 0600, &key), -EINVAL);
	assert_int_equal(read_of(0, 0600, &key), -EINVAL);
	assert_int_equal(anonymise_key_read("/tmp", &key), -EINVAL);
	assert_string_equal(key.fingerprint, "");
	assert_int_equal(read_of(32, 0600, &key), 0);
	assert_int_equal(anonymise_key_set(sample_key, &same), 0);
	assert_memory_equal(&key, &same, sizeof(key));
	assert_int_equal(read_of(32, 0400, &key), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_those_of_the_authors_program),
		cmocka_unit_test(ipv6_is_as_others_have_it),
		cmocka_unit_test(addresses_part_where_they_did),
		cmocka_unit_test(a_prefix_is_that_of_its_addresses),
		cmocka_unit_test(keys_differ_in_fingerprint_and_result),
		cmocka_unit_test(a_record_keeps_no_address),
		cmocka_unit_test(a_key_is_32_bytes_that_nobody_else_may_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
