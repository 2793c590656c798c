// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcapng (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html)
 *
 * Blocks that carry packets or describe interfaces are read whole and may have
 * MAX_BLOCK_BYTES; all others are skipped, whatever their length.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "capture_format.h"

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

enum {
	BLOCK_HEADER_BYTES = 8,
	BLOCK_TRAILER_BYTES = 4,
	BLOCK_MIN_BYTES = BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES,
	/* The largest packet, its block's fields, and room for options. */
	MAX_BLOCK_BYTES = STREAM_PEEK_MAX,
	SECTION_MAGIC = 0x1a2b3c4d,
	SECTION_FIXED_BYTES = 16,
	SECTION_MIN_BYTES = BLOCK_MIN_BYTES + SECTION_FIXED_BYTES,
	VERSION_MAJOR = 1,
	INTERFACE_FIXED_BYTES = 8,
	SIMPLE_FIXED_BYTES = 4,
	PACKET_FIXED_BYTES = 20,
	OPTION_HEADER_BYTES = 4,
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
};

_Static_assert(MAX_BLOCK_BYTES >= CAPTURE_MAX_PACKET_BYTES + 4096,
	       "the largest packet fits in a block");

/* The body of a block, without header and trailer. */
struct body {
	uint8_t *bytes;
	uint32_t n;
};

/* Ticks are 10^-value s, or 2^-value s where the top bit is set. */
static void set_resolution(struct capture_clock *clock, uint8_t value)
{
	clock->multiplier = CLOCK_NS_PER_S;
	clock->divisor = 1;
	clock->shift = 0;
	if (value & 0x80) {
		clock->shift = value & 0x7f;
		return;
	}
	for (; value > 0 && clock->multiplier > 1; value--)
		clock->multiplier /= 10;
	/* Finer than ns; beyond 10^-28 s all of 64 bits are below 1 ns. */
	for (; value > 0; value--)
		if (__builtin_mul_overflow(clock->divisor, 10,
					   &clock->divisor)) {
			clock->multiplier = 0;
			return;
		}
}

static void set_time(struct capture_packet *packet,
		     const struct capture_clock *clock, uint64_t ticks)
{
	unsigned __int128 product =
		(unsigned __int128)ticks * clock->multiplier;
	uint64_t time_ns;
	int64_t time_s;

	product = clock->divisor > 1 ? product / clock->divisor :
				       product >> clock->shift;
	if (product > UINT64_MAX) {
		capture_set_time(packet, -1, 0);
		return;
	}
	time_ns = (uint64_t)product;
	if (__builtin_add_overflow((int64_t)(time_ns / CLOCK_NS_PER_S),
				   clock->offset_s, &time_s))
		time_s = -1;
	capture_set_time(packet, time_s, time_ns % CLOCK_NS_PER_S);
}

static void read_option(const struct capture *capture,
			struct capture_interface *interface, uint16_t code,
			const uint8_t *value, uint16_t n)
{
	uint64_t offset_s;

	if (code == OPTION_TSRESOL && n == 1) {
		set_resolution(&interface->clock, value[0]);
	} else if (code == OPTION_TSOFFSET && n == 8) {
		memcpy(&offset_s, value, sizeof(offset_s));
		if (capture->is_swapped)
			offset_s = __builtin_bswap64(offset_s);
		interface->clock.offset_s = (int64_t)offset_s;
	}
}

static void read_options(const struct capture *capture,
			 struct capture_interface *interface,
			 const uint8_t *bytes, uint32_t n)
{
	while (n >= OPTION_HEADER_BYTES) {
		uint16_t code = capture_u16(capture, bytes);
		uint16_t n_value = capture_u16(capture, bytes + 2);
		uint32_t n_padded = (n_value + 3U) & ~3U;

		if (code == OPTION_END || n_padded > n - OPTION_HEADER_BYTES)
			return;
		read_option(capture, interface, code,
			    bytes + OPTION_HEADER_BYTES, n_value);
		bytes += OPTION_HEADER_BYTES + n_padded;
		n -= OPTION_HEADER_BYTES + n_padded;
	}
}

static int add_interface(struct capture *capture, const struct body *body)
{
	struct capture_interface *interface, *grown;
	size_t max = capture->max_interfaces;

	if (body->n < INTERFACE_FIXED_BYTES)
		return capture_fail(capture, "an interface block is too short");
	if (capture->n_interfaces == CAPTURE_MAX_INTERFACES)
		return capture_fail(capture, "more than 65536 interfaces");
	if (capture->n_interfaces == max) {
		max = max ? 2 * max : 16;
		grown = reallocarray(capture->interfaces, max, sizeof(*grown));
		if (!grown)
			return capture_fail(capture, "out of memory");
		capture->interfaces = grown;
		capture->max_interfaces = max;
	}
	interface = &capture->interfaces[capture->n_interfaces++];
	memset(interface, 0, sizeof(*interface));
	interface->link_type = capture_u16(capture, body->bytes);
	interface->snap_bytes = capture_u32(capture, body->bytes + 4);
	set_resolution(&interface->clock, 6);
	read_options(capture, interface, body->bytes + INTERFACE_FIXED_BYTES,
		     body->n - INTERFACE_FIXED_BYTES);
	return 0;
}

/* Common end of the three kinds: n_captured bytes at offset of the body. */
static int set_packet(struct capture *capture, const struct body *body,
		      uint32_t offset, uint32_t n_captured, uint32_t n_wire,
		      struct capture_packet *packet)
{
	if (n_captured > CAPTURE_MAX_PACKET_BYTES)
		return capture_fail(capture,
				    "a packet length is beyond 256 KiB");
	if (n_captured > body->n - offset)
		return capture_fail(capture,
				    "a packet is longer than its block");
	packet->bytes = body->bytes + offset;
	packet->n_captured = n_captured;
	packet->n_wire = n_wire;
	return 1;
}

static int read_packet(struct capture *capture, const struct body *body,
		       bool is_obsolete, struct capture_packet *packet,
		       uint32_t *ret_link_type)
{
	const struct capture_interface *interface;
	uint64_t ticks;
	uint32_t id;

	if (body->n < PACKET_FIXED_BYTES)
		return capture_fail(capture, "a packet block is too short");
	id = is_obsolete ? capture_u16(capture, body->bytes) :
			   capture_u32(capture, body->bytes);
	if (id >= capture->n_interfaces)
		return capture_fail(capture,
				    "a packet of an interface not described");
	interface = &capture->interfaces[id];
	ticks = (uint64_t)capture_u32(capture, body->bytes + 4) << 32 |
		capture_u32(capture, body->bytes + 8);
	set_time(packet, &interface->clock, ticks);
	*ret_link_type = interface->link_type;
	return set_packet(capture, body, PACKET_FIXED_BYTES,
			  capture_u32(capture, body->bytes + 12),
			  capture_u32(capture, body->bytes + 16), packet);
}

static int read_simple_packet(struct capture *capture, const struct body *body,
			      struct capture_packet *packet,
			      uint32_t *ret_link_type)
{
	uint32_t n_wire, n_captured, snap_bytes;

	if (body->n < SIMPLE_FIXED_BYTES)
		return capture_fail(capture, "a packet block is too short");
	if (capture->n_interfaces == 0)
		return capture_fail(capture,
				    "a packet of an interface not described");
	n_wire = n_captured = capture_u32(capture, body->bytes);
	snap_bytes = capture->interfaces[0].snap_bytes;
	if (snap_bytes && n_captured > snap_bytes)
		n_captured = snap_bytes;
	if (n_captured > body->n - SIMPLE_FIXED_BYTES)
		n_captured = body->n - SIMPLE_FIXED_BYTES;
	packet->has_time = false;
	packet->time_ns = 0;
	*ret_link_type = capture->interfaces[0].link_type;
	return set_packet(capture, body, SIMPLE_FIXED_BYTES, n_captured, n_wire,
			  packet);
}

/* A block of no interest, of which the header was seen. */
static int skip_block(struct capture *capture, uint32_t n_block)
{
	uint64_t position = stream_position(capture->stream);
	size_t left = n_block, n;
	uint8_t *bytes;

	while (left > 0) {
		n = stream_peek(capture->stream, 1, &bytes);
		if (n == 0) {
			capture_fail_short(capture,
					   "the file ends within a block");
			capture->problem_position = position;
			return -EBADMSG;
		}
		n = n < left ? n : left;
		stream_skip(capture->stream, n);
		left -= n;
	}
	return 0;
}

/* Takes the section header, which alone says its byte order. */
static int start_section(struct capture *capture)
{
	uint8_t *bytes;
	uint32_t n_block;

	if (stream_peek(capture->stream, SECTION_MIN_BYTES, &bytes) <
	    SECTION_MIN_BYTES)
		return capture_fail_short(capture,
					  "the file ends in a section header");
	capture->is_swapped = false;
	if (capture_u32(capture, bytes + 8) != SECTION_MAGIC)
		capture->is_swapped = true;
	if (capture_u32(capture, bytes + 8) != SECTION_MAGIC)
		return capture_fail(capture, "a section without byte order");
	if (capture_u16(capture, bytes + 12) != VERSION_MAJOR)
		return capture_fail(capture, "pcapng of an unknown version");
	n_block = capture_u32(capture, bytes + 4);
	if (n_block < SECTION_MIN_BYTES || n_block % 4)
		return capture_fail(capture, "a block length is impossible");
	capture->n_interfaces = 0;
	return skip_block(capture, n_block);
}

/* Makes the whole block addressable; its two lengths must agree. */
static int peek_block(struct capture *capture, uint32_t n_block,
		      struct body *ret_body)
{
	uint8_t *bytes;

	if (n_block > MAX_BLOCK_BYTES)
		return capture_fail(capture,
				    "a block length is beyond 512 KiB");
	if (stream_peek(capture->stream, n_block, &bytes) < n_block)
		return capture_fail_short(capture,
					  "the file ends within a block");
	if (capture_u32(capture, bytes + n_block - BLOCK_TRAILER_BYTES) !=
	    n_block)
		return capture_fail(capture,
				    "the two lengths of a block differ");
	ret_body->bytes = bytes + BLOCK_HEADER_BYTES;
	ret_body->n = n_block - BLOCK_MIN_BYTES;
	return 0;
}

/* One block that is not a section header: 1 with a packet, 0 without. */
static int read_block(struct capture *capture, uint32_t type, uint32_t n_block,
		      struct capture_packet *packet, uint32_t *ret_link_type)
{
	struct body body = { 0 };
	int err;

	if (type != BLOCK_INTERFACE && type != BLOCK_PACKET &&
	    type != BLOCK_SIMPLE_PACKET && type != BLOCK_ENHANCED_PACKET)
		return skip_block(capture, n_block);
	err = peek_block(capture, n_block, &body);
	if (err < 0)
		return err;
	if (type == BLOCK_INTERFACE)
		err = add_interface(capture, &body);
	else if (type == BLOCK_SIMPLE_PACKET)
		err = read_simple_packet(capture, &body, packet, ret_link_type);
	else
		err = read_packet(capture, &body, type == BLOCK_PACKET, packet,
				  ret_link_type);
	if (err >= 0)
		stream_skip(capture->stream, n_block);
	return err;
}

static int capture_pcapng_next(struct capture *capture,
			       struct capture_packet *packet,
			       uint32_t *ret_link_type)
{
	uint32_t type, n_block;
	uint8_t *bytes;
	size_t n;
	int err = 0;

	/* Each round takes at least 12 bytes. */
	while (err == 0) {
		n = stream_peek(capture->stream, BLOCK_HEADER_BYTES, &bytes);
		if (n == 0 && !stream_problem(capture->stream))
			return 0;
		if (n < BLOCK_HEADER_BYTES)
			return capture_fail_short(
				capture, "the file ends in a block header");
		type = capture_u32(capture, bytes);
		n_block = capture_u32(capture, bytes + 4);
		if (type == BLOCK_SECTION)
			err = start_section(capture);
		else if (n_block < BLOCK_MIN_BYTES || n_block % 4)
			err = capture_fail(capture,
					   "a block length is impossible");
		else
			err = read_block(capture, type, n_block, packet,
					 ret_link_type);
	}
	return err;
}

int capture_pcapng_start(struct capture *capture)
{
	uint8_t *bytes;
	size_t n = stream_peek(capture->stream, BLOCK_HEADER_BYTES, &bytes);
	int err;

	/* A palindrome: the same in both byte orders. */
	if (n < 4 || capture_u32(capture, bytes) != BLOCK_SECTION)
		return 0;
	err = start_section(capture);
	if (err < 0)
		return err;
	capture->next = capture_pcapng_next;
	return 1;
}
