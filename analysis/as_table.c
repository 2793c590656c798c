// SPDX-License-Identifier: GPL-2.0-or-later
#include "as_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cli.h"
#include "../lib/record.h"
#include "as_file.h"
#include "as_table_build.h"

void as_table_free(struct as_table *table)
{
	if (!table)
		return;
	as_names_free(table->names);
	free(table->entry);
	free(table);
}

void as_origin_add(struct as_origin *origin, uint32_t asn)
{
	unsigned n = origin->n < AS_ORIGIN_MAX ? origin->n : AS_ORIGIN_MAX;
	unsigned at = 0;

	while (at < n && origin->asn[at] < asn)
		at++;
	if (at < n && origin->asn[at] == asn)
		return;
	if (n == AS_ORIGIN_MAX) {
		origin->n = AS_ORIGIN_MAX + 1;
		if (at == n)
			return;
		n--;
	} else {
		origin->n++;
	}
	memmove(origin->asn + at + 1, origin->asn + at,
		(n - at) * sizeof(*origin->asn));
	origin->asn[at] = asn;
}

void as_origin_unite(struct as_origin *origin, const struct as_origin *other)
{
	for (unsigned i = 0; i < other->n && i < AS_ORIGIN_MAX; i++)
		as_origin_add(origin, other->asn[i]);
	if (other->n > AS_ORIGIN_MAX)
		origin->n = AS_ORIGIN_MAX + 1;
}

static int compare_prefixes(const struct prefix *a, const struct prefix *b)
{
	int order = a->family - b->family;

	if (!order)
		order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : a->prefix_len - b->prefix_len;
}

static int compare_entries(const void *left, const void *right)
{
	const struct as_entry *a = left, *b = right;

	return compare_prefixes(&a->prefix, &b->prefix);
}

int as_table_add(struct as_table *table, const struct prefix *prefix,
		 const struct as_origin *origin)
{
	struct as_entry *entry;

	if (table->n >= AS_TABLE_MAX_PREFIXES)
		return -E2BIG;
	entry = record_grow((void **)&table->entry, &table->n, &table->max,
			    sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->prefix = *prefix;
	entry->origin = *origin;
	return 0;
}

static void unite_equal(struct as_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++) {
		struct as_entry *entry = &table->entry[i];

		if (n && compare_entries(&table->entry[n - 1], entry) == 0)
			as_origin_unite(&table->entry[n - 1].origin,
					&entry->origin);
		else
			table->entry[n++] = *entry;
	}
	table->n = n;
}

/* The entry before is the nearest cover, or has it among its own. */
static void find_covers(struct as_table *table)
{
	for (size_t i = 1; i < table->n; i++) {
		uint32_t cover = (uint32_t)i;

		while (cover &&
		       !prefix_contains(&table->entry[cover - 1].prefix,
					&table->entry[i].prefix))
			cover = table->entry[cover - 1].parent;
		table->entry[i].parent = cover;
	}
}

int as_table_finish(struct as_table *table)
{
	if (table->n)
		qsort(table->entry, table->n, sizeof(*table->entry),
		      compare_entries);
	unite_equal(table);
	find_covers(table);
	return 0;
}

/* Position of the first entry that stands after the prefix. */
static size_t find_after(const struct as_table *table,
			 const struct prefix *prefix)
{
	size_t low = 0, high = table->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_prefixes(&table->entry[middle].prefix, prefix) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of what is announced inside the subnet; more than one origin too many ends
 * it, as nothing more would be said. */
static bool find_inside(const struct as_table *table,
			const struct prefix *subnet, size_t at,
			struct as_origin *origin)
{
	for (; at < table->n && origin->n <= AS_ORIGIN_MAX &&
	       prefix_contains(subnet, &table->entry[at].prefix);
	     at++)
		as_origin_unite(origin, &table->entry[at].origin);
	return origin->n;
}

bool as_table_find(const struct as_table *table, const struct prefix *subnet,
		   struct as_origin *ret_origin)
{
	size_t after = find_after(table, subnet);
	uint32_t cover = (uint32_t)after;
	struct as_origin origin = { 0 };

	while (cover &&
	       !prefix_contains(&table->entry[cover - 1].prefix, subnet))
		cover = table->entry[cover - 1].parent;
	if (cover)
		origin = table->entry[cover - 1].origin;
	else if (!find_inside(table, subnet, after, &origin))
		return false;
	*ret_origin = origin;
	return true;
}

const char *as_table_snapshot(const struct as_table *table)
{
	return *table->snapshot ? table->snapshot : "-";
}

size_t as_table_n_prefixes(const struct as_table *table)
{
	return table->n;
}

const char *as_table_name(const struct as_table *table, uint32_t asn)
{
	return table->names ? as_names_find(table->names, asn) : NULL;
}

static void refuse(const char *path, int err, const struct as_fault *fault)
{
	if (fault->line)
		cli_error("%s:%zu: cannot be read: %s", path, fault->line,
			  fault->problem);
	else
		cli_error("%s: cannot be read: %s", path,
			  fault->problem ? fault->problem : strerror(-err));
}

static int read_text(struct as_table *table, const char *path,
		     struct as_fault *fault)
{
	char *text = NULL;
	size_t n_text;
	int err = as_file_read(path, AS_TABLE_MAX_BYTES, &text, &n_text,
			       &fault->problem);

	if (!err)
		err = as_table_parse(table, text, n_text, fault);
	free(text);
	return err;
}

int as_table_load(const char *path, struct as_table **ret_table)
{
	struct as_table *table = calloc(1, sizeof(*table));
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t n_name = strlen(name);
	struct as_fault fault = { 0 };
	bool is_mmdb = n_name > 5 && !strcmp(name + n_name - 5, ".mmdb");
	int err = -ENOMEM;

	if (table)
		err = is_mmdb ? as_table_read_mmdb(table, path, &fault) :
				read_text(table, path, &fault);
	if (!err && !*table->snapshot)
		as_table_find_date(name, n_name, table->snapshot);
	if (!err)
		err = as_table_finish(table);
	if (err) {
		refuse(path, err, &fault);
		as_table_free(table);
		return err;
	}
	*ret_table = table;
	return 0;
}
