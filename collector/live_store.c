// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static long environment_number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : 0;
}

static void add(struct live_store *store, const char *name, size_t n_name,
		int fd)
{
	if (store->n_entries == STORE_MAX || n_name >= STORE_NAME_MAX) {
		close(fd);
		return;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	memcpy(store->entry[store->n_entries].name, name, n_name);
	store->entry[store->n_entries].name[n_name] = '\0';
	store->entry[store->n_entries++].fd = fd;
}

void live_store_receive(struct live_store *store)
{
	const char *names = getenv("LISTEN_FDNAMES");
	long n = environment_number("LISTEN_FDS");

	store->n_entries = 0;
	if (environment_number("LISTEN_PID") != getpid() || n < 0 ||
	    n > sysconf(_SC_OPEN_MAX))
		n = 0;
	for (long i = 0; i < n; i++) {
		size_t n_name = names ? strcspn(names, ":") : 0;

		add(store, names ? names : "", n_name, FIRST_FD + (int)i);
		if (names)
			names += n_name + !!names[n_name];
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

int live_store_take(struct live_store *store, const char *name)
{
	for (int i = 0; i < store->n_entries; i++) {
		int fd = store->entry[i].fd;

		if (fd < 0 || strcmp(store->entry[i].name, name))
			continue;
		store->entry[i].fd = -1;
		return fd;
	}
	return -1;
}

void live_store_drop(struct live_store *store, const struct live_notify *notify)
{
	for (int i = 0; i < store->n_entries; i++) {
		if (store->entry[i].fd < 0)
			continue;
		close(store->entry[i].fd);
		store->entry[i].fd = -1;
		live_store_forget(notify, store->entry[i].name);
	}
}

void live_store_keep(const struct live_notify *notify, const char *name, int fd)
{
	char message[STORE_NAME_MAX + 64];

	snprintf(message, sizeof(message), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s",
		 name);
	live_notify_send_fd(notify, message, fd);
}

void live_store_forget(const struct live_notify *notify, const char *name)
{
	live_notify_send(notify, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void live_store_link_name(const char *interface, unsigned int ifindex,
			  int direction, char name[STORE_NAME_MAX])
{
	snprintf(name, STORE_NAME_MAX, "link-%u-%d-%s", ifindex, direction,
		 interface);
}
