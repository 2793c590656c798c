// SPDX-License-Identifier: GPL-2.0-or-later
#include "traffic_table.h"

#include "group_row.h"

enum { N_COLUMNS = 14 };

const char *traffic_class_name(unsigned class)
{
	static const char *const name[N_TRAFFIC_CLASSES] = {
#define X(code, upper, lower, text) [code] = #lower,
		TRAFFIC_TABLE(X)
#undef X
	};

	return name[class];
}

const char *traffic_class_text(unsigned class)
{
	static const char *const text_of[N_TRAFFIC_CLASSES] = {
#define X(code, upper, lower, text) [code] = text,
		TRAFFIC_TABLE(X)
#undef X
	};

	return text_of[class];
}

const char *traffic_ecn_name(unsigned codepoint)
{
	static const char *const name[N_ECN] = {
		[ECN_NOT_ECT] = "not_ect",
		[ECN_ECT1] = "ect1",
		[ECN_ECT0] = "ect0",
		[ECN_CE] = "ce",
	};

	return name[codepoint];
}

/* Names of the IANA registry of those that are met on the way. */
void traffic_protocol_name(unsigned number, char text[PROTOCOL_TEXT_MAX])
{
	static const char *const name[N_IP_PROTOCOLS] = {
		[1] = "icmp",      [2] = "igmp",         [4] = "ipv4",
		[6] = "tcp",       [17] = "udp",         [33] = "dccp",
		[41] = "ipv6",     [46] = "rsvp",        [47] = "gre",
		[50] = "esp",      [51] = "ah",          [58] = "ipv6-icmp",
		[88] = "eigrp",    [89] = "ospf",        [103] = "pim",
		[112] = "vrrp",    [115] = "l2tp",       [132] = "sctp",
		[136] = "udplite", [137] = "mpls-in-ip",
	};

	if (name[number])
		snprintf(text, PROTOCOL_TEXT_MAX, "%s", name[number]);
	else
		snprintf(text, PROTOCOL_TEXT_MAX, "%u", number);
}

struct traffic_count traffic_of_group(const struct group *group)
{
	return (struct traffic_count){
		.packets_rx = group->packets_rx,
		.bytes_rx = group->bytes_rx,
		.packets_tx = group->packets_tx,
		.bytes_tx = group->bytes_tx,
	};
}

struct traffic_total traffic_of_side(const struct traffic_answer *answer,
				     uint8_t side)
{
	const struct group_table *groups = &answer->sums->table;
	struct traffic_count sum = { 0 };

	for (size_t i = 0; i < groups->n; i++) {
		struct traffic_count count = traffic_of_group(groups->group[i]);

		if (groups->group[i]->key.side == side)
			traffic_count_add(&sum, &count);
	}
	return traffic_count_total(&sum);
}

const struct traffic_count *traffic_ecn(const struct traffic_answer *answer,
					const struct group *group)
{
	for (size_t i = 0; i < answer->ecn->n; i++) {
		const struct group *other = answer->ecn->group[i];

		if (other->key.side == group->key.side &&
		    other->key.family == group->key.family && other->traffic)
			return other->traffic->ecn;
	}
	return NULL;
}

uint64_t traffic_n_samples(const struct traffic_answer *answer, uint8_t side,
			   unsigned source)
{
	const struct group_table *groups = &answer->sums->table;
	uint64_t n = 0;

	for (size_t i = 0; i < groups->n; i++)
		if (groups->group[i]->key.side == side &&
		    groups->group[i]->tally[source])
			n += groups->group[i]->tally[source]->count;
	return n;
}

struct traffic_total traffic_of_protocols(const struct traffic_answer *answer)
{
	struct traffic_total sum = { 0 };

	for (int i = 0; i < N_IP_PROTOCOLS; i++) {
		sum.packets += answer->sums->protocol[i].packets;
		sum.bytes += answer->sums->protocol[i].bytes;
	}
	return sum;
}

static void put_key(struct output_table *table, const char *section,
		    const struct group *group, const char *item)
{
	char family[GROUP_TEXT_MAX];

	output_table_text(table, section);
	if (group) {
		group_format(&group->key, N_SOURCES, family);
		output_table_text(table, group_side_name(group->key.side));
		output_table_text(table, family);
	} else {
		group_row_put_absent(table, 2);
	}
	if (item)
		output_table_text(table, item);
	else
		output_table_absent(table);
}

static void put_share(struct output_table *table, uint64_t part, uint64_t whole)
{
	if (whole)
		output_table_share(table, part, whole);
	else
		output_table_absent(table);
}

/* packets ... samples_ratio of a row of traffic. */
static void put_count(struct output_table *table,
		      const struct traffic_count *count,
		      const struct traffic_total *whole)
{
	struct traffic_total total = traffic_count_total(count);

	output_table_u64(table, total.packets);
	output_table_u64(table, total.bytes);
	output_table_u64(table, count->packets_rx);
	output_table_u64(table, count->bytes_rx);
	output_table_u64(table, count->packets_tx);
	output_table_u64(table, count->bytes_tx);
	output_table_absent(table);
	put_share(table, total.packets, whole->packets);
	put_share(table, total.bytes, whole->bytes);
	output_table_absent(table);
}

static void put_classes(struct output_table *table, const struct group *group)
{
	struct traffic_count count = traffic_of_group(group);
	struct traffic_total whole = traffic_count_total(&count);

	if (!group->traffic)
		return;
	for (unsigned i = 0; i < N_TRAFFIC_CLASSES; i++) {
		put_key(table, "class", group, traffic_class_name(i));
		put_count(table, &group->traffic->class[i], &whole);
	}
}

/* The file keeps packets only. */
static void put_ecn(struct output_table *table,
		    const struct traffic_answer *answer,
		    const struct group *group)
{
	const struct traffic_count *ecn = traffic_ecn(answer, group);
	struct traffic_count sum = { 0 };

	for (unsigned i = 0; ecn && i < N_ECN; i++)
		traffic_count_add(&sum, &ecn[i]);
	for (unsigned i = 0; ecn && i < N_ECN; i++) {
		put_key(table, "ecn", group, traffic_ecn_name(i));
		output_table_u64(table, ecn[i].packets_rx + ecn[i].packets_tx);
		output_table_absent(table);
		output_table_u64(table, ecn[i].packets_rx);
		output_table_absent(table);
		output_table_u64(table, ecn[i].packets_tx);
		group_row_put_absent(table, 2);
		put_share(table, ecn[i].packets_rx + ecn[i].packets_tx,
			  sum.packets_rx + sum.packets_tx);
		group_row_put_absent(table, 2);
	}
}

static void put_sources(struct output_table *table,
			const struct traffic_answer *answer,
			const struct group *group)
{
	for (unsigned source = 0; group_row_next_source(group, &source);
	     source++) {
		uint64_t n = group->tally[source]->count;

		put_key(table, "source", group, group_source_name(source));
		group_row_put_absent(table, 6);
		output_table_u64(table, n);
		group_row_put_absent(table, 2);
		put_share(table, n,
			  traffic_n_samples(answer, group->key.side, source));
	}
}

static void put_protocols(struct output_table *table,
			  const struct traffic_answer *answer)
{
	struct traffic_total whole = traffic_of_protocols(answer);
	char name[PROTOCOL_TEXT_MAX];

	for (unsigned i = 0; i < N_IP_PROTOCOLS; i++) {
		const struct protocol_count *count = &answer->sums->protocol[i];

		if (!count->packets)
			continue;
		traffic_protocol_name(i, name);
		put_key(table, "protocol", NULL, name);
		output_table_u64(table, count->packets);
		output_table_u64(table, count->bytes);
		group_row_put_absent(table, 5);
		put_share(table, count->packets, whole.packets);
		put_share(table, count->bytes, whole.bytes);
		output_table_absent(table);
	}
}

static void put_total(struct output_table *table,
		      const struct traffic_answer *answer,
		      const struct group *group)
{
	struct traffic_count count = traffic_of_group(group);
	struct traffic_total whole = traffic_of_side(answer, group->key.side);

	put_key(table, "total", group, NULL);
	put_count(table, &count, &whole);
}

int traffic_table_print(const struct traffic_answer *answer,
			enum output_format format, FILE *stream)
{
	static const char *const columns[N_COLUMNS] = {
		"section",     "side",          "family",     "item",
		"packets",     "bytes",         "rx_packets", "rx_bytes",
		"tx_packets",  "tx_bytes",      "n_samples",  "packets_ratio",
		"bytes_ratio", "samples_ratio",
	};
	const struct group_table *groups = &answer->sums->table;
	struct output_table table;

	output_table_begin(&table, stream, format, columns, N_COLUMNS, 4);
	for (size_t i = 0; i < groups->n; i++)
		put_total(&table, answer, groups->group[i]);
	for (size_t i = 0; i < groups->n; i++)
		put_classes(&table, groups->group[i]);
	for (size_t i = 0; i < groups->n; i++)
		put_ecn(&table, answer, groups->group[i]);
	for (size_t i = 0; i < groups->n; i++)
		put_sources(&table, answer, groups->group[i]);
	if (answer->has_protocols)
		put_protocols(&table, answer);
	return output_table_end(&table);
}
