// SPDX-License-Identifier: GPL-2.0-or-later
#include "export_period.h"

#include <errno.h>
#include <stdlib.h>

#include "../lib/cli.h"

static int add_parts(struct export_period *period,
		     const struct campaign_reader *reader)
{
	for (size_t i = 0; i < campaign_reader_n_parts(reader); i++) {
		const struct campaign_part *part =
			campaign_reader_part(reader, i);
		struct export_part *own =
			record_grow((void **)&period->part, &period->n_parts,
				    &period->max_parts, sizeof(*own));

		if (!own) {
			cli_error("%s: cannot be read: no memory",
				  campaign_reader_path(reader));
			return -ENOMEM;
		}
		*own = (struct export_part){
			.start_ns = part->time_start_ns,
			.end_ns = part->time_end_ns,
			.n_bytes = part->n_file_bytes,
		};
	}
	return 0;
}

int export_period_init(struct export_period *period, const char *const *path,
		       size_t n_campaigns, const struct scan_query *query)
{
	int err = 0;

	*period = (struct export_period){ .from_ns = query->from_ns,
					  .to_ns = query->to_ns,
					  .step_ns = query->step_ns,
					  .piece_ns = EXPORT_PIECE_NS,
					  .piece_steps = EXPORT_PIECE_STEPS,
					  .at_ns = query->from_ns };
	for (size_t i = 0; i < n_campaigns && !err; i++) {
		struct campaign_reader *reader;

		err = campaign_reader_open(path[i], &reader);
		if (err)
			break;
		err = add_parts(period, reader);
		campaign_reader_close(reader);
	}
	return err;
}

/* The earliest moment from at_ns on that lies in a part; false: none. */
static bool find_start(const struct export_period *period, int64_t *ret_ns)
{
	int64_t found_ns = INT64_MAX;

	for (size_t i = 0; i < period->n_parts; i++) {
		const struct export_part *part = &period->part[i];
		int64_t start_ns = part->start_ns > period->at_ns ?
					   part->start_ns :
					   period->at_ns;

		if (start_ns < part->end_ns && start_ns < found_ns)
			found_ns = start_ns;
	}
	*ret_ns = found_ns;
	return found_ns < period->to_ns;
}

static int64_t piece_length_ns(const struct export_period *period)
{
	uint64_t n_steps = period->piece_ns / period->step_ns;

	if (n_steps > period->piece_steps)
		n_steps = period->piece_steps;
	return (int64_t)(period->step_ns * (n_steps ? n_steps : 1));
}

bool export_period_next(struct export_period *period,
			struct scan_span *ret_piece)
{
	int64_t start_ns, end_ns;

	if (!find_start(period, &start_ns))
		return false;
	start_ns = scan_step_start_ns(start_ns, period->step_ns);
	if (__builtin_add_overflow(start_ns, piece_length_ns(period),
				   &end_ns) ||
	    end_ns > period->to_ns)
		end_ns = period->to_ns;
	/* A period may begin inside a step. */
	if (start_ns < period->from_ns)
		start_ns = period->from_ns;
	period->at_ns = end_ns;
	*ret_piece = (struct scan_span){ start_ns, end_ns };
	return true;
}

static uint64_t bytes_until(const struct export_period *period, int64_t end_ns)
{
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < period->n_parts; i++)
		if (period->part[i].start_ns < end_ns &&
		    period->part[i].end_ns > period->from_ns)
			n_bytes += period->part[i].n_bytes;
	return n_bytes;
}

uint64_t export_period_n_bytes(const struct export_period *period)
{
	return bytes_until(period, period->to_ns);
}

uint64_t export_period_n_done(const struct export_period *period)
{
	return bytes_until(period, period->at_ns);
}

void export_period_fini(struct export_period *period)
{
	free(period->part);
	*period = (struct export_period){ 0 };
}
