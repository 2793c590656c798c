// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * endpoint: a client or a server whose packets look like QUIC and spin. For
 * tests of what a passive observer makes of them; nothing is encrypted.
 *
 *   endpoint -L 192.0.2.1 4433 -t 0 &
 *   endpoint 192.0.2.1 4433 -t 5 -r 800 -l client.log
 *
 * One thread. A server has one socket, each connection of a client one of its
 * own; a client that moves takes a new one and keeps the connection's IDs, as
 * behind a NAT that forgot.
 */
#include "connection.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
	ENDPOINT_BURST_PACKETS = 64,
	ENDPOINT_PRIORITY = 5, /* below that of the relay */
};

struct endpoint {
	struct options options;
	struct connection_random random;
	struct addrinfo *address;
	struct addrinfo *source; /* NULL: any */
	struct connection connections[OPTIONS_MAX_CONNECTIONS];
	uint32_t n_connections;
	int fd; /* the server's; -1 */
	FILE *log;
};

static volatile sig_atomic_t stop_asked;

static void endpoint_on_signal(int number)
{
	stop_asked = 1;
}

static uint64_t endpoint_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A descriptor or a negative errno. */
static int endpoint_socket(const struct endpoint *endpoint)
{
	const struct addrinfo *address = endpoint->address;
	int fd = socket(address->ai_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int n_bytes = 1 << 20, err = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof(n_bytes));
	if (endpoint->source)
		err = bind(fd, endpoint->source->ai_addr,
			   endpoint->source->ai_addrlen);
	if (!err)
		err = endpoint->options.is_server ?
			      bind(fd, address->ai_addr, address->ai_addrlen) :
			      connect(fd, address->ai_addr,
				      address->ai_addrlen);
	if (err) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void endpoint_log(struct endpoint *endpoint, int fd, uint64_t rtt_ns)
{
	struct sockaddr_in6 local = { 0 };
	socklen_t n_bytes = sizeof(local);

	if (!endpoint->log || !rtt_ns ||
	    getsockname(fd, (struct sockaddr *)&local, &n_bytes))
		return;
	/* The port has the same place in both families. */
	fprintf(endpoint->log, "%" PRIu64 "\t%u\t%" PRIu64 "\n",
		endpoint_clock_ns(CLOCK_REALTIME), ntohs(local.sin6_port),
		rtt_ns);
}

/* The server's connection of a packet, or NULL. */
static struct connection *endpoint_find(struct endpoint *endpoint,
					const struct packet *packet,
					const struct sockaddr_storage *peer,
					socklen_t peer_bytes)
{
	for (uint32_t i = 0; i < endpoint->n_connections; i++) {
		struct connection *c = &endpoint->connections[i];

		/* A first packet has an ID that the client made up. */
		if (packet->type == PACKET_INITIAL ?
			    c->peer_bytes == peer_bytes &&
				    !memcmp(&c->peer, peer, peer_bytes) :
			    !memcmp(&c->mine, &packet->to, sizeof(c->mine)))
			return c;
	}
	return NULL;
}

/* The oldest one gives way when there are too many. */
static void endpoint_accept(struct endpoint *endpoint,
			    const struct packet *packet,
			    const struct sockaddr_storage *peer,
			    socklen_t peer_bytes, uint64_t now_ns)
{
	struct connection *last;

	if (packet->type != PACKET_INITIAL)
		return;
	if (endpoint->n_connections == OPTIONS_MAX_CONNECTIONS) {
		memmove(endpoint->connections, endpoint->connections + 1,
			sizeof(endpoint->connections) -
				sizeof(*endpoint->connections));
		endpoint->n_connections--;
	}
	last = &endpoint->connections[endpoint->n_connections];
	memset(last, 0, sizeof(*last));
	last->fd = endpoint->fd;
	last->peer = *peer;
	last->peer_bytes = peer_bytes;
	if (connection_accept(last, &endpoint->options, &endpoint->random,
			      packet, now_ns))
		endpoint->n_connections++;
}

/* A packet for the server: it follows a client that moved. */
static struct connection *endpoint_follow(struct endpoint *endpoint,
					  const struct packet *packet,
					  const struct sockaddr_storage *peer,
					  socklen_t peer_bytes)
{
	struct connection *c =
		endpoint_find(endpoint, packet, peer, peer_bytes);

	if (c && packet->body.number > c->newest_number) {
		c->peer = *peer;
		c->peer_bytes = peer_bytes;
	}
	return c;
}

/* Takes one datagram in; false if there is none. */
static bool endpoint_receive(struct endpoint *endpoint, int fd,
			     struct connection *connection)
{
	uint8_t data[PACKET_MAX_BYTES];
	struct sockaddr_storage peer = { 0 };
	socklen_t peer_bytes = sizeof(peer);
	ssize_t n = recvfrom(fd, data, sizeof(data), 0,
			     (struct sockaddr *)&peer, &peer_bytes);
	uint64_t now_ns = endpoint_clock_ns(CLOCK_MONOTONIC);
	struct packet packet;

	if (n < 0)
		return false;
	if (packet_read(data, (size_t)n, &packet))
		return true;
	if (endpoint->options.is_server)
		connection =
			endpoint_follow(endpoint, &packet, &peer, peer_bytes);
	if (!connection)
		endpoint_accept(endpoint, &packet, &peer, peer_bytes, now_ns);
	else
		endpoint_log(endpoint, fd,
			     connection_receive(connection, &endpoint->options,
						&endpoint->random, &packet,
						now_ns));
	return true;
}

static void endpoint_drain(struct endpoint *endpoint, int fd,
			   struct connection *connection)
{
	int n = 0;

	while (n < ENDPOINT_BURST_PACKETS &&
	       endpoint_receive(endpoint, fd, connection))
		n++;
}

/* A new port, if it is time for that. 0 or a negative errno. */
static int endpoint_move(struct endpoint *endpoint, struct connection *c,
			 uint64_t now_ns)
{
	int fd;

	if (!endpoint->options.move_ns || c->state != CONNECTION_OPEN ||
	    now_ns < c->open_ns + endpoint->options.move_ns)
		return 0;
	fd = endpoint_socket(endpoint);
	if (fd < 0)
		return fd;
	close(c->fd);
	c->fd = fd;
	c->open_ns = UINT64_MAX - endpoint->options.move_ns; /* once */
	connection_move(c, &endpoint->options, &endpoint->random, now_ns);
	return 0;
}

/* Waits for packets until the first connection has something to do. */
static void endpoint_wait(struct endpoint *endpoint, uint64_t end_ns)
{
	struct pollfd fds[OPTIONS_MAX_CONNECTIONS];
	uint32_t n = endpoint->options.is_server ? 1 : endpoint->n_connections;
	uint64_t due_ns = end_ns, now_ns = endpoint_clock_ns(CLOCK_MONOTONIC);
	struct timespec t;

	for (uint32_t i = 0; i < endpoint->n_connections; i++) {
		uint64_t next_ns = connection_due_ns(&endpoint->connections[i]);

		due_ns = next_ns < due_ns ? next_ns : due_ns;
	}
	for (uint32_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = endpoint->options.is_server ?
				      endpoint->fd :
				      endpoint->connections[i].fd,
			.events = POLLIN,
		};
	due_ns = due_ns > now_ns ? due_ns - now_ns : 0;
	t.tv_sec = (time_t)(due_ns / 1000000000);
	t.tv_nsec = (long)(due_ns % 1000000000);
	if (ppoll(fds, n, &t, NULL) <= 0)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (fds[i].revents)
			endpoint_drain(endpoint, fds[i].fd,
				       &endpoint->connections[i]);
}

static int endpoint_run(struct endpoint *endpoint)
{
	uint64_t now_ns = endpoint_clock_ns(CLOCK_MONOTONIC);
	/* A server that has no end wakes up once a minute. */
	uint64_t length_ns = endpoint->options.duration_ns;
	uint64_t end_ns = now_ns + (length_ns ? length_ns : 60000000000);
	int err = 0;

	while (!stop_asked && !err && (now_ns < end_ns || !length_ns)) {
		endpoint_wait(endpoint, end_ns);
		now_ns = endpoint_clock_ns(CLOCK_MONOTONIC);
		if (!length_ns && now_ns >= end_ns)
			end_ns += 60000000000;
		for (uint32_t i = 0; i < endpoint->n_connections && !err; i++) {
			struct connection *c = &endpoint->connections[i];

			if (!endpoint->options.is_server)
				err = endpoint_move(endpoint, c, now_ns);
			connection_tick(c, &endpoint->options,
					&endpoint->random, now_ns);
		}
	}
	return err;
}

/* The sockets, and the clients' first packets. 0 or a negative errno. */
static int endpoint_begin(struct endpoint *endpoint)
{
	if (endpoint->options.is_server) {
		endpoint->fd = endpoint_socket(endpoint);
		return endpoint->fd < 0 ? endpoint->fd : 0;
	}
	for (uint32_t i = 0; i < endpoint->options.n_connections; i++) {
		struct connection *c = &endpoint->connections[i];

		c->fd = endpoint_socket(endpoint);
		if (c->fd < 0)
			return c->fd;
		connection_start(c, &endpoint->options, &endpoint->random,
				 endpoint_clock_ns(CLOCK_MONOTONIC));
		endpoint->n_connections++;
	}
	return 0;
}

static int endpoint_open(struct endpoint *endpoint)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	const struct options *options = &endpoint->options;

	endpoint->fd = -1;
	/* The two ends must not draw the same. */
	endpoint->random.state =
		(options->seed * 2 + options->is_server) * 0x9e3779b97f4a7c15 |
		1;
	if (getaddrinfo(options->address, options->port, &hints,
			&endpoint->address))
		return -EINVAL;
	if (options->source &&
	    getaddrinfo(options->source, NULL, &hints, &endpoint->source))
		return -EINVAL;
	if (!options->log_path)
		return 0;
	endpoint->log = fopen(options->log_path, "w");
	return endpoint->log ? 0 : -errno;
}

static void endpoint_close(struct endpoint *endpoint)
{
	if (endpoint->address)
		freeaddrinfo(endpoint->address);
	if (endpoint->source)
		freeaddrinfo(endpoint->source);
	if (endpoint->log)
		fclose(endpoint->log);
	if (endpoint->fd >= 0)
		close(endpoint->fd);
	if (!endpoint->options.is_server)
		for (uint32_t i = 0; i < endpoint->n_connections; i++)
			close(endpoint->connections[i].fd);
}

/* An end that is not on the processor is no latency of the path. */
static void endpoint_hurry(void)
{
	struct sched_param priority = { .sched_priority = ENDPOINT_PRIORITY };

	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	sched_setscheduler(0, SCHED_RR, &priority); /* if it may */
}

int main(int argc, char **argv)
{
	static struct endpoint endpoint;
	int err;

	if (options_parse(argc, argv, &endpoint.options))
		return 2;
	signal(SIGINT, endpoint_on_signal);
	signal(SIGTERM, endpoint_on_signal);
	endpoint_hurry();
	err = endpoint_open(&endpoint);
	if (!err)
		err = endpoint_begin(&endpoint);
	if (!err)
		err = endpoint_run(&endpoint);
	if (err)
		fprintf(stderr, "endpoint: %s %s: %s\n",
			endpoint.options.address, endpoint.options.port,
			strerror(-err));
	endpoint_close(&endpoint);
	return err ? 1 : 0;
}
