// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as each of the files about AS: a table of prefixes, a MaxMind
 * database, names. What is read of them must be a table: lookups end, origins
 * are sorted, names have no control characters.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../analysis/as_table_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);
const char *__lsan_default_suppressions(void);

/* MMDB_open() of 1.7.1 forgets its list when the description is damaged; it is
 * called once for each file. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libmaxminddb.so\n";
}

enum { MAX_BYTES = 1 << 20, MAX_LOOKUPS = 64 };

static void check_origin(const struct as_origin *origin)
{
	if (!origin->n || origin->n > AS_ORIGIN_MAX + 1)
		abort();
	for (unsigned i = 1; i < origin->n && i < AS_ORIGIN_MAX; i++)
		if (origin->asn[i] <= origin->asn[i - 1])
			abort();
}

static void check_name(const char *name)
{
	for (; name && *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			abort();
}

/* Every entry is found, and has an origin of its own or of a part. */
static void check_table(struct as_table *table)
{
	if (as_table_finish(table))
		abort();
	for (size_t i = 0; i < table->n && i < MAX_LOOKUPS; i++) {
		const struct as_entry *entry = &table->entry[i];
		struct prefix cut = entry->prefix;
		struct as_origin origin;

		if (!as_table_find(table, &entry->prefix, &origin) ||
		    memcmp(&origin, &entry->origin, sizeof(origin)) != 0)
			abort();
		check_origin(&origin);
		check_name(as_table_name(table, origin.asn[0]));
		prefix_cut(&cut, entry->prefix.prefix_len / 2);
		if (!as_table_find(table, &cut, &origin))
			abort();
		check_origin(&origin);
	}
}

static void read_text(const char *text, size_t n)
{
	struct as_table *table = calloc(1, sizeof(*table));
	struct as_fault fault = { 0 };

	if (table && as_table_parse(table, text, n, &fault) == 0)
		check_table(table);
	else if (!fault.problem)
		abort();
	as_table_free(table);
}

static void read_mmdb(const uint8_t *bytes, size_t n)
{
	struct as_table *table = calloc(1, sizeof(*table));
	int fd = memfd_create("as_fuzz", MFD_CLOEXEC);
	struct as_fault fault = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (table && write(fd, bytes, n) == (ssize_t)n &&
	    as_table_read_mmdb(table, path, &fault) == 0)
		check_table(table);
	close(fd);
	as_table_free(table);
}

static void read_names(const char *text, size_t n)
{
	struct as_names *names = as_names_new();
	const char *problem = NULL;
	size_t line = 0;

	if (names && as_names_parse(names, text, n, &line, &problem) == 0)
		for (uint32_t asn = 0; asn < MAX_LOOKUPS; asn++)
			check_name(as_names_find(names, asn));
	else if (!problem)
		abort();
	as_names_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	char *text;

	if (n_bytes > MAX_BYTES)
		return 0;
	text = malloc(n_bytes + 1);
	if (!text)
		return 0;
	if (n_bytes)
		memcpy(text, bytes, n_bytes);
	text[n_bytes] = '\0';
	read_text(text, n_bytes);
	read_names(text, n_bytes);
	read_mmdb(bytes, n_bytes);
	free(text);
	return 0;
}
