// SPDX-License-Identifier: GPL-2.0-or-later
/* ePPing's JSON -> records: whatever the pieces, nothing but what stands there. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../core/traffic.h"
#include "../../import/epping_bins.h"
#include "../../import/epping_convert.h"
#include "../../import/epping_parse.h"

enum { MAX_RECORDS = 8 };

struct found {
	size_t n, stop_after;
	struct epping_record *record; /* MAX_RECORDS */
};

static bool keep(void *context, const struct epping_record *record)
{
	struct found *found = context;

	assert_true(found->n < MAX_RECORDS);
	found->record[found->n++] = *record;
	return found->n != found->stop_after;
}

/* Parses the text in pieces of n_piece bytes; what is wrong with it, or NULL. */
static const char *parse(const char *text, size_t n_piece, struct found *found)
{
	struct epping_parser *parser = epping_parser_new(keep, found);
	const uint8_t *bytes = (const uint8_t *)text;
	size_t n = strlen(text);
	const char *problem;

	assert_non_null(parser);
	found->n = 0;
	for (size_t at = 0; at < n; at += n_piece)
		if (!epping_parser_feed(parser, bytes + at,
					n - at < n_piece ? n - at : n_piece))
			break;
	epping_parser_end(parser);
	problem = epping_parser_problem(parser);
	epping_parser_free(parser);
	return problem;
}

static struct found make_found(void)
{
	struct found found = { .record = calloc(MAX_RECORDS,
						sizeof(*found.record)) };

	assert_non_null(found.record);
	return found;
}

#define PREFIX                                                                 \
	"{\"timestamp\":1795379671558503873,\"ip_prefix\":\"10.61.41.0/24\","  \
	"\"rx_stats\":{\"TCP_TS\":{\"packets\":86,\"bytes\":84281}},"          \
	"\"tx_stats\":{\"other\":{\"packets\":69}},\"count_rtt\":9,"           \
	"\"min_rtt\":5305155,\"mean_rtt\":1.13333e+07,\"max_rtt\":52357710,"   \
	"\"histogram\":[0,8,0,0,0,0,0,0,0,0,0,0,0,1]}"

static void check_prefix(const struct epping_record *record)
{
	assert_null(record->problem);
	assert_int_equal(record->fields, EPPING_FIELD_TIMESTAMP |
						 EPPING_FIELD_PREFIX |
						 EPPING_FIELD_STATS);
	/* Beyond what a double holds. */
	assert_int_equal(record->timestamp, 1795379671558503873);
	assert_string_equal(record->prefix, "10.61.41.0/24");
	assert_int_equal(record->rx[EPPING_TCP_TS].bytes, 84281);
	assert_int_equal(record->rx[EPPING_OTHER].packets, 0);
	assert_int_equal(record->tx[EPPING_OTHER].packets, 69);
	assert_int_equal(record->tx[EPPING_OTHER].bytes, 0);
	assert_int_equal(record->count_rtt, 9);
	assert_int_equal(record->min_rtt, 5305155);
	assert_int_equal(record->max_rtt, 52357710);
	assert_int_equal(record->n_elements, 14);
	assert_int_equal(record->n_bins, 2);
	assert_int_equal(record->bin[0].bin, 1);
	assert_int_equal(record->bin[0].count, 8);
	assert_int_equal(record->bin[1].bin, 13);
	assert_int_equal(record->bin[1].count, 1);
}

static void record_is_read_in_any_pieces(void **state)
{
	static const char *const texts[] = { PREFIX, "[" PREFIX "]",
					     PREFIX "\n" PREFIX "\n",
					     "[" PREFIX "," PREFIX "]\n[]",
					     "[" PREFIX "]" PREFIX };
	static const size_t n_records[] = { 1, 1, 2, 2, 2 };
	struct found found = make_found();

	for (size_t i = 0; i < 5; i++)
		for (size_t n = 1; n < 400; n++) {
			assert_null(parse(texts[i], n, &found));
			assert_int_equal(found.n, n_records[i]);
			check_prefix(&found.record[0]);
			check_prefix(&found.record[found.n - 1]);
		}
	parse("[" PREFIX "," PREFIX "]", 1000, &found);
	assert_int_equal(found.record[0].offset, 1);
	assert_int_equal(found.record[1].offset, strlen(PREFIX) + 2);
	free(found.record);
}

static void cut_text_gives_what_is_complete(void **state)
{
	char text[2 * sizeof(PREFIX) + 4];
	size_t n = sizeof("[" PREFIX "," PREFIX) - 1;
	struct found found = make_found();

	for (size_t cut = 2; cut <= n; cut++) {
		strcpy(text, "[" PREFIX "," PREFIX);
		text[cut] = '\0';
		assert_string_equal(parse(text, 64, &found), "cut off");
		assert_int_equal(found.n,
				 (cut > sizeof(PREFIX) - 1) + (cut == n));
	}
	free(found.record);
}

/* The same text with one piece replaced. */
static const char *problem_of(const char *from, const char *to,
			      struct found *found)
{
	char text[sizeof(PREFIX) + 4096];
	const char *at = strstr(PREFIX, from);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - PREFIX), PREFIX, to,
		 at + strlen(from));
	for (size_t n = 1; n < 500; n += 7) {
		assert_null(parse(text, n, found));
		assert_int_equal(found->n, 1);
	}
	return found->record[0].problem;
}

static void what_cannot_be_spoils_its_record_alone(void **state)
{
	static const char *const change[][2] = {
		{ "\"packets\":86", "\"packets\":-86" },
		{ "\"packets\":86", "\"packets\":8.6" },
		{ "\"packets\":86", "\"packets\":86e1" },
		{ "\"packets\":86", "\"packets\":99999999999999999999" },
		{ "\"packets\":86", "\"packets\":72057594037927937" },
		{ "\"packets\":86", "\"packets\":\"86\"" },
		{ "\"packets\":86", "\"packets\":[86]" },
		{ "\"packets\":86", "\"packets\":null" },
		{ "\"packets\":86", "\"frames\":86" },
		{ "\"TCP_TS\"", "\"SCTP\"" },
		{ "{\"packets\":86,\"bytes\":84281}", "86" },
		{ "\"count_rtt\":9", "\"count_rtt\":9,\"count_rtt\":9" },
		{ "\"10.61.41.0/24\"", "104" },
		{ "\"10.61.41.0/24\"", "{\"histogram\":[1,2]}" },
		{ "10.61.41.0/24", "10.61.41.0/24                            "
				   "                " },
		{ "0,1]", "0,4294967296]" },
		{ "0,1]", "0,1.5]" },
		{ "0,1]", "0,-1]" },
		{ "0,1]", "0,[1]]" },
		{ "0,1]", "0,\"1\"]" },
		{ "0,1]", "0,null]" },
		{ "[0,8", "{\"x\":[0,8]},\"y\":[0,8" },
	};
	struct found found = make_found();

	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		if (!problem_of(change[i][0], change[i][1], &found))
			fail_msg("%s is taken", change[i][1]);
	}
	free(found.record);
}

static void what_is_not_known_is_passed_over(void **state)
{
	static const char *const added[] = {
		"\"x\":1,",
		"\"x\":-1.5e3,",
		"\"x\":null,",
		"\"x\":\"\\\"}\",",
		"\"x\":[1,[2,{\"histogram\":[3,4]}],true],",
		"\"x\":{\"histogram\":[3,4],\"packets\":5},",
		"\"mean_rtt\":{},",
		"\"a\\\"histogram\":[7,7],",
	};
	char to[256];
	struct found found = make_found();

	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		snprintf(to, sizeof(to), "%s\"count_rtt\"", added[i]);
		/* mean_rtt then comes twice */
		if (problem_of("\"count_rtt\"", to, &found) && i != 6)
			fail_msg("%s: %s", added[i], found.record[0].problem);
		found.record[0].problem = NULL;
		found.record[0].fields &= ~EPPING_FIELD_OTHER;
		check_prefix(&found.record[0]);
	}
	free(found.record);
}

static void text_that_is_no_list_of_records_is_refused(void **state)
{
	static const char *const texts[] = {
		"1",
		"\"x\"",
		"null",
		"[1]",
		"[[]]",
		"[\"x\"]",
		"{",
		"}",
		"]",
		"[{}",
		"{\"histogram\":[0,1",
		"{\"histogram\":[0,]}",
		"{\"histogram\":[,0]}",
		"{\"histogram\":[00]}",
		"{\"histogram\":[0,01]}",
		"{\"histogram\":[0 1]}",
		"{\"histogram\":[0,1]]}",
		"{\"histogram\":[0,0,0,0,]}",
		"{\"histogram\":[0,0,0,0,0,0,0,0,x]}",
		"{\"x\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
	};
	struct found found = make_found();

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t n = 1; n < 60; n++)
			if (!parse(texts[i], n, &found))
				fail_msg("%s is taken", texts[i]);
	free(found.record);
}

static void bins_are_left_where_more_may_follow(void **state)
{
	static const struct {
		const char *text;
		size_t n_taken;
		uint32_t n_elements, n_bins;
	} cases[] = {
		{ "", 0, 0, 0 },
		{ "]", 0, 0, 0 },
		{ "0]}", 1, 1, 0 },
		{ "12]}", 2, 1, 1 },
		{ "12", 0, 0, 0 },
		{ "1,2", 2, 1, 1 },
		{ "1,2,", 2, 1, 1 },
		{ "1,2]", 2, 1, 1 },
		{ "1,2] ", 3, 2, 2 },
		{ "1, 2] ", 0, 0, 0 },
		{ "0,0,0,0,0,0,0,0,7]}", 17, 9, 1 },
		{ "0,0,0,0,]}", 6, 3, 0 },
		{ "1,01]}", 2, 1, 1 },
		{ "123456789,1]}", 11, 2, 2 },
		{ "1234567890,1]}", 0, 0, 0 },
	};
	struct epping_record *record = calloc(1, sizeof(*record));

	assert_non_null(record);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		record->n_elements = record->n_bins = 0;
		assert_int_equal(epping_bins_scan(record, cases[i].text,
						  strlen(cases[i].text)),
				 cases[i].n_taken);
		assert_int_equal(record->n_elements, cases[i].n_elements);
		assert_int_equal(record->n_bins, cases[i].n_bins);
	}
	free(record);
}

static void histogram_of_any_length_stays_within_its_bounds(void **state)
{
	char *text = malloc(4 * EPPING_MAX_BINS);
	struct found found = make_found();
	size_t n;

	assert_non_null(text);
	for (int over = 0; over < 2; over++)
		for (size_t piece = 100; piece < 1000000; piece *= 1000) {
			n = (size_t)sprintf(text, "{\"histogram\":[1");
			for (int i = 1; i < EPPING_MAX_BINS + over; i++)
				n += (size_t)sprintf(text + n, ",1");
			strcpy(text + n, "]}");
			assert_null(parse(text, piece, &found));
			assert_int_equal(found.record[0].n_bins,
					 EPPING_MAX_BINS);
			assert_int_equal(!!found.record[0].problem, over);
		}
	free(text);
	free(found.record);
}

static const struct epping_convert convert = {
	.settings = { 250, 4000000, 10000000000, 24, 48 },
};

/* One bin: the sum is within half a bin of each sample, and the extremes. */
static void sum_is_within_half_a_bin(void **state)
{
	struct epping_record *record = calloc(1, sizeof(*record));
	struct record_subnet subnet;
	struct record to = { 0 };

	assert_non_null(record);
	strcpy(record->prefix, "192.0.2.0/24");
	for (uint64_t rtt = 1; rtt < 2000000000; rtt = rtt * 3 + 1) {
		uint32_t bin = rtt / 4000000 < 249 ? rtt / 4000000 : 249;

		record->min_rtt = record->max_rtt = rtt;
		record->count_rtt = 1;
		record->n_bins = 1;
		record->bin[0] = (struct epping_bin){ bin, 1 };
		record->n_elements = bin + 1;
		assert_null(epping_check_prefix(&convert, record, &subnet));
		record_clear(&to);
		assert_int_equal(
			epping_add_prefix(&convert, record, &subnet, &to), 0);
		assert_null(record_check(&to));
		/* A single sample is known exactly but above the last edge. */
		if (bin < 249)
			assert_int_equal(to.rtt.row[0].sum_ns, rtt);
		assert_in_range(to.rtt.row[0].sum_ns, 1, rtt);
		assert_int_equal(to.rtt.row[0].overflow, bin == 249);
	}
	record_fini(&to);
	free(record);
}

static void old_layout_is_turned_round(void **state)
{
	struct epping_convert old = convert;
	struct epping_record *record = calloc(1, sizeof(*record));
	struct record_subnet subnet;
	struct record to = { 0 };

	assert_non_null(record);
	strcpy(record->prefix, "2001:db8:1::/48");
	record->fields = EPPING_FIELD_FLAT | EPPING_FIELD_PREFIX;
	record->rx[EPPING_OTHER] = (struct epping_counts){ 3, 300 };
	record->tx[EPPING_OTHER] = (struct epping_counts){ 4, 400 };
	assert_non_null(epping_check_prefix(&convert, record, &subnet));
	old.is_old = true;
	assert_null(epping_check_prefix(&old, record, &subnet));
	assert_int_equal(epping_add_prefix(&old, record, &subnet, &to), 0);
	assert_int_equal(to.traffic.n, 1);
	assert_int_equal(to.traffic.row[0].class, TRAFFIC_OTHER);
	assert_int_equal(to.traffic.row[0].packets_rx, 4);
	assert_int_equal(to.traffic.row[0].bytes_tx, 300);
	record_fini(&to);
	free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_read_in_any_pieces),
		cmocka_unit_test(cut_text_gives_what_is_complete),
		cmocka_unit_test(what_cannot_be_spoils_its_record_alone),
		cmocka_unit_test(what_is_not_known_is_passed_over),
		cmocka_unit_test(text_that_is_no_list_of_records_is_refused),
		cmocka_unit_test(bins_are_left_where_more_may_follow),
		cmocka_unit_test(
			histogram_of_any_length_stays_within_its_bounds),
		cmocka_unit_test(sum_is_within_half_a_bin),
		cmocka_unit_test(old_layout_is_turned_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
