// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t floor_div(int64_t value, int64_t divisor)
{
	int64_t quotient = value / divisor;

	return value % divisor < 0 ? quotient - 1 : quotient;
}

void clock_format_ns(int64_t time_ns, char text[CLOCK_TEXT_MAX])
{
	int64_t seconds = floor_div(time_ns, CLOCK_NS_PER_S);
	/* Not time - seconds * 10^9, whose product may not fit. */
	long fraction_ns = (long)((time_ns % CLOCK_NS_PER_S + CLOCK_NS_PER_S) %
				  CLOCK_NS_PER_S);
	time_t unix_s = (time_t)seconds;
	struct tm tm;
	size_t n;

	gmtime_r(&unix_s, &tm);
	n = strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	if (fraction_ns % 1000)
		snprintf(text + n, CLOCK_TEXT_MAX - n, ".%09ldZ", fraction_ns);
	else if (fraction_ns % 1000000)
		snprintf(text + n, CLOCK_TEXT_MAX - n, ".%06ldZ",
			 fraction_ns / 1000);
	else if (fraction_ns)
		snprintf(text + n, CLOCK_TEXT_MAX - n, ".%03ldZ",
			 fraction_ns / 1000000);
	else
		snprintf(text + n, CLOCK_TEXT_MAX - n, "Z");
}

/* Exactly n_digits digits; moves *text behind them. */
static bool take_digits(const char **text, int n_digits, int *ret)
{
	int value = 0;

	for (int i = 0; i < n_digits; i++) {
		if (!isdigit((unsigned char)(*text)[i]))
			return false;
		value = value * 10 + (*text)[i] - '0';
	}
	*text += n_digits;
	*ret = value;
	return true;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool take_date(const char **text, struct tm *tm)
{
	if (!take_digits(text, 4, &tm->tm_year) || !take_char(text, '-') ||
	    !take_digits(text, 2, &tm->tm_mon) || !take_char(text, '-') ||
	    !take_digits(text, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= 31;
}

static bool take_fraction(const char **text, int64_t *ret_fraction_ns)
{
	int64_t fraction_ns = 0, unit_ns = CLOCK_NS_PER_S / 10;

	if (!take_char(text, '.'))
		return true;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		if (unit_ns == 0)
			return false;
		fraction_ns += (**text - '0') * unit_ns;
		unit_ns /= 10;
	}
	*ret_fraction_ns = fraction_ns;
	return true;
}

static bool take_time(const char **text, struct tm *tm, int64_t *fraction_ns)
{
	if (!take_digits(text, 2, &tm->tm_hour) || !take_char(text, ':') ||
	    !take_digits(text, 2, &tm->tm_min))
		return false;
	if (take_char(text, ':') && (!take_digits(text, 2, &tm->tm_sec) ||
				     !take_fraction(text, fraction_ns)))
		return false;
	take_char(text, 'Z');
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

int clock_parse_ns(const char *text, int64_t *ret_time_ns)
{
	struct tm tm = { 0 };
	int64_t fraction_ns = 0, time_ns;
	int day_of_month;
	time_t unix_s;

	if (!take_date(&text, &tm))
		return -EINVAL;
	if ((take_char(&text, 'T') || take_char(&text, ' ')) &&
	    !take_time(&text, &tm, &fraction_ns))
		return -EINVAL;
	if (*text)
		return -EINVAL;
	/* timegm() turns 30 February into March; the day tells. */
	day_of_month = tm.tm_mday;
	unix_s = timegm(&tm);
	if (tm.tm_mday != day_of_month)
		return -EINVAL;
	if (__builtin_mul_overflow((int64_t)unix_s, CLOCK_NS_PER_S, &time_ns) ||
	    __builtin_add_overflow(time_ns, fraction_ns, &time_ns))
		return -EINVAL;
	*ret_time_ns = time_ns;
	return 0;
}

int64_t clock_interval_start_ns(int64_t time_ns, uint64_t interval_ns)
{
	int64_t start_ns, width_ns = (int64_t)interval_ns;

	if (__builtin_mul_overflow(floor_div(time_ns, width_ns), width_ns,
				   &start_ns))
		return (INT64_MIN / width_ns) * width_ns;
	return start_ns;
}

bool clock_interval_is_valid(uint64_t interval_ns)
{
	uint64_t seconds = interval_ns / CLOCK_NS_PER_S;

	return seconds > 0 && interval_ns % CLOCK_NS_PER_S == 0 &&
	       CLOCK_INTERVAL_MAX_S % seconds == 0;
}
