// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1024 };

/* A path, or with @ in the place of the first NUL an abstract name. */
static bool set_address(struct live_notify *notify, const char *name)
{
	size_t n = name ? strlen(name) : 0;

	if (n < 2 || n >= sizeof(notify->address.sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return false;
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, name, n + 1);
	notify->n_address = offsetof(struct sockaddr_un, sun_path) + n;
	if (name[0] == '@')
		notify->address.sun_path[0] = '\0';
	else
		notify->n_address++;
	return true;
}

static int64_t environment_number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoll(text, NULL, 10) : 0;
}

/* The manager wants a ping in each WATCHDOG_USEC; it gets two. */
static int64_t watchdog_ns(void)
{
	int64_t pid = environment_number("WATCHDOG_PID");
	int64_t us = environment_number("WATCHDOG_USEC");

	if (us <= 0 || us > INT64_MAX / 1000 || (pid && pid != getpid()))
		return 0;
	return us * 1000 / 2;
}

void live_notify_init(struct live_notify *notify)
{
	const struct timeval timeout = { .tv_sec = NOTIFY_TIMEOUT_S };

	*notify = (struct live_notify){ .fd = -1 };
	if (!set_address(notify, getenv("NOTIFY_SOCKET")))
		return;
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0)
		return;
	setsockopt(notify->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
		   sizeof(timeout));
	notify->watchdog_ns = watchdog_ns();
}

void live_notify_send(const struct live_notify *notify, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;
	int n;

	if (notify->fd < 0)
		return;
	va_start(arguments, format);
	n = vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (n > 0 && n < MESSAGE_MAX)
		sendto(notify->fd, message, n, MSG_NOSIGNAL,
		       (const struct sockaddr *)&notify->address,
		       notify->n_address);
}

void live_notify_send_fd(const struct live_notify *notify, const char *message,
			 int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec text = { (void *)message, strlen(message) };
	struct msghdr header = {
		.msg_name = (void *)&notify->address,
		.msg_namelen = notify->n_address,
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	if (notify->fd < 0)
		return;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	sendmsg(notify->fd, &header, MSG_NOSIGNAL);
}

void live_notify_alive(struct live_notify *notify, int64_t mono_ns)
{
	if (!notify->watchdog_ns ||
	    mono_ns - notify->last_ns < notify->watchdog_ns)
		return;
	notify->last_ns = mono_ns;
	live_notify_send(notify, "WATCHDOG=1");
}

void live_notify_fini(struct live_notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}
