/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal that does not end with its last record: cut by a crash, or damaged
 * on the disk. Every valid record is kept, whatever lies before it. Called by
 * whoever holds the lock and no longer writes the journal.
 */
#ifndef LIB_CAMPAIGN_MEND_H
#define LIB_CAMPAIGN_MEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The journals that hold its records now; zeroed is none. */
struct campaign_mended {
	uint64_t *first_seq; /* ascending; owned */
	size_t n, max;
	uint64_t last_seq; /* of the last record */
	int64_t end_ns;
	bool is_cut; /* something was lost behind the last record */
};

struct campaign_mending {
	const char *path;
	int campaign_fd, journal_fd; /* the campaign and its journal/ */
	/* For a header that is damaged; NULL: it is -EBADMSG then. */
	const char *spare_meta;
	/* The journal before it was cut: records are missing in front. */
	bool follows_damage;
};

/*
 * Without anything valid behind the valid prefix, the rest is a torn record and
 * is cut off. Otherwise the damage splits the journal: the records between two
 * damaged places become a journal of their own, whose first record names what
 * is missing before it as a gap (GAP_TORN), and the damaged file stays beside
 * them as NAME.damaged. A file without any record is removed, or set aside if
 * it may have had one. Idempotent. Prints a line for all that it finds.
 */
int campaign_mend_journal(const struct campaign_mending *mending,
			  const char *name, struct campaign_mended *ret_mended);
void campaign_mended_fini(struct campaign_mended *mended);

#endif
