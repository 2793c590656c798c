/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of HTTP/1.1 (RFC 9112) as a monitoring system on the same host needs:
 * GET and HEAD of one path, one request for each connection.
 *
 * Listens on a loopback address or a Unix socket, nowhere else. Everything is
 * bounded: connections, bytes of a request, seconds of a connection; nothing
 * waits for a client. One thread, which calls http_serve() whenever a
 * descriptor is ready and at least once a second.
 */
#ifndef COLLECTOR_HTTP_H
#define COLLECTOR_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_MAX_CONNECTIONS = 8,
	HTTP_MAX_REQUEST_BYTES = 4096,
	HTTP_MAX_S = 5, /* of a connection */
	HTTP_MAX_FDS = HTTP_MAX_CONNECTIONS + 1,
};

enum http_status {
	HTTP_INCOMPLETE = 0,
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_BAD_METHOD = 405,
	HTTP_TOO_LARGE = 431,
	HTTP_NO_MEMORY = 503,
};

/* What to answer to a request of these bytes so far; `path` is what is served.
 * Whatever the bytes are, the result is one of the above. */
enum http_status http_look(const char *bytes, size_t n_bytes, const char *path,
			   bool *ret_is_head);

struct http_connection {
	int fd; /* -1: free */
	int64_t end_mono_ns;
	char request[HTTP_MAX_REQUEST_BYTES];
	size_t n_request;
	char *response; /* NULL until the request is complete */
	size_t n_response, n_sent;
};

/* malloc()s the body; NULL when memory is short. */
typedef char *http_make_body(void *context, size_t *ret_n_bytes);

struct http_server {
	int fd; /* -1: none */
	const char *path, *content_type;
	http_make_body *make_body;
	void *context;
	/* private */
	char *socket_path; /* of a Unix socket, removed at the end */
	struct http_connection connection[HTTP_MAX_CONNECTIONS];
};

/* Whether the text names a place to listen at: 127.0.0.1:9464, [::1]:9464 or
 * unix:PATH. Prints one line, with `what` first, when it does not. */
bool http_address_is_valid(const char *what, const char *text);

/* Listens. path, content_type, make_body and context are set by the caller
 * before. -errno after one line. */
int http_open(struct http_server *server, const char *text);
void http_close(struct http_server *server);

/* Fills in what to wait for; returns how many. */
int http_poll_fds(const struct http_server *server,
		  struct pollfd fds[HTTP_MAX_FDS]);
void http_serve(struct http_server *server, int64_t mono_ns);

#endif
