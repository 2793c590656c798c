// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a configuration file: every string that comes out is inside the
 * text, without control characters, and an entry has a section and a key. The
 * values go where prefixes go, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/ini.h"
#include "../../lib/prefix.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void check_string(const char *text, size_t n_bytes, const char *string)
{
	if (string < text || string > text + n_bytes)
		abort();
	for (; *string; string++)
		if ((unsigned char)*string < ' ' && *string != '\t')
			abort();
}

static void check_all(char *text, size_t n_bytes)
{
	struct ini_entry entry;
	const char *problem = NULL;
	struct prefix prefix;
	unsigned int line = 0;
	struct ini ini;
	int n;

	ini_init(&ini, text, n_bytes);
	while ((n = ini_next(&ini, &entry, &problem)) == 1) {
		if (ini.line <= line || !*entry.key || !*entry.section)
			abort();
		line = ini.line;
		check_string(text, n_bytes, entry.section);
		check_string(text, n_bytes, entry.key);
		check_string(text, n_bytes, entry.value);
		prefix_parse(entry.value, &prefix);
	}
	if (!n == !!problem || ini_next(&ini, &entry, &problem))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	char *text;

	if (n_bytes > INI_MAX_BYTES)
		return 0;
	text = malloc(n_bytes + 1);
	if (!text)
		return 0;
	if (n_bytes)
		memcpy(text, bytes, n_bytes);
	check_all(text, n_bytes);
	free(text);
	return 0;
}
