/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The endpoint's command line. `endpoint -h` prints what the options mean.
 */
#ifndef QUIC_OPTIONS_H
#define QUIC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum options_mode { OPTIONS_DOWNLOAD, OPTIONS_UPLOAD, OPTIONS_REQUESTS };

/* What the bit is in a connection that does not spin. */
enum options_bit {
	OPTIONS_BIT_ZERO,
	OPTIONS_BIT_PER_CONNECTION, /* random, then constant */
	OPTIONS_BIT_PER_PACKET,     /* random */
};

enum { OPTIONS_MAX_CONNECTIONS = 256 };

struct options {
	bool is_server;
	const char *address, *port;
	const char *source; /* the client's address; NULL: any */
	uint32_t n_connections;
	uint32_t still_one_in; /* 0: all spin; 1: none does */
	enum options_bit still_bit;
	bool greases_fixed_bit;
	bool retries;
	uint32_t version;
	enum options_mode mode;
	uint32_t pause_ns;   /* between data packets */
	uint64_t request_ns; /* between requests */
	uint32_t think_us;   /* of the server, before its answer */
	uint32_t ack_every;
	uint64_t duration_ns;
	uint64_t move_ns; /* after the handshake; 0: never */
	uint64_t seed;
	const char *log_path; /* NULL: no log */
};

/* 0, or -EINVAL after a line on stderr. Keeps pointers into argv. */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
