// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../collector/http.h"
#include "../../lib/clock.h"

static enum http_status look(const char *request)
{
	bool is_head;

	return http_look(request, strlen(request), "/metrics", &is_head);
}

static void http_get_and_head_of_the_path_are_ok(void **state)
{
	static const char head[] = "HEAD /metrics HTTP/1.1\r\n\r\n";
	bool is_head;

	assert_int_equal(look("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	assert_int_equal(look("GET /metrics?x=1 HTTP/1.0\r\n\r\n"), 200);
	assert_int_equal(http_look(head, strlen(head), "/metrics", &is_head),
			 200);
	assert_true(is_head);
}

static void http_refuses_by_status(void **state)
{
	assert_int_equal(look("GET / HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(look("GET /metricsx HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(look("POST /metrics HTTP/1.1\r\n\r\n"), 405);
	assert_int_equal(look("get /metrics HTTP/1.1\r\n\r\n"), 405);
	assert_int_equal(look("GET /metrics\r\n\r\n"), 400);
	assert_int_equal(look("GET  /metrics HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(look("GET /metrics HTTP/1.1 \r\n\r\n"), 400);
	assert_int_equal(look("GET /metrics HTTP/2\r\n\r\n"), 400);
	assert_int_equal(look("GET metrics HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(look("GET /\033 HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(look("\r\n\r\n"), 400);
}

static void http_waits_for_the_whole_request(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nA: b\r\n\r\n";
	size_t n = strlen(request);
	bool is_head;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(http_look(request, i, "/metrics", &is_head),
				 HTTP_INCOMPLETE);
	assert_int_equal(http_look(request, n, "/metrics", &is_head), 200);
}

static void http_request_without_end_is_too_large(void **state)
{
	char request[HTTP_MAX_REQUEST_BYTES];
	bool is_head;

	memset(request, 'x', sizeof(request));
	assert_int_equal(http_look(request, sizeof(request) - 1, "/m",
				   &is_head),
			 HTTP_INCOMPLETE);
	assert_int_equal(http_look(request, sizeof(request), "/m", &is_head),
			 HTTP_TOO_LARGE);
}

static void http_listens_only_on_this_host(void **state)
{
	static const char *const good[] = { "127.0.0.1:9464", "127.1.2.3:1",
					    "[::1]:65535", "unix:/tmp/x",
					    "unix:relative" };
	static const char *const bad[] = {
		"0.0.0.0:9464",
		"192.0.2.1:9464",
		"[::]:9464",
		"[2001:db8::]:1",
		"::1:9464",
		"127.0.0.1",
		"127.0.0.1:0",
		"127.0.0.1:65536",
		"127.0.0.1:9x",
		"localhost:80",
		":9464",
		"[127.0.0.1]:80",
		"[::ffff:127.0.0.1]:80",
		"unix:",
		"",
		"[:1",
		"[]:1",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(http_address_is_valid("test", good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(http_address_is_valid("test", bad[i]));
}

static char *make_body(void *context, size_t *ret_n_bytes)
{
	*ret_n_bytes = 5;
	return strdup("body\n");
}

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* A client that says nothing keeps its place for its time and no longer, and
 * all the places together keep nobody out for good. */
static void http_silent_clients_lose_their_place(void **state)
{
	struct http_server server = { .path = "/m",
				      .content_type = "text/plain",
				      .make_body = make_body };
	char directory[] = "/tmp/spindrift-http.XXXXXX", text[64], answer[256];
	int silent[HTTP_MAX_CONNECTIONS], fd;
	ssize_t n;

	assert_non_null(mkdtemp(directory));
	snprintf(text, sizeof(text), "unix:%s/s", directory);
	assert_int_equal(http_open(&server, text), 0);
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++) {
		silent[i] = dial(text + 5);
		http_serve(&server, 0);
	}
	fd = dial(text + 5);
	assert_int_equal(send(fd, "GET /m HTTP/1.1\r\n\r\n", 19, 0), 19);
	http_serve(&server, HTTP_MAX_S * CLOCK_NS_PER_S - 1);
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), -1);
	http_serve(&server, HTTP_MAX_S * CLOCK_NS_PER_S);
	http_serve(&server, HTTP_MAX_S * CLOCK_NS_PER_S);
	n = recv(fd, answer, sizeof(answer) - 1, 0);
	assert_true(n > 0);
	answer[n] = '\0';
	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_string_equal(answer + n - 9, "\r\n\r\nbody\n");
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		close(silent[i]);
	close(fd);
	http_close(&server);
	assert_int_equal(access(text + 5, F_OK), -1);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_get_and_head_of_the_path_are_ok),
		cmocka_unit_test(http_refuses_by_status),
		cmocka_unit_test(http_waits_for_the_whole_request),
		cmocka_unit_test(http_request_without_end_is_too_large),
		cmocka_unit_test(http_listens_only_on_this_host),
		cmocka_unit_test(http_silent_clients_lose_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
