// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/cli.h"

/* linux/bpf.h of Linux 6.6; libbpf 1.1 knows neither, the kernel does. */
enum {
	ATTACH_TCX_INGRESS = 46,
	ATTACH_TCX_EGRESS = 47,
	ATTACH_BEFORE = 1 << 3,
};

enum { INGRESS, EGRESS, FILTER_PRIORITY = 1, FILTER_HANDLE = 0x5d1f };

static int read_link_type(const char *name)
{
	struct ifreq request = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IF_NAMESIZE - 1);
	err = ioctl(fd, SIOCGIFHWADDR, &request) ? -errno : 0;
	close(fd);
	return err ? err : request.ifr_hwaddr.sa_family;
}

int live_interface_find(const char *name, struct live_interface *ret_interface)
{
	struct live_interface found = { .link_fd = { -1, -1 },
					.promiscuous_fd = -1 };
	int type;

	if (strlen(name) < IF_NAMESIZE)
		found.ifindex = if_nametoindex(name);
	if (!found.ifindex) {
		cli_error("%s: no such interface", name);
		return -ENODEV;
	}
	strcpy(found.name, name);
	type = read_link_type(name);
	switch (type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		found.has_link_header = true;
		break;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL: /* ipip */
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
		break;
	default:
		cli_error("%s: link type %d is not supported: only Ethernet "
			  "and plain IP devices are",
			  name, type);
		return -EPROTONOSUPPORT;
	}
	*ret_interface = found;
	return 0;
}

static int program_fd(const struct live_interface *interface,
		      const struct live_maps *maps, int direction)
{
	enum live_program program;

	if (interface->has_link_header)
		program = direction == INGRESS ? LIVE_INGRESS : LIVE_EGRESS;
	else
		program = direction == INGRESS ? LIVE_IP_INGRESS :
						 LIVE_IP_EGRESS;
	return live_maps_program_fd(maps, program);
}

static int attach_tcx(struct live_interface *interface, int fd, int direction)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = ATTACH_BEFORE);
	int type = direction == INGRESS ? ATTACH_TCX_INGRESS :
					  ATTACH_TCX_EGRESS;
	int link_fd = bpf_link_create(fd, interface->ifindex,
				      (enum bpf_attach_type)type, &opts);

	if (link_fd < 0)
		return link_fd;
	interface->link_fd[direction] = link_fd;
	return 0;
}

/*
 * An "ingress" qdisc, as those who shape by an ifb device make, keeps the place
 * of clsact and has one list for both directions: a filter for egress would see
 * what comes in, and replace that of ingress.
 */
static bool is_one_list(const struct live_interface *interface, int direction,
			__u32 program_id)
{
	LIBBPF_OPTS(bpf_tc_hook, other, .ifindex = interface->ifindex,
		    .attach_point = direction == INGRESS ? BPF_TC_EGRESS :
							   BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE,
		    .priority = FILTER_PRIORITY);

	return !bpf_tc_query(&other, &opts) && opts.prog_id == program_id;
}

/* BPF_TC_F_REPLACE with a handle of our own: a filter that a killed collector
 * left is replaced, others' are not touched. */
static int attach_clsact(struct live_interface *interface, int fd,
			 int direction)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = interface->ifindex,
		    .attach_point = direction == INGRESS ? BPF_TC_INGRESS :
							   BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = fd, .handle = FILTER_HANDLE,
		    .priority = FILTER_PRIORITY, .flags = BPF_TC_F_REPLACE);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	if (err) /* the priority belongs to another kind or protocol */
		return err == -EINVAL ? -EADDRINUSE : err;
	interface->is_filter[direction] = true;
	interface->filter_handle[direction] = opts.handle;
	return is_one_list(interface, direction, opts.prog_id) ? -ENOTUNIQ : 0;
}

static int attach_tc(struct live_interface *interface,
		     const struct live_maps *maps, int direction,
		     enum live_hook hook)
{
	int fd = program_fd(interface, maps, direction);
	int err = -EINVAL;

	if (hook != LIVE_HOOK_CLSACT)
		err = attach_tcx(interface, fd, direction);
	if (err == -EINVAL)
		err = attach_clsact(interface, fd, direction);
	return err;
}

/* Native where the driver can, else generic. */
static int attach_xdp(struct live_interface *interface,
		      const struct live_maps *maps, enum live_program program)
{
	static const __u32 modes[] = { XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE };
	int fd = live_maps_program_fd(maps, program);
	int link_fd = -EOPNOTSUPP;

	if (!interface->has_link_header)
		return -EPROTONOSUPPORT;
	for (int i = 0; i < 2; i++) {
		LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = modes[i]);

		link_fd =
			bpf_link_create(fd, interface->ifindex, BPF_XDP, &opts);
		if (link_fd >= 0 || link_fd == -EBUSY || link_fd == -EPERM)
			break;
	}
	if (link_fd < 0)
		return link_fd;
	interface->link_fd[INGRESS] = link_fd;
	return 0;
}

/* Without CAP_NET_RAW: the flag that `ip link set promisc` sets. It has to be
 * taken back, and is left alone where somebody else has set it. */
static int change_promiscuous_flag(struct live_interface *interface, bool is_on)
{
	struct ifreq request = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	strcpy(request.ifr_name, interface->name);
	err = ioctl(fd, SIOCGIFFLAGS, &request) ? -errno : 0;
	if (!err && is_on == !(request.ifr_flags & IFF_PROMISC)) {
		request.ifr_flags ^= IFF_PROMISC;
		err = ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
		interface->has_set_promiscuous = is_on && !err;
	}
	close(fd);
	return err;
}

/* The kernel takes the mode back when the socket is closed. */
static int make_promiscuous(struct live_interface *interface)
{
	struct packet_mreq request = {
		.mr_ifindex = interface->ifindex,
		.mr_type = PACKET_MR_PROMISC,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno == EPERM ?
			       change_promiscuous_flag(interface, true) :
			       -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request,
		       sizeof(request))) {
		close(fd);
		return -errno;
	}
	interface->promiscuous_fd = fd;
	return 0;
}

static bool is_link_local(const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const void *)address;

	return address->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

static bool has_address(const struct live_interface *interface)
{
	struct ifaddrs *all, *at;
	bool has = false;

	if (getifaddrs(&all))
		return false;
	for (at = all; at && !has; at = at->ifa_next)
		has = !strcmp(at->ifa_name, interface->name) && at->ifa_addr &&
		      (at->ifa_addr->sa_family == AF_INET ||
		       at->ifa_addr->sa_family == AF_INET6) &&
		      !is_link_local(at->ifa_addr);
	freeifaddrs(all);
	return has;
}

/* One line for each route; the interface is the first word (IPv4) or the last
 * (IPv6), where fe80 and ff come by themselves. */
static bool has_route(const struct live_interface *interface, const char *path,
		      bool is_v6)
{
	FILE *routes = fopen(path, "re");
	char line[512], first[64], last[64];
	bool has = false;

	if (!routes)
		return false;
	while (!has && fgets(line, sizeof(line), routes)) {
		if (!is_v6)
			has = sscanf(line, "%63s", first) == 1 &&
			      !strcmp(first, interface->name);
		else
			has = sscanf(line,
				     "%63s %*s %*s %*s %*s %*s %*s %*s %*s "
				     "%63s",
				     first, last) == 2 &&
			      !strcmp(last, interface->name) &&
			      strncmp(first, "fe80", 4) &&
			      strncmp(first, "ff", 2);
	}
	fclose(routes);
	return has;
}

bool live_interface_is_used(const struct live_interface *interface)
{
	return has_address(interface) ||
	       has_route(interface, "/proc/net/route", false) ||
	       has_route(interface, "/proc/net/ipv6_route", true);
}

static void explain(const struct live_interface *interface, enum live_hook hook,
		    int err)
{
	bool is_xdp = hook == LIVE_HOOK_XDP || hook == LIVE_HOOK_TAP;

	if (is_xdp && err == -EBUSY)
		cli_error("%s: another XDP program is attached: "
			  "use --hook tc",
			  interface->name);
	else if (is_xdp && err == -EPROTONOSUPPORT)
		cli_error("%s: XDP needs an Ethernet header: use --hook tc",
			  interface->name);
	else if (err == -ENOTUNIQ)
		cli_error("%s: programs not attached: an ingress qdisc is "
			  "where clsact would be",
			  interface->name);
	else if (err == -EADDRINUSE)
		cli_error("%s: programs not attached: a filter of another kind "
			  "has priority 1",
			  interface->name);
	else
		cli_error("%s: programs not attached: %s", interface->name,
			  strerror(-err));
}

int live_attach(struct live_interface *interface, const struct live_maps *maps,
		enum live_hook hook)
{
	int err;

	if (hook == LIVE_HOOK_TAP)
		err = attach_xdp(interface, maps, LIVE_TAP);
	else if (hook == LIVE_HOOK_XDP)
		err = attach_xdp(interface, maps, LIVE_XDP);
	else
		err = attach_tc(interface, maps, INGRESS, hook);
	if (!err && hook == LIVE_HOOK_TAP)
		err = make_promiscuous(interface);
	else if (!err)
		err = attach_tc(interface, maps, EGRESS, hook);
	if (err) {
		live_detach(interface);
		explain(interface, hook, err);
	}
	return err;
}

static int hook_program_fd(const struct live_interface *interface,
			   const struct live_maps *maps, enum live_hook hook,
			   int direction)
{
	if (direction == INGRESS && hook == LIVE_HOOK_TAP)
		return live_maps_program_fd(maps, LIVE_TAP);
	if (direction == INGRESS && hook == LIVE_HOOK_XDP)
		return live_maps_program_fd(maps, LIVE_XDP);
	return program_fd(interface, maps, direction);
}

bool live_attach_adopt(struct live_interface *interface,
		       const struct live_maps *maps, enum live_hook hook,
		       const int link_fd[2], int promiscuous_fd)
{
	int n_links = hook == LIVE_HOOK_TAP ? 1 : 2;
	bool is_complete = (hook == LIVE_HOOK_TAP) == (promiscuous_fd >= 0);

	interface->link_fd[INGRESS] = link_fd[INGRESS];
	interface->link_fd[EGRESS] = link_fd[EGRESS];
	interface->promiscuous_fd = promiscuous_fd;
	for (int i = 0; i < n_links && is_complete; i++)
		is_complete = link_fd[i] >= 0 &&
			      !bpf_link_update(link_fd[i],
					       hook_program_fd(interface, maps,
							       hook, i),
					       NULL);
	if (!is_complete)
		live_detach(interface);
	return is_complete;
}

static void detach_filter(struct live_interface *interface, int direction)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = interface->ifindex,
		    .attach_point = direction == INGRESS ? BPF_TC_INGRESS :
							   BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .handle = interface->filter_handle[direction],
		    .priority = FILTER_PRIORITY);

	bpf_tc_detach(&hook, &opts);
	interface->is_filter[direction] = false;
}

void live_detach(struct live_interface *interface)
{
	for (int direction = INGRESS; direction <= EGRESS; direction++) {
		if (interface->is_filter[direction])
			detach_filter(interface, direction);
		if (interface->link_fd[direction] >= 0)
			close(interface->link_fd[direction]);
		interface->link_fd[direction] = -1;
	}
	if (interface->promiscuous_fd >= 0)
		close(interface->promiscuous_fd);
	interface->promiscuous_fd = -1;
	if (interface->has_set_promiscuous)
		change_promiscuous_flag(interface, false);
	interface->has_set_promiscuous = false;
}

bool live_attach_needs_removal(const struct live_interface *interface)
{
	return interface->is_filter[INGRESS] || interface->is_filter[EGRESS] ||
	       interface->has_set_promiscuous;
}

bool live_interface_is_there(const struct live_interface *interface)
{
	return if_nametoindex(interface->name) == interface->ifindex;
}

const char *live_attach_describe(const struct live_interface *interface,
				 enum live_hook hook)
{
	if (hook == LIVE_HOOK_TAP)
		return "tap";
	if (hook == LIVE_HOOK_XDP)
		return interface->is_filter[EGRESS] ? "xdp+clsact" : "xdp+tcx";
	return interface->is_filter[INGRESS] ? "clsact" : "tcx";
}
