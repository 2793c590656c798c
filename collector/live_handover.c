// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_handover.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/packet.h"
#include "../core/tables.h"
#include "../lib/crc32c.h"

#define MAGIC 0x7265766f646e6168ULL /* "handover" */

/* To be raised with every change of what is in a table that changes no size. */
enum { TABLES_VERSION = 1 };

static uint32_t layout_of_tables(void)
{
	static const uint32_t size[] = {
		TABLES_VERSION,
		sizeof(struct handover_shared),
		sizeof(struct settings),
		sizeof(struct flow),
		sizeof(struct flow_quic),
		sizeof(struct stamp),
		sizeof(struct server),
		sizeof(struct subnet_bucket),
		sizeof(struct subnet_row),
		sizeof(struct version_row),
		sizeof(struct hist),
		sizeof(struct dealt),
		sizeof(struct counters),
		sizeof(struct tallies),
		sizeof(struct memos),
		FLOW_WAYS,
		STAMP_WAYS,
		SERVER_WAYS,
		N_OUTCOMES,
		N_EVENTS,
		N_SOURCES,
		N_HIST_REFS,
		N_TRAFFIC_CELLS,
		N_SPIN_CLASSES,
		HIST_SUB_BITS,
		HIST_LINEAR_BITS,
		HIST_LIMIT_BITS,
	};

	return crc32c_add(0, (const uint8_t *)size, sizeof(size));
}

static int map_shared(struct live_handover *handover, int fd)
{
	void *shared = mmap(NULL, sizeof(*handover->shared),
			    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (shared == MAP_FAILED)
		return -errno;
	handover->shared = shared;
	handover->fd = fd;
	return 0;
}

int live_handover_create(struct live_handover *handover,
			 const struct settings *settings, unsigned int hook,
			 const char *output)
{
	int err, fd = memfd_create("spindrift-state", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	err = strlen(output) < HANDOVER_MAX_PATH ? 0 : -ENAMETOOLONG;
	if (!err && ftruncate(fd, sizeof(*handover->shared)))
		err = -errno;
	if (!err)
		err = map_shared(handover, fd);
	if (err) {
		close(fd);
		return err;
	}
	handover->shared->magic = MAGIC;
	handover->shared->layout = layout_of_tables();
	handover->shared->hook = hook;
	handover->shared->settings = *settings;
	strcpy(handover->shared->output, output);
	return 0;
}

/* All but the secret. */
static bool is_equal(const struct settings *a, const struct settings *b)
{
	struct settings without_key = *a;

	memcpy(without_key.hash_key, b->hash_key, sizeof(b->hash_key));
	return !memcmp(&without_key, b, sizeof(without_key));
}

static const char *find_problem(const struct handover_shared *shared,
				const struct settings *settings,
				unsigned int hook, const char *output)
{
	if (shared->magic != MAGIC || shared->layout != layout_of_tables())
		return "it is of another version";
	if (shared->hook != hook)
		return "it has another hook";
	if (!is_equal(&shared->settings, settings))
		return "it has other settings";
	if (strncmp(shared->output, output, HANDOVER_MAX_PATH))
		return "it is of another campaign";
	if (!shared->n_saved)
		return "it had not begun";
	return NULL;
}

const char *live_handover_adopt(struct live_handover *handover, int fd,
				struct settings *settings, unsigned int hook,
				const char *output)
{
	const char *problem;
	struct stat status;

	if (fstat(fd, &status) || status.st_size != sizeof(*handover->shared) ||
	    map_shared(handover, fd))
		return "it is of another version";
	problem = find_problem(handover->shared, settings, hook, output);
	if (problem) {
		handover->fd = -1;
		live_handover_fini(handover);
		return problem;
	}
	memcpy(settings->hash_key, handover->shared->settings.hash_key,
	       sizeof(settings->hash_key));
	return NULL;
}

const struct handover_copy *
live_handover_find(const struct live_handover *handover, uint32_t epoch)
{
	const struct handover_shared *shared = handover->shared;
	const struct handover_copy *copy = &shared->copy[shared->n_saved & 1];

	if (copy->phase == HANDOVER_DRAINING && copy->epoch == epoch)
		return &shared->copy[!(shared->n_saved & 1)];
	return copy;
}

void live_handover_save(struct live_handover *handover,
			const struct handover_copy *copy)
{
	struct handover_shared *shared = handover->shared;
	uint64_t n;

	if (handover->fd < 0)
		return;
	n = shared->n_saved + 1;
	shared->copy[n & 1] = *copy;
	__atomic_store_n(&shared->n_saved, n, __ATOMIC_SEQ_CST);
}

void live_handover_fini(struct live_handover *handover)
{
	if (handover->shared)
		munmap(handover->shared, sizeof(*handover->shared));
	if (handover->fd >= 0)
		close(handover->fd);
	*handover = (struct live_handover){ .fd = -1 };
}

static uint32_t at_most_rows(size_t n)
{
	return n < HANDOVER_MAX_ROWS ? (uint32_t)n : HANDOVER_MAX_ROWS;
}

void handover_rows_save(struct handover_rows *rows, const struct record *record)
{
	rows->n_gaps = at_most_rows(record->gap.n);
	rows->n_events = at_most_rows(record->events.n);
	for (uint32_t i = 0; i < rows->n_gaps; i++)
		rows->gap[i] = record->gap.row[i];
	for (uint32_t i = 0; i < rows->n_events; i++)
		rows->event[i] = record->events.row[i];
}

void handover_rows_restore(const struct handover_rows *rows,
			   struct record *record)
{
	for (uint32_t i = 0; i < at_most_rows(rows->n_gaps); i++) {
		struct record_gap *gap = record_add(&record->gap);

		if (gap)
			*gap = rows->gap[i];
	}
	for (uint32_t i = 0; i < at_most_rows(rows->n_events); i++) {
		struct record_event *event = record_add(&record->events);

		if (event)
			*event = rows->event[i];
	}
}
