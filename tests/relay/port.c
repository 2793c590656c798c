// SPDX-License-Identifier: GPL-2.0-or-later
#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum {
	PORT_TX_QUEUE_PACKETS = 10000,
	PORT_SOCKET_BYTES = 32 << 20,
};

static int port_raise_tap(const char *name)
{
	struct ifreq req = { .ifr_qlen = PORT_TX_QUEUE_PACKETS };
	int err = 0;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(req.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (ioctl(fd, SIOCSIFTXQLEN, &req)) {
		err = -errno;
		goto out;
	}
	req.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &req))
		err = -errno;
out:
	close(fd);
	return err;
}

static int port_open_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int err;
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	memcpy(req.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	err = ioctl(fd, TUNSETIFF, &req) ? -errno : port_raise_tap(name);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int port_open_socket(unsigned int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)ifindex,
	};
	int one = 1, size = PORT_SOCKET_BYTES, err;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* The buffer sizes are a wish; the kernel may give less. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
		       sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Enters the namespace named by the first len characters; 0 is the own one. */
static int port_enter(const char *netns, size_t len)
{
	char path[256];
	int fd, err;

	if (!len)
		return 0;
	err = snprintf(path, sizeof(path), "/var/run/netns/%.*s", (int)len,
		       netns);
	if (err < 0 || (size_t)err >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err;
}

int port_open(const char *end)
{
	const char *name = strchr(end, ':');
	int fd = -1, err = -EINVAL;
	unsigned int ifindex;
	int self = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (self < 0 || !name || !name[1] || strlen(name + 1) >= IFNAMSIZ)
		goto out;
	err = port_enter(end, (size_t)(name - end));
	if (err)
		goto out;
	ifindex = if_nametoindex(name + 1);
	fd = ifindex ? port_open_socket(ifindex) : port_open_tap(name + 1);
	err = fd < 0 ? fd : 0;
	if (setns(self, CLONE_NEWNET) && !err)
		err = -errno;
out:
	if (self >= 0)
		close(self);
	if (err) {
		fprintf(stderr, "relay: %s: cannot open: %s\n", end,
			strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	return fd;
}
