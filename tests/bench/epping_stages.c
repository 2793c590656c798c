// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stages of an import, without files and campaigns, of one file of ePPing in
 * memory: yajl with callbacks that do nothing, records, and records converted
 * into intervals. One line for each: name, bytes, least CPU seconds of the runs.
 *
 * usage: epping_stages FILE [RUNS]
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "../../import/epping_convert.h"
#include "../../import/epping_intervals.h"
#include "../../import/epping_parse.h"

enum { PIECE_BYTES = 64 << 10 };

struct input {
	const uint8_t *bytes;
	size_t n;
};

static int ignore(void *context)
{
	return 1;
}

static int ignore_boolean(void *context, int value)
{
	return 1;
}

static int ignore_number(void *context, const char *text, size_t n)
{
	return 1;
}

static int ignore_text(void *context, const unsigned char *text, size_t n)
{
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = ignore,
	.yajl_boolean = ignore_boolean,
	.yajl_number = ignore_number,
	.yajl_string = ignore_text,
	.yajl_start_map = ignore,
	.yajl_map_key = ignore_text,
	.yajl_end_map = ignore,
	.yajl_start_array = ignore,
	.yajl_end_array = ignore,
};

static size_t piece_at(const struct input *input, size_t at)
{
	return input->n - at < PIECE_BYTES ? input->n - at : PIECE_BYTES;
}

static bool run_yajl(const struct input *input)
{
	yajl_handle yajl = yajl_alloc(&callbacks, NULL, NULL);
	bool is_good = yajl;

	yajl_config(yajl, yajl_allow_multiple_values, 1);
	yajl_config(yajl, yajl_dont_validate_strings, 1);
	for (size_t at = 0; at < input->n && is_good; at += PIECE_BYTES)
		is_good = yajl_parse(yajl, input->bytes + at,
				     piece_at(input, at)) == yajl_status_ok;
	yajl_free(yajl);
	return is_good;
}

static bool parse(const struct input *input, epping_take *take, void *context)
{
	struct epping_parser *parser = epping_parser_new(take, context);
	bool is_good = parser;

	for (size_t at = 0; at < input->n && is_good; at += PIECE_BYTES)
		is_good = epping_parser_feed(parser, input->bytes + at,
					     piece_at(input, at));
	is_good = is_good && epping_parser_end(parser);
	epping_parser_free(parser);
	return is_good;
}

static bool take_nothing(void *context, const struct epping_record *record)
{
	return !record->problem;
}

static bool run_records(const struct input *input)
{
	return parse(input, take_nothing, NULL);
}

struct conversion {
	struct epping_convert convert;
	struct epping_intervals intervals;
};

static int drop(void *context, struct record *record)
{
	return 0;
}

static bool take_and_convert(void *context, const struct epping_record *record)
{
	struct conversion *conversion = context;
	struct record_subnet subnet;
	struct record *interval;
	int64_t time_ns;

	if (record->fields & EPPING_FIELD_METADATA) {
		if (epping_settings_read(record, &conversion->convert.settings))
			return false;
		conversion->intervals.width_ns =
			(int64_t)conversion->convert.settings.interval_ns;
		return true;
	}
	if (epping_time(record, &time_ns) ||
	    epping_intervals_find(&conversion->intervals, time_ns, &interval))
		return false;
	if (!(record->fields & EPPING_FIELD_PREFIX))
		return !epping_add_global(record, interval);
	return !epping_check_prefix(&conversion->convert, record, &subnet) &&
	       !epping_add_prefix(&conversion->convert, record, &subnet,
				  interval);
}

static bool run_conversion(const struct input *input)
{
	struct conversion conversion = { .intervals.append = drop };
	bool is_good = parse(input, take_and_convert, &conversion);

	epping_intervals_fini(&conversion.intervals);
	return is_good;
}

static double cpu_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool open_input(const char *path, struct input *ret_input)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *bytes;

	if (fd < 0 || fstat(fd, &status))
		return false;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ,
		     MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	*ret_input = (struct input){ bytes, (size_t)status.st_size };
	return bytes != MAP_FAILED;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(const struct input *input);
	} stages[] = {
		{ "yajl", run_yajl },
		{ "records", run_records },
		{ "intervals", run_conversion },
	};
	enum { N_STAGES = sizeof(stages) / sizeof(stages[0]) };
	unsigned long n_runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;
	double begin, least[N_STAGES] = { 0 };
	struct input input;

	if (argc < 2 || !open_input(argv[1], &input)) {
		fprintf(stderr, "usage: %s FILE [RUNS]\n", argv[0]);
		return 2;
	}
	/* In turn, so that what else the machine does meets all of them. */
	for (unsigned long run = 0; run < n_runs; run++)
		for (int i = 0; i < N_STAGES; i++) {
			begin = cpu_s();
			if (!stages[i].run(&input)) {
				fprintf(stderr, "%s: cannot be read\n",
					argv[1]);
				return 1;
			}
			begin = cpu_s() - begin;
			if (run == 0 || begin < least[i])
				least[i] = begin;
		}
	for (int i = 0; i < N_STAGES; i++)
		printf("%s\t%zu\t%.3f\n", stages[i].name, input.n, least[i]);
	return 0;
}
