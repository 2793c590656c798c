/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between capture.c and the readers of the two formats; for no other file.
 */
#ifndef COLLECTOR_CAPTURE_FORMAT_H
#define COLLECTOR_CAPTURE_FORMAT_H

#include <stddef.h>

#include "capture.h"
#include "stream.h"

enum {
	CAPTURE_MAX_INTERFACES = 65536,
};

/* Ticks of a pcapng interface -> ns: value * multiplier >> shift, or value /
 * divisor. */
struct capture_clock {
	uint64_t multiplier, divisor;
	uint8_t shift;
	int64_t offset_s;
};

struct capture_interface {
	uint32_t link_type;
	uint32_t snap_bytes; /* 0: no limit */
	struct capture_clock clock;
};

struct capture {
	struct stream *stream;
	/* As capture_next(), but for the link header. */
	int (*next)(struct capture *capture, struct capture_packet *packet,
		    uint32_t *ret_link_type);
	bool is_swapped; /* written in the other byte order */
	/* pcap */
	size_t record_header_bytes;
	uint32_t link_type, ticks_per_s;
	/* pcapng: interfaces of this section */
	struct capture_interface *interfaces;
	size_t n_interfaces, max_interfaces;
	/* ends and failures stay */
	bool has_ended;
	const char *problem;
	uint64_t problem_position;
	uint64_t n_unsupported;
	uint32_t unsupported_link_type;
};

/* Each takes the file header; 1 when it is its format, 0 when not, -EBADMSG
 * with capture->problem set. */
int capture_pcap_start(struct capture *capture);
int capture_pcapng_start(struct capture *capture);

/* Sets problem and its position; returns -EBADMSG. */
int capture_fail(struct capture *capture, const char *problem);
/* The same where the input ends too early: the stream's problem comes first. */
int capture_fail_short(struct capture *capture, const char *problem);

/* Seconds and nanoseconds into the packet, if they are a plausible time. */
void capture_set_time(struct capture_packet *packet, int64_t time_s,
		      uint64_t fraction_ns);

static inline uint32_t capture_u32(const struct capture *capture,
				   const uint8_t *bytes)
{
	uint32_t value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return capture->is_swapped ? __builtin_bswap32(value) : value;
}

static inline uint16_t capture_u16(const struct capture *capture,
				   const uint8_t *bytes)
{
	uint16_t value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return capture->is_swapped ? __builtin_bswap16(value) : value;
}

#endif
