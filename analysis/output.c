// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "team.h"

static int refuse(const char *path, const char *problem, int err)
{
	cli_error("%s: %s: %s", path ? path : "standard output", problem,
		  strerror(-err));
	return err;
}

int output_file_open(struct output_file *file, const char *path, bool is_forced)
{
	struct stat status;
	mode_t mask;
	int fd;

	if (team_mine()->rank > 0) /* its standard output goes nowhere */
		path = NULL;
	*file = (struct output_file){ .path = path, .is_forced = is_forced };
	if (!path) {
		file->stream = stdout;
		return 0;
	}
	if (lstat(path, &status) == 0) {
		if (!is_forced || !S_ISREG(status.st_mode)) {
			cli_error("%s: not written: it exists already%s", path,
				  is_forced ? " and is not a regular file" :
					      " (--force overwrites)");
			return -EEXIST;
		}
	}
	if (asprintf(&file->temporary, "%s.XXXXXX", path) < 0) {
		file->temporary = NULL;
		return refuse(path, "cannot be written", -ENOMEM);
	}
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		int err = refuse(path, "cannot be written", -errno);

		free(file->temporary);
		file->temporary = NULL;
		return err;
	}
	mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	file->stream = fdopen(fd, "w");
	if (!file->stream) {
		close(fd);
		output_file_abandon(file);
		return refuse(path, "cannot be written", -ENOMEM);
	}
	return 0;
}

/* link() does not replace what came to be there in the meantime. */
static int move_in_place(const struct output_file *file)
{
	if (file->is_forced)
		return rename(file->temporary, file->path) ? -errno : 0;
	if (link(file->temporary, file->path) == 0) {
		unlink(file->temporary);
		return 0;
	}
	/* Some file systems have no hard links. */
	if (errno == EPERM || errno == EOPNOTSUPP)
		return rename(file->temporary, file->path) ? -errno : 0;
	return -errno;
}

int output_file_commit(struct output_file *file)
{
	int err = 0;

	if (!file->stream)
		return 0;
	/* A write that failed earlier fails again, and then says why. */
	if (fflush(file->stream))
		err = -errno;
	else if (ferror(file->stream))
		err = -EIO;
	if (!file->path) {
		file->stream = NULL;
		return err ? refuse(NULL, "cannot be written", err) : 0;
	}
	if (!err && fsync(fileno(file->stream)) && errno != EINVAL)
		err = -errno;
	if (fclose(file->stream) && !err)
		err = -errno;
	file->stream = NULL;
	if (!err)
		err = move_in_place(file);
	if (err) {
		output_file_abandon(file);
		return refuse(file->path, "cannot be written", err);
	}
	free(file->temporary);
	file->temporary = NULL;
	return 0;
}

void output_file_abandon(struct output_file *file)
{
	if (file->stream && file->path)
		fclose(file->stream);
	file->stream = NULL;
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	file->temporary = NULL;
}

static void format_scaled(double value, double base, const char *const *unit,
			  size_t n_units, char text[OUTPUT_TEXT_MAX])
{
	size_t i = 0;

	/* 999.5 would print as 1000 with three digits. */
	for (; i + 1 < n_units && value >= base * 0.9995; i++)
		value /= base;
	snprintf(text, OUTPUT_TEXT_MAX, "%.*f %s",
		 value >= 99.95 ? 0 : (value >= 9.995 ? 1 : 2), value, unit[i]);
}

void output_format_ns(uint64_t value_ns, char text[OUTPUT_TEXT_MAX])
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };

	format_scaled((double)value_ns, 1000, unit, 4, text);
}

void output_format_bytes(double bytes, char text[OUTPUT_TEXT_MAX])
{
	static const char *const unit[] = { "B",  "kB", "MB", "GB",
					    "TB", "PB", "EB" };

	if (bytes < 1000)
		snprintf(text, OUTPUT_TEXT_MAX, "%.0f B", bytes);
	else
		format_scaled(bytes, 1000, unit, 7, text);
}

void output_format_bps(double bits_per_s, char text[OUTPUT_TEXT_MAX])
{
	static const char *const unit[] = { "bit/s", "kbit/s", "Mbit/s",
					    "Gbit/s", "Tbit/s" };

	format_scaled(bits_per_s, 1000, unit, 5, text);
}

void output_format_count(uint64_t value, char text[OUTPUT_TEXT_MAX])
{
	char digits[OUTPUT_TEXT_MAX];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
}
