/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of the virtual cable: an interface in a network namespace.
 *
 * The end is written NETNS:IFNAME; an empty NETNS is the current namespace. If
 * IFNAME does not exist there it is made as a TAP device, brought up, and goes
 * away with the relay. If it exists (say one end of a veth pair) a raw packet
 * socket is bound to it; then segmentation and checksum offloads of its peer
 * must be off, and the kernel that owns IFNAME sees the frames as well.
 */
#ifndef RELAY_PORT_H
#define RELAY_PORT_H

/*
 * Returns a non-blocking descriptor that reads and writes Ethernet frames, or a
 * negative errno after one line on stderr. The calling thread is back in its
 * own namespace on return. Needs CAP_NET_ADMIN, and CAP_SYS_ADMIN for a NETNS.
 */
int port_open(const char *end);

#endif
