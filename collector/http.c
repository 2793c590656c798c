// SPDX-License-Identifier: GPL-2.0-or-later
#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/clock.h"

struct text_part {
	const char *start;
	size_t n;
};

static bool is_text(struct text_part part, const char *text)
{
	return part.n == strlen(text) && !memcmp(part.start, text, part.n);
}

/* Up to the next blank, or the end. */
static struct text_part take_word(struct text_part *rest)
{
	const char *blank = memchr(rest->start, ' ', rest->n);
	struct text_part word = { rest->start, rest->n };

	if (blank)
		word.n = blank - rest->start;
	rest->start += word.n + !!blank;
	rest->n -= word.n + !!blank;
	return word;
}

/* A query is of no meaning here and does not matter. */
static bool is_path(struct text_part target, const char *path)
{
	const char *query = memchr(target.start, '?', target.n);

	if (query)
		target.n = query - target.start;
	return is_text(target, path);
}

static enum http_status look_at_line(struct text_part line, const char *path,
				     bool *ret_is_head)
{
	struct text_part method = take_word(&line);
	struct text_part target = take_word(&line);

	if (!is_text(line, "HTTP/1.1") && !is_text(line, "HTTP/1.0"))
		return HTTP_BAD_REQUEST;
	if (!target.n || target.start[0] != '/')
		return HTTP_BAD_REQUEST;
	*ret_is_head = is_text(method, "HEAD");
	if (!*ret_is_head && !is_text(method, "GET"))
		return HTTP_BAD_METHOD;
	return is_path(target, path) ? HTTP_OK : HTTP_NOT_FOUND;
}

/* The empty line that ends the headers, or NULL. */
static const char *find_end(const char *bytes, size_t n_bytes)
{
	return memmem(bytes, n_bytes, "\r\n\r\n", 4);
}

enum http_status http_look(const char *bytes, size_t n_bytes, const char *path,
			   bool *ret_is_head)
{
	struct text_part line = { bytes, 0 };

	*ret_is_head = false;
	if (!find_end(bytes, n_bytes))
		return n_bytes < HTTP_MAX_REQUEST_BYTES ? HTTP_INCOMPLETE :
							  HTTP_TOO_LARGE;
	line.n = (const char *)memmem(bytes, n_bytes, "\r\n", 2) - bytes;
	for (size_t i = 0; i < line.n; i++)
		if (!isprint((unsigned char)bytes[i]))
			return HTTP_BAD_REQUEST;
	return look_at_line(line, path, ret_is_head);
}

static const char *reason(enum http_status status)
{
	switch (status) {
	case HTTP_OK:
		return "OK";
	case HTTP_NOT_FOUND:
		return "Not Found";
	case HTTP_BAD_METHOD:
		return "Method Not Allowed";
	case HTTP_TOO_LARGE:
		return "Request Header Fields Too Large";
	case HTTP_NO_MEMORY:
		return "Service Unavailable";
	default:
		return "Bad Request";
	}
}

static void end_connection(struct http_connection *connection)
{
	close(connection->fd);
	free(connection->response);
	connection->response = NULL;
	connection->fd = -1;
}

/* Without memory for an answer there is none. */
static void answer(const struct http_server *server,
		   struct http_connection *connection, enum http_status status,
		   bool is_head)
{
	const char *type = "text/plain; charset=utf-8";
	char *body = NULL;
	size_t n_body = 0;
	FILE *stream;

	if (status == HTTP_OK) {
		type = server->content_type;
		body = server->make_body(server->context, &n_body);
		if (!body)
			status = HTTP_NO_MEMORY;
	}
	stream = open_memstream(&connection->response, &connection->n_response);
	if (stream) {
		fprintf(stream,
			"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
			"Content-Length: %zu\r\n%sConnection: close\r\n\r\n",
			status, reason(status), type, n_body,
			status == HTTP_BAD_METHOD ? "Allow: GET, HEAD\r\n" :
						    "");
		if (body && !is_head)
			fwrite(body, 1, n_body, stream);
		if (fclose(stream)) {
			free(connection->response);
			connection->response = NULL;
		}
	}
	free(body);
	if (!connection->response)
		end_connection(connection);
}

static void receive(const struct http_server *server,
		    struct http_connection *connection)
{
	enum http_status status;
	bool is_head;
	ssize_t n = recv(connection->fd,
			 connection->request + connection->n_request,
			 sizeof(connection->request) - connection->n_request,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end_connection(connection);
		return;
	}
	connection->n_request += n;
	status = http_look(connection->request, connection->n_request,
			   server->path, &is_head);
	if (status != HTTP_INCOMPLETE)
		answer(server, connection, status, is_head);
}

/* What is still unread when a socket is closed makes the kernel reset the
 * connection, and the answer may be lost with it. */
static void finish(struct http_connection *connection)
{
	char rest[1024];

	shutdown(connection->fd, SHUT_WR);
	recv(connection->fd, rest, sizeof(rest), MSG_DONTWAIT);
	end_connection(connection);
}

static void transmit(struct http_connection *connection)
{
	ssize_t n = send(connection->fd,
			 connection->response + connection->n_sent,
			 connection->n_response - connection->n_sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		end_connection(connection);
		return;
	}
	connection->n_sent += n;
	if (connection->n_sent == connection->n_response)
		finish(connection);
}

static void accept_all(struct http_server *server, int64_t mono_ns)
{
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++) {
		struct http_connection *connection = &server->connection[i];

		if (connection->fd >= 0)
			continue;
		connection->fd = accept4(server->fd, NULL, NULL,
					 SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (connection->fd < 0)
			return;
		connection->n_request = connection->n_sent = 0;
		connection->end_mono_ns = mono_ns + HTTP_MAX_S * CLOCK_NS_PER_S;
	}
}

void http_serve(struct http_server *server, int64_t mono_ns)
{
	if (server->fd < 0)
		return;
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		if (server->connection[i].fd >= 0 &&
		    server->connection[i].end_mono_ns <= mono_ns)
			end_connection(&server->connection[i]);
	accept_all(server, mono_ns);
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++) {
		struct http_connection *connection = &server->connection[i];

		if (connection->fd >= 0 && !connection->response)
			receive(server, connection);
		if (connection->fd >= 0 && connection->response)
			transmit(connection);
	}
}

int http_poll_fds(const struct http_server *server,
		  struct pollfd fds[HTTP_MAX_FDS])
{
	bool has_room = false;
	int n = 0;

	if (server->fd < 0)
		return 0;
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++) {
		const struct http_connection *connection =
			&server->connection[i];

		if (connection->fd < 0) {
			has_room = true;
			continue;
		}
		fds[n++] = (struct pollfd){
			.fd = connection->fd,
			.events = connection->response ? POLLOUT : POLLIN,
		};
	}
	if (has_room)
		fds[n++] =
			(struct pollfd){ .fd = server->fd, .events = POLLIN };
	return n;
}

void http_close(struct http_server *server)
{
	if (server->fd < 0)
		return;
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		if (server->connection[i].fd >= 0)
			end_connection(&server->connection[i]);
	close(server->fd);
	server->fd = -1;
	if (server->socket_path)
		unlink(server->socket_path);
	free(server->socket_path);
	server->socket_path = NULL;
}
