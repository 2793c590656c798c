// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "temporary.h"

static int remove_temporary(const char *path, const struct stat *st, int type,
			    struct FTW *position)
{
	const char *suffix = ".h5.tmp";
	size_t n = strlen(path), n_suffix = strlen(suffix);

	if (type == FTW_F && n > n_suffix &&
	    !strcmp(path + n - n_suffix, suffix) && unlink(path))
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
