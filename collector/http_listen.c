// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "http.h"

enum { BACKLOG = 16, MAX_PORT = 65535 };

/* Where to listen. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un path;
};

static bool parse_port(const char *text, in_port_t *ret_port)
{
	unsigned long port;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	port = strtoul(text, &end, 10);
	if (*end || !port || port > MAX_PORT)
		return false;
	*ret_port = htons((in_port_t)port);
	return true;
}

static bool parse_host(const char *host, in_port_t port, union address *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		ret->v4 = v4;
		return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		ret->v6 = v6;
		return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
	}
	return false;
}

/* HOST:PORT, with brackets around an IPv6 address. */
static bool parse_network(const char *text, union address *ret)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	in_port_t port;
	size_t n;

	if (!colon || !parse_port(colon + 1, &port))
		return false;
	n = colon - text;
	if ((*text == '[') != (strchr(text, ':') != colon))
		return false;
	if (*text == '[') {
		if (n < 2 || text[n - 1] != ']')
			return false;
		text++;
		n -= 2;
	}
	if (!n || n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	return parse_host(host, port, ret);
}

static bool parse(const char *text, union address *ret)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };

	memset(ret, 0, sizeof(*ret));
	if (strncmp(text, "unix:", 5))
		return parse_network(text, ret);
	text += 5;
	if (!*text || strlen(text) >= sizeof(path.sun_path))
		return false;
	strcpy(path.sun_path, text);
	ret->path = path;
	return true;
}

bool http_address_is_valid(const char *what, const char *text)
{
	union address address;

	if (parse(text, &address))
		return true;
	cli_error("%s: bad address '%s': expected 127.0.0.1:PORT, [::1]:PORT "
		  "or unix:PATH",
		  what, text);
	return false;
}

static socklen_t size_of(const union address *address)
{
	switch (address->any.sa_family) {
	case AF_INET:
		return sizeof(address->v4);
	case AF_INET6:
		return sizeof(address->v6);
	default:
		return sizeof(address->path);
	}
}

/* What a killed collector left is a socket that nobody listens at. */
static void remove_stale(const union address *address)
{
	const char *path = address->path.sun_path;
	struct stat status;
	int fd;

	if (lstat(path, &status) || !S_ISSOCK(status.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, &address->any, sizeof(address->path)) &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

static int listen_at(const union address *address, int *ret_fd)
{
	bool is_path = address->any.sa_family == AF_UNIX;
	int fd = socket(address->any.sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, err = 0;

	if (fd < 0)
		return -errno;
	if (is_path)
		remove_stale(address);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &address->any, size_of(address)))
		err = -errno;
	/* To connect is to write: for the group, but for nobody else. */
	if (!err && is_path && chmod(address->path.sun_path, 0660))
		err = -errno;
	if (!err && listen(fd, BACKLOG))
		err = -errno;
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

int http_open(struct http_server *server, const char *text)
{
	union address address;
	int err = 0;

	server->fd = -1;
	server->socket_path = NULL;
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		server->connection[i].fd = -1;
	if (!parse(text, &address))
		return -EINVAL;
	if (address.any.sa_family == AF_UNIX) {
		server->socket_path = strdup(address.path.sun_path);
		err = server->socket_path ? 0 : -ENOMEM;
	}
	if (!err)
		err = listen_at(&address, &server->fd);
	if (err) {
		cli_error("%s: cannot be listened at: %s", text,
			  strerror(-err));
		free(server->socket_path);
		server->socket_path = NULL;
	}
	return err;
}
