// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MaxMind databases: the tree is walked once, so that lookups know what of it
 * lies inside a subnet. A database of IPv6 has IPv4 at ::/96, and the same
 * branch again under the prefixes that map or tunnel it: there it is passed by.
 * Each node is met once in a tree; more than that is a loop, and refused.
 */
#include <errno.h>
#include <maxminddb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "as_table_build.h"

enum { MAX_BITS = 128, MAPPED_BITS = 96, MAX_NAME_BYTES = 1024 };

/* A branch that waits: a record that was found at `bits` of the address. */
struct branch {
	uint64_t record;
	MMDB_entry_s entry;
	uint8_t type, bits;
	uint8_t address[16];
};

struct walk {
	MMDB_s mmdb;
	struct as_table *table;
	struct as_fault *fault;
	uint64_t ipv4_node; /* of a database of IPv6 */
	bool has_ipv4_node;
	uint64_t n_nodes; /* met so far */
	bool has_asn;
	/* One record is met many times: the last that was read. */
	uint32_t last_offset, last_asn;
	bool has_last;
	/* Depth first: at most one branch waits at each bit. */
	struct branch stack[MAX_BITS + 2];
	size_t n_stack;
};

static int refuse(struct walk *walk, const char *problem)
{
	walk->fault->problem = problem;
	return -EBADMSG;
}

static int keep_name(struct walk *walk, MMDB_entry_s *entry, uint32_t asn)
{
	MMDB_entry_data_s data;
	int status = MMDB_get_value(entry, &data,
				    "autonomous_system_organization", NULL);
	int err;

	if (status != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return 0;
	if (data.data_size > MAX_NAME_BYTES)
		return refuse(walk, "a name in it is too long");
	if (!walk->table->names)
		walk->table->names = as_names_new();
	if (!walk->table->names)
		return -ENOMEM;
	err = as_names_add(walk->table->names, asn, data.utf8_string,
			   data.data_size);
	return err == -EILSEQ ? refuse(walk, "a name in it is no text") : err;
}

/* 1 with the AS of a record, 0 when it has none. */
static int read_asn(struct walk *walk, MMDB_entry_s *entry, uint32_t *ret_asn)
{
	MMDB_entry_data_s data;
	int status, err;

	if (walk->has_last && entry->offset == walk->last_offset) {
		*ret_asn = walk->last_asn;
		return 1;
	}
	status = MMDB_get_value(entry, &data, "autonomous_system_number", NULL);
	if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR ||
	    (status == MMDB_SUCCESS && !data.has_data))
		return 0;
	if (status != MMDB_SUCCESS)
		return refuse(walk, MMDB_strerror(status));
	if (data.type != MMDB_DATA_TYPE_UINT32)
		return refuse(walk, "an AS number in it is no number");
	err = keep_name(walk, entry, data.uint32);
	if (err)
		return err;
	walk->has_last = walk->has_asn = true;
	walk->last_offset = entry->offset;
	*ret_asn = walk->last_asn = data.uint32;
	return 1;
}

static bool is_under_mapped(const struct walk *walk, const struct branch *at)
{
	static const uint8_t zeros[MAPPED_BITS / 8];

	return walk->mmdb.metadata.ip_version == 4 ||
	       (at->bits >= MAPPED_BITS &&
		!memcmp(at->address, zeros, sizeof(zeros)));
}

static struct prefix prefix_of(const struct walk *walk, const struct branch *at)
{
	struct prefix prefix = { .family = 6, .prefix_len = at->bits };

	if (!is_under_mapped(walk, at)) {
		memcpy(prefix.address, at->address, sizeof(prefix.address));
		return prefix;
	}
	prefix.family = 4;
	memset(prefix.address + 10, 0xff, 2);
	if (walk->mmdb.metadata.ip_version == 4) {
		memcpy(prefix.address + 12, at->address, 4);
	} else {
		prefix.prefix_len = (uint8_t)(at->bits - MAPPED_BITS);
		memcpy(prefix.address + 12, at->address + 12, 4);
	}
	return prefix;
}

static int add_record(struct walk *walk, struct branch *at)
{
	struct prefix prefix = prefix_of(walk, at);
	struct as_origin origin = { .n = 1 };
	int found = read_asn(walk, &at->entry, &origin.asn[0]);
	int err;

	if (found <= 0)
		return found;
	err = as_table_add(walk->table, &prefix, &origin);
	if (err == -E2BIG)
		walk->fault->problem = "too many prefixes";
	return err;
}

/* IPv4 once more, under ::ffff:0:0/96, 2002::/16 and the like. */
static bool is_alias(const struct walk *walk, const struct branch *at)
{
	return walk->has_ipv4_node && at->record == walk->ipv4_node &&
	       !(at->bits == MAPPED_BITS && is_under_mapped(walk, at));
}

static void push(struct walk *walk, const struct branch *parent,
		 const MMDB_search_node_s *node, bool is_right)
{
	struct branch *branch = &walk->stack[walk->n_stack++];

	*branch = *parent;
	branch->bits++;
	if (is_right)
		branch->address[parent->bits / 8] |=
			(uint8_t)(0x80 >> parent->bits % 8);
	branch->record = is_right ? node->right_record : node->left_record;
	branch->type = is_right ? node->right_record_type :
				  node->left_record_type;
	branch->entry = is_right ? node->right_record_entry :
				   node->left_record_entry;
}

static int open_node(struct walk *walk, const struct branch *at)
{
	unsigned max_bits = walk->mmdb.metadata.ip_version == 4 ? 32 : MAX_BITS;
	MMDB_search_node_s node;
	int status;

	if (is_alias(walk, at))
		return 0;
	if (at->bits >= max_bits)
		return refuse(walk, "its tree is deeper than addresses are");
	if (++walk->n_nodes > walk->mmdb.metadata.node_count)
		return refuse(walk, "its tree has loops");
	status = MMDB_read_node(&walk->mmdb, (uint32_t)at->record, &node);
	if (status != MMDB_SUCCESS)
		return refuse(walk, MMDB_strerror(status));
	push(walk, at, &node, true);
	push(walk, at, &node, false);
	return 0;
}

static int walk_tree(struct walk *walk)
{
	int err = 0;

	walk->stack[0] =
		(struct branch){ .type = MMDB_RECORD_TYPE_SEARCH_NODE };
	walk->n_stack = 1;
	while (walk->n_stack && !err) {
		struct branch at = walk->stack[--walk->n_stack];

		switch (at.type) {
		case MMDB_RECORD_TYPE_SEARCH_NODE:
			err = open_node(walk, &at);
			break;
		case MMDB_RECORD_TYPE_DATA:
			err = add_record(walk, &at);
			break;
		case MMDB_RECORD_TYPE_EMPTY:
			break;
		default:
			err = refuse(walk, "its tree is damaged");
		}
	}
	return err;
}

/* Where ::/96 ends, when it ends in a node. */
static int find_ipv4(struct walk *walk)
{
	MMDB_search_node_s node;
	uint64_t record = 0;

	if (walk->mmdb.metadata.ip_version != 6)
		return 0;
	for (int bit = 0; bit < MAPPED_BITS; bit++) {
		int status =
			MMDB_read_node(&walk->mmdb, (uint32_t)record, &node);

		if (status != MMDB_SUCCESS)
			return refuse(walk, MMDB_strerror(status));
		if (node.left_record_type != MMDB_RECORD_TYPE_SEARCH_NODE)
			return 0;
		record = node.left_record;
	}
	walk->ipv4_node = record;
	walk->has_ipv4_node = true;
	return 0;
}

static void keep_date(const MMDB_s *mmdb, struct as_table *table)
{
	time_t built = (time_t)mmdb->metadata.build_epoch;
	struct tm tm;

	/* Year 10000 has no four digits. */
	if (built > 0 && built < 253402300800 && gmtime_r(&built, &tm))
		strftime(table->snapshot, sizeof(table->snapshot), "%Y-%m-%d",
			 &tm);
}

int as_table_read_mmdb(struct as_table *table, const char *path,
		       struct as_fault *ret_fault)
{
	struct walk walk = { .table = table, .fault = ret_fault };
	int status = MMDB_open(path, MMDB_MODE_MMAP, &walk.mmdb);
	int err;

	if (status == MMDB_FILE_OPEN_ERROR)
		return errno ? -errno : -EIO;
	if (status != MMDB_SUCCESS)
		return refuse(&walk, MMDB_strerror(status));
	keep_date(&walk.mmdb, table);
	err = find_ipv4(&walk);
	if (!err)
		err = walk_tree(&walk);
	if (!err && !walk.has_asn)
		err = refuse(&walk, "no autonomous_system_number in it");
	MMDB_close(&walk.mmdb);
	return err;
}
