// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char options_usage[] =
	"usage: relay -a NETNS:IF -b NETNS:IF [options]\n"
	"X means X or X,Y (a to b, b to a). Times: 250us 10ms 1s.\n"
	"  -d X  one-way delay        -P PREFIX=X  delay of a path at end b\n"
	"  -j X  jitter               -D uniform|normal|exp\n"
	"  -r X  rate: 10mbit         -q X  queue, as time at that rate\n"
	"  -l X  loss in percent      -L X  mean length of a loss burst\n"
	"  -u X  duplicates, percent  -o X  reordered, percent\n"
	"  -O X  hold of a reordered frame (5ms)\n"
	"  -x    jitter may reorder   -s N  random seed\n"
	"  -S T  spin for the last T before a deadline\n"
	"  -R    real-time priority   -t T  stop after T\n"
	"  -w F  write F.a.pcap and F.b.pcap: the truth at each end\n"
	"Statistics on SIGUSR1 and at the end, on stderr; late is the time of\n"
	"sending less the planned time.\n";

static int options_parse_rate(const char *text, char **ret_end, double *ret_bps)
{
	static const struct {
		const char *name;
		double bps;
	} units[] = { { "kbit", 1e3 }, { "mbit", 1e6 }, { "gbit", 1e9 } };
	double value = strtod(text, ret_end);

	if (*ret_end == text || !isfinite(value) || value < 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!strncmp(*ret_end, units[i].name, 4)) {
			*ret_end += 4;
			value *= units[i].bps;
			break;
		}
	}
	*ret_bps = value;
	return 0;
}

static int options_parse_percent(const char *text, char **ret_end, double *ret)
{
	double value = strtod(text, ret_end);

	if (*ret_end == text || !(value >= 0) || value >= 100)
		return -EINVAL;
	*ret = value / 100;
	return 0;
}

static int options_parse_number(const char *text, char **ret_end, double *ret)
{
	*ret = strtod(text, ret_end);
	return *ret_end == text || !(*ret >= 0) ? -EINVAL : 0;
}

typedef int options_parser(const char *text, char **ret_end, double *ret);

/* "X" or "X,Y" into to_b and to_a. */
static int options_parse_pair(const char *text, options_parser *parse,
			      double *to_b, double *to_a)
{
	char *end;
	int err = parse(text, &end, to_b);

	if (err)
		return err;
	*to_a = *to_b;
	if (*end == ',')
		err = parse(end + 1, &end, to_a);
	return err || *end ? -EINVAL : 0;
}

static int options_parse_time(const char *text, double *ret_ns)
{
	char *end;

	return impair_parse_time(text, &end, ret_ns) || *end ? -EINVAL : 0;
}

static int options_parse_seed(const char *text, uint64_t *ret_seed)
{
	char *end;

	*ret_seed = strtoull(text, &end, 0);
	return end == text || *end ? -EINVAL : 0;
}

static int options_parse_distribution(const char *text, struct options *options)
{
	enum impair_jitter kind;

	if (!strcmp(text, "uniform"))
		kind = IMPAIR_UNIFORM;
	else if (!strcmp(text, "normal"))
		kind = IMPAIR_NORMAL;
	else if (!strcmp(text, "exp"))
		kind = IMPAIR_EXPONENTIAL;
	else
		return -EINVAL;
	options->impair[0].distribution = kind;
	options->impair[1].distribution = kind;
	return 0;
}

/* The options that may differ by direction; -ENOENT if it is none of them. */
static int options_set_pair(int letter, const char *text,
			    struct options *options)
{
	struct impair *b = &options->impair[IMPAIR_TO_B];
	struct impair *a = &options->impair[IMPAIR_TO_A];
	double *delay_ns = options->paths.path[0].delay_ns;

	switch (letter) {
	case 'd':
		return options_parse_pair(text, impair_parse_time,
					  &delay_ns[IMPAIR_TO_B],
					  &delay_ns[IMPAIR_TO_A]);
	case 'j':
		return options_parse_pair(text, impair_parse_time,
					  &b->jitter_ns, &a->jitter_ns);
	case 'r':
		return options_parse_pair(text, options_parse_rate,
					  &b->rate_bps, &a->rate_bps);
	case 'q':
		return options_parse_pair(text, impair_parse_time, &b->queue_ns,
					  &a->queue_ns);
	case 'l':
		return options_parse_pair(text, options_parse_percent,
					  &b->loss_ratio, &a->loss_ratio);
	case 'L':
		return options_parse_pair(text, options_parse_number,
					  &b->loss_burst_packets,
					  &a->loss_burst_packets);
	case 'u':
		return options_parse_pair(text, options_parse_percent,
					  &b->duplicate_ratio,
					  &a->duplicate_ratio);
	case 'o':
		return options_parse_pair(text, options_parse_percent,
					  &b->reorder_ratio, &a->reorder_ratio);
	case 'O':
		return options_parse_pair(text, impair_parse_time,
					  &b->reorder_hold_ns,
					  &a->reorder_hold_ns);
	default:
		return -ENOENT;
	}
}

static int options_set(int letter, const char *text, struct options *options)
{
	switch (letter) {
	case 'a':
		options->end[0] = text;
		return 0;
	case 'b':
		options->end[1] = text;
		return 0;
	case 'w':
		options->truth_prefix = text;
		return 0;
	case 'x':
		options->impair[0].jitter_reorders = true;
		options->impair[1].jitter_reorders = true;
		return 0;
	case 'R':
		options->is_realtime = true;
		return 0;
	case 'D':
		return options_parse_distribution(text, options);
	case 'P':
		return impair_paths_add(&options->paths, text);
	case 's':
		return options_parse_seed(text, &options->seed);
	case 'S':
		return options_parse_time(text, &options->spin_ns);
	case 't':
		return options_parse_time(text, &options->duration_ns);
	default:
		return options_set_pair(letter, text, options);
	}
}

static void options_set_defaults(struct options *options)
{
	memset(options, 0, sizeof(*options));
	options->seed = 1;
	options->spin_ns = 80e3; /* about what a sleep oversleeps */
	options->paths.n = 1;
	for (int i = 0; i < 2; i++) {
		options->impair[i].queue_ns = 100e6;
		options->impair[i].reorder_hold_ns = 5e6;
	}
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options;
	int letter;

	options_set_defaults(&options);
	while ((letter = getopt(argc, argv,
				"a:b:d:P:j:D:r:q:l:L:u:o:O:xs:S:Rw:t:h")) !=
	       -1) {
		if (letter == '?' || letter == 'h') {
			fputs(options_usage, stderr);
			return -EINVAL;
		}
		if (options_set(letter, optarg, &options)) {
			fprintf(stderr, "relay: -%c %s: bad value\n", letter,
				optarg ? optarg : "");
			return -EINVAL;
		}
	}
	if (optind != argc || !options.end[0] || !options.end[1]) {
		fputs("relay: -a and -b are needed, and nothing else\n",
		      stderr);
		return -EINVAL;
	}
	*ret_options = options;
	return 0;
}
