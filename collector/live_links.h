/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces that are measured, each attached or gone.
 *
 * An interface that is removed takes the programs with it; when one of its name
 * is there again, it is attached. The kernel's word that something about links
 * has changed (rtnetlink) makes that quick, looking once a second makes it sure.
 * One thread.
 */
#ifndef COLLECTOR_LIVE_LINKS_H
#define COLLECTOR_LIVE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "live_attach.h"
#include "live_notify.h"
#include "live_options.h"
#include "live_store.h"

enum live_change { LIVE_DOWN, LIVE_UP };

struct live_links {
	struct live_interface interface[LIVE_MAX_INTERFACES];
	int n_interfaces;
	int news_fd;     /* readable when links have changed; -1: never */
	bool is_settled; /* the right to attach is given up */
	/* Who keeps what is attached for the next process; NULL: nobody. */
	const struct live_notify *keeper;
	/* private */
	enum live_hook hook;
	bool is_forced;
	struct live_maps *maps;
};

/* Called for each change, with the index that went or came. */
typedef void live_links_report(void *context, enum live_change change,
			       unsigned int ifindex);

/* Looks the interfaces of the options up; false after its one line. */
bool live_links_find(struct live_links *links,
		     const struct live_options *options);
/* All or, after its one line, none. What an earlier process attached to the same
 * interfaces is taken over from the store, and what is left of that is not. */
int live_links_attach(struct live_links *links, struct live_maps *maps,
		      struct live_store *store,
		      const struct live_notify *notify);
/* From now on, what is attached is kept by the manager. */
void live_links_keep(struct live_links *links,
		     const struct live_notify *notify);
void live_links_detach(struct live_links *links);

/* Looks for interfaces that went or came; returns how many are attached. */
int live_links_look(struct live_links *links, int64_t mono_ns,
		    live_links_report *report, void *context);

/* Measures the interfaces of these options from now on: attaches what is new,
 * then detaches what is no longer there. -errno after its line: as before. */
int live_links_change(struct live_links *links,
		      const struct live_options *options,
		      live_links_report *report, void *context);

/* Whether each would vanish with this process by itself. */
bool live_links_is_transient(const struct live_links *links);

#endif
