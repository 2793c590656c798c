// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../core/packet.h"
#include "../core/tally.h"
#include "../lib/cli.h"
#include "spindrift.skel.h"

/* An mmapped array map: both buffers, one after the other. */
struct window {
	void *start;
	size_t n_bytes;
	size_t half_bytes; /* offset of the odd epochs' buffer */
};

struct live_maps {
	struct spindrift_bpf *skel;
	struct settings settings;
	struct window bucket, row, hist, version_row, dealt;
	struct counters *cpu_counters; /* one for each possible CPU */
	struct counters sum;
	struct tallies *cpu_tallies; /* likewise */
	int n_cpus;
};

static int print_warnings(enum libbpf_print_level level, const char *format,
			  va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static int print_nothing(enum libbpf_print_level level, const char *format,
			 va_list args)
{
	return 0;
}

static int map_window(struct window *window, const struct bpf_map *map,
		      size_t entry_bytes, size_t n_half)
{
	size_t page_bytes = sysconf(_SC_PAGESIZE);

	entry_bytes = (entry_bytes + 7) & ~(size_t)7;
	window->half_bytes = entry_bytes * n_half;
	window->n_bytes = (2 * window->half_bytes + page_bytes - 1) &
			  ~(page_bytes - 1);
	window->start = mmap(NULL, window->n_bytes, PROT_READ | PROT_WRITE,
			     MAP_SHARED, bpf_map__fd(map), 0);
	if (window->start != MAP_FAILED)
		return 0;
	window->start = NULL;
	return -errno;
}

static void unmap_window(struct window *window)
{
	if (window->start)
		munmap(window->start, window->n_bytes);
}

/* Start of a buffer in a window. */
static void *window_half(const struct window *window, __u32 buffer)
{
	return (char *)window->start + (buffer & 1 ? window->half_bytes : 0);
}

static __u32 n_rows(const struct settings *settings)
{
	return settings->max_subnets + N_OVERFLOW_ROWS;
}

static __u32 n_hists(const struct settings *settings)
{
	return settings->max_hists + N_OVERFLOW_HISTS;
}

static __u32 n_version_rows(const struct settings *settings)
{
	return settings->max_version_rows + N_OVERFLOW_ROWS;
}

static int size_maps(struct spindrift_bpf *skel,
		     const struct settings *settings)
{
	int err = bpf_map__set_max_entries(skel->maps.flows,
					   settings->n_flow_sets);

	if (!err)
		err = bpf_map__set_max_entries(skel->maps.stamps,
					       settings->n_stamp_sets);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.subnet_index,
					       2 * settings->n_subnet_buckets);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.subnets,
					       2 * n_rows(settings));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.hists,
					       2 * n_hists(settings));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.servers,
					       settings->n_server_sets);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.version_rows,
					       2 * n_version_rows(settings));
	return err;
}

static int map_windows(struct live_maps *maps)
{
	const struct settings *settings = &maps->settings;
	struct spindrift_bpf *skel = maps->skel;
	int err;

	err = map_window(&maps->bucket, skel->maps.subnet_index,
			 sizeof(struct subnet_bucket),
			 settings->n_subnet_buckets);
	if (!err)
		err = map_window(&maps->row, skel->maps.subnets,
				 sizeof(struct subnet_row), n_rows(settings));
	if (!err)
		err = map_window(&maps->hist, skel->maps.hists,
				 sizeof(struct hist), n_hists(settings));
	if (!err)
		err = map_window(&maps->version_row, skel->maps.version_rows,
				 sizeof(struct version_row),
				 n_version_rows(settings));
	if (!err)
		err = map_window(&maps->dealt, skel->maps.dealt,
				 sizeof(struct dealt), 1);
	return err;
}

/* All maps but those that hold nothing from one packet to the next, or only what
 * the settings say. A map that is new in a version is kept like the others. */
static bool is_kept(const struct bpf_map *map)
{
	static const char *const others[] = { "scratch", "grace",
					      "grace_inner" };
	const char *name = bpf_map__name(map);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(name, others[i]))
			return false;
	return !strstr(name, ".rodata");
}

enum { KEPT_NAME_MAX = 32 };

static void kept_name(const struct bpf_map *map, char name[KEPT_NAME_MAX])
{
	snprintf(name, KEPT_NAME_MAX, "map-%s", bpf_map__name(map));
}

/* Whether the kernel's map has the shape that this object would give it. */
static bool is_same_shape(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = {};
	__u32 n_bytes = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &n_bytes) &&
	       info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map) &&
	       info.map_flags == bpf_map__map_flags(map);
}

static int reuse_one(struct bpf_map *map, const struct live_maps_kept *kept)
{
	char name[KEPT_NAME_MAX];
	int err, fd;

	kept_name(map, name);
	fd = kept->take(kept->context, name);
	if (fd < 0)
		return -ESTALE;
	err = is_same_shape(map, fd) ? bpf_map__reuse_fd(map, fd) : -ESTALE;
	close(fd);
	return err;
}

static int reuse_kept(struct spindrift_bpf *skel,
		      const struct live_maps_kept *kept)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, skel->obj)
		if (!err && is_kept(map))
			err = reuse_one(map, kept);
	return err;
}

void live_maps_each(const struct live_maps *maps,
		    void (*keep)(void *context, const char *name, int fd),
		    void *context)
{
	char name[KEPT_NAME_MAX];
	struct bpf_map *map;

	bpf_object__for_each_map(map, maps->skel->obj) {
		if (!is_kept(map))
			continue;
		kept_name(map, name);
		keep(context, name, bpf_map__fd(map));
	}
}

static int load_object(struct live_maps *maps, bool with_xdp,
		       const struct live_maps_kept *kept)
{
	int err;

	maps->skel = spindrift_bpf__open();
	if (!maps->skel)
		return -errno;
	memcpy((void *)&maps->skel->rodata->settings, &maps->settings,
	       sizeof(maps->settings));
	bpf_program__set_autoload(maps->skel->progs.spindrift_xdp, with_xdp);
	bpf_program__set_autoload(maps->skel->progs.spindrift_tap, with_xdp);
	err = size_maps(maps->skel, &maps->settings);
	if (!err && kept)
		err = reuse_kept(maps->skel, kept);
	return err ? err : spindrift_bpf__load(maps->skel);
}

static void explain_load(int err)
{
	if (err == -EPERM)
		cli_error("BPF: not permitted: needs root, or CAP_BPF, "
			  "CAP_PERFMON and CAP_NET_ADMIN");
	else if (err == -ENOMEM)
		cli_error("BPF: no memory for the tables: lower --max-flows, "
			  "--max-subnets or --max-histograms");
	else
		cli_error("BPF: programs not loaded: %s (-v shows the log)",
			  strerror(-err));
}

int live_maps_open(const struct settings *settings, bool with_xdp,
		   bool is_verbose, struct live_maps **ret_maps)
{
	return live_maps_adopt(settings, with_xdp, is_verbose, NULL, ret_maps);
}

int live_maps_adopt(const struct settings *settings, bool with_xdp,
		    bool is_verbose, const struct live_maps_kept *kept,
		    struct live_maps **ret_maps)
{
	struct live_maps *maps = calloc(1, sizeof(*maps));
	int err = -ENOMEM;

	if (!maps)
		goto out;
	libbpf_set_print(is_verbose ? print_warnings : print_nothing);
	maps->settings = *settings;
	settings_derive(&maps->settings);
	maps->n_cpus = libbpf_num_possible_cpus();
	if (maps->n_cpus < 1)
		goto out;
	maps->cpu_counters = calloc(maps->n_cpus, sizeof(struct counters));
	maps->cpu_tallies = calloc(maps->n_cpus, sizeof(struct tallies));
	if (!maps->cpu_counters || !maps->cpu_tallies)
		goto out;
	err = load_object(maps, with_xdp, kept);
	if (!err)
		err = map_windows(maps);
out:
	if (err) {
		if (err != -ESTALE)
			explain_load(err);
		live_maps_close(maps);
		return err;
	}
	*ret_maps = maps;
	return 0;
}

void live_maps_close(struct live_maps *maps)
{
	if (!maps)
		return;
	unmap_window(&maps->bucket);
	unmap_window(&maps->row);
	unmap_window(&maps->hist);
	unmap_window(&maps->version_row);
	unmap_window(&maps->dealt);
	spindrift_bpf__destroy(maps->skel);
	free(maps->cpu_counters);
	free(maps->cpu_tallies);
	free(maps);
}

int live_maps_program_fd(const struct live_maps *maps,
			 enum live_program program)
{
	const struct bpf_program *const programs[N_LIVE_PROGRAMS] = {
		[LIVE_INGRESS] = maps->skel->progs.spindrift_ingress,
		[LIVE_EGRESS] = maps->skel->progs.spindrift_egress,
		[LIVE_IP_INGRESS] = maps->skel->progs.spindrift_ip_ingress,
		[LIVE_IP_EGRESS] = maps->skel->progs.spindrift_ip_egress,
		[LIVE_XDP] = maps->skel->progs.spindrift_xdp,
		[LIVE_TAP] = maps->skel->progs.spindrift_tap,
	};

	return bpf_program__fd(programs[program]);
}

unsigned int live_maps_verified_insns(const struct live_maps *maps,
				      enum live_program program)
{
	struct bpf_prog_info info = {};
	__u32 n_bytes = sizeof(info);

	if (bpf_obj_get_info_by_fd(live_maps_program_fd(maps, program), &info,
				   &n_bytes))
		return 0;
	return info.verified_insns;
}

unsigned long long live_maps_memory_bytes(const struct live_maps *maps)
{
	const struct settings *settings = &maps->settings;

	return (unsigned long long)settings->n_flow_sets *
		       sizeof(struct flow_set) +
	       (unsigned long long)settings->n_stamp_sets *
		       sizeof(struct stamp_set) +
	       (unsigned long long)settings->n_server_sets *
		       sizeof(struct server_set) +
	       maps->version_row.n_bytes + maps->bucket.n_bytes +
	       maps->row.n_bytes + maps->hist.n_bytes + maps->dealt.n_bytes +
	       maps->n_cpus * (2ULL * sizeof(struct counters) +
			       2 * sizeof(struct tallies) +
			       sizeof(struct memos) + sizeof(struct packet));
}

__u32 live_maps_epoch(const struct live_maps *maps)
{
	return maps->skel->data->epoch;
}

/* Returns once every program that began before has ended. */
int live_maps_wait(struct live_maps *maps)
{
	int inner_fd = bpf_map__fd(maps->skel->maps.grace_inner);
	__u32 key = 0;

	return bpf_map_update_elem(bpf_map__fd(maps->skel->maps.grace), &key,
				   &inner_fd, BPF_ANY);
}

int live_maps_swap(struct live_maps *maps)
{
	volatile __u32 *epoch = &maps->skel->data->epoch;
	__u32 old = *epoch;
	int err;

	/* 0 marks an unused cache; 2 keeps the parity that follows ~0 */
	*epoch = old + 1 ? old + 1 : 2;
	err = live_maps_wait(maps);
	if (err)
		*epoch = old;
	return err;
}

/* The buffer that programs do not write. */
static __u32 idle_buffer(const struct live_maps *maps)
{
	return !(maps->skel->data->epoch & 1);
}

static void add_counters(struct counters *sum, const struct counters *add)
{
	for (int i = 0; i < N_OUTCOMES; i++)
		sum->outcome[i] += add->outcome[i];
	for (int i = 0; i < N_EVENTS; i++)
		sum->event[i] += add->event[i];
	for (int i = 0; i < 256; i++) {
		sum->protocol[i].packets += add->protocol[i].packets;
		sum->protocol[i].bytes += add->protocol[i].bytes;
	}
}

/* What the CPUs have added up of the buffer goes to its rows, once. */
static int collect_tallies(struct live_maps *maps, __u32 buffer)
{
	int fd = bpf_map__fd(maps->skel->maps.tallies);
	struct subnet_row *row = window_half(&maps->row, buffer);
	int err = bpf_map_lookup_elem(fd, &buffer, maps->cpu_tallies);

	if (err)
		return err;
	for (int cpu = 0; cpu < maps->n_cpus; cpu++)
		for (int i = 0; i < N_TALLIES; i++) {
			struct tally *tally = &maps->cpu_tallies[cpu].way[i];

			if (tally->owner)
				tally_add_to_row(tally,
						 &row[tally_slot(tally)]);
		}
	memset(maps->cpu_tallies, 0, maps->n_cpus * sizeof(struct tallies));
	return bpf_map_update_elem(fd, &buffer, maps->cpu_tallies, BPF_ANY);
}

int live_maps_view(struct live_maps *maps, struct drain_view *ret_view)
{
	__u32 buffer = idle_buffer(maps);
	const struct dealt *dealt = window_half(&maps->dealt, buffer);
	int err;

	err = bpf_map_lookup_elem(bpf_map__fd(maps->skel->maps.counters),
				  &buffer, maps->cpu_counters);
	if (!err)
		err = collect_tallies(maps, buffer);
	if (err)
		return err;
	memset(&maps->sum, 0, sizeof(maps->sum));
	for (int i = 0; i < maps->n_cpus; i++)
		add_counters(&maps->sum, &maps->cpu_counters[i]);
	*ret_view = (struct drain_view){
		.row = window_half(&maps->row, buffer),
		.hist = window_half(&maps->hist, buffer),
		.n_rows = drain_n_rows(dealt, &maps->settings),
		.n_hists = drain_n_hists(dealt, &maps->settings),
		.version_row = window_half(&maps->version_row, buffer),
		.n_version_rows = drain_n_version_rows(dealt, &maps->settings),
		.counters = &maps->sum,
	};
	return 0;
}

int live_maps_clear(struct live_maps *maps)
{
	__u32 buffer = idle_buffer(maps);
	struct dealt *dealt = window_half(&maps->dealt, buffer);

	if (dealt->n_subnets)
		memset(window_half(&maps->bucket, buffer), 0,
		       maps->bucket.half_bytes);
	memset(window_half(&maps->row, buffer), 0,
	       drain_n_rows(dealt, &maps->settings) *
		       sizeof(struct subnet_row));
	memset(window_half(&maps->hist, buffer), 0,
	       drain_n_hists(dealt, &maps->settings) * sizeof(struct hist));
	memset(window_half(&maps->version_row, buffer), 0,
	       drain_n_version_rows(dealt, &maps->settings) *
		       sizeof(struct version_row));
	memset(dealt, 0, sizeof(*dealt));
	memset(maps->cpu_counters, 0, maps->n_cpus * sizeof(struct counters));
	return bpf_map_update_elem(bpf_map__fd(maps->skel->maps.counters),
				   &buffer, maps->cpu_counters, BPF_ANY);
}

void live_maps_measure(struct live_maps *maps, const __u32 *ifindex, int n)
{
	volatile __u32 *measured = maps->skel->bss->measured_ifindex;

	for (int i = 0; i < MAX_INTERFACES; i++)
		measured[i] = i < n ? ifindex[i] : 0;
}

void live_maps_inject_xdp_ns(struct live_maps *maps, __u64 time_ns)
{
	maps->skel->bss->injected_xdp_ns = time_ns;
}
