/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service manager is told: the datagrams of sd_notify(3) to the socket
 * that NOTIFY_SOCKET names. Without one all of this does nothing. A manager that
 * does not read costs at most NOTIFY_TIMEOUT_S for each message, and no message
 * is worth an error. One thread.
 */
#ifndef COLLECTOR_LIVE_NOTIFY_H
#define COLLECTOR_LIVE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { NOTIFY_TIMEOUT_S = 1 };

struct live_notify {
	int fd; /* -1: no manager */
	/* private */
	struct sockaddr_un address;
	socklen_t n_address;
	int64_t watchdog_ns, last_ns; /* between pings; 0: not watched */
};

/* Reads the environment. */
void live_notify_init(struct live_notify *notify);
/* "READY=1", one or more lines. */
void live_notify_send(const struct live_notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same with a descriptor, of which the manager gets a copy. */
void live_notify_send_fd(const struct live_notify *notify, const char *message,
			 int fd);
/* To be called at least once a second while all is well. */
void live_notify_alive(struct live_notify *notify, int64_t mono_ns);
void live_notify_fini(struct live_notify *notify);

#endif
