/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on files of others, in a child process with limited memory and time,
 * which libhdf5 may bring down. Its result, a struct without pointers, comes
 * back through a pipe.
 */
#ifndef LIB_LIMITED_CHILD_H
#define LIB_LIMITED_CHILD_H

#include <stddef.h>
#include <sys/types.h>

struct limited_child {
	pid_t pid;
	int fd;
};

enum { LIMITED_CHILD_MAX_RESULT = 4096 };

/*
 * `work` fills the result, which is zero before, of at most
 * LIMITED_CHILD_MAX_RESULT bytes. Its standard error goes nowhere, it dies with
 * its parent, and its process ends with _exit(). A negative errno when no child
 * could be run; otherwise limited_child_wait() follows.
 */
int limited_child_start(void (*work)(const void *argument, void *result),
			const void *argument, size_t n_result,
			struct limited_child *ret_child);

/* 0 and the result; or, with the result zero, the number of the signal that
 * ended the child, or -EPIPE when it ended without one, before its time. */
int limited_child_wait(const struct limited_child *child, void *ret_result,
		       size_t n_result);

#endif
