// SPDX-License-Identifier: GPL-2.0-or-later
#include "isp_truth.h"

#include "../../lib/clock.h"
#include "isp_mix.h"

#define DAY_NS 86400000000000ll

static void put_as(const struct isp *isp, FILE *stream, const char *kind,
		   size_t as_idx)
{
	fprintf(stream, "%s\t%u\t%u", kind, isp->as[as_idx].octet,
		isp->as[as_idx].asn);
}

static void put_period(FILE *stream, int64_t start_ns, int64_t end_ns)
{
	char start[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];

	clock_format_ns(start_ns, start);
	clock_format_ns(end_ns, end);
	fprintf(stream, "\t%s\t%s", start, end);
}

static void put_ases(const struct isp *isp, FILE *stream)
{
	for (size_t i = 0; i < isp->n_ases; i++) {
		put_as(isp, stream, "as", i);
		fprintf(stream, "\t-\t-\t%.6f\t-\n", isp->as[i].base_ms);
		if (!(isp->as[i].second_share > 0))
			continue;
		put_as(isp, stream, "second", i);
		fprintf(stream, "\t-\t-\t%.6f\t%.6f\n", isp->as[i].second_ms,
			isp->as[i].second_share);
	}
}

static void put_changes(const struct isp *isp, FILE *stream)
{
	const struct isp_options *options = &isp->options;
	int64_t end_ns = options->start_ns + (int64_t)options->n_days * DAY_NS;

	if (options->shift_as != ISP_NO_AS) {
		put_as(isp, stream, "shift", (size_t)options->shift_as);
		put_period(stream,
			   options->start_ns +
				   (int64_t)options->shift_day * DAY_NS,
			   end_ns);
		fprintf(stream, "\t%.6f\t-\n", options->shift_ms);
	}
	if (options->drift_as != ISP_NO_AS) {
		put_as(isp, stream, "drift", (size_t)options->drift_as);
		put_period(stream, options->start_ns, end_ns);
		fprintf(stream, "\t%.6f\t-\n", options->drift_ms_per_day);
	}
}

void isp_truth_write(const struct isp *isp, FILE *stream)
{
	fprintf(stream, "kind\tgroup\tasn\tstart\tend\tms\tshare\n");
	put_ases(isp, stream);
	for (size_t i = 0; i < isp->options.n_incidents; i++) {
		put_as(isp, stream, "incident", isp->incident[i].as_idx);
		put_period(stream, isp->incident[i].start_ns,
			   isp->incident[i].end_ns);
		fprintf(stream, "\t%.6f\t-\n", isp->incident[i].extra_ms);
	}
	for (size_t i = 0; i < isp->options.n_gaps; i++) {
		fprintf(stream, "gap\t-\t-");
		put_period(stream, isp->gap[i].start_ns, isp->gap[i].end_ns);
		fprintf(stream, "\t-\t-\n");
	}
	put_changes(isp, stream);
}

void isp_truth_write_asn(const struct isp *isp, FILE *stream)
{
	fprintf(stream, "; IP-ASN32-DAT file\n; made up\n");
	for (size_t i = 0; i < isp->n_ases; i++)
		fprintf(stream, "%u.0.0.0/16\t%u\n", isp->as[i].octet,
			isp->as[i].asn);
	for (size_t i = isp->n_lan;
	     i < isp->options.n_subnets && isp->options.is_mixed; i++)
		if (i % ISP_TWIN_EVERY == 0)
			fprintf(stream, "2a00:%zx::/48\t%u\n", i,
				isp->as[isp_as_of(isp, i)].asn);
}
