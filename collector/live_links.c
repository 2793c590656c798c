// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_links.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "../lib/clock.h"

/* An interface that could not be attached is not tried all the time. */
enum { RETRY_S = 10 };

static int find_one(const struct live_links *links, const char *name,
		    struct live_interface *ret_interface)
{
	struct live_interface found;
	int err = live_interface_find(name, &found);

	if (err)
		return err;
	if (links->hook == LIVE_HOOK_TAP && !links->is_forced &&
	    live_interface_is_used(&found)) {
		cli_error("%s: has an address or a route: --tap would cut it "
			  "off; --force does so",
			  name);
		return -EADDRINUSE;
	}
	*ret_interface = found;
	return 0;
}

/* Without it there is still the look once a second. */
static int open_news(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK,
					     .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);

	if (fd >= 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* What changed is not in the messages that are needed: all is looked at. */
static void read_news(const struct live_links *links)
{
	char message[4096];

	while (links->news_fd >= 0 &&
	       (recv(links->news_fd, message, sizeof(message), 0) > 0 ||
		errno == ENOBUFS))
		;
}

bool live_links_find(struct live_links *links,
		     const struct live_options *options)
{
	*links = (struct live_links){ .news_fd = -1,
				      .hook = options->hook,
				      .is_forced = options->is_forced };
	for (int i = 0; i < options->n_interfaces; i++) {
		if (find_one(links, options->name[i], &links->interface[i]))
			return false;
		links->n_interfaces++;
	}
	return true;
}

/* Tells the programs which interfaces are measured. */
static void list_measured(const struct live_links *links)
{
	__u32 ifindex[LIVE_MAX_INTERFACES];
	int n = 0;

	for (int i = 0; i < links->n_interfaces; i++)
		if (!links->interface[i].is_gone)
			ifindex[n++] = links->interface[i].ifindex;
	live_maps_measure(links->maps, ifindex, n);
}

enum { PROMISCUOUS = 2, N_KEPT = 3 }; /* beside the directions of links */

/* Calls the manager for each descriptor of an interface. */
static void keep_one(const struct live_links *links,
		     const struct live_interface *interface, bool is_kept)
{
	const int fd[N_KEPT] = { interface->link_fd[0], interface->link_fd[1],
				 interface->promiscuous_fd };
	char name[STORE_NAME_MAX];

	for (int i = 0; i < N_KEPT && links->keeper; i++) {
		if (fd[i] < 0)
			continue;
		live_store_link_name(interface->name, interface->ifindex, i,
				     name);
		if (is_kept)
			live_store_keep(links->keeper, name, fd[i]);
		else
			live_store_forget(links->keeper, name);
	}
}

void live_links_keep(struct live_links *links, const struct live_notify *notify)
{
	links->keeper = notify;
	for (int i = 0; i < links->n_interfaces; i++)
		if (!links->interface[i].is_adopted)
			keep_one(links, &links->interface[i], true);
}

/* Whether the earlier process had it, and it is ours now. */
static bool adopt_one(struct live_links *links,
		      struct live_interface *interface,
		      struct live_store *store,
		      const struct live_notify *notify)
{
	char name[N_KEPT][STORE_NAME_MAX];
	bool has_any = false;
	int fd[N_KEPT];

	for (int i = 0; i < N_KEPT; i++) {
		live_store_link_name(interface->name, interface->ifindex, i,
				     name[i]);
		fd[i] = live_store_take(store, name[i]);
		has_any |= fd[i] >= 0;
	}
	if (!has_any)
		return false;
	interface->is_adopted = live_attach_adopt(
		interface, links->maps, links->hook, fd, fd[PROMISCUOUS]);
	for (int i = 0; i < N_KEPT && !interface->is_adopted; i++)
		live_store_forget(notify, name[i]);
	return interface->is_adopted;
}

int live_links_attach(struct live_links *links, struct live_maps *maps,
		      struct live_store *store,
		      const struct live_notify *notify)
{
	int err = 0;

	links->maps = maps;
	links->news_fd = open_news();
	list_measured(links);
	for (int i = 0; i < links->n_interfaces && !err; i++) {
		struct live_interface *interface = &links->interface[i];

		if (!adopt_one(links, interface, store, notify))
			err = live_attach(interface, maps, links->hook);
	}
	if (err)
		live_links_detach(links);
	else
		live_store_drop(store, notify);
	return err;
}

void live_links_detach(struct live_links *links)
{
	for (int i = 0; i < links->n_interfaces; i++)
		live_detach(&links->interface[i]);
	if (links->news_fd >= 0)
		close(links->news_fd);
	links->news_fd = -1;
}

static void take_down(const struct live_links *links,
		      struct live_interface *interface,
		      live_links_report *report, void *context)
{
	cli_note(CLI_WARNING, "%s: interface is gone", interface->name);
	report(context, LIVE_DOWN, interface->ifindex);
	keep_one(links, interface, false);
	live_detach(interface);
	interface->is_gone = true;
	interface->retry_mono_ns = 0;
}

/* Whether it is attached again. */
static bool bring_up(struct live_links *links, struct live_interface *interface,
		     int64_t mono_ns)
{
	struct live_interface found;

	if (links->is_settled || mono_ns < interface->retry_mono_ns ||
	    !if_nametoindex(interface->name))
		return false;
	interface->retry_mono_ns = mono_ns + RETRY_S * CLOCK_NS_PER_S;
	if (find_one(links, interface->name, &found) ||
	    live_attach(&found, links->maps, links->hook))
		return false;
	*interface = found;
	keep_one(links, interface, true);
	cli_note(CLI_INFO, "%s: interface is back: attached (%s)",
		 interface->name, live_attach_describe(interface, links->hook));
	return true;
}

int live_links_look(struct live_links *links, int64_t mono_ns,
		    live_links_report *report, void *context)
{
	bool has_changed = false;
	int n_attached = 0;

	read_news(links);
	for (int i = 0; i < links->n_interfaces; i++) {
		struct live_interface *interface = &links->interface[i];

		if (!interface->is_gone &&
		    !live_interface_is_there(interface)) {
			take_down(links, interface, report, context);
			has_changed = true;
		}
		if (interface->is_gone && bring_up(links, interface, mono_ns)) {
			report(context, LIVE_UP, interface->ifindex);
			has_changed = true;
		}
		n_attached += !interface->is_gone;
	}
	if (has_changed)
		list_measured(links);
	return n_attached;
}

static struct live_interface *find_name(struct live_links *links,
					const char *name)
{
	for (int i = 0; i < links->n_interfaces; i++)
		if (!strcmp(links->interface[i].name, name))
			return &links->interface[i];
	return NULL;
}

/* Puts the new set together: what is attached already, and what is new. */
static int attach_new(struct live_links *links, struct live_links *next,
		      const struct live_options *options)
{
	struct live_interface *known, *interface;
	int err = 0;

	for (int i = 0; i < options->n_interfaces && !err; i++) {
		interface = &next->interface[i];
		known = find_name(links, options->name[i]);
		if (known) {
			*interface = *known;
		} else {
			err = find_one(links, options->name[i], interface);
			if (!err)
				err = live_attach(interface, links->maps,
						  links->hook);
		}
		next->n_interfaces += !err;
	}
	for (int i = 0; i < next->n_interfaces && err; i++)
		if (!find_name(links, next->interface[i].name))
			live_detach(&next->interface[i]);
	return err;
}

int live_links_change(struct live_links *links,
		      const struct live_options *options,
		      live_links_report *report, void *context)
{
	struct live_links next = *links;
	int err;

	next.n_interfaces = 0;
	err = attach_new(links, &next, options);
	if (err)
		return err;
	for (int i = 0; i < links->n_interfaces; i++) {
		struct live_interface *old = &links->interface[i];

		if (find_name(&next, old->name))
			continue;
		keep_one(links, old, false);
		live_detach(old);
		if (!old->is_gone)
			report(context, LIVE_DOWN, old->ifindex);
	}
	for (int i = 0; i < next.n_interfaces; i++) {
		if (find_name(links, next.interface[i].name))
			continue;
		keep_one(links, &next.interface[i], true);
		report(context, LIVE_UP, next.interface[i].ifindex);
	}
	*links = next;
	list_measured(links);
	return 0;
}

bool live_links_is_transient(const struct live_links *links)
{
	for (int i = 0; i < links->n_interfaces; i++)
		if (live_attach_needs_removal(&links->interface[i]))
			return false;
	return true;
}
