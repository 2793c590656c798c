// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a fuzz target over every file of a corpus directory, so that what a
 * fuzzer once found stays found, without libFuzzer. Prints TAP.
 *
 * usage: PROGRAM DIRECTORY
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

enum { REPLAY_MAX_BYTES = 16 << 20 };

static int replay_file(const char *path)
{
	uint8_t *bytes = NULL;
	struct stat status;
	FILE *file = fopen(path, "rb");
	int err = file ? 0 : -errno;

	if (err)
		return err;
	if (fstat(fileno(file), &status)) {
		err = -errno;
		goto out;
	}
	if (!S_ISREG(status.st_mode) || status.st_size > REPLAY_MAX_BYTES) {
		err = -EINVAL;
		goto out;
	}
	/* Exactly as large as the input, so that a read beyond it shows. */
	bytes = malloc(status.st_size ? status.st_size : 1);
	if (!bytes ||
	    fread(bytes, 1, status.st_size, file) != (size_t)status.st_size) {
		err = -EIO;
		goto out;
	}
	LLVMFuzzerTestOneInput(bytes, status.st_size);
out:
	free(bytes);
	fclose(file);
	return err;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **entry = NULL;
	char path[4096];
	int n_failed = 0;
	int n;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	n = scandir(argv[1], &entry, is_visible, alphasort);
	for (int i = 0; i < n; i++) {
		int err;

		snprintf(path, sizeof(path), "%s/%s", argv[1],
			 entry[i]->d_name);
		err = replay_file(path);
		printf("%s %d - %s\n", err ? "not ok" : "ok", i + 1,
		       entry[i]->d_name);
		fflush(stdout);
		n_failed += !!err;
		free(entry[i]);
	}
	free(entry);
	if (n < 0)
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
	return n < 0 || n_failed;
}
