// SPDX-License-Identifier: GPL-2.0-or-later
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum {
	PACKET_VERSION_2 = 0x6b3343cf,
	PACKET_LONG = 0x80,
	PACKET_FIXED = 0x40,
	PACKET_SPIN = 0x20,
	PACKET_NUMBER_4 = 3,      /* a packet number of four bytes */
	PACKET_LENGTH_2 = 0x4000, /* a variable-length integer of two bytes */
};

/* RFC 9369, 3.2: the types of version 2 are those of version 1 turned by one. */
static unsigned int packet_type_bits(enum packet_type type, uint32_t version)
{
	return version == PACKET_VERSION_2 ? (type + 1) % 4 : type;
}

static uint8_t *packet_put(uint8_t *at, const void *from, size_t n)
{
	memcpy(at, from, n);
	return at + n;
}

static uint8_t *packet_put_id(uint8_t *at, const struct packet_id *id)
{
	*at++ = PACKET_ID_BYTES;
	return packet_put(at, id->bytes, PACKET_ID_BYTES);
}

/* A long packet; length_bytes counts what follows the length field. */
static uint8_t *packet_put_long(uint8_t *at, const struct packet *packet,
				enum packet_type type, size_t length_bytes)
{
	uint32_t version = htonl(packet->version);
	uint16_t length = htons(PACKET_LENGTH_2 | (uint16_t)length_bytes);

	*at++ = PACKET_LONG | (packet->fixed_bit ? PACKET_FIXED : 0) |
		packet_type_bits(type, packet->version) << 4 | PACKET_NUMBER_4;
	at = packet_put(at, &version, sizeof(version));
	at = packet_put_id(at, &packet->to);
	at = packet_put_id(at, &packet->from);
	if (type == PACKET_INITIAL)
		*at++ = 0; /* no token */
	if (type != PACKET_RETRY)
		at = packet_put(at, &length, sizeof(length));
	return packet_put(at, &packet->body, sizeof(packet->body));
}

size_t packet_write(const struct packet *packet, size_t n_bytes,
		    bool is_coalesced, uint8_t *out)
{
	uint8_t *at = out;
	size_t n;

	memset(out, 0, PACKET_MAX_BYTES);
	if (packet->type == PACKET_SHORT) {
		*at++ = (packet->fixed_bit ? PACKET_FIXED : 0) |
			(packet->spin_bit ? PACKET_SPIN : 0) | PACKET_NUMBER_4;
		at = packet_put(at, packet->to.bytes, PACKET_ID_BYTES);
		at = packet_put(at, &packet->body, sizeof(packet->body));
	} else {
		at = packet_put_long(at, packet, packet->type,
				     sizeof(packet->body));
		if (is_coalesced)
			at = packet_put_long(at, packet, PACKET_HANDSHAKE,
					     sizeof(packet->body));
	}
	n = (size_t)(at - out);
	return n > n_bytes ? n : n_bytes;
}

static int packet_read_long(const uint8_t *data, size_t n_bytes,
			    struct packet *ret_packet)
{
	const uint8_t *at = data + 1, *end = data + n_bytes;
	uint32_t version;
	unsigned int type;

	if (n_bytes < 1 + sizeof(version) + 2 * (1 + PACKET_ID_BYTES))
		return -EINVAL;
	memcpy(&version, at, sizeof(version));
	ret_packet->version = ntohl(version);
	at += sizeof(version);
	if (at[0] != PACKET_ID_BYTES ||
	    at[1 + PACKET_ID_BYTES] != PACKET_ID_BYTES)
		return -EINVAL;
	memcpy(ret_packet->to.bytes, at + 1, PACKET_ID_BYTES);
	memcpy(ret_packet->from.bytes, at + 2 + PACKET_ID_BYTES,
	       PACKET_ID_BYTES);
	at += 2 * (size_t)(1 + PACKET_ID_BYTES);
	type = data[0] >> 4 & 3;
	if (ret_packet->version == PACKET_VERSION_2)
		type = (type + 3) % 4;
	ret_packet->type = (enum packet_type)type;
	at += (type == PACKET_INITIAL) + (type == PACKET_RETRY ? 0 : 2);
	if (at > end || (size_t)(end - at) < sizeof(ret_packet->body))
		return -EINVAL;
	memcpy(&ret_packet->body, at, sizeof(ret_packet->body));
	return 0;
}

int packet_read(const uint8_t *data, size_t n_bytes, struct packet *ret_packet)
{
	struct packet packet = { .type = PACKET_SHORT };
	int err = 0;

	if (!n_bytes)
		return -EINVAL;
	packet.fixed_bit = data[0] & PACKET_FIXED;
	if (data[0] & PACKET_LONG) {
		err = packet_read_long(data, n_bytes, &packet);
	} else if (n_bytes < 1 + PACKET_ID_BYTES + sizeof(packet.body)) {
		err = -EINVAL;
	} else {
		packet.spin_bit = data[0] & PACKET_SPIN;
		memcpy(packet.to.bytes, data + 1, PACKET_ID_BYTES);
		memcpy(&packet.body, data + 1 + PACKET_ID_BYTES,
		       sizeof(packet.body));
	}
	if (!err)
		*ret_packet = packet;
	return err;
}
