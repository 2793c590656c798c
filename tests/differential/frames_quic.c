// SPDX-License-Identifier: GPL-2.0-or-later
#include "frames.h"

#include <string.h>

static const uint32_t versions[] = {
	1, 1, 1, 0x6b3343cf, 0x709a50c4, 0xff00001d,
};

enum { N_VERSIONS = 6, CLIENT = 0, SERVER = 1, FIRST = 2 };

/* As version 1 numbers them */
enum { INITIAL = 0, ZERO_RTT = 1, HANDSHAKE = 2, RETRY = 3 };

void frames_quic_begin(struct frames *frames, struct frames_talk *talk)
{
	struct frames_quic *quic = &talk->quic;
	static const uint8_t lengths[] = { 0, 8, 8, 20 };

	memset(quic, 0, sizeof(*quic));
	quic->is_quic = 1;
	quic->is_one_way = frames_one_in(frames, 8);
	quic->mode = frames_draw(frames) % N_FRAMES_QUIC_MODES;
	if (frames_one_in(frames, 2))
		quic->mode = FRAMES_SPINS;
	quic->version = frames_draw(frames) % N_VERSIONS;
	for (int i = 0; i < 3; i++) {
		quic->cid_bytes[i] = lengths[frames_draw(frames) % 4];
		for (int j = 0; j < 20; j++)
			quic->cid[i][j] = frames_draw(frames);
	}
	quic->cid_bytes[FIRST] = 8 + frames_draw(frames) % 13;
	if (frames_one_in(frames, 2))
		talk->port[1] = 443;
}

static void put_cid(struct frames *frames, struct frame_made *frame,
		    const struct frames_quic *quic, int which)
{
	uint8_t n_bytes = quic->cid_bytes[which];

	frames_put8(frame,
		    frames_one_in(frames, 60) ? frames_draw(frames) : n_bytes);
	for (int i = 0; i < n_bytes; i++)
		frames_put8(frame, quic->cid[which][i]);
}

static void put_long(struct frames *frames, struct frame_made *frame,
		     const struct frames_quic *quic, int type, int dcid,
		     int scid)
{
	uint32_t version = versions[quic->version];
	uint8_t first;

	if (frames_one_in(frames, 60))
		version = frames_draw(frames);
	if (version == 0x6b3343cf || version == 0x709a50c4)
		type = (type + 1) & 3;
	first = 0xc0 | type << 4 | (frames_draw(frames) & 15);
	if (frames_one_in(frames, 40))
		first ^= 0x40;
	frames_put8(frame, first);
	frames_put32(frame, version);
	put_cid(frames, frame, quic, dcid);
	put_cid(frames, frame, quic, scid);
	frames_put_zeros(frame, 20);
}

/* Most are padded as they must be. */
static void put_initial(struct frames *frames, struct frame_made *frame,
			const struct frames_quic *quic, int dcid, int scid)
{
	uint32_t at = frame->n_bytes;
	uint32_t n_bytes = frames_one_in(frames, 20) ? 1199 : 1200;

	put_long(frames, frame, quic, INITIAL, dcid, scid);
	frames_put_zeros(frame, at + n_bytes - frame->n_bytes);
}

static void put_negotiation(struct frames *frames, struct frame_made *frame,
			    struct frames_quic *quic)
{
	frames_put8(frame, 0x80 | frames_draw(frames));
	frames_put32(frame, 0);
	put_cid(frames, frame, quic, CLIENT);
	put_cid(frames, frame, quic, frames_one_in(frames, 4) ? SERVER : FIRST);
	frames_put32(frame, 1);
	quic->version = frames_draw(frames) % N_VERSIONS;
	quic->stage = 0;
}

static void put_answer(struct frames *frames, struct frame_made *frame,
		       struct frames_quic *quic)
{
	int dcid = frames_one_in(frames, 30) ? SERVER : CLIENT;

	if (frames_one_in(frames, 10)) {
		put_negotiation(frames, frame, quic);
		return;
	}
	if (frames_one_in(frames, 6)) {
		put_long(frames, frame, quic, RETRY, dcid, SERVER);
		quic->stage = 4; /* the client starts again, knowing SERVER */
		return;
	}
	if (frames_one_in(frames, 10)) /* compatible version negotiation */
		quic->version = frames_draw(frames) % N_VERSIONS;
	put_long(frames, frame, quic,
		 frames_one_in(frames, 3) ? HANDSHAKE : INITIAL, dcid, SERVER);
	quic->stage = 2;
}

static uint8_t spin_bit(struct frames *frames, struct frames_quic *quic,
			int from)
{
	bool is_random =
		quic->mode == FRAMES_GREASES ||
		(quic->mode == FRAMES_TURNS_GREASED && quic->n_packets > 100);

	quic->n_packets++;
	if (is_random || frames_one_in(frames, 80))
		return frames_draw(frames) & 1;
	if (quic->mode == FRAMES_KEEPS_0 || quic->mode == FRAMES_KEEPS_1)
		return quic->mode == FRAMES_KEEPS_1;
	/* bit 0: what the client sent, bit 1: what the server has repeated; a
	 * packet of the same round comes now and then */
	if (!frames_one_in(frames, 3)) {
		if (from == CLIENT)
			quic->bit = (quic->bit & 2) | !(quic->bit >> 1);
		else
			quic->bit = (quic->bit & 1) | (quic->bit & 1) << 1;
	}
	return from == CLIENT ? quic->bit & 1 : quic->bit >> 1;
}

static void put_short(struct frames *frames, struct frame_made *frame,
		      struct frames_talk *talk, int from)
{
	uint8_t first = frames_draw(frames) & 0x5f;

	first |= spin_bit(frames, &talk->quic, from) << 5;
	frames_put8(frame, first);
	frames_put_zeros(frame, frames_draw(frames) % 60);
	if (frames_one_in(frames, 200)) /* migrates, or is rebound */
		talk->port[0] = frames_draw(frames);
}

static void put_client(struct frames *frames, struct frame_made *frame,
		       struct frames_talk *talk)
{
	struct frames_quic *quic = &talk->quic;

	switch (quic->stage) {
	case 0:
	case 1:
		put_initial(frames, frame, quic, FIRST, CLIENT);
		quic->stage = quic->is_one_way && frames_one_in(frames, 3) ? 2 :
									     1;
		break;
	case 2:
		if (frames_one_in(frames, 8))
			put_initial(frames, frame, quic, FIRST, CLIENT);
		else if (frames_one_in(frames, 8))
			put_long(frames, frame, quic, ZERO_RTT, FIRST, CLIENT);
		else
			put_long(frames, frame, quic, HANDSHAKE, SERVER,
				 CLIENT);
		quic->stage = 3;
		break;
	case 4:
		put_initial(frames, frame, quic, SERVER, CLIENT);
		memcpy(quic->cid[FIRST], quic->cid[SERVER], 20);
		quic->cid_bytes[FIRST] = quic->cid_bytes[SERVER];
		quic->stage = 1;
		break;
	default:
		put_short(frames, frame, talk, CLIENT);
	}
}

void frames_quic_put(struct frames *frames, struct frame_made *frame,
		     struct frames_talk *talk, int from)
{
	struct frames_quic *quic = &talk->quic;

	if (from == CLIENT)
		put_client(frames, frame, talk);
	else if (quic->stage == 1 ||
		 (quic->stage == 2 && frames_one_in(frames, 4)))
		put_answer(frames, frame, quic);
	else
		put_short(frames, frame, talk, SERVER);
}
