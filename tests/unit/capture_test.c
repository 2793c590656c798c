// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../collector/capture.h"

enum { FILE_MAX = 8 << 20 };

/* A capture being written, in either byte order. */
struct writer {
	uint8_t *bytes;
	size_t n;
	int is_swapped;
};

static uint8_t buffer[FILE_MAX];

static struct writer new_writer(int is_swapped)
{
	return (struct writer){ .bytes = buffer, .is_swapped = is_swapped };
}

static void put(struct writer *w, const void *bytes, size_t n)
{
	assert_true(w->n + n <= FILE_MAX);
	memcpy(w->bytes + w->n, bytes, n);
	w->n += n;
}

static void put16(struct writer *w, uint16_t value)
{
	if (w->is_swapped)
		value = __builtin_bswap16(value);
	put(w, &value, 2);
}

static void put32(struct writer *w, uint32_t value)
{
	if (w->is_swapped)
		value = __builtin_bswap32(value);
	put(w, &value, 4);
}

static void put64(struct writer *w, uint64_t value)
{
	if (w->is_swapped)
		value = __builtin_bswap64(value);
	put(w, &value, 8);
}

static void put_pcap_header(struct writer *w, uint32_t magic, uint32_t link)
{
	put32(w, magic);
	put16(w, 2);
	put16(w, 4);
	put32(w, 0);
	put32(w, 0);
	put32(w, 262144);
	put32(w, link);
}

static void put_pcap_packet(struct writer *w, uint32_t s, uint32_t fraction,
			    uint32_t n_captured, uint32_t n_wire)
{
	put32(w, s);
	put32(w, fraction);
	put32(w, n_captured);
	put32(w, n_wire);
	for (uint32_t i = 0; i < n_captured; i++)
		put(w, &(uint8_t){ (uint8_t)i }, 1);
}

/* Begins a block; end_block() fills in both lengths. */
static size_t begin_block(struct writer *w, uint32_t type)
{
	size_t start = w->n;

	put32(w, type);
	put32(w, 0);
	return start;
}

static void end_block(struct writer *w, size_t start)
{
	struct writer length = *w;
	uint32_t n;

	while ((w->n - start) % 4)
		put(w, "", 1);
	n = (uint32_t)(w->n - start) + 4;
	put32(w, n);
	length.n = start + 4;
	put32(&length, n);
}

static void put_section(struct writer *w)
{
	size_t start = begin_block(w, 0x0a0d0d0a);

	put32(w, 0x1a2b3c4d);
	put16(w, 1);
	put16(w, 0);
	put64(w, UINT64_MAX);
	end_block(w, start);
}

/* resolution < 0: no option; offset_s 0: no option. */
static void put_interface(struct writer *w, uint16_t link, uint32_t snap,
			  int resolution, int64_t offset_s)
{
	size_t start = begin_block(w, 1);

	put16(w, link);
	put16(w, 0);
	put32(w, snap);
	put16(w, 2); /* a name, to be stepped over */
	put16(w, 5);
	put(w, "eth0\0\0\0\0", 8);
	if (resolution >= 0) {
		put16(w, 9);
		put16(w, 1);
		put(w, &(uint8_t[4]){ (uint8_t)resolution }, 4);
	}
	if (offset_s) {
		put16(w, 14);
		put16(w, 8);
		put64(w, (uint64_t)offset_s);
	}
	put32(w, 0);
	end_block(w, start);
}

static void put_enhanced(struct writer *w, uint32_t interface, uint64_t ticks,
			 const void *bytes, uint32_t n_captured,
			 uint32_t n_wire)
{
	size_t start = begin_block(w, 6);

	put32(w, interface);
	put32(w, (uint32_t)(ticks >> 32));
	put32(w, (uint32_t)ticks);
	put32(w, n_captured);
	put32(w, n_wire);
	put(w, bytes, n_captured);
	end_block(w, start);
}

static int open_written(const struct writer *w, struct capture **ret)
{
	char path[] = "/tmp/capture_test_XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, w->bytes, w->n), w->n);
	close(fd);
	err = capture_open(path, ret);
	unlink(path);
	return err;
}

static struct capture *opened(const struct writer *w)
{
	struct capture *capture = NULL;

	assert_int_equal(open_written(w, &capture), 0);
	return capture;
}

static struct capture_packet next(struct capture *capture)
{
	struct capture_packet packet;

	assert_int_equal(capture_next(capture, &packet), 1);
	return packet;
}

static void assert_ends(struct capture *capture)
{
	struct capture_packet packet;

	assert_int_equal(capture_next(capture, &packet), 0);
	assert_int_equal(capture_next(capture, &packet), 0);
	capture_close(capture);
}

static void pcap_is_read_in_every_variant(void **state)
{
	static const struct {
		uint32_t magic, ns_per_tick;
		int is_modified;
	} variants[] = {
		{ 0xa1b2c3d4, 1000, 0 },
		{ 0xa1b23c4d, 1, 0 },
		{ 0xa1b2cd34, 1000, 1 },
	};

	for (int i = 0; i < 6; i++) {
		struct writer w = new_writer(i % 2);
		struct capture_packet packet;
		struct capture *capture;

		/* The top bits say that a check sequence of 4 bytes is there.
		 */
		put_pcap_header(&w, variants[i / 2].magic, 0x24000001);
		for (int j = 0; j < 3; j++) {
			if (variants[i / 2].is_modified) {
				put_pcap_packet(&w, 1767225600, 999999, 0, 0);
				w.n -= 8;
				put32(&w, 60);
				put32(&w, 1500);
				put64(&w, 0);
				put(&w, (uint8_t[60]){ 0, 1, 2 }, 60);
			} else {
				put_pcap_packet(&w, 1767225600, 999999, 60,
						1500);
			}
		}
		capture = opened(&w);
		for (int j = 0; j < 3; j++) {
			packet = next(capture);
			assert_true(packet.has_time);
			assert_int_equal(
				packet.time_ns,
				1767225600000000000 +
					999999LL * variants[i / 2].ns_per_tick);
			assert_int_equal(packet.n_captured, 60);
			assert_int_equal(packet.n_wire, 1500);
			assert_int_equal(packet.link, LINK_ETHERNET);
			assert_int_equal(packet.bytes[2], 2);
		}
		assert_ends(capture);
	}
}

static void pcapng_resolutions_give_nanoseconds(void **state)
{
	static const struct {
		int resolution;
		int64_t offset_s;
		uint64_t ticks;
		int64_t time_ns;
	} cases[] = {
		{ -1, 0, 1767225600123456, 1767225600123456000 },
		{ 6, 0, 1767225600123456, 1767225600123456000 },
		{ 9, 0, 1767225600123456789, 1767225600123456789 },
		{ 3, 0, 1767225600123, 1767225600123000000 },
		{ 0, 0, 1767225600, 1767225600000000000 },
		{ 10, 0, 17672256001234567899u, 1767225600123456789 },
		{ 9, 1767225600, 5, 1767225600000000005 },
		{ 6, -10, 15000000, 5000000000 },
		{ 0x80 | 20, 0, 1ULL << 20, 1000000000 },
		{ 0x80 | 30, 0, 3ULL << 29, 1500000000 },
		{ 0x80 | 0, 0, 7, 7000000000 },
		{ 0xff, 0, UINT64_MAX, 0 },
		{ 127, 0, UINT64_MAX, 0 },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct writer w = new_writer(i % 2);
		struct capture *capture;
		struct capture_packet packet;

		put_section(&w);
		put_interface(&w, 1, 0, cases[i / 2].resolution,
			      cases[i / 2].offset_s);
		put_enhanced(&w, 0, cases[i / 2].ticks, "abcd", 4, 4);
		capture = opened(&w);
		packet = next(capture);
		assert_true(packet.has_time);
		assert_int_equal(packet.time_ns, cases[i / 2].time_ns);
		assert_ends(capture);
	}
}

static void impossible_times_are_no_times(void **state)
{
	static const struct {
		int resolution;
		int64_t offset_s;
		uint64_t ticks;
	} cases[] = {
		{ 6, 0, UINT64_MAX }, { 0, 0, UINT64_MAX },
		{ 0, INT64_MAX, 1 },  { 0, INT64_MIN, 1 },
		{ 6, -1, 999999 },    { 0, 0, 4102444800 },
		{ 9, 4102444800, 0 }, { 0, -1767225601, 1767225600 },
	};
	struct writer w = new_writer(0);
	struct capture *capture;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture_packet packet;

		w = new_writer(0);
		put_section(&w);
		put_interface(&w, 1, 0, cases[i].resolution, cases[i].offset_s);
		put_enhanced(&w, 0, cases[i].ticks, "abcd", 4, 4);
		capture = opened(&w);
		packet = next(capture);
		assert_false(packet.has_time);
		assert_int_equal(packet.time_ns, 0);
		assert_ends(capture);
	}
	w = new_writer(0);
	put_pcap_header(&w, 0xa1b2c3d4, 1);
	put_pcap_packet(&w, 1767225600, 1000000, 60, 60);
	capture = opened(&w);
	assert_false(next(capture).has_time);
	assert_ends(capture);
}

static void put_simple(struct writer *w, uint32_t n_captured, uint32_t n_wire)
{
	size_t start = begin_block(w, 3);

	put32(w, n_wire);
	for (uint32_t i = 0; i < n_captured; i++)
		put(w, &(uint8_t){ (uint8_t)i }, 1);
	end_block(w, start);
}

static void put_obsolete(struct writer *w, uint16_t interface, uint64_t ticks)
{
	size_t start = begin_block(w, 2);

	put16(w, interface);
	put16(w, 0);
	put32(w, (uint32_t)(ticks >> 32));
	put32(w, (uint32_t)ticks);
	put32(w, 6);
	put32(w, 100);
	put(w, "abcdef", 6);
	end_block(w, start);
}

static void put_other(struct writer *w, uint32_t type, size_t n)
{
	size_t start = begin_block(w, type);

	for (size_t i = 0; i < n; i++)
		put(w, "x", 1);
	end_block(w, start);
}

static void put_mixed_section(struct writer *w)
{
	put_section(w);
	put_other(w, 0x80000bad, 0);
	put_interface(w, 1, 20, 9, 0);
	put_interface(w, 101, 0, 6, 0);
	put_enhanced(w, 0, 1000, "ethernet", 8, 1514);
	put_enhanced(w, 1, 2, "E.ip", 4, 1500);
	put_other(w, 10, 3000000); /* larger than any buffer */
	put_simple(w, 20, 1000);
	put_obsolete(w, 1, 3);
}

static void pcapng_sections_and_interfaces_mix(void **state)
{
	struct writer w = new_writer(0);
	struct capture_packet packet;
	struct capture *capture;

	put_mixed_section(&w);
	w.is_swapped = 1;
	put_mixed_section(&w);
	capture = opened(&w);
	for (int section = 0; section < 2; section++) {
		packet = next(capture);
		assert_int_equal(packet.link, LINK_ETHERNET);
		assert_int_equal(packet.time_ns, 1000);
		assert_int_equal(packet.n_wire, 1514);
		assert_memory_equal(packet.bytes, "ethernet", 8);
		packet = next(capture);
		assert_int_equal(packet.link, LINK_RAW_IP);
		assert_int_equal(packet.time_ns, 2000);
		packet = next(capture);
		assert_false(packet.has_time);
		assert_int_equal(packet.n_captured, 20);
		assert_int_equal(packet.n_wire, 1000);
		assert_int_equal(packet.bytes[19], 19);
		packet = next(capture);
		assert_int_equal(packet.time_ns, 3000);
		assert_int_equal(packet.n_captured, 6);
		assert_int_equal(packet.n_wire, 100);
	}
	assert_ends(capture);
}

/* One packet of a link type: header, then "payload". */
static struct capture_packet link_packet(struct capture **capture,
					 uint16_t link_type, const void *header,
					 uint32_t n_header)
{
	struct writer w = new_writer(0);
	uint8_t bytes[64];

	memcpy(bytes, header, n_header);
	memcpy(bytes + n_header, "payload", 8);
	put_section(&w);
	put_interface(&w, link_type, 0, 9, 0);
	put_enhanced(&w, 0, 1000, bytes, n_header + 8, n_header + 1000);
	*capture = opened(&w);
	return next(*capture);
}

static void assert_ethernet_payload(const struct capture_packet *packet,
				    const char ethertype[2])
{
	assert_int_equal(packet->link, LINK_ETHERNET);
	assert_true(packet->is_supported);
	assert_int_equal(packet->n_captured, 14 + 8);
	assert_int_equal(packet->n_wire, 14 + 1000);
	assert_memory_equal(packet->bytes + 12, ethertype, 2);
	assert_memory_equal(packet->bytes + 14, "payload", 8);
}

static void cooked_headers_become_ethernet(void **state)
{
	struct capture_packet packet;
	struct capture *capture;

	packet = link_packet(&capture, 113,
			     "\0\4\0\1\0\6\2\2\2\2\2\2\0\0\x86\xdd", 16);
	assert_ethernet_payload(&packet, "\x86\xdd");
	assert_ends(capture);
	packet = link_packet(&capture, 276,
			     "\x08\0\0\0\0\0\0\7\0\1\4\6\2\2\2\2\2\2\0\0", 20);
	assert_ethernet_payload(&packet, "\x08\0");
	assert_ends(capture);
}

static void loopback_headers_are_stripped(void **state)
{
	static const struct {
		uint16_t link_type;
		const char *header;
	} cases[] = {
		{ 0, "\2\0\0\0" },   { 0, "\0\0\0\2" },   { 108, "\0\0\0\2" },
		{ 0, "\x1e\0\0\0" }, { 0, "\0\0\0\x1c" }, { 108, "\0\0\0\x18" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture *capture;
		struct capture_packet packet = link_packet(
			&capture, cases[i].link_type, cases[i].header, 4);

		assert_int_equal(packet.link, LINK_RAW_IP);
		assert_int_equal(packet.n_captured, 8);
		assert_int_equal(packet.n_wire, 1000);
		assert_memory_equal(packet.bytes, "payload", 8);
		assert_ends(capture);
	}
}

static void other_links_and_families_carry_no_ip(void **state)
{
	struct capture_packet packet;
	struct capture *capture;
	uint32_t link_type;

	packet = link_packet(&capture, 0, "\7\0\0\0", 4);
	assert_true(packet.is_supported);
	assert_memory_equal(packet.bytes + 12, "\0\0", 2);
	assert_int_equal(capture_n_unsupported(capture, &link_type), 0);
	assert_ends(capture);
	packet = link_packet(&capture, 147, "", 0);
	assert_false(packet.is_supported);
	assert_int_equal(packet.link, LINK_ETHERNET);
	assert_memory_equal(packet.bytes + 12, "\0\0", 2);
	assert_int_equal(capture_n_unsupported(capture, &link_type), 1);
	assert_int_equal(link_type, 147);
	assert_ends(capture);
}

static void short_link_headers_are_truncated_frames(void **state)
{
	static const uint16_t link_types[] = { 0, 108, 113, 276 };

	for (size_t i = 0; i < 4; i++) {
		struct writer w = new_writer(0);
		struct capture *capture;

		put_pcap_header(&w, 0xa1b2c3d4, link_types[i]);
		put_pcap_packet(&w, 1, 1, 3, 100);
		capture = opened(&w);
		assert_int_equal(next(capture).n_captured, 0);
		assert_ends(capture);
	}
}

/* Packets until the end; *ret_err is what came then. */
static int count_packets(struct capture *capture, int *ret_err)
{
	struct capture_packet packet;
	int n = 0;

	while ((*ret_err = capture_next(capture, &packet)) > 0) {
		volatile uint8_t sum = 0;

		for (uint32_t i = 0; i < packet.n_captured; i++)
			sum = (uint8_t)(sum + packet.bytes[i]);
		n++;
	}
	return n;
}

static void cut_pcap_is_used_up_to_the_cut(void **state)
{
	struct writer w = new_writer(0), cut;
	int err, n;

	put_pcap_header(&w, 0xa1b2c3d4, 1);
	for (int i = 0; i < 3; i++)
		put_pcap_packet(&w, 1, 1, 10, 10);
	for (cut = w, cut.n = 24; cut.n <= w.n; cut.n++) {
		struct capture *capture = opened(&cut);

		n = count_packets(capture, &err);
		assert_int_equal(n, (cut.n - 24) / 26);
		assert_int_equal(err, (cut.n - 24) % 26 ? -EBADMSG : 0);
		if (err) {
			assert_non_null(capture_problem(capture));
			assert_int_equal(capture_problem_position(capture),
					 24 + n * 26);
		}
		capture_close(capture);
	}
}

static void cut_pcapng_is_used_up_to_the_cut(void **state)
{
	struct writer w = new_writer(1), cut;
	size_t n_head, ends[4];
	int err, n, expected;

	put_section(&w);
	n_head = w.n;
	put_interface(&w, 1, 0, 6, 0);
	put_other(&w, 5, 40);
	for (int i = 0; i < 3; i++) {
		put_enhanced(&w, 0, 1, "abcdef", 6, 6);
		ends[i] = w.n;
	}
	for (cut = w, cut.n = n_head; cut.n <= w.n; cut.n++) {
		struct capture *capture = opened(&cut);

		for (expected = 0; expected < 3 && ends[expected] <= cut.n;)
			expected++;
		n = count_packets(capture, &err);
		assert_int_equal(n, expected);
		if (n > 0 && cut.n != ends[n - 1]) {
			assert_int_equal(err, -EBADMSG);
			assert_int_equal(capture_problem_position(capture),
					 ends[n - 1]);
		}
		capture_close(capture);
	}
}

static void absurd_lengths_stop_the_reader(void **state)
{
	static const uint32_t lengths[] = { 262145, 0x7fffffff, 0xffffffff };
	int err;

	for (size_t i = 0; i < 3; i++) {
		struct writer w = new_writer(0);
		struct capture *capture;

		put_pcap_header(&w, 0xa1b2c3d4, 1);
		put_pcap_packet(&w, 1, 1, 10, 10);
		put_pcap_packet(&w, 1, 1, 0, 0);
		memcpy(w.bytes + w.n - 8, &lengths[i], 4);
		put_pcap_packet(&w, 1, 1, 10, 10);
		capture = opened(&w);
		assert_int_equal(count_packets(capture, &err), 1);
		assert_int_equal(err, -EBADMSG);
		assert_int_equal(capture_problem_position(capture), 24 + 26);
		capture_close(capture);
	}
}

static void largest_packet_is_read(void **state)
{
	struct writer w = new_writer(0);
	struct capture *capture;

	put_pcap_header(&w, 0xa1b2c3d4, 1);
	for (int i = 0; i < 10; i++)
		put_pcap_packet(&w, 1, 1, CAPTURE_MAX_PACKET_BYTES,
				CAPTURE_MAX_PACKET_BYTES);
	capture = opened(&w);
	for (int i = 0; i < 10; i++)
		assert_int_equal(next(capture).n_captured,
				 CAPTURE_MAX_PACKET_BYTES);
	assert_ends(capture);
}

/* Writes one block after a good packet, and expects the reader to stop there.
 */
static void refuses_block(const uint32_t *words, size_t n_words)
{
	struct writer w = new_writer(0);
	struct capture *capture;
	size_t position;
	int err;

	put_section(&w);
	put_interface(&w, 1, 0, 6, 0);
	put_enhanced(&w, 0, 1, "abcd", 4, 4);
	position = w.n;
	for (size_t i = 0; i < n_words; i++)
		put32(&w, words[i]);
	put_enhanced(&w, 0, 1, "abcd", 4, 4);
	capture = opened(&w);
	assert_int_equal(count_packets(capture, &err), 1);
	assert_int_equal(err, -EBADMSG);
	assert_int_equal(capture_problem_position(capture), position);
	capture_close(capture);
}

#define REFUSES_BLOCK(...)                                                     \
	refuses_block((const uint32_t[]){ __VA_ARGS__ },                       \
		      sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void impossible_blocks_stop_the_reader(void **state)
{
	REFUSES_BLOCK(6, 0, 0);
	REFUSES_BLOCK(6, 11, 0);
	REFUSES_BLOCK(99, 13, 0, 0);
	REFUSES_BLOCK(99, 0xfffffffc, 0);
	REFUSES_BLOCK(6, 0xfffffffc, 0, 0, 0, 0, 0, 0);
	REFUSES_BLOCK(6, 12, 12);
	REFUSES_BLOCK(6, 32, 0, 0, 0, 1, 1, 32);       /* packet > block */
	REFUSES_BLOCK(6, 32, 7, 0, 0, 0, 0, 32);       /* no such interface */
	REFUSES_BLOCK(6, 32, 0, 0, 0, 0, 0, 28);       /* lengths differ */
	REFUSES_BLOCK(1, 16, 0, 16);                   /* too short */
	REFUSES_BLOCK(3, 12, 12);                      /* too short */
	REFUSES_BLOCK(0x0a0d0d0a, 28, 0, 1, 0, 0, 28); /* no byte order */
}

static void refuses_file(const void *bytes, size_t n)
{
	struct writer w = new_writer(0);
	struct capture *capture = NULL;

	put(&w, bytes, n);
	assert_int_equal(open_written(&w, &capture), -EBADMSG);
	assert_null(capture);
}

static void what_is_no_capture_is_refused(void **state)
{
	struct capture *capture = NULL;

	refuses_file("", 0);
	refuses_file("\xd4\xc3", 2);
	refuses_file("\xd4\xc3\xb2\xa1", 4);
	refuses_file("just text, long enough for a header of 24 bytes", 47);
	refuses_file("\xd4\xc3\xb2\xa1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		     24);
	refuses_file("\x0a\x0d\x0d\x0a", 4);
	refuses_file("\x0a\x0d\x0d\x0a\x1c\0\0\0\1\2\3\4\1\0\0\0"
		     "\0\0\0\0\0\0\0\0\x1c\0\0\0",
		     28);
	assert_int_equal(capture_open("/nonexistent", &capture), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_is_read_in_every_variant),
		cmocka_unit_test(pcapng_resolutions_give_nanoseconds),
		cmocka_unit_test(impossible_times_are_no_times),
		cmocka_unit_test(pcapng_sections_and_interfaces_mix),
		cmocka_unit_test(cooked_headers_become_ethernet),
		cmocka_unit_test(loopback_headers_are_stripped),
		cmocka_unit_test(other_links_and_families_carry_no_ip),
		cmocka_unit_test(short_link_headers_are_truncated_frames),
		cmocka_unit_test(cut_pcap_is_used_up_to_the_cut),
		cmocka_unit_test(cut_pcapng_is_used_up_to_the_cut),
		cmocka_unit_test(absurd_lengths_stop_the_reader),
		cmocka_unit_test(largest_packet_is_read),
		cmocka_unit_test(impossible_blocks_stop_the_reader),
		cmocka_unit_test(what_is_no_capture_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
