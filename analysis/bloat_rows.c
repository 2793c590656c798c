// SPDX-License-Identifier: GPL-2.0-or-later
#include "bloat_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../core/source.h"
#include "../lib/progress.h"
#include "fdr.h"
#include "group_row.h"

#define DAY_NS 86400000000000ull

/* First pass: what is the load, when? A subnet's own traffic is not asked. */
static int find_load(struct bloat_rows *rows, const struct query *query)
{
	struct query own = *query;

	own.scan.by = (struct group_spec){ .by = GROUP_BY_SIDE };
	own.scan.step_ns = rows->step_ns;
	own.scan.sources = 0;
	own.scan.has_subnet = false;
	return steps_scan(&own, bloat_load_take, &rows->load);
}

/* Second pass, of one side: its samples by day, group and phase. */
static int scan_side(struct bloat_rows *rows, const struct query *query,
		     uint8_t side)
{
	struct bloat_side *own = &rows->side[side];
	struct scan_query scan = query->scan;
	int err = bloat_load_choose(&rows->load, side, rows->step_ns,
				    &rows->choice, &own->phases);

	if (err == -ENODATA)
		return 0;
	if (err) {
		cli_error("bloat: cannot be answered: no memory");
		return err;
	}
	scan.sides = 1u << side;
	scan.step_ns = DAY_NS;
	scan.phases = &own->phases.scan;
	scan.skips_traffic = true;
	scan.may_be_empty = true;
	err = scan_campaigns(query->campaign, query->n_campaigns, &scan,
			     &own->scan);
	if (err)
		return err;
	group_row_note_left_out(query, &own->scan);
	err = blocks_list_init(&own->list, &own->scan);
	if (err)
		cli_error("bloat: cannot be answered: no memory");
	return err;
}

static bool has_source(const struct bloat_rows *rows, uint8_t source)
{
	for (int side = 0; side < N_SIDES; side++)
		for (size_t i = 0; i < rows->side[side].list.n; i++)
			if (rows->side[side].list.blocks[i].source == source)
				return true;
	return false;
}

static uint32_t choose_sources(const struct bloat_rows *rows,
			       const struct query *query)
{
	if (query->has_sources)
		return query->scan.sources;
	return 1u << (has_source(rows, SOURCE_TCP_TS) ? SOURCE_TCP_TS :
							SOURCE_EPPING);
}

/* The order of both, whatever their phases. */
static int compare_groups(const struct blocks *a, const struct blocks *b)
{
	struct blocks left = *a, right = *b;

	left.group.key.phase = right.group.key.phase = 0;
	return blocks_compare(&left, &right);
}

/* Idle blocks come first in a list, then loaded ones, in the same order. */
static void pair_side(struct bloat_rows *rows, const struct bloat_side *side,
		      uint32_t sources)
{
	const struct blocks *blocks = side->list.blocks;
	size_t n = side->list.n, n_idle = 0, i = 0, j;

	while (n_idle < n && blocks[n_idle].group.key.phase == BLOAT_IDLE)
		n_idle++;
	for (j = n_idle; i < n_idle || j < n;) {
		int order = i == n_idle ? 1 :
			    j == n      ? -1 :
					  compare_groups(&blocks[i], &blocks[j]);
		struct bloat_row row = { .side = side };
		const struct blocks *either;

		if (order <= 0)
			row.blocks[BLOAT_IDLE] = &blocks[i++];
		if (order >= 0)
			row.blocks[BLOAT_LOADED] = &blocks[j++];
		either = row.blocks[order > 0 ? BLOAT_LOADED : BLOAT_IDLE];
		if (sources >> either->source & 1)
			rows->row[rows->n_rows++] = row;
	}
}

static int pair_all(struct bloat_rows *rows, const struct query *query)
{
	size_t max = rows->side[SIDE_LAN].list.n + rows->side[SIDE_WAN].list.n;
	uint32_t sources = choose_sources(rows, query);

	rows->row = calloc(max + 1, sizeof(*rows->row));
	if (!rows->row)
		return -ENOMEM;
	pair_side(rows, &rows->side[SIDE_LAN], sources);
	pair_side(rows, &rows->side[SIDE_WAN], sources);
	return 0;
}

static int test_row(const struct bloat_rows *rows, uint64_t min_samples,
		    struct bloat_row *row)
{
	for (int p = 0; p < N_BLOAT_PHASES; p++)
		if (!row->blocks[p] || row->blocks[p]->n_samples < min_samples)
			return 0;
	row->is_tested = true;
	return bloat_test(row->blocks[BLOAT_IDLE], row->blocks[BLOAT_LOADED],
			  &row->side->scan.layout, rows->seed,
			  rows->n_resamples, &row->result);
}

int bloat_rows_test(struct bloat_rows *rows, const struct query *query)
{
	size_t n = rows->n_rows * N_BLOAT_STATISTICS;
	double *p = calloc(n + 1, sizeof(*p));
	struct progress progress;
	int err = p ? 0 : -ENOMEM;

	rows->q = calloc(n + 1, sizeof(*rows->q));
	if (!rows->q)
		err = -ENOMEM;
	progress_init(&progress, "comparing", rows->n_rows, query->is_quiet);
	for (size_t i = 0; i < rows->n_rows && !err; i++) {
		struct bloat_row *row = &rows->row[i];

		err = test_row(rows, query->min_samples, row);
		for (size_t s = 0; s < N_BLOAT_STATISTICS; s++)
			p[i * N_BLOAT_STATISTICS + s] =
				row->is_tested ? row->result.p[s] : NAN;
		progress_update(&progress, i + 1);
	}
	progress_hide(&progress);
	if (!err)
		err = fdr_adjust(p, n, rows->q);
	free(p);
	return err;
}

int bloat_rows_read(struct bloat_rows *rows, const struct query *query)
{
	int err = find_load(rows, query);
	uint64_t n_steps = 0;

	for (uint8_t side = 0; side < N_SIDES && !err; side++) {
		if (query->scan.sides >> side & 1)
			err = scan_side(rows, query, side);
		n_steps += rows->side[side].phases.n_steps[BLOAT_LOADED];
	}
	if (!err && !n_steps) {
		cli_error("%s: no data: no step is more loaded than others",
			  query->campaign[0]);
		err = -ENODATA;
	}
	if (!err) {
		err = pair_all(rows, query);
		if (err)
			cli_error("bloat: cannot be answered: no memory");
	}
	return err;
}

void bloat_rows_fini(struct bloat_rows *rows)
{
	for (int side = 0; side < N_SIDES; side++) {
		blocks_list_fini(&rows->side[side].list);
		scan_result_fini(&rows->side[side].scan);
		free((uint8_t *)rows->side[side].phases.scan.phase);
	}
	bloat_load_fini(&rows->load);
	free(rows->row);
	free(rows->q);
}
