// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the made-up ISP as a campaign, and beside it what is true of it:
 * CAMPAIGN.truth.tsv and CAMPAIGN.asn.dat; with --samples also each sample of
 * TCP timestamps, CAMPAIGN.samples.tsv: subnet and nanoseconds.
 *
 *   isp_generate -o CAMPAIGN [--days N] [--subnets N] [--step DURATION] ...
 *
 * The same options give the same campaign, but for its uuid.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/source.h"
#include "../../lib/campaign.h"
#include "../../lib/cli.h"
#include "../../lib/progress.h"
#include "isp.h"
#include "isp_mix.h"
#include "isp_truth.h"

#define DAY_NS 86400000000000ll

static int open_beside(const char *path, const char *ending, FILE **ret_file)
{
	char name[PATH_MAX];

	if (snprintf(name, sizeof(name), "%s%s", path, ending) >=
	    (int)sizeof(name))
		return -ENAMETOOLONG;
	*ret_file = fopen(name, "w");
	if (*ret_file)
		return 0;
	cli_error("%s: cannot be written: %s", name, strerror(errno));
	return -errno;
}

static int write_beside(const struct isp *isp, const char *path,
			const char *ending,
			void (*write)(const struct isp *, FILE *))
{
	FILE *file;
	int err = open_beside(path, ending, &file);

	if (err)
		return err;
	write(isp, file);
	return fclose(file) ? -errno : 0;
}

static int append_all(struct isp *isp, struct campaign_writer *writer)
{
	uint64_t n = isp_n_intervals(isp);
	struct record record = { 0 };
	struct progress progress;
	int err = 0;

	progress_init(&progress, "generate", n, false);
	for (uint64_t i = 0; i < n && !err; i++) {
		if (isp_is_gap(isp, i))
			continue;
		err = isp_fill(isp, i, &record);
		if (!err && isp->options.is_mixed)
			err = isp_mix(isp, &record);
		if (err)
			cli_error("isp_generate: out of memory");
		else
			err = campaign_writer_append(writer, &record);
		progress_update(&progress, i + 1);
	}
	progress_hide(&progress);
	record_fini(&record);
	return err;
}

static int write_campaign(struct isp *isp, const char *path)
{
	static const char *const lan[] = { "10.0.0.0/8", "2001:db8::/32" };
	const struct campaign_config config = {
		.command = "generate",
		.vantage_point = "synthetic ISP",
		.devices = "",
		.interval_ns = isp->options.interval_ns,
		.v4_prefix_len = 24,
		.v6_prefix_len = 48,
		.lan = lan,
		.n_lan = isp->options.is_mixed ? 2 : 1,
		.sources = 1 << SOURCE_TCP_TS |
			   (isp->options.is_mixed ? 1 << SOURCE_QUIC_SPIN : 0),
		.max_subnets = 2 * isp->options.n_subnets,
	};
	struct campaign_writer *writer;
	int err =
		campaign_writer_open(path, &config, CAMPAIGN_RELAXED, &writer);

	if (err)
		return err;
	err = append_all(isp, writer);
	if (campaign_writer_close(writer))
		err = -EIO;
	return err;
}

static int write_campaign_and_samples(struct isp *isp, const char *path)
{
	int err = open_beside(path, ".samples.tsv", &isp->samples);

	if (err)
		return err;
	fprintf(isp->samples, "subnet\trtt_ns\n");
	err = write_campaign(isp, path);
	if (fclose(isp->samples) && !err) {
		cli_error("%s.samples.tsv: cannot be written", path);
		err = -EIO;
	}
	isp->samples = NULL;
	return err;
}

static int run(const struct isp_options *options, const char *path,
	       bool has_samples)
{
	struct isp *isp = calloc(1, sizeof(*isp));
	int err = isp ? isp_init(isp, options) : -ENOMEM;

	if (!err && (options->shift_as >= (int64_t)isp->n_ases ||
		     options->drift_as >= (int64_t)isp->n_ases)) {
		cli_error("isp_generate: no such AS: there are %zu",
			  isp->n_ases);
		err = -EINVAL;
	}
	if (!err)
		err = has_samples ? write_campaign_and_samples(isp, path) :
				    write_campaign(isp, path);
	if (!err)
		err = write_beside(isp, path, ".truth.tsv", isp_truth_write);
	if (!err)
		err = write_beside(isp, path, ".asn.dat", isp_truth_write_asn);
	if (isp)
		isp_fini(isp);
	free(isp);
	return err ? EXIT_FAILED : EXIT_DONE;
}

enum own_option {
	OPTION_OUTPUT,
	OPTION_SEED,
	OPTION_DAYS,
	OPTION_SUBNETS,
	OPTION_STEP,
	OPTION_START,
	OPTION_INCIDENTS,
	OPTION_GAPS,
	OPTION_SHIFT,
	OPTION_DRIFT,
	OPTION_WANDER,
	OPTION_MIX,
	OPTION_SAMPLES,
};

/* A number of `text` that ends with `end`; moves behind it. */
static bool take_part(const char **text, char end, double *ret)
{
	char *after;

	*ret = strtod(*text, &after);
	if (after == *text || *after != end || !(*ret >= 0 && *ret < 1e6))
		return false;
	*text = after + (end != '\0');
	return true;
}

static bool take_shift(struct isp_options *options, const char *value)
{
	const char *text = value;
	double as, day;

	if (!take_part(&text, ':', &as) ||
	    !take_part(&text, '@', &options->shift_ms) ||
	    !take_part(&text, '\0', &day)) {
		cli_error("--shift: bad shift '%s': expected AS:MS@DAY", value);
		return false;
	}
	options->shift_as = (int64_t)as;
	options->shift_day = (uint64_t)day;
	return true;
}

static bool take_drift(struct isp_options *options, const char *value)
{
	const char *text = value;
	double as;

	if (!take_part(&text, ':', &as) ||
	    !take_part(&text, '\0', &options->drift_ms_per_day)) {
		cli_error("--drift: bad drift '%s': expected AS:MS", value);
		return false;
	}
	options->drift_as = (int64_t)as;
	return true;
}

static bool take_wander(struct isp_options *options, const char *value)
{
	const char *text = value;

	if (take_part(&text, '@', &options->wander_ms) &&
	    take_part(&text, '\0', &options->wander_h))
		return true;
	cli_error("--wander: bad wander '%s': expected MS@HOURS", value);
	return false;
}

static bool take(struct isp_options *options, enum own_option option,
		 const char *value)
{
	switch (option) {
	case OPTION_OUTPUT:
	case OPTION_SAMPLES:
		return true;
	case OPTION_SEED:
		return cli_number("--seed", value, 0, UINT64_MAX,
				  &options->seed);
	case OPTION_DAYS:
		return cli_number("--days", value, 1, 400, &options->n_days);
	case OPTION_SUBNETS:
		return cli_number("--subnets", value, 16, 65536,
				  &options->n_subnets);
	case OPTION_STEP:
		return cli_duration_ns("--step", value, &options->interval_ns);
	case OPTION_START:
		return cli_time_ns("--start", value, &options->start_ns);
	case OPTION_INCIDENTS:
		return cli_number("--incidents", value, 0, ISP_MAX_EPISODES,
				  &options->n_incidents);
	case OPTION_GAPS:
		return cli_number("--gaps", value, 0, ISP_MAX_EPISODES,
				  &options->n_gaps);
	case OPTION_SHIFT:
		return take_shift(options, value);
	case OPTION_DRIFT:
		return take_drift(options, value);
	case OPTION_WANDER:
		return take_wander(options, value);
	case OPTION_MIX:
		options->is_mixed = true;
		return true;
	}
	return false;
}

static int run_command(const struct cli_command *self, int argc, char **argv)
{
	struct isp_options options = {
		.seed = 1,
		.n_days = 30,
		.n_subnets = 400,
		.interval_ns = 300000000000,
		.start_ns = 1793577600000000000, /* 2026-11-02, a Monday */
		.utc_offset_ns = 3600000000000,
		.n_incidents = 10,
		.n_gaps = 3,
		.shift_as = ISP_NO_AS,
		.drift_as = ISP_NO_AS,
		.wander_ms = 0.5,
		.wander_h = 8,
	};
	const char *path = NULL;
	struct cli_parse parse;
	bool has_samples = false;
	int option;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		if (option == OPTION_OUTPUT)
			path = parse.value;
		has_samples |= option == OPTION_SAMPLES;
		if (!take(&options, (enum own_option)option, parse.value))
			return EXIT_USAGE;
	}
	if (cli_parse_result(&parse) >= 0)
		return cli_parse_result(&parse);
	if (!path) {
		cli_error("isp_generate: no campaign: give --output");
		return EXIT_USAGE;
	}
	return run(&options, path, has_samples);
}

static const struct cli_option command_options[] = {
	{ "output", 'o', "CAMPAIGN", "directory to make" },
	{ "seed", 0, "N", "another seed, another world (1)" },
	{ "days", 0, "N", "30" },
	{ "subnets", 0, "N", "all active in each interval (400)" },
	{ "step", 0, "DURATION", "length of an interval (5min)" },
	{ "start", 0, "TIME", "of the first interval (2026-11-02)" },
	{ "incidents", 0, "N", "hours in which an AS is slower (10)" },
	{ "gaps", 0, "N", "hours without measurement (3)" },
	{ "shift", 0, "AS:MS@DAY", "the AS-th's path is longer from a day on" },
	{ "drift", 0, "AS:MS", "the AS-th's path grows, ms a day" },
	{ "wander", 0, "MS@HOURS", "deviation and time constant (0.5@8)" },
	{ "mix", 0, NULL, "IPv6, QUIC and other traffic too" },
	{ "samples", 0, NULL, "each sample of TCP timestamps too, as text" },
	{ 0 },
};

int main(int argc, char **argv)
{
	const struct cli_command command = {
		.name = "isp_generate",
		.operands = "",
		.summary = "write a made-up ISP, and the truth",
		.options = command_options,
		.run = run_command,
	};

	return command.run(&command, argc, argv);
}
