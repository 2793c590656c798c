// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "temporary.h"

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), n_suffix = strlen(suffix);

	return n > n_suffix && !strcmp(name + n - n_suffix, suffix);
}

static int remove_temporary(const char *path, const struct stat *st, int type,
			    struct FTW *position)
{
	if (type == FTW_F &&
	    (has_suffix(path, ".h5.tmp") || has_suffix(path, ".journal.tmp")) &&
	    unlink(path))
		return -errno;
	return 0;
}

int temporary_remove_all(const char *campaign, const char *directory)
{
	char path[4096];
	int err;

	snprintf(path, sizeof(path), "%s/%s", campaign, directory);
	err = nftw(path, remove_temporary, 16, FTW_PHYS);
	if (err == -1)
		err = errno == ENOENT ? 0 : -errno;
	if (err)
		cli_error("%s: cannot be cleaned: %s", path, strerror(-err));
	return err;
}
