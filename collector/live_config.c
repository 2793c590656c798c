// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/ini.h"

#define SECTION "collect"

/* "FILE:LINE: ", cut where a path is too long for it. */
enum { WHERE_MAX = 512 };

static int read_text(int fd, char *text, size_t *ret_n_bytes)
{
	size_t n_bytes = 0;
	ssize_t n;

	do {
		n = read(fd, text + n_bytes, INI_MAX_BYTES + 1 - n_bytes);
		if (n < 0)
			return -errno;
		n_bytes += n;
	} while (n);
	*ret_n_bytes = n_bytes;
	return n_bytes > INI_MAX_BYTES ? -EFBIG : 0;
}

/* A pipe may be waited for, a device not: only files are read. */
static int read_file(const char *path, char *text, size_t *ret_n_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int err;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &status) ? -errno : 0;
	if (!err && !S_ISREG(status.st_mode))
		err = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	if (!err)
		err = read_text(fd, text, ret_n_bytes);
	close(fd);
	return err;
}

static int find_option(const struct cli_option *options, const char *key)
{
	for (int i = 0; options[i].name; i++)
		if (!strcmp(options[i].name, key))
			return i;
	return -1;
}

/* What a key without an argument says: 1, 0, or -1 for neither. */
static int read_flag(const char *value)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (int i = 0; i < 4; i++) {
		if (!strcmp(value, yes[i]))
			return 1;
		if (!strcmp(value, no[i]))
			return 0;
	}
	return -1;
}

static bool take_flag(const struct live_config_user *user, int option,
		      const struct ini_entry *entry)
{
	int flag = read_flag(entry->value);

	if (flag < 0) {
		cli_error("%s: bad value '%s': expected yes or no", entry->key,
			  entry->value);
		return false;
	}
	return !flag || user->take(user->context, option, NULL);
}

static bool take_entry(const struct live_config_user *user,
		       const struct ini_entry *entry, uint64_t *seen)
{
	int option = find_option(user->options, entry->key);
	uint64_t bit = option < 0 ? 0 : UINT64_C(1) << option;

	if (strcmp(entry->section, SECTION)) {
		cli_error("unknown section '%s': expected " SECTION,
			  entry->section);
		return false;
	}
	if (option < 0 || user->not_in_file & bit) {
		cli_error("%s: unknown key: see 'spindrift collect --help'",
			  entry->key);
		return false;
	}
	if (*seen & bit & ~user->repeatable) {
		cli_error("%s: given twice", entry->key);
		return false;
	}
	*seen |= bit;
	if (user->given & bit)
		return true;
	if (!user->options[option].argument)
		return take_flag(user, option, entry);
	return user->take(user->context, option, entry->value);
}

static bool take_all(const char *path, const struct live_config_user *user,
		     struct ini *ini)
{
	struct ini_entry entry;
	char where[WHERE_MAX];
	const char *problem;
	uint64_t seen = 0;
	bool is_taken = true;
	int n;

	do {
		n = ini_next(ini, &entry, &problem);
		snprintf(where, sizeof(where), "%.*s:%u: ", WHERE_MAX - 16,
			 path, ini->line);
		cli_error_context(where);
		if (n < 0)
			cli_error("%s", problem);
		else if (n > 0)
			is_taken = take_entry(user, &entry, &seen);
	} while (n > 0 && is_taken);
	cli_error_context(NULL);
	return !n && is_taken;
}

int live_config_read(const char *path, const struct live_config_user *user,
		     char **ret_text)
{
	char *text = malloc(INI_MAX_BYTES + 2);
	struct ini ini;
	size_t n_bytes = 0;
	int err = text ? read_file(path, text, &n_bytes) : -ENOMEM;

	*ret_text = text;
	if (err) {
		cli_error("%s: cannot be read: %s", path, strerror(-err));
		return EXIT_FAILED;
	}
	ini_init(&ini, text, n_bytes);
	return take_all(path, user, &ini) ? -1 : EXIT_USAGE;
}
