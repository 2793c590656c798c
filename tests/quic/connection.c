// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <string.h>

enum {
	CONNECTION_HELLO_NS = 1000000000,
	CONNECTION_FINISH_NS = 300000000,
	CONNECTION_IDLE_NS = 1500000000,
	CONNECTION_ANSWER_PACKETS = 5,
	CONNECTION_ACK_BYTES = 60,
	CONNECTION_DATA_BYTES = 1232,
};

uint32_t connection_random_next(struct connection_random *random, uint32_t n)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 32) % n;
}

static void connection_make_id(struct packet_id *id,
			       struct connection_random *random)
{
	for (int i = 0; i < PACKET_ID_BYTES; i++)
		id->bytes[i] = (uint8_t)connection_random_next(random, 256);
}

static bool connection_is_random_bit(struct connection_random *random)
{
	return connection_random_next(random, 2);
}

/* RFC 9000, 17.4: an endpoint disables the bit at random. */
static void connection_choose_spin(struct connection *connection,
				   const struct options *options,
				   struct connection_random *random)
{
	connection->is_still =
		options->still_one_in &&
		!connection_random_next(random, options->still_one_in);
	connection->spin_bit = connection->is_still &&
			       options->still_bit ==
				       OPTIONS_BIT_PER_CONNECTION &&
			       connection_is_random_bit(random);
}

/* A socket that is full loses the packet, as a network would. */
static void connection_send(struct connection *connection,
			    const struct options *options,
			    struct connection_random *random,
			    enum packet_type type, enum packet_kind kind,
			    uint64_t now_ns)
{
	bool is_long = type != PACKET_SHORT;
	struct packet packet = {
		.type = type,
		.version = connection->version,
		.to = connection->theirs,
		.from = connection->mine,
		.fixed_bit = is_long || !options->greases_fixed_bit ||
			     connection_is_random_bit(random),
		.spin_bit = connection->spin_bit,
		.body = { .number = connection->next_number++,
			  .sent_ns = now_ns,
			  .kind = kind,
			  .mode = connection->mode,
			  .pause_ns = connection->pause_ns,
			  .think_us = connection->think_us },
	};
	size_t n_bytes = is_long             ? PACKET_INITIAL_BYTES :
			 kind == PACKET_DATA ? CONNECTION_DATA_BYTES :
					       CONNECTION_ACK_BYTES;
	bool is_coalesced = options->is_server && type == PACKET_INITIAL;
	uint8_t out[PACKET_MAX_BYTES];

	if (connection->is_still &&
	    options->still_bit == OPTIONS_BIT_PER_PACKET)
		packet.spin_bit = connection_is_random_bit(random);
	if (connection->has_newest) {
		packet.body.echo_ns = connection->newest_sent_ns;
		packet.body.echo_delay_ns =
			now_ns - connection->newest_arrived_ns;
	}
	n_bytes = packet_write(&packet, n_bytes, is_coalesced, out);
	(void)!sendto(connection->fd, out, n_bytes, MSG_DONTWAIT,
		      connection->peer_bytes ?
			      (struct sockaddr *)&connection->peer :
			      NULL,
		      connection->peer_bytes);
}

static void connection_hello(struct connection *connection,
			     const struct options *options,
			     struct connection_random *random, uint64_t now_ns)
{
	connection_send(connection, options, random, PACKET_INITIAL, PACKET_ACK,
			now_ns);
	if (!options->is_server)
		connection->resend_ns = now_ns + CONNECTION_HELLO_NS;
}

static void connection_finish(struct connection *connection,
			      const struct options *options,
			      struct connection_random *random, uint64_t now_ns)
{
	connection_send(connection, options, random, PACKET_HANDSHAKE,
			PACKET_ACK, now_ns);
	connection->resend_ns = now_ns + CONNECTION_FINISH_NS;
}

void connection_start(struct connection *connection,
		      const struct options *options,
		      struct connection_random *random, uint64_t now_ns)
{
	connection->state = CONNECTION_HELLO;
	connection->version = options->version;
	connection->mode = options->mode;
	connection->pause_ns = options->pause_ns;
	connection->think_us = options->think_us;
	connection_make_id(&connection->mine, random);
	connection_make_id(&connection->theirs, random);
	connection_choose_spin(connection, options, random);
	connection_hello(connection, options, random, now_ns);
}

bool connection_accept(struct connection *connection,
		       const struct options *options,
		       struct connection_random *random,
		       const struct packet *initial, uint64_t now_ns)
{
	connection->version = initial->version;
	connection->theirs = initial->from;
	connection_make_id(&connection->mine, random);
	/* Without a token, what shows the second try is its number. */
	if (options->retries && initial->body.number == 0) {
		connection_send(connection, options, random, PACKET_RETRY,
				PACKET_ACK, now_ns);
		return false;
	}
	connection->state = CONNECTION_HELLO;
	connection->mode = initial->body.mode;
	connection->pause_ns = initial->body.pause_ns;
	connection->think_us = initial->body.think_us;
	connection_choose_spin(connection, options, random);
	connection_hello(connection, options, random, now_ns);
	return true;
}

static void connection_open(struct connection *connection,
			    const struct options *options, uint64_t now_ns)
{
	bool sends = options->is_server ? connection->mode == OPTIONS_DOWNLOAD :
					  connection->mode != OPTIONS_DOWNLOAD;

	connection->state = CONNECTION_OPEN;
	connection->open_ns = now_ns;
	connection->resend_ns = 0;
	if (sends)
		connection->data_ns = now_ns;
}

static void connection_receive_long(struct connection *connection,
				    const struct options *options,
				    struct connection_random *random,
				    const struct packet *packet,
				    uint64_t now_ns)
{
	if (options->is_server) {
		if (packet->type == PACKET_INITIAL)
			connection_hello(connection, options, random, now_ns);
		else if (connection->state == CONNECTION_HELLO)
			connection_open(connection, options, now_ns);
		/* The client waits for something of 1-RTT. */
		if (packet->type == PACKET_HANDSHAKE)
			connection_send(connection, options, random,
					PACKET_SHORT, PACKET_ACK, now_ns);
	} else if (connection->state == CONNECTION_HELLO) {
		connection->theirs = packet->from;
		if (packet->type == PACKET_RETRY) {
			connection_hello(connection, options, random, now_ns);
			return;
		}
		connection->state = CONNECTION_FINISH;
		connection_finish(connection, options, random, now_ns);
	}
}

static void connection_spin(struct connection *connection,
			    const struct options *options,
			    const struct packet *packet)
{
	if (packet->type == PACKET_SHORT && !connection->is_still)
		connection->spin_bit = options->is_server ? packet->spin_bit :
							    !packet->spin_bit;
}

/* What a short packet makes this end send. */
static void connection_react(struct connection *connection,
			     const struct options *options,
			     struct connection_random *random,
			     const struct packet *packet, uint64_t now_ns)
{
	if (packet->body.kind == PACKET_REQUEST)
		connection->answer_ns =
			now_ns + connection->think_us * (uint64_t)1000;
	if (packet->body.kind == PACKET_ACK ||
	    ++connection->n_unacknowledged < options->ack_every)
		return;
	connection->n_unacknowledged = 0;
	connection_send(connection, options, random, PACKET_SHORT, PACKET_ACK,
			now_ns);
}

uint64_t connection_receive(struct connection *connection,
			    const struct options *options,
			    struct connection_random *random,
			    const struct packet *packet, uint64_t now_ns)
{
	const struct packet_body *body = &packet->body;

	if (!connection->has_newest ||
	    body->number > connection->newest_number) {
		connection->has_newest = true;
		connection->newest_number = body->number;
		connection->newest_sent_ns = body->sent_ns;
		connection->newest_arrived_ns = now_ns;
		connection_spin(connection, options, packet);
	}
	if (packet->type != PACKET_SHORT) {
		connection_receive_long(connection, options, random, packet,
					now_ns);
	} else {
		if (connection->state != CONNECTION_OPEN)
			connection_open(connection, options, now_ns);
		connection_react(connection, options, random, packet, now_ns);
	}
	return body->echo_ns ? now_ns - body->echo_ns - body->echo_delay_ns : 0;
}

static void connection_tick_data(struct connection *connection,
				 const struct options *options,
				 struct connection_random *random,
				 uint64_t now_ns)
{
	bool asks = !options->is_server && connection->mode == OPTIONS_REQUESTS;

	connection_send(connection, options, random, PACKET_SHORT,
			asks ? PACKET_REQUEST : PACKET_DATA, now_ns);
	connection->data_ns += asks ? options->request_ns :
				      connection->pause_ns;
	/* After a stall it goes on; it does not catch up. */
	if (connection->data_ns < now_ns)
		connection->data_ns = now_ns;
}

void connection_tick(struct connection *connection,
		     const struct options *options,
		     struct connection_random *random, uint64_t now_ns)
{
	if (connection->resend_ns && connection->resend_ns <= now_ns) {
		if (connection->state == CONNECTION_HELLO)
			connection_hello(connection, options, random, now_ns);
		else
			connection_finish(connection, options, random, now_ns);
	}
	/* The other end may be gone: nothing tells that here. */
	if (connection->has_newest &&
	    now_ns - connection->newest_arrived_ns > CONNECTION_IDLE_NS) {
		connection->answer_ns = 0;
		connection->data_ns = 0;
	}
	if (connection->answer_ns && connection->answer_ns <= now_ns) {
		connection->answer_ns = 0;
		for (int i = 0; i < CONNECTION_ANSWER_PACKETS; i++)
			connection_send(connection, options, random,
					PACKET_SHORT, PACKET_DATA, now_ns);
	}
	if (connection->data_ns && connection->data_ns <= now_ns)
		connection_tick_data(connection, options, random, now_ns);
}

void connection_move(struct connection *connection,
		     const struct options *options,
		     struct connection_random *random, uint64_t now_ns)
{
	connection_send(connection, options, random, PACKET_SHORT, PACKET_ACK,
			now_ns);
}

uint64_t connection_due_ns(const struct connection *connection)
{
	const uint64_t due_ns[] = { connection->resend_ns,
				    connection->answer_ns,
				    connection->data_ns };
	uint64_t first_ns = UINT64_MAX;

	for (int i = 0; i < 3; i++)
		if (due_ns[i] && due_ns[i] < first_ns)
			first_ns = due_ns[i];
	return connection->state == CONNECTION_FREE ? UINT64_MAX : first_ns;
}
