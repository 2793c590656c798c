/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal as a segment in memory, and the names of both. Used by the sealing
 * child and by readers, so that an interval looks the same before and after it
 * is sealed.
 */
#ifndef LIB_CAMPAIGN_JOURNAL_H
#define LIB_CAMPAIGN_JOURNAL_H

#include <stdbool.h>

#include "journal.h"
#include "segment.h"
#include "segment_level.h"

enum { CAMPAIGN_NAME_MAX = 96 };

/* journal/SEQ.journal, 20 digits. */
void campaign_journal_name(uint64_t first_seq, char name[CAMPAIGN_NAME_MAX]);
bool campaign_journal_is_name(const char *name);

/* "raw/YYYY/MM/DD/YYYYMMDDTHHMMSSZ-SEQ.h5" of its first interval. */
void campaign_segment_name(int64_t start_ns, uint64_t first_seq,
			   char name[CAMPAIGN_NAME_MAX]);

/* The same for any level, of which coarser ones have a directory per month, or
 * year. With `uuid`, for a file that came from another campaign, its first
 * eight digits end the name. */
void campaign_file_name(enum segment_level level, int64_t start_ns,
			uint64_t first_seq, const char *uuid,
			char name[CAMPAIGN_NAME_MAX]);

/* The histogram layout of its records, from its header; -EBADMSG when there is
 * none that is known. */
int campaign_journal_layout(const struct journal_reader *journal,
			    struct segment_layout *ret_layout);

/*
 * Builds the segment of the records whose seq is above `after_seq`. -ENODATA
 * when there are none, -EBADMSG with *ret_problem set when one is damaged
 * beyond what its checksum told.
 */
int campaign_journal_build(const struct journal_reader *journal,
			   uint64_t after_seq, struct segment *ret_segment,
			   const char **ret_problem);

#endif
