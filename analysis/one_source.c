// SPDX-License-Identifier: GPL-2.0-or-later
#include "one_source.h"

#include <errno.h>

bool one_source_check(struct query *query)
{
	if (!query->has_sources)
		query->scan.sources = 1u << SOURCE_TCP_TS | 1u << SOURCE_EPPING;
	if (!query->has_sources || __builtin_popcount(query->scan.sources) == 1)
		return true;
	cli_error("--source: too many sources: name one, they are never "
		  "summed");
	return false;
}

static bool has_samples(const struct scan_result *result, unsigned source)
{
	for (size_t i = 0; i < result->table.n; i++)
		if (result->table.group[i]->tally[source] &&
		    result->table.group[i]->tally[source]->count)
			return true;
	return false;
}

int one_source_choose(const struct query *query,
		      const struct scan_result *result, uint8_t *ret_source)
{
	/* Codes ascend: tcp_ts comes before epping. */
	for (unsigned source = 0; source < N_SOURCES; source++) {
		if (!(query->scan.sources >> source & 1) ||
		    !has_samples(result, source))
			continue;
		*ret_source = (uint8_t)source;
		return 0;
	}
	cli_error("%s: no data: no sample of %s%s", query->campaign[0],
		  query->has_sources ?
			  group_source_name((unsigned)__builtin_ctz(
				  query->scan.sources)) :
			  "tcp_ts or epping (--source chooses another)",
		  query->has_side ? " on that side" : "");
	return -ENODATA;
}
