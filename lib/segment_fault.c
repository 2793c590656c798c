// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>

#include "segment_read.h"

int segment_fault_set(struct segment_fault *fault, const char *group,
		      const char *name, const char *problem)
{
	snprintf(fault->dataset, sizeof(fault->dataset), "%s%s%s%s",
		 *group == '@' ? "" : "/", group, *name ? "/" : "", name);
	fault->has_row = false;
	fault->problem = problem;
	return -EBADMSG;
}

int segment_fault_set_row(struct segment_fault *fault, const char *group,
			  const char *name, uint64_t row, const char *problem)
{
	segment_fault_set(fault, group, name, problem);
	fault->has_row = true;
	fault->row = row;
	return -EBADMSG;
}

void segment_fault_format(const struct segment_fault *fault, char *text,
			  size_t n_text)
{
	if (fault->has_row)
		snprintf(text, n_text, "%s: row %llu: %s", fault->dataset,
			 (unsigned long long)fault->row, fault->problem);
	else
		snprintf(text, n_text, "%s%s%s", fault->dataset,
			 *fault->dataset ? ": " : "", fault->problem);
}
