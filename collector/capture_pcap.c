// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classic pcap (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html)
 */
#include <errno.h>

#include "../lib/clock.h"
#include "capture_format.h"

enum {
	FILE_HEADER_BYTES = 24,
	RECORD_HEADER_BYTES = 16,
	/* Interface index, protocol and packet type follow. */
	MODIFIED_HEADER_BYTES = 24,
	/* Above it the field has the length of the frame check sequence. */
	LINK_TYPE_MASK = 0x03ffffff,
	VERSION_MAJOR = 2,
};

static const struct magic {
	uint32_t value;
	uint32_t ticks_per_s;
	size_t record_header_bytes;
} magics[] = {
	{ 0xa1b2c3d4, 1000000, RECORD_HEADER_BYTES },
	{ 0xa1b23c4d, 1000000000, RECORD_HEADER_BYTES },
	{ 0xa1b2cd34, 1000000, MODIFIED_HEADER_BYTES },
};

static int capture_pcap_next(struct capture *capture,
			     struct capture_packet *packet,
			     uint32_t *ret_link_type)
{
	size_t n_header = capture->record_header_bytes, n;
	uint32_t n_captured, fraction;
	uint8_t *bytes;

	n = stream_peek(capture->stream, n_header, &bytes);
	if (n == 0 && !stream_problem(capture->stream))
		return 0;
	if (n < n_header)
		return capture_fail_short(capture,
					  "the file ends in a record header");
	n_captured = capture_u32(capture, bytes + 8);
	if (n_captured > CAPTURE_MAX_PACKET_BYTES)
		return capture_fail(capture,
				    "a record length is beyond 256 KiB");
	n = stream_peek(capture->stream, n_header + n_captured, &bytes);
	if (n < n_header + n_captured)
		return capture_fail_short(capture,
					  "the file ends within a packet");
	fraction = capture_u32(capture, bytes + 4);
	capture_set_time(packet, capture_u32(capture, bytes),
			 (uint64_t)fraction *
				 (CLOCK_NS_PER_S / capture->ticks_per_s));
	packet->bytes = bytes + n_header;
	packet->n_captured = n_captured;
	packet->n_wire = capture_u32(capture, bytes + 12);
	*ret_link_type = capture->link_type;
	stream_skip(capture->stream, n_header + n_captured);
	return 1;
}

static const struct magic *find_magic(uint32_t value)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (magics[i].value == value)
			return &magics[i];
	return NULL;
}

int capture_pcap_start(struct capture *capture)
{
	const struct magic *magic = NULL;
	uint8_t *bytes;
	size_t n = stream_peek(capture->stream, FILE_HEADER_BYTES, &bytes);

	for (int order = 0; order < 2 && n >= 4 && !magic; order++) {
		capture->is_swapped = order == 1;
		magic = find_magic(capture_u32(capture, bytes));
	}
	if (!magic)
		return 0;
	if (n < FILE_HEADER_BYTES)
		return capture_fail_short(capture,
					  "the file ends in its header");
	if (capture_u16(capture, bytes + 4) != VERSION_MAJOR)
		return capture_fail(capture, "pcap of an unknown version");
	capture->ticks_per_s = magic->ticks_per_s;
	capture->record_header_bytes = magic->record_header_bytes;
	capture->link_type = capture_u32(capture, bytes + 20) & LINK_TYPE_MASK;
	capture->next = capture_pcap_next;
	stream_skip(capture->stream, FILE_HEADER_BYTES);
	return 1;
}
