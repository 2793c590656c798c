/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets out of a capture file: classic pcap (microseconds and nanoseconds,
 * both byte orders, also the modified format of Kuznetsov) and pcapng (any
 * number of sections, interfaces, link types and resolutions in one file), each
 * plain or compressed, from a file or stdin. docs/decisions/ says why libpcap
 * does not do it.
 *
 * Memory is one stream's buffer (stream.h) and 64 bytes for each pcapng
 * interface, of which there may be 65,536. Hostile input ends in a packet less,
 * never in more memory. One thread at a time.
 */
#ifndef COLLECTOR_CAPTURE_H
#define COLLECTOR_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/packet.h"

/* Records that claim more captured bytes are damage: the largest snap length
 * that capture programs use is 262144. */
enum { CAPTURE_MAX_PACKET_BYTES = 256 << 10 };

struct capture_packet {
	/* From the Ethernet or IP header on; valid until the next call. Cooked
	 * and loopback headers are gone. */
	const uint8_t *bytes;
	uint32_t n_captured;
	uint32_t n_wire; /* length on the wire from `bytes` on, >= n_captured */
	enum link link;
	/* False: it has no time (simple packet blocks), or one outside
	 * 1970-2100; time_ns is then 0. */
	bool has_time;
	bool is_supported; /* false: link type not known, bytes are not IP */
	int64_t time_ns;   /* UTC */
};

struct capture;

/*
 * Reads the file header. -EBADMSG when it is no capture, or the error of
 * opening it; prints one line.
 */
int capture_open(const char *path, struct capture **ret_capture);
/* NULL is accepted. */
void capture_close(struct capture *capture);

/* 1 and a packet, 0 at the end, or -EBADMSG where the file is damaged: all
 * before it was given. Prints nothing; after 0 or -EBADMSG it stays there. */
int capture_next(struct capture *capture, struct capture_packet *ret_packet);

/* After -EBADMSG: the cause, and the position in the (decompressed) file of the
 * record that could not be read. */
const char *capture_problem(const struct capture *capture);
uint64_t capture_problem_position(const struct capture *capture);
bool capture_is_compressed(const struct capture *capture);

/* As stream.h. */
uint64_t capture_input_bytes(const struct capture *capture);
uint64_t capture_file_bytes(const struct capture *capture);

/* A link type of which packets were given as not supported, and their number.
 */
uint64_t capture_n_unsupported(const struct capture *capture,
			       uint32_t *ret_link_type);

#endif
