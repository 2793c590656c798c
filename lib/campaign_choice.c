// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "campaign_choice.h"

static bool is_same_campaign(const struct campaign_candidate *a,
			     const struct campaign_candidate *b)
{
	return !strcmp(a->campaign_uuid, b->campaign_uuid);
}

static bool overlaps(const struct campaign_candidate *a,
		     const struct campaign_candidate *b)
{
	return is_same_campaign(a, b) && a->first_seq <= b->last_seq &&
	       a->last_seq >= b->first_seq;
}

static bool is_inside(const struct campaign_candidate *inner,
		      const struct campaign_candidate *outer)
{
	return is_same_campaign(inner, outer) &&
	       inner->first_seq >= outer->first_seq &&
	       inner->last_seq <= outer->last_seq;
}

static uint64_t n_common(const struct campaign_candidate *a,
			 const struct campaign_candidate *b)
{
	uint64_t first = a->first_seq > b->first_seq ? a->first_seq :
						       b->first_seq;
	uint64_t last = a->last_seq < b->last_seq ? a->last_seq : b->last_seq;

	return last - first + 1;
}

/* Whether files of one finer level hold all of it. */
static bool is_kept_at(const struct campaign_candidate *candidate, size_t n,
		       const struct campaign_candidate *of,
		       enum segment_level level)
{
	uint64_t n_seqs = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (candidate[i].level == level && candidate[i].is_there &&
		    is_inside(&candidate[i], of))
			n_seqs += n_common(&candidate[i], of);
	return n_seqs == of->last_seq - of->first_seq + 1;
}

static bool is_needed(const struct campaign_candidate *candidate, size_t n,
		      const struct campaign_candidate *of)
{
	int level;

	for (level = LEVEL_RAW; level < (int)of->level; level++)
		if (is_kept_at(candidate, n, of, (enum segment_level)level))
			return false;
	return true;
}

static bool overlaps_chosen(const struct campaign_candidate *candidate,
			    size_t n, const struct campaign_candidate *of)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (candidate[i].is_chosen && overlaps(&candidate[i], of))
			return true;
	return false;
}

static bool is_held(const struct campaign_candidate *candidate, size_t n,
		    const struct campaign_candidate *of)
{
	uint64_t n_seqs = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (candidate[i].is_chosen && overlaps(&candidate[i], of))
			n_seqs += n_common(&candidate[i], of);
	return n_seqs == of->last_seq - of->first_seq + 1;
}

ptrdiff_t campaign_choose(struct campaign_candidate *candidate, size_t n,
			  bool is_finest)
{
	struct campaign_candidate *at;
	size_t i;
	int level;

	for (i = 0; i < n; i++)
		candidate[i].is_chosen = false;
	for (level = N_LEVELS - 1; level >= LEVEL_RAW; level--) {
		for (i = 0, at = candidate; i < n; i++, at++)
			at->is_chosen |=
				(int)at->level == level && at->is_there &&
				at->is_usable &&
				!overlaps_chosen(candidate, n, at) &&
				(!is_finest || is_needed(candidate, n, at));
	}
	for (i = 0, at = candidate; i < n; i++, at++)
		if (at->is_wanted && !is_held(candidate, n, at))
			return (ptrdiff_t)i;
	return -1;
}
