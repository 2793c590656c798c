// SPDX-License-Identifier: GPL-2.0-or-later
/* pyasn .dat and CAIDA pfx2as. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "as_file.h"
#include "as_table_build.h"

/* An AS set of some hundred members fits. */
enum { MAX_LINE_BYTES = 4096, MAX_WORDS = 3 };

struct word {
	const char *text;
	size_t n;
};

static bool is_date(const char *digits)
{
	unsigned year = 0, month, day;

	for (int i = 0; i < 8; i++)
		if (!isdigit((unsigned char)digits[i]))
			return false;
	for (int i = 0; i < 4; i++)
		year = year * 10 + (unsigned)(digits[i] - '0');
	month = (unsigned)(digits[4] - '0') * 10 + (unsigned)(digits[5] - '0');
	day = (unsigned)(digits[6] - '0') * 10 + (unsigned)(digits[7] - '0');
	return year >= 1990 && year < 2100 && month >= 1 && month <= 12 &&
	       day >= 1 && day <= 31;
}

bool as_table_find_date(const char *text, size_t n, char date[16])
{
	for (size_t i = 0; i + 8 <= n; i++) {
		if (!is_date(text + i) ||
		    (i && isdigit((unsigned char)text[i - 1])) ||
		    (i + 8 < n && isdigit((unsigned char)text[i + 8])))
			continue;
		snprintf(date, 16, "%.4s-%.2s-%.2s", text + i, text + i + 4,
			 text + i + 6);
		return true;
	}
	return false;
}

/* Words between blanks; one more than fits counts too. */
static size_t split(const char *line, size_t n, struct word word[MAX_WORDS])
{
	size_t n_words = 0, i = 0;

	for (;;) {
		size_t begin;

		while (i < n && (line[i] == ' ' || line[i] == '\t'))
			i++;
		if (i == n)
			return n_words;
		begin = i;
		while (i < n && line[i] != ' ' && line[i] != '\t')
			i++;
		if (n_words == MAX_WORDS)
			return MAX_WORDS + 1;
		word[n_words++] = (struct word){ line + begin, i - begin };
	}
}

/* Digits up to 2^32 - 1; moves *text behind them. */
static bool take_asn(const char **text, const char *end, uint32_t *ret_asn)
{
	const char *begin = *text;
	uint64_t asn = 0;

	for (; *text < end && isdigit((unsigned char)**text); ++*text) {
		asn = asn * 10 + (unsigned)(**text - '0');
		if (asn > UINT32_MAX)
			return false;
	}
	*ret_asn = (uint32_t)asn;
	return *text > begin;
}

static bool take_origin(const struct word *word, struct as_origin *origin)
{
	const char *text = word->text, *end = word->text + word->n;
	uint32_t asn;

	for (;;) {
		if (!take_asn(&text, end, &asn))
			return false;
		as_origin_add(origin, asn);
		if (text == end)
			return true;
		if (*text != '_' && *text != ',')
			return false;
		text++;
	}
}

/* "192.0.2.0/24", or address and length as words of their own. */
static bool take_prefix(const struct word *word, size_t n_words,
			struct prefix *ret_prefix)
{
	bool is_parted = n_words == 3;
	char text[PREFIX_TEXT_MAX];
	int n;

	if (word[0].n >= sizeof(text) || word[1].n >= sizeof(text))
		return false;
	n = snprintf(text, sizeof(text), "%.*s%s%.*s", (int)word[0].n,
		     word[0].text, is_parted ? "/" : "",
		     is_parted ? (int)word[1].n : 0, word[1].text);
	/* Without a length it would be a host. */
	return (size_t)n < sizeof(text) && strchr(text, '/') &&
	       prefix_parse(text, ret_prefix) == 0;
}

static int parse_line(struct as_table *table, const char *line, size_t n,
		      const char **ret_problem)
{
	struct word word[MAX_WORDS];
	struct as_origin origin = { 0 };
	struct prefix prefix;
	size_t n_words;

	if (memchr(line, '\0', n)) {
		*ret_problem = "a NUL byte";
		return -EBADMSG;
	}
	if (n > MAX_LINE_BYTES) {
		*ret_problem = "the line is too long";
		return -EBADMSG;
	}
	n_words = split(line, n, word);
	if (!n_words)
		return 0;
	if (n_words != 2 && n_words != 3) {
		*ret_problem = "expected a prefix and its AS";
		return -EBADMSG;
	}
	if (!take_prefix(word, n_words, &prefix)) {
		*ret_problem = "no prefix, or bits beyond its length";
		return -EBADMSG;
	}
	if (!take_origin(&word[n_words - 1], &origin)) {
		*ret_problem = "no AS number, or one above 4294967295";
		return -EBADMSG;
	}
	return as_table_add(table, &prefix, &origin);
}

static bool is_comment(const char *line, size_t n)
{
	return n && (*line == ';' || *line == '#');
}

int as_table_parse(struct as_table *table, const char *text, size_t n_text,
		   struct as_fault *ret_fault)
{
	const char *line;
	size_t n;

	while (as_file_next_line(&text, &n_text, &line, &n)) {
		int err = 0;

		ret_fault->line++;
		if (!is_comment(line, n))
			err = parse_line(table, line, n, &ret_fault->problem);
		else if (!*table->snapshot)
			as_table_find_date(line, n, table->snapshot);
		if (err == -E2BIG)
			ret_fault->problem = "too many prefixes";
		if (err == -ENOMEM)
			ret_fault->problem = "no memory";
		if (err)
			return err;
	}
	ret_fault->line = 0;
	if (table->n)
		return 0;
	ret_fault->problem = "no prefix in it";
	return -EBADMSG;
}
