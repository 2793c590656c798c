// SPDX-License-Identifier: GPL-2.0-or-later
/* The sums of spindrift-traffic(1) for people, five tables of them. */
#include <errno.h>

#include "group_row.h"
#include "traffic_table.h"

struct document {
	const struct traffic_answer *answer;
	enum output_format format;
	FILE *stream;
	struct output_table table;
};

static void put_title(const struct document *document, const char *title)
{
	static const char *const form[] = {
		[OUTPUT_TEXT] = "\n%s\n",
		[OUTPUT_MARKDOWN] = "\n### %s\n\n",
		[OUTPUT_LATEX] = "\n%% %s\n",
	};

	fprintf(document->stream, form[document->format], title);
}

static void begin(struct document *document, const char *title,
		  const char *const *columns, size_t n_columns, size_t n_left)
{
	put_title(document, title);
	output_table_begin(&document->table, document->stream, document->format,
			   columns, n_columns, n_left);
}

static void put_group(struct document *document, const struct group *group)
{
	output_table_text(&document->table, group_side_name(group->key.side));
	output_table_text(&document->table,
			  group->key.family == 4 ? "IPv4" : "IPv6");
}

static void put_bytes(struct output_table *table, uint64_t bytes)
{
	char text[OUTPUT_TEXT_MAX];

	output_format_bytes((double)bytes, text);
	output_table_text(table, text);
}

static void put_percent(struct output_table *table, uint64_t part,
			uint64_t whole)
{
	char text[OUTPUT_TEXT_MAX];

	if (!whole) {
		output_table_absent(table);
		return;
	}
	snprintf(text, sizeof(text), "%.2f %%",
		 100 * (double)part / (double)whole);
	output_table_text(table, text);
}

/* Towards the users is down: what a WAN subnet sends, and what is sent to a LAN
 * subnet. */
static int print_totals(struct document *document)
{
	static const char *const columns[] = { "side",         "family",
					       "packets down", "bytes down",
					       "packets up",   "bytes up",
					       "of packets",   "of bytes" };
	const struct group_table *groups = &document->answer->sums->table;
	struct output_table *table = &document->table;

	begin(document, "Traffic (down: towards the users)", columns, 8, 2);
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *group = groups->group[i];
		bool is_lan = group->key.side == SIDE_LAN;
		struct traffic_count count = traffic_of_group(group);
		struct traffic_total all = traffic_count_total(&count);
		struct traffic_total whole =
			traffic_of_side(document->answer, group->key.side);

		put_group(document, group);
		output_table_u64(table,
				 is_lan ? count.packets_tx : count.packets_rx);
		put_bytes(table, is_lan ? count.bytes_tx : count.bytes_rx);
		output_table_u64(table,
				 is_lan ? count.packets_rx : count.packets_tx);
		put_bytes(table, is_lan ? count.bytes_rx : count.bytes_tx);
		put_percent(table, all.packets, whole.packets);
		put_percent(table, all.bytes, whole.bytes);
	}
	return output_table_end(table);
}

static void put_class(struct document *document, const struct group *group,
		      unsigned class, const struct traffic_total *whole)
{
	struct traffic_total sum =
		traffic_count_total(&group->traffic->class[class]);
	struct output_table *table = &document->table;

	if (!sum.packets)
		return;
	put_group(document, group);
	output_table_text(table, traffic_class_text(class));
	output_table_u64(table, sum.packets);
	put_percent(table, sum.packets, whole->packets);
	put_bytes(table, sum.bytes);
	put_percent(table, sum.bytes, whole->bytes);
}

static int print_classes(struct document *document)
{
	static const char *const columns[] = { "side",    "family",     "class",
					       "packets", "of packets", "bytes",
					       "of bytes" };
	const struct group_table *groups = &document->answer->sums->table;

	begin(document, "Classes of traffic, both directions", columns, 7, 3);
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *group = groups->group[i];
		struct traffic_count count = traffic_of_group(group);
		struct traffic_total whole = traffic_count_total(&count);

		for (unsigned j = 0; group->traffic && j < N_TRAFFIC_CLASSES;
		     j++)
			put_class(document, group, j, &whole);
	}
	return output_table_end(&document->table);
}

static int print_protocols(struct document *document)
{
	static const char *const columns[] = { "IP protocol", "packets",
					       "of packets", "bytes",
					       "of bytes" };
	struct traffic_total whole = traffic_of_protocols(document->answer);
	struct output_table *table = &document->table;
	char name[PROTOCOL_TEXT_MAX];

	begin(document, "IP protocols, each packet once", columns, 5, 1);
	for (unsigned i = 0; i < N_IP_PROTOCOLS; i++) {
		const struct protocol_count *count =
			&document->answer->sums->protocol[i];

		if (!count->packets)
			continue;
		traffic_protocol_name(i, name);
		output_table_text(table, name);
		output_table_u64(table, count->packets);
		put_percent(table, count->packets, whole.packets);
		put_bytes(table, count->bytes);
		put_percent(table, count->bytes, whole.bytes);
	}
	return output_table_end(table);
}

static void put_codepoint(struct document *document, const struct group *group,
			  const struct traffic_count *ecn, unsigned codepoint,
			  const struct traffic_count *sum)
{
	static const char *const text[N_ECN] = {
		[ECN_NOT_ECT] = "Not-ECT",
		[ECN_ECT1] = "ECT(1)",
		[ECN_ECT0] = "ECT(0)",
		[ECN_CE] = "CE",
	};
	struct output_table *table = &document->table;

	put_group(document, group);
	output_table_text(table, text[codepoint]);
	output_table_u64(table, ecn[codepoint].packets_rx);
	put_percent(table, ecn[codepoint].packets_rx, sum->packets_rx);
	output_table_u64(table, ecn[codepoint].packets_tx);
	put_percent(table, ecn[codepoint].packets_tx, sum->packets_tx);
}

static bool has_ecn(const struct traffic_answer *answer)
{
	for (size_t i = 0; i < answer->ecn->n; i++)
		if (answer->ecn->group[i]->traffic)
			return true;
	return false;
}

static int print_ecn(struct document *document)
{
	static const char *const columns[] = { "side",      "family",
					       "codepoint", "packets rx",
					       "of rx",     "packets tx",
					       "of tx" };
	const struct group_table *groups = &document->answer->sums->table;

	begin(document, "ECN (rx: sent by the subnets, tx: sent to them)",
	      columns, 7, 3);
	for (size_t i = 0; i < groups->n; i++) {
		const struct traffic_count *ecn =
			traffic_ecn(document->answer, groups->group[i]);
		struct traffic_count sum = { 0 };

		for (unsigned j = 0; ecn && j < N_ECN; j++)
			traffic_count_add(&sum, &ecn[j]);
		for (unsigned j = 0; ecn && j < N_ECN; j++)
			put_codepoint(document, groups->group[i], ecn, j, &sum);
	}
	return output_table_end(&document->table);
}

static int print_sources(struct document *document)
{
	static const char *const columns[] = { "side", "family", "source",
					       "RTT samples", "of source" };
	const struct group_table *groups = &document->answer->sums->table;
	struct output_table *table = &document->table;

	begin(document, "Round-trip times", columns, 5, 3);
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *group = groups->group[i];

		for (unsigned source = 0; group_row_next_source(group, &source);
		     source++) {
			put_group(document, group);
			output_table_text(table, group_source_name(source));
			output_table_u64(table, group->tally[source]->count);
			put_percent(table, group->tally[source]->count,
				    traffic_n_samples(document->answer,
						      group->key.side, source));
		}
	}
	return output_table_end(table);
}

int traffic_document_print(const struct traffic_answer *answer,
			   enum output_format format, FILE *stream)
{
	struct document document = { .answer = answer,
				     .format = format,
				     .stream = stream };
	int err = print_totals(&document);

	if (!err)
		err = print_classes(&document);
	if (!err && answer->has_protocols)
		err = print_protocols(&document);
	if (!err && has_ecn(answer))
		err = print_ecn(&document);
	if (!err)
		err = print_sources(&document);
	return err;
}
