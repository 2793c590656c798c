// SPDX-License-Identifier: GPL-2.0-or-later
#include "as_names.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cli.h"
#include "as_file.h"

/* All AS numbers that are given out are a tenth of it. */
enum {
	MAX_NAMES = 2 << 20,
	MAX_FILE_BYTES = 256 << 20,
	MAX_NAME_BYTES = 1024,
	MIN_SLOTS = 1024,
};

struct name {
	uint32_t asn;
	char *text; /* NULL: a free slot */
};

/* At most half of the slots are used, so that a search ends. */
struct as_names {
	struct name *slot;
	size_t n, n_slots;
};

struct as_names *as_names_new(void)
{
	return calloc(1, sizeof(struct as_names));
}

void as_names_free(struct as_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->n_slots; i++)
		free(names->slot[i].text);
	free(names->slot);
	free(names);
}

/* Bytes of the well-formed UTF-8 sequence that text begins with, control
 * characters excepted; 0 for none (RFC 3629). */
static size_t character_length(const unsigned char *text, size_t n)
{
	size_t length = text[0] < 0x80 ? 1 :
			text[0] < 0xc2 ? 0 :
			text[0] < 0xe0 ? 2 :
			text[0] < 0xf0 ? 3 :
			text[0] < 0xf5 ? 4 :
					 0;

	if (length > n || text[0] < 0x20 || text[0] == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, overlong forms, surrogates, beyond U+10FFFF. */
	if ((text[0] == 0xc2 && text[1] < 0xa0) ||
	    (text[0] == 0xe0 && text[1] < 0xa0) ||
	    (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) ||
	    (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

static bool is_text(const char *text, size_t n)
{
	size_t length;

	for (size_t i = 0; i < n; i += length) {
		length = character_length((const unsigned char *)text + i,
					  n - i);
		if (!length)
			return false;
	}
	return n > 0;
}

/* Numbers are given out in blocks: Fibonacci hashing spreads them. */
static size_t find_slot(const struct name *slot, size_t n_slots, uint32_t asn)
{
	size_t at = (size_t)(asn * 0x9e3779b97f4a7c15 >> 32) & (n_slots - 1);

	while (slot[at].text && slot[at].asn != asn)
		at = (at + 1) & (n_slots - 1);
	return at;
}

static int make_room(struct as_names *names)
{
	size_t n_slots = names->n_slots ? 2 * names->n_slots : MIN_SLOTS;
	struct name *slot;

	if (2 * (names->n + 1) <= names->n_slots)
		return 0;
	slot = calloc(n_slots, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; i < names->n_slots; i++)
		if (names->slot[i].text)
			slot[find_slot(slot, n_slots, names->slot[i].asn)] =
				names->slot[i];
	free(names->slot);
	names->slot = slot;
	names->n_slots = n_slots;
	return 0;
}

static bool is_same(const struct name *name, const char *text, size_t n)
{
	return name->text && strlen(name->text) == n &&
	       memcmp(name->text, text, n) == 0;
}

int as_names_add(struct as_names *names, uint32_t asn, const char *text,
		 size_t n)
{
	struct name *name;
	char *copy;

	if (n > MAX_NAME_BYTES || names->n >= MAX_NAMES)
		return -E2BIG;
	if (!is_text(text, n))
		return -EILSEQ;
	if (make_room(names))
		return -ENOMEM;
	name = &names->slot[find_slot(names->slot, names->n_slots, asn)];
	if (is_same(name, text, n))
		return 0;
	copy = strndup(text, n);
	if (!copy)
		return -ENOMEM;
	names->n += !name->text;
	free(name->text);
	*name = (struct name){ asn, copy };
	return 0;
}

const char *as_names_find(const struct as_names *names, uint32_t asn)
{
	if (!names->n)
		return NULL;
	return names->slot[find_slot(names->slot, names->n_slots, asn)].text;
}

/* "64500" or "AS64500" and nothing else. */
static bool parse_asn(const char *text, size_t n, uint32_t *ret_asn)
{
	uint64_t asn = 0;

	if (n > 2 && strncasecmp(text, "AS", 2) == 0) {
		text += 2;
		n -= 2;
	}
	if (!n || n > 10)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		asn = asn * 10 + (unsigned)(text[i] - '0');
	}
	*ret_asn = (uint32_t)asn;
	return asn <= UINT32_MAX;
}

static const char *problem_of(int err)
{
	switch (err) {
	case -EILSEQ:
		return "the name is no UTF-8 text without control characters";
	case -E2BIG:
		return "too many names, or one that is too long";
	default:
		return "no memory";
	}
}

static int parse_line(struct as_names *names, const char *line, size_t n,
		      const char **ret_problem)
{
	size_t n_number = 0, at;
	uint32_t asn;
	int err;

	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	if (!n || *line == ';' || *line == '#')
		return 0;
	while (n_number < n && line[n_number] != ' ' && line[n_number] != '\t')
		n_number++;
	for (at = n_number; at < n && (line[at] == ' ' || line[at] == '\t');)
		at++;
	if (at == n || !parse_asn(line, n_number, &asn)) {
		*ret_problem = "expected an AS number and its name";
		return -EBADMSG;
	}
	err = as_names_add(names, asn, line + at, n - at);
	if (err)
		*ret_problem = problem_of(err);
	return err;
}

static int parse_lines(struct as_names *names, const char *text, size_t n,
		       size_t *ret_line, const char **ret_problem)
{
	const char *line;
	size_t n_line;

	while (as_file_next_line(&text, &n, &line, &n_line)) {
		int err;

		++*ret_line;
		err = parse_line(names, line, n_line, ret_problem);
		if (err)
			return err;
	}
	return 0;
}

static int add_members(struct as_names *names, struct json_object *object,
		       const char **ret_problem)
{
	json_object_object_foreach(object, key, value) {
		uint32_t asn;
		int err;

		if (!parse_asn(key, strlen(key), &asn) ||
		    !json_object_is_type(value, json_type_string)) {
			*ret_problem = "expected an object of AS numbers and "
				       "their names";
			return -EBADMSG;
		}
		/* pyasn writes an empty name where it found none. */
		if (!json_object_get_string_len(value))
			continue;
		err = as_names_add(names, asn, json_object_get_string(value),
				   (size_t)json_object_get_string_len(value));
		if (err) {
			*ret_problem = problem_of(err);
			return err;
		}
	}
	return 0;
}

static size_t line_at(const char *text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int parse_json(struct as_names *names, const char *text, size_t n,
		      size_t *ret_line, const char **ret_problem)
{
	struct json_tokener *tokener = json_tokener_new_ex(3);
	struct json_object *object;
	int err = -EBADMSG;

	if (!tokener || n > INT_MAX) {
		json_tokener_free(tokener);
		*ret_problem = problem_of(-ENOMEM);
		return -ENOMEM;
	}
	json_tokener_set_flags(
		tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
				 JSON_TOKENER_ALLOW_TRAILING_CHARS);
	object = json_tokener_parse_ex(tokener, text, (int)n);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		*ret_line = line_at(text, json_tokener_get_parse_end(tokener));
		*ret_problem = "no JSON object";
	} else if (!json_object_is_type(object, json_type_object)) {
		*ret_problem = "no JSON object";
	} else {
		err = add_members(names, object, ret_problem);
	}
	json_object_put(object);
	json_tokener_free(tokener);
	return err;
}

int as_names_parse(struct as_names *names, const char *text, size_t n,
		   size_t *ret_line, const char **ret_problem)
{
	size_t at = 0;

	*ret_line = 0;
	while (at < n && isspace((unsigned char)text[at]))
		at++;
	if (at < n && text[at] == '{')
		return parse_json(names, text, n, ret_line, ret_problem);
	return parse_lines(names, text, n, ret_line, ret_problem);
}

int as_names_load(const char *path, struct as_names **ret_names)
{
	struct as_names *names = as_names_new();
	const char *problem = NULL;
	size_t n_text, line = 0;
	char *text = NULL;
	int err = -ENOMEM;

	if (names)
		err = as_file_read(path, MAX_FILE_BYTES, &text, &n_text,
				   &problem);
	if (!err)
		err = as_names_parse(names, text, n_text, &line, &problem);
	free(text);
	if (!err) {
		*ret_names = names;
		return 0;
	}
	problem = problem ? problem : strerror(-err);
	if (line)
		cli_error("%s:%zu: cannot be read: %s", path, line, problem);
	else
		cli_error("%s: cannot be read: %s", path, problem);
	as_names_free(names);
	return err;
}
