/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a connection that does what RFC 9000 section 17.4 says of the spin
 * bit: on the packet with the highest number so far the server takes the
 * client's bit over, the client the inverse of the server's. Time, randomness
 * and the sockets belong to the caller.
 *
 * The handshake: client Initial; server Initial and Handshake in one datagram,
 * or Retry; client Handshake. What is lost is sent again: the Initial after
 * 1 s, the client's Handshake after 300 ms without an answer, the server's
 * flight when the Initial comes again. Data that is lost stays lost. After 1.5 s
 * without a packet an end sends no more data.
 */
#ifndef QUIC_CONNECTION_H
#define QUIC_CONNECTION_H

#include "options.h"
#include "packet.h"

#include <sys/socket.h>

enum connection_state {
	CONNECTION_FREE = 0,
	CONNECTION_HELLO,  /* the Initial, or the server's answer, is sent */
	CONNECTION_FINISH, /* the client's Handshake is sent */
	CONNECTION_OPEN,
};

/* xorshift64; never 0. */
struct connection_random {
	uint64_t state;
};

struct connection {
	enum connection_state state;
	int fd;
	struct sockaddr_storage peer; /* the server's way to its client */
	socklen_t peer_bytes;
	struct packet_id mine, theirs;
	uint32_t version;
	uint8_t mode;
	uint32_t pause_ns, think_us;
	bool is_still, spin_bit;
	uint32_t next_number;
	bool has_newest;
	uint32_t newest_number;
	uint64_t newest_sent_ns, newest_arrived_ns;
	uint32_t n_unacknowledged;
	uint64_t open_ns;
	uint64_t resend_ns; /* of the handshake; 0: nothing to send again */
	uint64_t data_ns;   /* the next data or request; 0: none */
	uint64_t answer_ns; /* the answer thought of; 0: none */
};

/* Uniform in 0..n-1. */
uint32_t connection_random_next(struct connection_random *random, uint32_t n);

/* The client's: decides whether it spins and sends the Initial. */
void connection_start(struct connection *connection,
		      const struct options *options,
		      struct connection_random *random, uint64_t now_ns);

/*
 * The server's: answers a client's first Initial. False if that was a Retry and
 * there is no connection.
 */
bool connection_accept(struct connection *connection,
		       const struct options *options,
		       struct connection_random *random,
		       const struct packet *initial, uint64_t now_ns);

/*
 * A packet for this connection came in. The RTT that it tells, less what the
 * other end says it waited; 0 if it tells none.
 */
uint64_t connection_receive(struct connection *connection,
			    const struct options *options,
			    struct connection_random *random,
			    const struct packet *packet, uint64_t now_ns);

/* Sends what is due. */
void connection_tick(struct connection *connection,
		     const struct options *options,
		     struct connection_random *random, uint64_t now_ns);

/*
 * The client's, once it is open and has a new socket in fd: a packet that shows
 * the server where to send now.
 */
void connection_move(struct connection *connection,
		     const struct options *options,
		     struct connection_random *random, uint64_t now_ns);

/* When connection_tick() has something to do next; UINT64_MAX: never. */
uint64_t connection_due_ns(const struct connection *connection);

#endif
