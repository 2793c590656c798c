// SPDX-License-Identifier: GPL-2.0-or-later
/* One interval of the made-up ISP. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../../core/hist.h"
#include "../../core/source.h"
#include "../../core/traffic.h"
#include "../../lib/prefix.h"
#include "isp.h"
#include "isp_random.h"

#define HOUR_NS 3600000000000ll
#define DAY_NS (24 * HOUR_NS)
#define MS_NS 1e6

enum {
	MAX_SAMPLES = 48, /* of one subnet in one interval */
	PACKET_BYTES = 900,
	ACK_BYTES = 60,
	SATURDAY = 5,  /* days since Monday */
	EPOCH_DAY = 3, /* 1970-01-01 was a Thursday */
};

struct moment {
	int64_t at_ns;
	uint64_t day, hour; /* since the start */
	double load;        /* 0.2 about 1 */
};

/* 0.25 at 4 in the morning to 1 at 16, a tenth more at weekends. */
static double usual_load(int64_t local_ns)
{
	double day = (double)(local_ns % DAY_NS) / (double)DAY_NS;
	int64_t weekday = (local_ns / DAY_NS + EPOCH_DAY) % 7;
	double load = 0.625 - 0.375 * cos(6.283185307179586 * (day - 4.0 / 24));

	return weekday >= SATURDAY ? 1.1 * load : load;
}

static struct moment moment_of(struct isp *isp, uint64_t i)
{
	const struct isp_options *options = &isp->options;
	uint64_t since_ns = i * options->interval_ns;
	struct moment moment = {
		.at_ns = options->start_ns + (int64_t)since_ns,
		.day = since_ns / (uint64_t)DAY_NS,
		.hour = since_ns / (uint64_t)HOUR_NS,
	};

	moment.load = usual_load(moment.at_ns + options->utc_offset_ns) *
		      exp(0.15 * isp_normal(&isp->random));
	return moment;
}

static double as_ms(const struct isp *isp, size_t as_idx,
		    const struct moment *moment)
{
	const struct isp_options *options = &isp->options;
	double ms = isp->as[as_idx].base_ms;

	ms += isp->wander_ms[as_idx * options->n_days * 24 + moment->hour];
	for (size_t i = 0; i < options->n_incidents; i++)
		if (isp->incident[i].as_idx == as_idx &&
		    moment->at_ns >= isp->incident[i].start_ns &&
		    moment->at_ns < isp->incident[i].end_ns)
			ms += isp->incident[i].extra_ms;
	if (options->shift_as == (int64_t)as_idx &&
	    moment->day >= options->shift_day)
		ms += options->shift_ms;
	if (options->drift_as == (int64_t)as_idx)
		ms += options->drift_ms_per_day *
		      (double)(moment->at_ns - options->start_ns) / DAY_NS;
	return ms > 1 ? ms : 1;
}

static double sample_ms(struct isp *isp, size_t i, double path_ms, double load)
{
	uint64_t random = isp_next(&isp->random);
	double noise = isp->noise[random % ISP_N_NOISES];
	double mode = (double)(random >> 40) / (double)(1 << 24);
	const struct isp_as *as;

	if (i < isp->n_lan)
		return 2 + isp->subnet_ms[i] + (mode < 0.3 ? 22 : 0) +
		       noise * (0.3 + 8 * load * load);
	as = &isp->as[isp_as_of(isp, i)];
	return path_ms + isp->subnet_ms[i] +
	       (mode < as->second_share ? as->second_ms : 0) +
	       noise * (0.4 + as->base_ms / 50 + 0.5 * load);
}

static void sort(uint64_t *value, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint64_t v = value[i];
		size_t j = i;

		for (; j && value[j - 1] > v; j--)
			value[j] = value[j - 1];
		value[j] = v;
	}
}

static int add_bins(struct record *record, struct record_rtt *row,
		    const uint64_t *rtt_ns, size_t n)
{
	struct record_bin *bin = NULL;

	row->first_bin = record->bin.n;
	for (size_t i = 0; i < n; i++) {
		uint16_t at = (uint16_t)hist_bin(rtt_ns[i]);

		if (!bin || bin->bin != at) {
			bin = record_add(&record->bin);
			if (!bin)
				return -ENOMEM;
			bin->bin = at;
			row->n_bins++;
		}
		bin->count++;
		row->sum_ns += rtt_ns[i];
	}
	return 0;
}

static void tell_samples(const struct isp *isp, size_t i,
			 const uint64_t *rtt_ns, size_t n)
{
	struct prefix prefix = {
		.prefix_len = isp->subnet[i].prefix_len,
		.family = isp->subnet[i].family,
	};
	char text[PREFIX_TEXT_MAX];

	memcpy(prefix.address, isp->subnet[i].address, sizeof(prefix.address));
	prefix_format(&prefix, text);
	for (size_t s = 0; s < n; s++)
		fprintf(isp->samples, "%s\t%" PRIu64 "\n", text, rtt_ns[s]);
}

static int add_rtt(struct isp *isp, struct record *record, size_t i,
		   const struct moment *moment, size_t n)
{
	struct record_rtt *row = record_add(&record->rtt);
	uint64_t rtt_ns[MAX_SAMPLES] = { 0 };
	double path_ms = i < isp->n_lan ? 0 :
					  as_ms(isp, isp_as_of(isp, i), moment);

	if (!row)
		return -ENOMEM;
	for (size_t s = 0; s < n; s++)
		rtt_ns[s] = (uint64_t)(MS_NS * sample_ms(isp, i, path_ms,
							 moment->load));
	sort(rtt_ns, n);
	if (isp->samples)
		tell_samples(isp, i, rtt_ns, n);
	row->subnet = (uint32_t)i;
	row->source = SOURCE_TCP_TS;
	row->count = n;
	row->min_ns = rtt_ns[0];
	row->max_ns = rtt_ns[n - 1];
	record->event[EVENT_SAMPLE] += n;
	return add_bins(record, row, rtt_ns, n);
}

static int add_ecn(struct record *record, const struct record_traffic *row)
{
	struct record_ecn *ecn = record_add(&record->ecn);

	if (!ecn)
		return -ENOMEM;
	ecn->subnet = row->subnet;
	ecn->packets_rx = row->packets_rx;
	ecn->packets_tx = row->packets_tx;
	return 0;
}

/* Packets between a WAN subnet and a LAN subnet: `down` to the LAN. */
static int add_traffic(struct isp *isp, struct record *record, size_t i,
		       uint64_t down, uint64_t up)
{
	struct record_traffic *lan = &isp->lan_traffic[i % isp->n_lan];
	struct record_traffic *row = record_add(&record->traffic);

	if (!row)
		return -ENOMEM;
	row->subnet = (uint32_t)i;
	row->class = TRAFFIC_TCP_TS;
	row->packets_rx = down;
	row->packets_tx = up;
	row->bytes_rx = down * PACKET_BYTES;
	row->bytes_tx = up * ACK_BYTES;
	lan->packets_tx += row->packets_rx;
	lan->packets_rx += row->packets_tx;
	lan->bytes_tx += row->bytes_rx;
	lan->bytes_rx += row->bytes_tx;
	record->outcome[OUTCOME_TCP_TIMED] += down + up;
	return add_ecn(record, row);
}

static int add_lan_traffic(struct isp *isp, struct record *record)
{
	struct record_protocol *protocol = record_add(&record->protocol);
	int err = protocol ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < isp->n_lan && !err; i++) {
		struct record_traffic *row = record_add(&record->traffic);

		if (!row)
			return -ENOMEM;
		*row = isp->lan_traffic[i];
		row->subnet = i;
		row->class = TRAFFIC_TCP_TS;
		protocol->ip_protocol = 6;
		protocol->packets += row->packets_rx + row->packets_tx;
		protocol->bytes += row->bytes_rx + row->bytes_tx;
		err = add_ecn(record, row);
	}
	return err;
}

/* More load, more samples and more traffic; the number of samples does not
 * follow the length of the interval all the way, for the test's sake. */
static int add_wan(struct isp *isp, struct record *record, size_t i,
		   const struct moment *moment)
{
	uint64_t random = isp_next(&isp->random);
	double scale = (double)isp->options.interval_ns / 1e10;
	double n_wanted =
		(1 + (double)(random % 8)) * moment->load * (scale > 6 ? 4 : 1);
	size_t n = n_wanted < 1 ? 1 : (size_t)n_wanted;
	uint64_t down = (uint64_t)((double)(200 + (random >> 8) % 400) *
				   moment->load * scale);
	int err;

	if (n > MAX_SAMPLES)
		n = MAX_SAMPLES;
	err = add_rtt(isp, record, i, moment, n);
	down += n;
	return err ? err : add_traffic(isp, record, i, down, down / 3 + n);
}

int isp_fill(struct isp *isp, uint64_t i, struct record *record)
{
	struct moment moment;
	int err = 0;

	isp->random = isp_seed(isp->options.seed, i + 1);
	moment = moment_of(isp, i);
	record_clear(record);
	record->start_ns = moment.at_ns;
	record->duration_ns = isp->options.interval_ns;
	memset(isp->lan_traffic, 0, isp->n_lan * sizeof(*isp->lan_traffic));
	for (size_t s = 0; s < isp->options.n_subnets && !err; s++) {
		struct record_subnet *subnet = record_add(&record->subnet);

		if (!subnet)
			return -ENOMEM;
		*subnet = isp->subnet[s];
		err = s < isp->n_lan ?
			      add_rtt(isp, record, s, &moment, MAX_SAMPLES) :
			      add_wan(isp, record, s, &moment);
	}
	return err ? err : add_lan_traffic(isp, record);
}
