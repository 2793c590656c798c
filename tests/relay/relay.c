// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * relay: a virtual cable with delay, jitter, loss, duplicates, reordering and a
 * rate limit between two network namespaces, for kernels without sch_netem. It
 * records when each frame really came in and went out. One thread.
 *
 *   ip netns add A; ip netns add B
 *   relay -a A:eth0 -b B:eth0 -d 10ms,25ms -j 2ms -D normal -l 0.5 &
 *   ip -n A addr add 10.0.0.1/24 dev eth0
 *   ip -n B addr add 10.0.0.2/24 dev eth0
 *   ip netns exec A ping 10.0.0.2          # 35 ms and jitter
 */
#include "frames.h"
#include "impair.h"
#include "options.h"
#include "port.h"
#include "truth.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
	RELAY_BURST_FRAMES = 64,   /* taken in before due ones are sent */
	RELAY_LATE_BINS = 1 << 14, /* of 1 us; the last one is open */
	RELAY_PRIORITY = 10,
};

struct direction {
	int id; /* IMPAIR_TO_B or IMPAIR_TO_A */
	int fd_in, fd_out;
	struct impair *impair;
	struct frames_queue queue;
	struct truth *truth_in, *truth_out;
	uint64_t n_arrived;
	uint64_t n_in, n_out, n_lost, n_tail_dropped, n_duplicated, n_held;
	uint64_t n_pool_full, n_send_failed;
	uint64_t late_sum_ns, late_max_ns;
	uint32_t late_us[RELAY_LATE_BINS];
};

struct relay {
	struct options options;
	struct impair_random random;
	struct frames_pool pool;
	struct truth truth[2];
	struct direction dir[2];
};

static volatile sig_atomic_t stop_asked, stats_asked;

static void relay_on_signal(int number)
{
	if (number == SIGUSR1)
		stats_asked = 1;
	else
		stop_asked = 1;
}

static uint64_t relay_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void relay_plan(struct relay *relay, struct direction *dir,
		       struct frame *frame, uint64_t now_ns)
{
	struct impair_path *path = impair_paths_find(
		&relay->options.paths, frame->data, frame->len_bytes, dir->id);
	bool is_held = false;

	if (!impair_plan(dir->impair, path, dir->id, &relay->random, now_ns,
			 frame->len_bytes, &frame->due_ns, &is_held)) {
		dir->n_tail_dropped++;
		frames_pool_give(&relay->pool, frame);
		return;
	}
	dir->n_held += is_held;
	frame->arrival = dir->n_arrived++;
	frames_queue_add(&dir->queue, frame);
}

static void relay_duplicate(struct relay *relay, struct direction *dir,
			    const struct frame *frame, uint64_t now_ns)
{
	struct frame *copy;

	if (dir->impair->duplicate_ratio <= 0 ||
	    impair_random_next(&relay->random) >= dir->impair->duplicate_ratio)
		return;
	copy = frames_pool_take(&relay->pool);
	if (!copy)
		return;
	memcpy(copy->data, frame->data, frame->len_bytes);
	copy->len_bytes = frame->len_bytes;
	dir->n_duplicated++;
	relay_plan(relay, dir, copy, now_ns);
}

/* Takes one frame in; false if there is none. */
static bool relay_receive_one(struct relay *relay, struct direction *dir)
{
	struct frame *frame = frames_pool_take(&relay->pool);
	uint64_t now_ns;
	ssize_t n;

	if (!frame) {
		dir->n_pool_full++;
		return false;
	}
	n = read(dir->fd_in, frame->data, sizeof(frame->data));
	if (n <= 0) {
		frames_pool_give(&relay->pool, frame);
		return false;
	}
	now_ns = relay_clock_ns(CLOCK_MONOTONIC);
	frame->len_bytes = (uint32_t)n;
	dir->n_in++;
	truth_put(dir->truth_in, now_ns, frame->data, frame->len_bytes);
	if (impair_is_lost(dir->impair, &relay->random)) {
		dir->n_lost++;
		frames_pool_give(&relay->pool, frame);
		return true;
	}
	relay_duplicate(relay, dir, frame, now_ns);
	relay_plan(relay, dir, frame, now_ns);
	return true;
}

static uint32_t relay_receive(struct relay *relay, struct direction *dir)
{
	uint32_t n = 0;

	while (n < RELAY_BURST_FRAMES && relay_receive_one(relay, dir))
		n++;
	return n;
}

static void relay_note_lateness(struct direction *dir, uint64_t late_ns)
{
	uint64_t bin = late_ns / 1000;

	if (bin >= RELAY_LATE_BINS)
		bin = RELAY_LATE_BINS - 1;
	dir->late_us[bin]++;
	dir->late_sum_ns += late_ns;
	if (late_ns > dir->late_max_ns)
		dir->late_max_ns = late_ns;
}

static void relay_send_due(struct relay *relay, struct direction *dir)
{
	struct frame *frame;
	uint64_t now_ns;

	while ((frame = frames_queue_first(&dir->queue))) {
		now_ns = relay_clock_ns(CLOCK_MONOTONIC);
		if (frame->due_ns > now_ns)
			return;
		frames_queue_take(&dir->queue);
		/* Before the write: an answer may come while it runs. */
		truth_put(dir->truth_out, now_ns, frame->data,
			  frame->len_bytes);
		if (write(dir->fd_out, frame->data, frame->len_bytes) < 0)
			dir->n_send_failed++;
		dir->n_out++;
		relay_note_lateness(dir, now_ns - frame->due_ns);
		frames_pool_give(&relay->pool, frame);
	}
}

static void relay_send_all_due(struct relay *relay)
{
	relay_send_due(relay, &relay->dir[IMPAIR_TO_B]);
	relay_send_due(relay, &relay->dir[IMPAIR_TO_A]);
}

static uint32_t relay_late_quantile_us(const struct direction *dir, double q)
{
	double want = q * (double)dir->n_out;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < RELAY_LATE_BINS; i++) {
		sum += dir->late_us[i];
		if ((double)sum > want)
			return i + 1;
	}
	return RELAY_LATE_BINS;
}

static void relay_print_stats(const struct relay *relay)
{
	for (int i = 0; i < 2; i++) {
		const struct direction *dir = &relay->dir[i];

		fprintf(stderr,
			"%s in=%" PRIu64 " out=%" PRIu64 " lost=%" PRIu64
			" tail_dropped=%" PRIu64 " duplicated=%" PRIu64
			" reordered=%" PRIu64 " send_failed=%" PRIu64
			" pool_full=%" PRIu64 " queued=%u late_mean_us=%.1f"
			" late_p50_us=%u late_p99_us=%u late_max_us=%.0f\n",
			i == IMPAIR_TO_B ? "a->b" : "b->a", dir->n_in,
			dir->n_out, dir->n_lost, dir->n_tail_dropped,
			dir->n_duplicated, dir->n_held, dir->n_send_failed,
			dir->n_pool_full, dir->queue.n,
			dir->n_out ? (double)dir->late_sum_ns / 1e3 /
					     (double)dir->n_out :
				     0,
			relay_late_quantile_us(dir, .5),
			relay_late_quantile_us(dir, .99),
			(double)dir->late_max_ns / 1e3);
	}
}

/* Sleeps until shortly before the next deadline, or until a frame arrives. */
static void relay_wait(const struct relay *relay, uint64_t end_ns)
{
	struct pollfd poll_fds[2] = {
		{ .fd = relay->dir[0].fd_in, .events = POLLIN },
		{ .fd = relay->dir[1].fd_in, .events = POLLIN },
	};
	uint64_t now_ns = relay_clock_ns(CLOCK_MONOTONIC);
	uint64_t next_ns = end_ns, spin_ns = (uint64_t)relay->options.spin_ns;
	struct timespec timeout;

	for (int i = 0; i < 2; i++) {
		struct frame *first = frames_queue_first(&relay->dir[i].queue);

		if (first && first->due_ns < next_ns)
			next_ns = first->due_ns;
	}
	if (next_ns <= now_ns || next_ns - now_ns <= spin_ns)
		return;
	next_ns -= now_ns + spin_ns;
	timeout.tv_sec = (time_t)(next_ns / 1000000000);
	timeout.tv_nsec = (long)(next_ns % 1000000000);
	ppoll(poll_fds, 2, &timeout, NULL);
}

static void relay_run(struct relay *relay)
{
	const uint64_t start_ns = relay_clock_ns(CLOCK_MONOTONIC);
	const uint64_t hour_ns = 3600 * 1000000000ull;
	const uint64_t end_ns =
		relay->options.duration_ns > 0 ?
			start_ns + (uint64_t)relay->options.duration_ns :
			UINT64_MAX;

	while (!stop_asked && relay_clock_ns(CLOCK_MONOTONIC) < end_ns) {
		uint32_t n = relay_receive(relay, &relay->dir[IMPAIR_TO_B]);
		uint64_t until_ns = relay_clock_ns(CLOCK_MONOTONIC) + hour_ns;

		relay_send_all_due(relay);
		n += relay_receive(relay, &relay->dir[IMPAIR_TO_A]);
		relay_send_all_due(relay);
		if (stats_asked) {
			stats_asked = 0;
			relay_print_stats(relay);
		}
		if (!n)
			relay_wait(relay,
				   end_ns < until_ns ? end_ns : until_ns);
	}
}

static int relay_open(struct relay *relay)
{
	const uint64_t offset_ns = relay_clock_ns(CLOCK_REALTIME) -
				   relay_clock_ns(CLOCK_MONOTONIC);
	int err = frames_pool_init(&relay->pool);

	for (int i = 0; i < 2 && !err; i++) {
		struct direction *dir = &relay->dir[i];

		dir->id = i;
		dir->impair = &relay->options.impair[i];
		dir->truth_in = &relay->truth[i];
		dir->truth_out = &relay->truth[!i];
		err = frames_queue_init(&dir->queue);
	}
	for (int i = 0; i < 2 && !err; i++) {
		int fd = port_open(relay->options.end[i]);

		relay->dir[i].fd_in = fd;
		relay->dir[!i].fd_out = fd;
		err = fd < 0 ? fd : 0;
	}
	for (int i = 0; i < 2 && !err && relay->options.truth_prefix; i++)
		err = truth_init(&relay->truth[i], relay->options.truth_prefix,
				 i ? 'b' : 'a', offset_ns);
	return err;
}

static int relay_close(struct relay *relay)
{
	int err = 0;

	for (int i = 0; i < 2; i++) {
		int truth_err = truth_fini(&relay->truth[i]);

		err = err ? err : truth_err;
		frames_queue_fini(&relay->dir[i].queue);
		if (relay->dir[i].fd_in >= 0)
			close(relay->dir[i].fd_in);
	}
	frames_pool_fini(&relay->pool);
	return err;
}

static int relay_raise_priority(void)
{
	const struct sched_param param = { .sched_priority = RELAY_PRIORITY };

	if (mlockall(MCL_CURRENT | MCL_FUTURE) ||
	    sched_setscheduler(0, SCHED_FIFO, &param))
		return -errno;
	return 0;
}

static void relay_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = relay_on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
}

int main(int argc, char **argv)
{
	static struct relay relay = {
		.dir = { { .fd_in = -1 }, { .fd_in = -1 } },
	};
	int err = options_parse(argc, argv, &relay.options);
	int close_err;

	if (err)
		return 2;
	relay.random.state = relay.options.seed * 2 + 1;
	relay_catch_signals();
	err = relay_open(&relay);
	if (err)
		goto out;
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (relay.options.is_realtime)
		err = relay_raise_priority();
	if (err)
		goto out;
	fprintf(stderr, "relay: ready\n");
	relay_run(&relay);
	relay_print_stats(&relay);
out:
	close_err = relay_close(&relay);
	err = err ? err : close_err;
	if (err)
		fprintf(stderr, "relay: stopped: %s\n", strerror(-err));
	return err ? 1 : 0;
}
