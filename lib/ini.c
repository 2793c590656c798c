// SPDX-License-Identifier: GPL-2.0-or-later
#include "ini.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void ini_init(struct ini *ini, char *text, size_t n_bytes)
{
	*ini = (struct ini){ .next = text, .end = text + n_bytes };
	text[n_bytes] = '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the blanks off both ends of [start, end). */
static char *trim(char *start, char *end)
{
	while (start < end && is_blank(*start))
		start++;
	while (end > start && is_blank(end[-1]))
		end--;
	*end = '\0';
	return start;
}

/* The next line without its ends; a carriage return before the line feed is of
 * the line's end. False when there is none. */
static bool take_line(struct ini *ini, char **ret_line, char **ret_end)
{
	char *line = ini->next, *end;

	if (line >= ini->end)
		return false;
	end = memchr(line, '\n', ini->end - line);
	ini->next = end ? end + 1 : ini->end;
	if (!end)
		end = ini->end;
	if (end > line && end[-1] == '\r')
		end--;
	ini->line++;
	*ret_line = line;
	*ret_end = end;
	return true;
}

static bool has_control(const char *line, const char *end)
{
	for (; line < end; line++)
		if (((unsigned char)*line < ' ' && *line != '\t') ||
		    *line == 0x7f)
			return true;
	return false;
}

static const char *take_section(struct ini *ini, char *line)
{
	size_t n = strlen(line);

	if (line[n - 1] != ']')
		return "section without ]";
	ini->section = trim(line + 1, line + n - 1);
	return *ini->section ? NULL : "section without a name";
}

static const char *take_entry(const struct ini *ini, char *line,
			      struct ini_entry *entry)
{
	char *equals = strchr(line, '=');

	if (!ini->section)
		return "entry before the first section";
	if (!equals)
		return "neither a section nor KEY = VALUE";
	entry->value = trim(equals + 1, equals + strlen(equals));
	entry->key = trim(line, equals);
	entry->section = ini->section;
	return *entry->key ? NULL : "entry without a key";
}

int ini_next(struct ini *ini, struct ini_entry *ret_entry,
	     const char **ret_problem)
{
	const char *problem = NULL;
	char *line, *end;

	while (take_line(ini, &line, &end)) {
		if (has_control(line, end)) {
			problem = "control character";
			break;
		}
		line = trim(line, end);
		if (!*line || *line == '#' || *line == ';')
			continue;
		if (*line != '[') {
			problem = take_entry(ini, line, ret_entry);
			if (problem)
				break;
			return 1;
		}
		problem = take_section(ini, line);
		if (problem)
			break;
	}
	*ret_problem = problem;
	ini->next = ini->end;
	return problem ? -EBADMSG : 0;
}
