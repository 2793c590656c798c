/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of `spindrift trend`; columns are its contract (spindrift-trend(1)). */
#ifndef ANALYSIS_TREND_TABLE_H
#define ANALYSIS_TREND_TABLE_H

#include "output.h"
#include "trend_series.h"

struct trend_table {
	const struct trend_list *list;
	enum trend_statistic statistic;
	enum output_format format;
	double fdr;
	bool is_local; /* times on the zone's clock */
};

/* A row per series. -ENOMEM, as the others. */
int trend_table_series(const struct trend_table *table, FILE *stream);
/* A row per change that was found. */
int trend_table_changes(const struct trend_table *table, FILE *stream);
/* A row per series and hour of the week. */
int trend_table_season(const struct trend_table *table, FILE *stream);

#endif
