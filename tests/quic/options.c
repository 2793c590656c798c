// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include "packet.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char options_usage[] =
	"usage: endpoint [-L] ADDRESS PORT [options]\n"
	"Both ends:\n"
	"  -L      listen: be the server\n"
	"  -D N    one connection in N does not spin, 1: none does (0: all do)\n"
	"  -b B    its bit: zero, connection (random once), packet (random)\n"
	"  -f      grease the fixed bit of short headers\n"
	"  -k N    acknowledge every Nth data packet (1)\n"
	"  -t S    seconds (5); the server: 0, until a signal\n"
	"  -s N    random seed (1)\n"
	"  -l F    log: time of arrival, local port, RTT; ns, clock of the host\n"
	"The server:\n"
	"  -R      answer the first Initial with Retry\n"
	"The client:\n"
	"  -a A    its own address\n"
	"  -n N    connections (1)\n"
	"  -m M    download, upload, requests\n"
	"  -r N    data packets a second (500)\n"
	"  -p MS   time between requests (150)\n"
	"  -T MS   time that the server thinks before it answers (20)\n"
	"  -M MS   move to a new port that long after the handshake\n"
	"  -V HEX  version (1)\n";

static int options_find(const char *text, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(text, names[i]))
			return i;
	return -EINVAL;
}

static int options_parse_number(const char *text, int base, double least,
				double most, double *ret)
{
	char *end;
	double value = base == 10 ? strtod(text, &end) :
				    (double)strtoul(text, &end, base);

	if (end == text || *end || !(value >= least && value <= most))
		return -EINVAL;
	*ret = value;
	return 0;
}

/* Options of a word; -ENOENT if it is none. */
static int options_set_word(int letter, const char *text,
			    struct options *options)
{
	static const char *const modes[] = { "download", "upload", "requests" };
	static const char *const bits[] = { "zero", "connection", "packet" };
	int i;

	switch (letter) {
	case 'm':
		i = options_find(text, modes, 3);
		options->mode = (enum options_mode)i;
		return i < 0 ? i : 0;
	case 'b':
		i = options_find(text, bits, 3);
		options->still_bit = (enum options_bit)i;
		return i < 0 ? i : 0;
	case 'a':
		options->source = text;
		return 0;
	case 'l':
		options->log_path = text;
		return 0;
	case 'L':
		options->is_server = true;
		return 0;
	case 'f':
		options->greases_fixed_bit = true;
		return 0;
	case 'R':
		options->retries = true;
		return 0;
	default:
		return -ENOENT;
	}
}

/* Options of a number; -ENOENT if it is none. */
static int options_set_number(int letter, const char *text,
			      struct options *options)
{
	double least = letter == 'n' || letter == 'r' || letter == 'k' ? 1 : 0;
	double most = letter == 'n' ? OPTIONS_MAX_CONNECTIONS : UINT32_MAX;
	double value;

	if (options_parse_number(text, letter == 'V' ? 16 : 10, least, most,
				 &value))
		return -EINVAL;
	switch (letter) {
	case 'D':
		options->still_one_in = (uint32_t)value;
		return 0;
	case 'k':
		options->ack_every = (uint32_t)value;
		return 0;
	case 't':
		options->duration_ns = (uint64_t)(value * 1e9);
		return 0;
	case 's':
		options->seed = (uint64_t)value;
		return 0;
	case 'n':
		options->n_connections = (uint32_t)value;
		return 0;
	case 'r':
		options->pause_ns = (uint32_t)(1e9 / value);
		return 0;
	case 'p':
		options->request_ns = (uint64_t)(value * 1e6);
		return 0;
	case 'T':
		options->think_us = (uint32_t)(value * 1e3);
		return 0;
	case 'M':
		options->move_ns = (uint64_t)(value * 1e6);
		return 0;
	case 'V':
		options->version = (uint32_t)value;
		return 0;
	default:
		return -ENOENT;
	}
}

static void options_set_defaults(struct options *options)
{
	memset(options, 0, sizeof(*options));
	options->n_connections = 1;
	options->version = 1;
	options->pause_ns = 2000000;
	options->request_ns = 150000000;
	options->think_us = 20000;
	options->ack_every = 1;
	options->duration_ns = 5000000000;
	options->seed = 1;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options;
	int letter, err;

	options_set_defaults(&options);
	while ((letter = getopt(argc, argv,
				"LD:b:fk:t:s:l:Ra:n:m:r:p:T:M:V:h")) != -1) {
		if (letter == '?' || letter == 'h') {
			fputs(options_usage, stderr);
			return -EINVAL;
		}
		err = options_set_word(letter, optarg, &options);
		if (err == -ENOENT)
			err = options_set_number(letter, optarg, &options);
		if (err) {
			fprintf(stderr, "endpoint: -%c %s: bad value\n", letter,
				optarg);
			return -EINVAL;
		}
	}
	if (optind + 2 != argc) {
		fputs("endpoint: ADDRESS and PORT are needed\n", stderr);
		return -EINVAL;
	}
	options.address = argv[optind];
	options.port = argv[optind + 1];
	*ret_options = options;
	return 0;
}
