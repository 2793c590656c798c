// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limited_child.h"

enum { CPU_S = 3600, HEAP_BYTES = 64 << 20 };

/* Enough for the largest segment that a writer makes, four times over. */
#define MEMORY_BYTES (8ull << 30)

static void limit(void)
{
	const struct rlimit no_core = { 0, 0 };
	const struct rlimit cpu = { CPU_S, CPU_S };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
	/* AddressSanitizer maps terabytes of shadow. */
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit memory = { MEMORY_BYTES, MEMORY_BYTES };

	setrlimit(RLIMIT_AS, &memory);
#endif
	/* Tables come from the heap again and again, not from fresh pages. */
	mallopt(M_MMAP_THRESHOLD, HEAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, 4 * HEAP_BYTES);
}

static void run(void (*work)(const void *argument, void *result),
		const void *argument, size_t n_result, int fd)
{
	uint64_t result[LIMITED_CHILD_MAX_RESULT / sizeof(uint64_t)] = { 0 };
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

	limit();
	/* The C library and libhdf5 may have last words; the result has none of
	 * them. */
	if (quiet >= 0)
		dup2(quiet, STDERR_FILENO);
	work(argument, result);
	_exit(write(fd, result, n_result) == (ssize_t)n_result ? 0 : 1);
}

int limited_child_start(void (*work)(const void *argument, void *result),
			const void *argument, size_t n_result,
			struct limited_child *ret_child)
{
	int fds[2], err;
	pid_t child;

	if (n_result > LIMITED_CHILD_MAX_RESULT)
		return -EINVAL;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	child = fork();
	if (!child)
		run(work, argument, n_result, fds[1]);
	err = child < 0 ? -errno : 0;
	close(fds[1]);
	if (err)
		close(fds[0]);
	else
		*ret_child = (struct limited_child){ child, fds[0] };
	return err;
}

int limited_child_wait(const struct limited_child *child, void *ret_result,
		       size_t n_result)
{
	char *result = ret_result;
	size_t n = 0;
	ssize_t n_read;
	int status;

	while (n < n_result) {
		n_read = read(child->fd, result + n, n_result - n);
		if (n_read < 0 && errno == EINTR)
			continue;
		if (n_read <= 0)
			break;
		n += (size_t)n_read;
	}
	close(child->fd);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (n == n_result && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	memset(ret_result, 0, n_result);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -EPIPE;
}
