// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/shard.h"

enum { MAX_LIST = 20000 };

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int compare(const void *left, const void *right)
{
	return shard_compare(left, right);
}

static size_t sort_distinct(struct prefix *list, size_t n)
{
	size_t n_distinct = 0;

	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n; i++)
		if (!n_distinct ||
		    shard_compare(&list[n_distinct - 1], &list[i]) != 0)
			list[n_distinct++] = list[i];
	return n_distinct;
}

static struct prefix parse(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

/* Dense and sparse ones, of both families, some inside others. */
static size_t fill(struct prefix *list, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t random = next_random(&seed);
		bool is_v4 = random % 4;
		struct prefix prefix =
			parse(is_v4 ? "10.0.0.0/8" : "2001::/16");
		uint8_t *byte = prefix.address + (is_v4 ? 12 : 1);

		memcpy(byte, &random, 2);
		byte[0] &= random >> 60 ? 3 : 255;
		byte[2] = (uint8_t)(random >> 16);
		prefix_cut(&prefix, (uint8_t)((is_v4 ? 24 : 48) -
					      (random >> 24) % 9 / 8 * 8));
		list[i] = prefix;
	}
	return sort_distinct(list, n);
}

static size_t count_inside(const struct prefix *shard,
			   const struct prefix *subnet, size_t n)
{
	size_t n_inside = 0;

	for (size_t i = 0; i < n; i++)
		n_inside += prefix_contains(shard, &subnet[i]);
	return n_inside;
}

static void every_subnet_is_in_one_shard(void **state)
{
	static const size_t sizes[] = { 1, 2, 7, 100, 5000, MAX_LIST };
	struct prefix *subnet = calloc(2000, sizeof(*subnet));
	size_t n;

	assert_non_null(subnet);
	n = fill(subnet, 2000, 7);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct shard_limit limit = { .max_subnets = sizes[i] };
		struct shard_list list = { 0 };
		size_t n_seen = 0;

		assert_int_equal(shard_list_part(&list, &limit, subnet, n), 0);
		for (size_t j = 0; j < list.n; j++) {
			size_t n_inside =
				count_inside(&list.prefix[j], subnet, n);

			assert_true(n_inside > 0);
			for (size_t k = n_seen; k < n_seen + n_inside; k++)
				assert_true(prefix_contains(&list.prefix[j],
							    &subnet[k]));
			n_seen += n_inside;
		}
		assert_int_equal(n_seen, n);
		shard_list_fini(&list);
	}
	free(subnet);
}

static void shards_keep_their_size(void **state)
{
	const struct shard_limit limit = { .max_subnets = 100 };
	struct prefix *subnet = calloc(MAX_LIST, sizeof(*subnet));
	struct shard_list list = { 0 };
	size_t n;

	assert_non_null(subnet);
	for (size_t i = 0; i < MAX_LIST; i++) {
		subnet[i] = parse("10.0.0.0/24");
		subnet[i].address[13] = (uint8_t)(i >> 8);
		subnet[i].address[14] = (uint8_t)i;
	}
	n = sort_distinct(subnet, MAX_LIST);
	assert_int_equal(shard_list_part(&list, &limit, subnet, n), 0);
	for (size_t i = 0; i < list.n; i++)
		assert_true(count_inside(&list.prefix[i], subnet, n) <= 100);
	assert_true(list.n < 2 * MAX_LIST / 64);
	shard_list_fini(&list);
	free(subnet);
}

static void a_subnet_is_never_wider_than_its_shard(void **state)
{
	const struct shard_limit limit = { .max_subnets = 2 };
	struct prefix subnet[] = {
		parse("10.0.0.0/8"),   parse("10.0.0.0/24"),
		parse("10.1.0.0/16"),  parse("10.1.1.0/24"),
		parse("192.0.2.0/24"), parse("2001:db8::/32"),
	};
	struct shard_list list = { 0 };

	assert_int_equal(shard_list_part(&list, &limit, subnet, 6), 0);
	assert_int_equal(list.n, 3);
	assert_int_equal(list.prefix[0].prefix_len, 8);
	assert_true(prefix_contains(&list.prefix[1], &subnet[4]));
	assert_false(prefix_contains(&list.prefix[1], &subnet[0]));
	assert_int_equal(list.prefix[2].family, 6);
	shard_list_fini(&list);
}

static void no_shard_is_wider_than_asked(void **state)
{
	const struct shard_limit limit = { .max_subnets = 9, .min_len = 12 };
	struct prefix subnet[] = { parse("10.0.0.0/24"), parse("10.1.0.0/24") };
	struct shard_list list = { 0 };

	assert_int_equal(shard_list_part(&list, &limit, subnet, 2), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.prefix[0].prefix_len, 12);
	shard_list_fini(&list);
	assert_int_equal(shard_list_part(&list, &limit, subnet, 0), 0);
	assert_int_equal(list.n, 0);
	shard_list_fini(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_subnet_is_in_one_shard),
		cmocka_unit_test(shards_keep_their_size),
		cmocka_unit_test(a_subnet_is_never_wider_than_its_shard),
		cmocka_unit_test(no_shard_is_wider_than_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
