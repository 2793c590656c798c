/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of an answer: groups of subnets, each with its traffic, one tally per
 * source and, if asked for, its participation.
 *
 * A group is a label (what `--by` asks for), a side where the grouping keeps
 * sides apart, and the start of a time step where the answer is a series. A
 * table owns its groups. Adding is integer addition, so a table does not
 * depend on the order of what went in. Not thread-safe.
 */
#ifndef ANALYSIS_GROUP_H
#define ANALYSIS_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../core/source.h"
#include "../lib/prefix.h"
#include "../lib/record.h"
#include "as_table.h"
#include "participation.h"
#include "tally.h"
#include "traffic_sums.h"

enum group_by {
	GROUP_BY_ALL,
	GROUP_BY_SIDE,
	GROUP_BY_SOURCE,
	GROUP_BY_FAMILY,
	GROUP_BY_SIDE_FAMILY,
	GROUP_BY_SLASH8,
	GROUP_BY_PREFIX,
	GROUP_BY_SUBNET,
	GROUP_BY_AS,
};

/* What `--by` says; the lengths only for GROUP_BY_PREFIX. */
struct group_spec {
	enum group_by by;
	uint8_t v4_prefix_len, v6_prefix_len;
	bool has_v6;                     /* without it IPv6 is left out */
	const struct as_table *as_table; /* only for GROUP_BY_AS; borrowed */
};

enum group_label {
	GROUP_LABEL_ALL,
	GROUP_LABEL_SIDE,
	GROUP_LABEL_SOURCE, /* the group of a row is its source */
	GROUP_LABEL_FAMILY,
	GROUP_LABEL_OCTET,
	GROUP_LABEL_PREFIX,
	GROUP_LABEL_AS, /* origin AS, or several */
	GROUP_LABEL_UNROUTED,
	GROUP_LABEL_OTHER, /* overflow rows of a family */
};

/* enum side, or this where sides are summed. */
enum { GROUP_SIDE_NONE = 255 };

/* Unused fields are zero; compared as bytes, so there is no padding. */
struct group_key {
	int64_t step_ns;     /* start of the step, UTC; 0 without steps */
	uint8_t label;       /* enum group_label */
	uint8_t side;        /* enum side or GROUP_SIDE_NONE */
	uint8_t family;      /* FAMILY, OTHER and PREFIX: 4 or 6 */
	uint8_t prefix_len;  /* PREFIX; AS: as_origin.n */
	uint8_t address[16]; /* PREFIX; OCTET has it in address[12]; AS: the
				numbers of as_origin, big-endian */
	uint8_t phase;       /* of scan_phases; 0 without */
	uint8_t reserved[3];
};

_Static_assert(sizeof(struct group_key) == 32, "compared as bytes");

struct group {
	struct group_key key;
	uint64_t packets_rx, bytes_rx, packets_tx, bytes_tx;
	struct tally *tally[N_SOURCES];      /* NULL: no sample */
	struct participation *participation; /* NULL: none, or not asked for */
	struct traffic_sums *traffic;        /* likewise */
};

struct group_table {
	struct group **group; /* in order of arrival until sorted */
	size_t n, max;
	uint32_t *slot; /* position + 1, or 0 */
	size_t n_slots;
	/* What the grouping left out (IPv6 of slash8 and of prefix:N). */
	uint64_t left_out_samples, left_out_packets;
};

enum { GROUP_TEXT_MAX = PREFIX_TEXT_MAX };

/* "all", "prefix:16,48", ... but not GROUP_BY_AS, which needs a table. -EINVAL,
 * nothing printed. */
int group_spec_parse(const char *text, struct group_spec *ret_spec);
/* Whether tables per first octet answer it. */
bool group_spec_is_coarse(const struct group_spec *spec);

/*
 * The group of a subnet; step_ns of the key is 0. Returns 1 when it has one, 0
 * when the grouping leaves it out, -EDOM when the subnet is wider than the
 * groups asked for.
 */
int group_key_of(const struct group_spec *spec,
		 const struct record_subnet *subnet, struct group_key *ret_key);

/* Starts from zeros ({ 0 }). */
void group_table_fini(struct group_table *table);
/* Finds or adds; NULL when memory is short. The group stays where it is. */
struct group *group_table_get(struct group_table *table,
			      const struct group_key *key);
/* The group's tally of a source, made when missing; NULL: memory is short. */
struct tally *group_tally(struct group *group, uint8_t source);
/* Likewise. */
struct participation *group_participation(struct group *group);
struct traffic_sums *group_traffic(struct group *group);
int group_table_add(struct group_table *table, const struct group_table *other);

/*
 * Puts `group` in the order of every answer: by step, by phase, then by label: IPv4
 * before IPv6, addresses ascending, overflow rows last; lan before wan. The
 * table takes no further groups afterwards.
 */
void group_table_sort(struct group_table *table);

/* < 0, 0, > 0: that order, by step and phase first. */
int group_key_compare(const struct group_key *a, const struct group_key *b);

/* Of a group of label AS. */
struct as_origin group_as_origin(const struct group_key *key);

/* Text of a row's group: `all`, `lan`, `192.0.2.0/24`, `192`, `other-v4`, ...
 * source is N_SOURCES in rows that carry traffic. */
void group_format(const struct group_key *key, unsigned source,
		  char text[GROUP_TEXT_MAX]);
/* `lan`, `wan` or `-`. */
const char *group_side_name(uint8_t side);
/* `tcp_ts`, ...; `-` for N_SOURCES. */
const char *group_source_name(unsigned source);

/* Between processes of one program: host byte order, no versions. The loader
 * adds to what the table has. -EIO, -ENOMEM. */
int group_table_save(const struct group_table *table, FILE *file);
int group_table_load(struct group_table *table, FILE *file);

#endif
