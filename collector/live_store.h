/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service manager's store of descriptors (sd_notify(3), FDSTORE): maps and
 * links go there when they are made, and come back to the next process.
 *
 * A link whose last descriptor is closed is gone, and so are a stopped service's:
 * the manager closes its store. Nothing needs to be removed by hand.
 */
#ifndef COLLECTOR_LIVE_STORE_H
#define COLLECTOR_LIVE_STORE_H

#include <net/if.h>
#include <stdbool.h>

#include "live_notify.h"

enum {
	STORE_MAX = 128,
	STORE_NAME_MAX = 64,
};

struct live_store {
	struct {
		char name[STORE_NAME_MAX];
		int fd; /* -1: taken */
	} entry[STORE_MAX];
	int n_entries;
};

/* What the manager handed over, by LISTEN_FDS; the environment is cleared. */
void live_store_receive(struct live_store *store);
/* Takes the first descriptor of that name, or -1. It is the caller's. */
int live_store_take(struct live_store *store, const char *name);
/* Closes what was not taken, and has the manager forget it. */
void live_store_drop(struct live_store *store,
		     const struct live_notify *notify);

/* The manager keeps a copy; a second of the same name beside the first. */
void live_store_keep(const struct live_notify *notify, const char *name,
		     int fd);
void live_store_forget(const struct live_notify *notify, const char *name);

/* "link-INDEX-DIRECTION-NAME": of one interface, not of its successor. */
void live_store_link_name(const char *interface, unsigned int ifindex,
			  int direction, char name[STORE_NAME_MAX]);

#endif
