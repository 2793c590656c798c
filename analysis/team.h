/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several copies of one program that answer one question together, each reading
 * its share: spindrift-mpi. All run the same command on the same campaigns; at
 * the end of a scan each has the sums of all and goes on alike, so that whatever
 * they do next is the same. Only member 0 writes the answer and reports what is
 * wrong; the others tell what they alone can know, which is their share.
 *
 * A program that sets nothing is a team of one.
 */
#ifndef ANALYSIS_TEAM_H
#define ANALYSIS_TEAM_H

#include <stdbool.h>
#include <stddef.h>

/* Takes one member's bytes; 0 or -errno. */
typedef int team_take(void *context, const void *bytes, size_t n_bytes);

struct team {
	unsigned rank, size; /* 0 .. size - 1 */
	/*
	 * Both are called by all members at the same place; err is 0, or how the
	 * member failed. When any did, that member gets its own err back and the
	 * others -ECANCELED. agree() says a line if it was not member 0.
	 */
	int (*agree)(int err);
	/* Hands every member the bytes of all, in the order of their ranks; none
	 * when any failed. */
	int (*exchange)(int err, const void *bytes, size_t n_bytes,
			team_take *take, void *context);
};

/* Of the whole program; before the command runs. `team` is borrowed. */
void team_join(const struct team *team);
/* For a forked process, which can reach no other member. */
void team_leave(void);
const struct team *team_mine(void);

/* Between these two a member other than 0 may print errors. */
void team_begin_share(void);
void team_end_share(void);

#endif
