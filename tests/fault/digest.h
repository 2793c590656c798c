/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One number per interval that changes with any bit of what was measured in it:
 * sequence number, time, flags, counters, and every row with its subnet and its
 * histogram. The same for a record that was just written, for a journal, and
 * for a segment, whatever other intervals stand beside it.
 */
#ifndef TESTS_FAULT_DIGEST_H
#define TESTS_FAULT_DIGEST_H

#include "../../lib/record.h"
#include "../../lib/segment.h"

enum { DIGEST_LINE_MAX = 80 };

/* "SEQ START_S DIGEST\n" of each interval of a segment that is loaded whole, in
 * order; -ENOMEM, or what `print` returns when it is not 0. */
int digest_segment(const struct segment *segment,
		   int (*print)(const char *line));
/* Of the record alone. */
int digest_record(const struct record *record, int (*print)(const char *line));

#endif
