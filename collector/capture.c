// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cli.h"
#include "../lib/clock.h"
#include "capture_format.h"

/* Link types (https://www.tcpdump.org/linktypes.html). */
enum link_type {
	LINK_TYPE_NULL = 0,
	LINK_TYPE_ETHERNET = 1,
	LINK_TYPE_RAW_BSD = 12,
	LINK_TYPE_RAW_OPENBSD = 14,
	LINK_TYPE_RAW = 101,
	LINK_TYPE_LOOP = 108,
	LINK_TYPE_LINUX_SLL = 113,
	LINK_TYPE_IPV4 = 228,
	LINK_TYPE_IPV6 = 229,
	LINK_TYPE_LINUX_SLL2 = 276,
};

enum {
	ETHERNET_BYTES = 14,
	ETHERNET_TYPE_OFFSET = 12,
	SLL_BYTES = 16,
	SLL2_BYTES = 20,
	LOOPBACK_BYTES = 4,
};

/* 2100-01-01 as seconds since 1970. */
#define TIME_MAX_S 4102444800LL

/* An Ethernet header of which core says that it carries no IP. */
static const uint8_t no_ip_frame[ETHERNET_BYTES];

static void strip(struct capture_packet *packet, uint32_t n_bytes)
{
	packet->bytes += n_bytes;
	packet->n_captured -= n_bytes;
	packet->n_wire -= n_bytes;
}

static void set_no_ip(struct capture_packet *packet)
{
	packet->bytes = no_ip_frame;
	packet->n_captured = ETHERNET_BYTES;
	if (packet->n_wire < ETHERNET_BYTES)
		packet->n_wire = ETHERNET_BYTES;
	packet->link = LINK_ETHERNET;
}

/* The last 14 bytes of a cooked header are laid out as an Ethernet header, the
 * protocol in place of the type, so core reads VLAN tags behind it as well. */
static void set_cooked(struct capture_packet *packet)
{
	packet->link = LINK_ETHERNET;
	if (packet->n_captured >= SLL_BYTES)
		strip(packet, SLL_BYTES - ETHERNET_BYTES);
	else
		packet->n_captured = 0;
}

/* Version 2 has its protocol in front; it is moved to where the end of the link
 * address was. The bytes are the stream's buffer and may be written to. */
static void set_cooked2(struct capture_packet *packet)
{
	uint8_t *bytes = (uint8_t *)packet->bytes;

	packet->link = LINK_ETHERNET;
	if (packet->n_captured < SLL2_BYTES) {
		packet->n_captured = 0;
		return;
	}
	memcpy(bytes + SLL2_BYTES - ETHERNET_BYTES + ETHERNET_TYPE_OFFSET,
	       bytes, 2);
	strip(packet, SLL2_BYTES - ETHERNET_BYTES);
}

/* AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD,
 * 28 on FreeBSD, 30 on macOS. In the order of the capturing machine, or in
 * network order (LINK_TYPE_LOOP): small numbers tell. */
static bool is_ip_address_family(uint32_t family)
{
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	return family == 2 || family == 10 || family == 24 || family == 28 ||
	       family == 30;
}

static void set_loopback(struct capture_packet *packet)
{
	uint32_t family;

	packet->link = LINK_RAW_IP;
	if (packet->n_captured < LOOPBACK_BYTES) {
		packet->n_captured = 0;
		return;
	}
	memcpy(&family, packet->bytes, sizeof(family));
	if (is_ip_address_family(family))
		strip(packet, LOOPBACK_BYTES);
	else
		set_no_ip(packet);
}

static void set_unsupported(struct capture *capture,
			    struct capture_packet *packet, uint32_t link_type)
{
	capture->n_unsupported++;
	capture->unsupported_link_type = link_type;
	packet->is_supported = false;
	set_no_ip(packet);
}

static void set_link(struct capture *capture, struct capture_packet *packet,
		     uint32_t link_type)
{
	packet->is_supported = true;
	switch (link_type) {
	case LINK_TYPE_ETHERNET:
		packet->link = LINK_ETHERNET;
		break;
	case LINK_TYPE_RAW_BSD:
	case LINK_TYPE_RAW_OPENBSD:
	case LINK_TYPE_RAW:
	case LINK_TYPE_IPV4:
	case LINK_TYPE_IPV6:
		packet->link = LINK_RAW_IP;
		break;
	case LINK_TYPE_LINUX_SLL:
		set_cooked(packet);
		break;
	case LINK_TYPE_LINUX_SLL2:
		set_cooked2(packet);
		break;
	case LINK_TYPE_NULL:
	case LINK_TYPE_LOOP:
		set_loopback(packet);
		break;
	default:
		set_unsupported(capture, packet, link_type);
	}
}

int capture_fail(struct capture *capture, const char *problem)
{
	capture->problem = problem;
	capture->problem_position = stream_position(capture->stream);
	return -EBADMSG;
}

int capture_fail_short(struct capture *capture, const char *problem)
{
	const char *cause = stream_problem(capture->stream);

	return capture_fail(capture, cause ? cause : problem);
}

void capture_set_time(struct capture_packet *packet, int64_t time_s,
		      uint64_t fraction_ns)
{
	packet->has_time = time_s >= 0 && time_s < TIME_MAX_S &&
			   fraction_ns < CLOCK_NS_PER_S;
	packet->time_ns = packet->has_time ? time_s * CLOCK_NS_PER_S +
						     (int64_t)fraction_ns :
					     0;
}

static int read_header(struct capture *capture)
{
	const char *problem = stream_problem(capture->stream);
	uint8_t *bytes;
	int found;

	found = capture_pcap_start(capture);
	if (found == 0)
		found = capture_pcapng_start(capture);
	if (found > 0)
		return 0;
	if (found < 0)
		return found;
	if (stream_peek(capture->stream, 1, &bytes) == 0 && !problem)
		return capture_fail_short(capture, "the file is empty");
	return capture_fail_short(capture, "neither pcap nor pcapng");
}

int capture_open(const char *path, struct capture **ret_capture)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int err;

	if (!capture)
		return -ENOMEM;
	err = stream_open(path, &capture->stream);
	if (err < 0) {
		cli_error("%s: cannot read: %s", path, strerror(-err));
		goto out;
	}
	err = read_header(capture);
	if (err < 0) {
		cli_error("%s: not a capture: %s", path, capture->problem);
		goto out;
	}
	*ret_capture = capture;
	capture = NULL;
out:
	capture_close(capture);
	return err;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	stream_close(capture->stream);
	free(capture->interfaces);
	free(capture);
}

int capture_next(struct capture *capture, struct capture_packet *ret_packet)
{
	uint32_t link_type;
	int err;

	if (capture->problem)
		return -EBADMSG;
	if (capture->has_ended)
		return 0;
	err = capture->next(capture, ret_packet, &link_type);
	if (err <= 0) {
		capture->has_ended = true;
		return err;
	}
	if (ret_packet->n_wire < ret_packet->n_captured)
		ret_packet->n_wire = ret_packet->n_captured;
	set_link(capture, ret_packet, link_type);
	return 1;
}

const char *capture_problem(const struct capture *capture)
{
	return capture->problem;
}

uint64_t capture_problem_position(const struct capture *capture)
{
	return capture->problem_position;
}

bool capture_is_compressed(const struct capture *capture)
{
	return stream_is_compressed(capture->stream);
}

uint64_t capture_input_bytes(const struct capture *capture)
{
	return stream_input_bytes(capture->stream);
}

uint64_t capture_file_bytes(const struct capture *capture)
{
	return stream_file_bytes(capture->stream);
}

uint64_t capture_n_unsupported(const struct capture *capture,
			       uint32_t *ret_link_type)
{
	*ret_link_type = capture->unsupported_link_type;
	return capture->n_unsupported;
}
