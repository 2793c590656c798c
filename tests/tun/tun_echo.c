// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The far side of a device without an Ethernet header.
 *
 *   tun_echo echo NAME ADDRESS4 ADDRESS6
 *   tun_echo segments NAME
 *
 * echo: says that it is ready, and goes on when it is sent a character or an end
 * of file. Sends echo requests to both addresses, which NAME must lead to, reads
 * each of them at NAME's other side, and answers all but some after a delay of 1
 * to 41 ms. TSV on stdout, one line for each reply: the family, and the round
 * trip time in ns that a measurement at NAME cannot be below, and not above. Both
 * hooks of the kernel run within the system calls that are timed here.
 *
 * segments: hands over N_AGGREGATES TCP packets of N_SEGMENTS segments as virtual
 * machines do, from 10.22.0.9 to 10.22.1.9, that say how long a segment is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	N_REPLIES = 101, /* of each family: ranks of percentiles are integers */
	ONE_IN_UNANSWERED = 6,
	IDENTIFIER = 0x7e40,
	ECHO_BYTES = 8 + 48,
	ICMP_REQUEST = 8,
	ICMPV6_REQUEST = 128,
	ICMPV6_REPLY = 129,
	WAIT_MS = 20000,
	POLL_MS = 50,
	PORT_DISCARD = 9,
	N_AGGREGATES = 10,
	N_SEGMENTS = 30,
	SEGMENT_BYTES = 1400,
	HEADERS_BYTES = 20 + 32,
};

struct echo {
	int tun_fd, socket_fd;
	int family;
	struct sockaddr_storage to;
	socklen_t n_to;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "tun_echo: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_tun(const char *name, short more_flags)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	request.ifr_flags |= more_flags;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die(name);
	return fd;
}

static uint16_t checksum(const uint8_t *bytes, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void put_16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* The kernel adds the checksum of ICMPv6. */
static void send_request(const struct echo *echo, uint16_t sequence)
{
	uint8_t icmp[ECHO_BYTES] = { ICMP_REQUEST };

	put_16(icmp + 4, IDENTIFIER);
	put_16(icmp + 6, sequence);
	if (echo->family == AF_INET6)
		icmp[0] = ICMPV6_REQUEST;
	else
		put_16(icmp + 2, checksum(icmp, sizeof(icmp)));
	if (sendto(echo->socket_fd, icmp, sizeof(icmp), 0,
		   (const struct sockaddr *)&echo->to,
		   echo->n_to) != sizeof(icmp))
		die("request");
}

static bool is_request(const struct echo *echo, const uint8_t *packet,
		       ssize_t n_bytes, uint16_t sequence)
{
	bool is_v6 = echo->family == AF_INET6;
	const uint8_t *icmp = packet + (is_v6 ? 40 : 20);
	uint8_t number[4];

	put_16(number, IDENTIFIER);
	put_16(number + 2, sequence);
	return n_bytes == icmp - packet + ECHO_BYTES &&
	       packet[0] >> 4 == (is_v6 ? 6 : 4) &&
	       icmp[0] == (is_v6 ? ICMPV6_REQUEST : ICMP_REQUEST) &&
	       !memcmp(icmp + 4, number, sizeof(number));
}

/* What else the device is sent is passed over. */
static ssize_t read_request(const struct echo *echo, uint16_t sequence,
			    uint8_t *packet, size_t max_bytes)
{
	struct pollfd tun = { .fd = echo->tun_fd, .events = POLLIN };
	ssize_t n_bytes;

	do {
		if (poll(&tun, 1, WAIT_MS) != 1)
			die("no request arrived");
		n_bytes = read(echo->tun_fd, packet, max_bytes);
		if (n_bytes < 0)
			die("read");
	} while (!is_request(echo, packet, n_bytes, sequence));
	return n_bytes;
}

/* Sums do not change when addresses are swapped; only the type does. */
static void make_reply(const struct echo *echo, uint8_t *packet)
{
	bool is_v6 = echo->family == AF_INET6;
	size_t n_address = is_v6 ? 16 : 4;
	uint8_t *source = packet + (is_v6 ? 8 : 12), address[16];
	uint8_t *icmp = packet + (is_v6 ? 40 : 20);
	uint8_t type = is_v6 ? ICMPV6_REPLY : 0;
	uint32_t sum = (uint16_t) ~(icmp[2] << 8 | icmp[3]);

	memcpy(address, source, n_address);
	memcpy(source, source + n_address, n_address);
	memcpy(source + n_address, address, n_address);
	sum += (uint16_t) ~(icmp[0] << 8) + (type << 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[0] = type;
	put_16(icmp + 2, ~sum);
}

static void wait_ns(uint64_t ns)
{
	struct timespec pause = { .tv_nsec = ns };

	nanosleep(&pause, NULL);
}

static void exchange(const struct echo *echo, uint16_t sequence, int delay_idx)
{
	uint64_t before_ns, asked_ns, answer_ns, after_ns;
	uint8_t packet[2048];
	ssize_t n_bytes;

	before_ns = now_ns();
	send_request(echo, sequence);
	asked_ns = now_ns();
	n_bytes = read_request(echo, sequence, packet, sizeof(packet));
	if (delay_idx < 0)
		return;
	make_reply(echo, packet);
	wait_ns(1000000 + 4000ULL * delay_idx * delay_idx);
	answer_ns = now_ns();
	if (write(echo->tun_fd, packet, n_bytes) != n_bytes)
		die("reply");
	after_ns = now_ns();
	printf("%d\t%llu\t%llu\n", echo->family == AF_INET6 ? 6 : 4,
	       (unsigned long long)(answer_ns - asked_ns),
	       (unsigned long long)(after_ns - before_ns));
}

/* The device has just got its other side: until the kernel has seen to that,
 * packets go nowhere. */
static void wait_for_device(const struct echo *echo)
{
	struct pollfd tun = { .fd = echo->tun_fd, .events = POLLIN };
	int fd = socket(echo->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage to = echo->to;
	int tries = WAIT_MS / POLL_MS;
	uint8_t packet[2048];
	ssize_t n_bytes = 0;

	/* at one place in both families */
	((struct sockaddr_in *)&to)->sin_port = htons(PORT_DISCARD);
	while (n_bytes < 1 ||
	       packet[0] >> 4 != (echo->family == AF_INET6 ? 6 : 4) ||
	       packet[echo->family == AF_INET6 ? 6 : 9] != IPPROTO_UDP) {
		if (!--tries)
			die("device");
		sendto(fd, "", 1, 0, (const struct sockaddr *)&to, echo->n_to);
		n_bytes = 0;
		if (poll(&tun, 1, POLL_MS) == 1)
			n_bytes = read(echo->tun_fd, packet, sizeof(packet));
	}
	close(fd);
}

static struct echo open_echo(int tun_fd, int family, const char *address)
{
	struct echo echo = { .tun_fd = tun_fd, .family = family };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&echo.to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&echo.to;

	echo.to.ss_family = family;
	echo.n_to = family == AF_INET6 ? sizeof(*v6) : sizeof(*v4);
	echo.socket_fd =
		socket(family, SOCK_RAW | SOCK_CLOEXEC,
		       family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (echo.socket_fd < 0)
		die("socket");
	if (inet_pton(family, address,
		      family == AF_INET6 ? (void *)&v6->sin6_addr :
					   (void *)&v4->sin_addr) != 1)
		die(address);
	return echo;
}

static void echo_all(const char *name, const char *address4,
		     const char *address6)
{
	int tun_fd = open_tun(name, 0);
	const struct echo echo[2] = { open_echo(tun_fd, AF_INET, address4),
				      open_echo(tun_fd, AF_INET6, address6) };
	int n_replies = 0;

	wait_for_device(&echo[0]);
	wait_for_device(&echo[1]);
	fputs("ready\n", stderr);
	getchar();
	for (uint16_t sequence = 1; n_replies < N_REPLIES; sequence++) {
		bool is_answered = sequence % ONE_IN_UNANSWERED;
		/* 37 and 101 have no factor in common: each delay once */
		int delay_idx = is_answered ? n_replies * 37 % N_REPLIES : -1;

		for (int i = 0; i < 2; i++)
			exchange(&echo[i], sequence, delay_idx);
		n_replies += is_answered;
	}
}

static void hand_over_segments(const char *name)
{
	enum { N_BYTES = HEADERS_BYTES + N_SEGMENTS * SEGMENT_BYTES };
	struct {
		struct virtio_net_hdr header;
		uint8_t packet[N_BYTES];
	} aggregate = {
		.header = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
			    .hdr_len = HEADERS_BYTES,
			    .gso_size = SEGMENT_BYTES,
			    .csum_start = 20,
			    .csum_offset = 16 },
		.packet = { 0x45, [8] = 64, 6,   [12] = 10,
			    22,   0,        9,   10,
			    22,   1,        9,   [20] = 19,
			    136,  1,        187, [32] = 8 << 4,
			    0x10, [40] = 1, 1,   8,
			    10 },
	};
	int fd = open_tun(name, IFF_VNET_HDR);

	put_16(aggregate.packet + 2, N_BYTES);
	put_16(aggregate.packet + 10, checksum(aggregate.packet, 20));
	for (int i = 0; i < N_AGGREGATES; i++)
		if (write(fd, &aggregate, sizeof(aggregate.header) + N_BYTES) <
		    0)
			die("segments");
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "echo")) {
		echo_all(argv[2], argv[3], argv[4]);
	} else if (argc == 3 && !strcmp(argv[1], "segments")) {
		hand_over_segments(argv[2]);
	} else {
		fprintf(stderr, "usage: tun_echo echo NAME ADDRESS4 ADDRESS6\n"
				"       tun_echo segments NAME\n");
		return 2;
	}
	return 0;
}
