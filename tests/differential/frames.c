// SPDX-License-Identifier: GPL-2.0-or-later
#include "frames.h"

#include <stdbool.h>
#include <string.h>

/* xorshift64* (Vigna 2016) */
uint32_t frames_draw(struct frames *frames)
{
	frames->random ^= frames->random >> 12;
	frames->random ^= frames->random << 25;
	frames->random ^= frames->random >> 27;
	return (frames->random * 0x2545f4914f6cdd1dULL) >> 32;
}

bool frames_one_in(struct frames *frames, uint32_t n)
{
	return frames_draw(frames) % n == 0;
}

void frames_put8(struct frame_made *frame, uint8_t value)
{
	if (frame->n_bytes < FRAMES_MAX_BYTES)
		frame->bytes[frame->n_bytes++] = value;
}

static void put16(struct frame_made *frame, uint16_t value)
{
	frames_put8(frame, value >> 8);
	frames_put8(frame, value);
}

void frames_put32(struct frame_made *frame, uint32_t value)
{
	put16(frame, value >> 16);
	put16(frame, value);
}

void frames_put_zeros(struct frame_made *frame, uint32_t n)
{
	while (n--)
		frames_put8(frame, 0);
}

static void set16(struct frame_made *frame, uint32_t at, uint16_t value)
{
	frame->bytes[at] = value >> 8;
	frame->bytes[at + 1] = value;
}

static void talk_begin(struct frames *frames, struct frames_talk *talk)
{
	static const uint32_t ticks[] = { 1, 1, 1, 1000 };

	memset(talk, 0, sizeof(*talk));
	talk->family = frames_one_in(frames, 3) ? 6 : 4;
	talk->is_icmp = frames_one_in(frames, 5);
	talk->is_plain = frames_one_in(frames, 4);
	for (int i = 0; i < 2; i++) {
		talk->host[i] = frames_draw(frames) % 640;
		talk->port[i] = frames_draw(frames);
		talk->tsval[i] = frames_draw(frames);
		talk->seq[i] = frames_draw(frames);
	}
	talk->ticks_per_ms = ticks[frames_draw(frames) % 4];
	if (frames_one_in(frames, 4))
		frames_quic_begin(frames, talk);
}

void frames_init(struct frames *frames, uint64_t seed)
{
	memset(frames, 0, sizeof(*frames));
	frames->random = seed ? seed : 1;
	frames->now_ns = 1000000000;
	for (int i = 0; i < FRAMES_N_TALKS; i++)
		talk_begin(frames, &frames->talk[i]);
}

static void put_host(struct frame_made *frame, uint8_t family, uint16_t host)
{
	if (family == 6) {
		frames_put32(frame, 0x20010db8);
		put16(frame, host >> 3);
		frames_put_zeros(frame, 8);
		put16(frame, host);
		return;
	}
	frames_put8(frame, 10 + (host >> 7));
	frames_put8(frame, 61);
	put16(frame, host);
}

static void put_labels(struct frames *frames, struct frame_made *frame)
{
	uint32_t n = frames_draw(frames) % 5;

	put16(frame, 0x8847);
	while (n--)
		frames_put32(frame, (frames_draw(frames) & ~0x100u));
	frames_put32(frame, frames_draw(frames) | 0x100);
}

static void put_pppoe(struct frames *frames, struct frame_made *frame,
		      uint8_t family)
{
	put16(frame, 0x8864);
	frames_put8(frame,
		    frames_one_in(frames, 20) ? frames_draw(frames) : 0x11);
	frames_put8(frame, 0);
	frames_put32(frame, frames_draw(frames));
	put16(frame, family == 6 ? 0x0057 : 0x0021);
}

static void put_ethertype(struct frames *frames, struct frame_made *frame,
			  uint8_t family)
{
	if (frames_one_in(frames, 200))
		put16(frame, 0x0806);
	else
		put16(frame, family == 6 ? 0x86dd : 0x0800);
}

static void put_link(struct frames *frames, struct frame_made *frame,
		     uint8_t family)
{
	static const uint16_t tags[] = { 0x8100, 0x88a8, 0x9100 };
	uint32_t n_tags =
		frames_one_in(frames, 8) ? 1 + frames_draw(frames) % 5 : 0;

	frames_put_zeros(frame, 11);
	frames_put8(frame, 1);
	while (n_tags--) {
		put16(frame, tags[frames_draw(frames) % 3]);
		put16(frame, frames_draw(frames) % 4096);
	}
	if (frames_one_in(frames, 25))
		put_labels(frames, frame);
	else if (frames_one_in(frames, 25))
		put_pppoe(frames, frame, family);
	else
		put_ethertype(frames, frame, family);
}

static void put_gre(struct frames *frames, struct frame_made *frame,
		    uint8_t family)
{
	uint32_t n_words = frames_draw(frames) % 4;

	put16(frame, frames_one_in(frames, 20) ?
			     frames_draw(frames) :
			     0xe000 << (3 - n_words) & 0xb000);
	if (frames_one_in(frames, 4)) {
		put16(frame, 0x6558);
		frames_put_zeros(frame, n_words * 4);
		put_link(frames, frame, family);
		return;
	}
	put_ethertype(frames, frame, family);
	frames_put_zeros(frame, n_words * 4);
}

static void put_gtp(struct frames *frames, struct frame_made *frame)
{
	uint8_t flags = frames_one_in(frames, 3) ? frames_draw(frames) & 7 : 0;

	frames_put8(frame, 0x30 | flags);
	frames_put8(frame,
		    frames_one_in(frames, 10) ? frames_draw(frames) : 0xff);
	put16(frame, 100);
	frames_put32(frame, frames_draw(frames));
	if (!flags)
		return;
	frames_put_zeros(frame, 3);
	frames_put8(frame, flags & 4 ? 0x85 : 0);
	if (flags & 4) {
		frames_put8(frame, 1);
		put16(frame, 0);
		frames_put8(frame, 0);
	}
}

/* Outer IPv4 header and what stands between it and the inner packet; returns
 * the offset of the outer header, or 0 for no tunnel. */
static uint32_t put_tunnel(struct frames *frames, struct frame_made *frame,
			   uint8_t family)
{
	static const uint8_t protocols[] = { 4, 47, 17, 17 };
	uint32_t kind = frames_draw(frames) % 4, at = frame->n_bytes;
	uint8_t protocol = protocols[kind];

	if (protocol == 4 && family == 6)
		protocol = 41;
	frames_put32(frame, 0x45000000);
	frames_put32(frame, frames_one_in(frames, 20) ? 0x2000 : 0);
	frames_put8(frame, 64);
	frames_put8(frame, protocol);
	put16(frame, 0);
	put_host(frame, 4, 700);
	put_host(frame, 4, 701);
	if (kind == 1)
		put_gre(frames, frame, family);
	if (kind < 2)
		return at;
	put16(frame, frames_draw(frames));
	put16(frame, kind == 2 ? 4789 : 2152);
	frames_put32(frame, 0);
	if (kind == 3) {
		put_gtp(frames, frame);
		return at;
	}
	frames_put32(frame, frames_one_in(frames, 10) ? frames_draw(frames) :
							0x08000000);
	frames_put32(frame, frames_draw(frames));
	put_link(frames, frame, family);
	return at;
}

/* Returns the offset of the length field, to be set once all is known. */
static uint32_t put_ipv4(struct frames *frames, struct frame_made *frame,
			 const struct frames_talk *talk, int from,
			 uint8_t protocol)
{
	uint32_t n_option_words =
		frames_one_in(frames, 16) ? frames_draw(frames) % 11 : 0;
	uint32_t at = frame->n_bytes;

	frames_put8(frame, 0x45 + n_option_words);
	frames_put8(frame, frames_one_in(frames, 4) ? frames_draw(frames) : 0);
	put16(frame, 0);
	put16(frame, frames_draw(frames));
	put16(frame, frames_one_in(frames, 30) ? frames_draw(frames) : 0x4000);
	frames_put8(frame, 64);
	frames_put8(frame, protocol);
	put16(frame, 0);
	put_host(frame, 4, talk->host[from]);
	put_host(frame, 4, talk->host[!from]);
	frames_put_zeros(frame, n_option_words * 4);
	return at + 2;
}

static uint32_t put_ipv6(struct frames *frames, struct frame_made *frame,
			 const struct frames_talk *talk, int from,
			 uint8_t protocol)
{
	static const uint8_t kinds[] = { 0, 43, 44, 51, 60, 135, 139, 140 };
	uint32_t n = frames_one_in(frames, 6) ? frames_draw(frames) % 8 : 0;
	uint32_t at = frame->n_bytes;
	uint8_t kind = kinds[frames_draw(frames) % 8];

	frames_put32(frame,
		     0x60000000 | (frames_one_in(frames, 4) ?
					   frames_draw(frames) % 4 << 20 :
					   0));
	put16(frame, 0);
	frames_put8(frame, n ? kind : protocol);
	frames_put8(frame, 64);
	put_host(frame, 6, talk->host[from]);
	put_host(frame, 6, talk->host[!from]);
	while (n--) {
		uint8_t next = n ? kinds[frames_draw(frames) % 8] : protocol;
		uint32_t words = kind == 44 ? 0 : frames_draw(frames) % 3;

		frames_put8(frame, next);
		frames_put8(frame, kind == 51 ? words * 2 : words);
		put16(frame, kind == 44 && frames_one_in(frames, 4) ?
				     frames_draw(frames) :
				     0);
		frames_put_zeros(frame, 4 + words * 8);
		kind = next;
	}
	return at + 4;
}

static void put_tcp_options(struct frames *frames, struct frame_made *frame,
			    const struct frames_talk *talk, int from)
{
	uint32_t tsval = talk->tsval[from], tsecr = talk->tsval[!from];

	if (frames_one_in(frames, 40))
		tsval = frames_draw(frames);
	if (frames_one_in(frames, 40))
		tsecr += frames_draw(frames) % 2000 - 1000;
	if (frames_one_in(frames, 8)) { /* another layout */
		put16(frame, 0x0204);
		put16(frame, 1460);
		if (frames_one_in(frames, 2))
			frames_put8(frame, 1);
		put16(frame,
		      frames_one_in(frames, 10) ? frames_draw(frames) : 0x080a);
	} else {
		frames_put32(frame, 0x0101080a);
	}
	frames_put32(frame, tsval);
	frames_put32(frame, tsecr);
	if (frames_one_in(frames, 8)) {
		frames_put32(frame, 0x0101050a);
		frames_put32(frame, frames_draw(frames));
		frames_put32(frame, frames_draw(frames));
	}
	while (frame->n_bytes % 4 != 2) /* as the Ethernet header leaves it */
		frames_put8(frame, frames_one_in(frames, 3) ? 0 : 1);
}

static uint8_t tcp_flags(struct frames *frames, struct frames_talk *talk,
			 int from)
{
	if (frames_one_in(frames, 60))
		return frames_draw(frames);
	if (!talk->state)
		return from ? 0x12 : 0x02;
	if (frames_one_in(frames, 40))
		return 0x11;
	return frames_one_in(frames, 100) ? 0x04 : 0x10;
}

static void put_tcp(struct frames *frames, struct frame_made *frame,
		    struct frames_talk *talk, int from)
{
	uint32_t at = frame->n_bytes;
	uint8_t flags = tcp_flags(frames, talk, from);
	uint32_t n_words, n_payload;

	/* some SYNs are sent again, and a SYN-ACK may come first */
	if (talk->state < 200 &&
	    (talk->state || (from && frames_one_in(frames, 2))))
		talk->state++;
	put16(frame, talk->port[from]);
	put16(frame, talk->port[!from]);
	frames_put32(frame,
		     talk->seq[from] - (frames_one_in(frames, 30) ?
						frames_draw(frames) % 400 :
						0));
	frames_put32(frame, talk->seq[!from]);
	put16(frame, flags);
	put16(frame, 8192);
	frames_put32(frame, 0);
	if (talk->is_plain ? frames_one_in(frames, 40) :
			     !frames_one_in(frames, 20))
		put_tcp_options(frames, frame, talk, from);
	n_words = (frame->n_bytes - at) / 4;
	if (frames_one_in(frames, 100))
		n_words = frames_draw(frames);
	frame->bytes[at + 12] = (n_words & 15) << 4;
	n_payload = frames_one_in(frames, 3) ? 0 : frames_draw(frames) % 300;
	frames_put_zeros(frame, n_payload);
	if (talk->state)
		talk->seq[from] +=
			n_payload + (flags & 2 ? 1 : 0) + (flags & 1);
	if (frames_one_in(frames, 40)) /* lost before it came by */
		talk->seq[from] += 100;
}

static void put_icmp(struct frames *frames, struct frame_made *frame,
		     struct frames_talk *talk, int from)
{
	bool is_v6 = talk->family == 6;

	if (frames_one_in(frames, 20))
		frames_put8(frame, frames_draw(frames));
	else if (from)
		frames_put8(frame, is_v6 ? 129 : 0);
	else
		frames_put8(frame, is_v6 ? 128 : 8);
	frames_put8(frame, 0);
	put16(frame, 0);
	put16(frame, talk->port[0]);
	put16(frame, from && frames_one_in(frames, 4) ? talk->sequence - 1 :
							talk->sequence);
	frames_put_zeros(frame, frames_draw(frames) % 60);
	if (!from && frames_one_in(frames, 2))
		talk->sequence++;
}

static void put_udp(struct frames *frames, struct frame_made *frame,
		    struct frames_talk *talk, int from)
{
	bool is_dns = !frames_one_in(frames, 3);

	if (talk->quic.is_quic) {
		put16(frame, talk->port[from]);
		put16(frame, talk->port[!from]);
		frames_put32(frame, 0);
		frames_quic_put(frames, frame, talk, from);
		return;
	}
	put16(frame, is_dns && from ? 53 : talk->port[from]);
	put16(frame, is_dns && !from ? 53 : talk->port[!from]);
	frames_put32(frame, 0);
	put16(frame, talk->sequence / 2);
	frames_put8(frame, from || frames_one_in(frames, 50) ? 0x80 : 0);
	frames_put_zeros(frame, frames_draw(frames) % 100);
	if (from)
		talk->sequence++;
}

static void put_transport(struct frames *frames, struct frame_made *frame,
			  struct frames_talk *talk, int from, uint8_t protocol)
{
	if (protocol == 6) {
		put_tcp(frames, frame, talk, from);
	} else if (protocol == 1 || protocol == 58) {
		put_icmp(frames, frame, talk, from);
	} else {
		put_udp(frames, frame, talk, from);
	}
}

static uint8_t choose_protocol(struct frames *frames,
			       const struct frames_talk *talk)
{
	if (frames_one_in(frames, 12))
		return frames_one_in(frames, 4) ? frames_draw(frames) : 17;
	if (talk->quic.is_quic)
		return 17;
	if (talk->is_icmp)
		return talk->family == 6 ? 58 : 1;
	return 6;
}

static void spoil(struct frames *frames, struct frame_made *frame,
		  uint32_t min_bytes)
{
	if (frames_one_in(frames, 25) && frame->n_bytes > min_bytes)
		frame->n_bytes -=
			frames_draw(frames) % (frame->n_bytes - min_bytes + 1);
	if (frames_one_in(frames, 25))
		for (uint32_t n = 1 + frames_draw(frames) % 4; n; n--)
			frame->bytes[frames_draw(frames) % frame->n_bytes] ^=
				1 << frames_draw(frames) % 8;
}

/* Mostly some 10 us; now and then longer than a flow or a stamp lives, and
 * rarely backwards. */
static void pass_time(struct frames *frames)
{
	frames->now_ns += frames_draw(frames) % 20000;
	if (frames_one_in(frames, 2000))
		frames->now_ns += 35000000000ULL;
	if (frames_one_in(frames, 20000))
		frames->now_ns += 65000000000ULL;
	if (frames_one_in(frames, 5000))
		frames->now_ns -= frames_draw(frames) % 1000000;
}

void frames_make(struct frames *frames, uint32_t min_bytes,
		 struct frame_made *ret_frame)
{
	struct frames_talk *talk =
		&frames->talk[frames_draw(frames) % FRAMES_N_TALKS];
	int from = frames_one_in(frames, 2);
	uint8_t protocol = choose_protocol(frames, talk);
	uint32_t network_at, length_at, tunnel_at = 0;

	if (frames_one_in(frames, talk->quic.is_quic ? 400 : 50))
		talk_begin(frames, talk);
	if (talk->quic.is_one_way)
		from = 0;
	pass_time(frames);
	talk->tsval[from] += frames_draw(frames) % (3 * talk->ticks_per_ms);
	ret_frame->n_bytes = 0;
	if (frames_one_in(frames, 12)) {
		put_link(frames, ret_frame, 4);
		tunnel_at = put_tunnel(frames, ret_frame, talk->family);
	} else {
		put_link(frames, ret_frame, talk->family);
	}
	network_at = ret_frame->n_bytes;
	if (talk->family == 6)
		length_at = put_ipv6(frames, ret_frame, talk, from, protocol);
	else
		length_at = put_ipv4(frames, ret_frame, talk, from, protocol);
	put_transport(frames, ret_frame, talk, from, protocol);
	if (!frames_one_in(frames, 50))
		set16(ret_frame, length_at,
		      ret_frame->n_bytes - network_at -
			      (talk->family == 6 ? 40 : 0));
	if (tunnel_at)
		set16(ret_frame, tunnel_at + 2, ret_frame->n_bytes - tunnel_at);
	if (frames_one_in(frames, 10))
		frames_put_zeros(ret_frame,
				 frames_draw(frames) % 40); /* padding */
	while (ret_frame->n_bytes < min_bytes)
		frames_put8(ret_frame, 0);
	ret_frame->n_wire = ret_frame->n_bytes;
	spoil(frames, ret_frame, min_bytes);
	ret_frame->time_ns = frames->now_ns;
}
