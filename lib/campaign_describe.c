// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a campaign and a run of it are, as JSON: configuration, histogram, machine.
 * campaign_config.c keeps the first on disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>

#include "campaign_describe.h"
#include "clock.h"
#include "../core/hist.h"
#include "../core/source.h"

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key,
			       json_object_new_string(text ? text : ""));
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

static int compare_texts(const void *a, const void *b)
{
	struct json_object *const *x = a, *const *y = b;

	return strcmp(json_object_get_string(*x), json_object_get_string(*y));
}

/* Rather none than one as it is. */
static void add_anonymised(struct json_object *lan,
			   const struct campaign_config *config)
{
	struct anonymiser *anonymiser = anonymiser_new(config->anonymise);
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;
	size_t i;

	for (i = 0; i < config->n_lan && anonymiser; i++) {
		if (prefix_parse(config->lan[i], &prefix) ||
		    anonymise_prefix(anonymiser, &prefix))
			continue;
		prefix_format(&prefix, text);
		json_object_array_add(lan, json_object_new_string(text));
	}
	anonymiser_free(anonymiser);
}

static struct json_object *lan_json(const struct campaign_config *config)
{
	struct json_object *lan = json_object_new_array();
	size_t i;

	if (config->anonymise)
		add_anonymised(lan, config);
	for (i = 0; i < config->n_lan && !config->anonymise; i++)
		json_object_array_add(lan,
				      json_object_new_string(config->lan[i]));
	/* A set: the order of the options does not matter. */
	json_object_array_sort(lan, compare_texts);
	return lan;
}

static struct json_object *sources_json(uint32_t sources)
{
	static const char *const name[N_SOURCES] = {
#define X(code, upper, text, long_name) [code] = #text,
		SOURCE_TABLE(X)
#undef X
	};
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < N_SOURCES; i++)
		if (sources & 1u << i)
			json_object_array_add(list,
					      json_object_new_string(name[i]));
	return list;
}

struct json_object *
campaign_describe_config(const struct campaign_config *config)
{
	struct json_object *to = json_object_new_object();

	add_text(to, "command", config->command);
	add_text(to, "vantage_point", config->vantage_point);
	add_text(to, "devices", config->devices);
	add_number(to, "interval_ns", config->interval_ns);
	add_number(to, "v4_prefix_len", config->v4_prefix_len);
	add_number(to, "v6_prefix_len", config->v6_prefix_len);
	json_object_object_add(to, "lan", lan_json(config));
	json_object_object_add(to, "sources", sources_json(config->sources));
	add_text(to, "tunnel", config->is_tunnel_outer ? "outer" : "inner");
	/* Absent where not chosen, as before the choices existed. */
	if (config->is_lan_collapsed)
		json_object_object_add(to, "lan_collapse",
				       json_object_new_boolean(true));
	if (config->anonymise)
		add_text(to, "anonymised", config->anonymise->fingerprint);
	add_number(to, "max_flows", config->max_flows);
	add_number(to, "max_subnets", config->max_subnets);
	add_number(to, "max_hists", config->max_hists);
	return to;
}

/* The layout, by its parameters: equal bins, or that of core/hist.h. */
struct json_object *
campaign_describe_histogram(const struct campaign_config *config)
{
	struct json_object *to = json_object_new_object();

	if (config->n_linear_bins) {
		add_text(to, "kind", "linear");
		add_number(to, "n_bins", config->n_linear_bins);
		add_number(to, "bin_width_ns", config->bin_width_ns);
		return to;
	}
	add_text(to, "kind", "log_linear");
	add_number(to, "sub_bits", HIST_SUB_BITS);
	add_number(to, "linear_bits", HIST_LINEAR_BITS);
	add_number(to, "limit_bits", HIST_LIMIT_BITS);
	return to;
}

struct json_object *campaign_config_new(const struct campaign_config *config,
					const char *uuid)
{
	struct json_object *root = json_object_new_object();
	char created[CLOCK_TEXT_MAX];
	time_t now = time(NULL);

	clock_format_ns((int64_t)now * CLOCK_NS_PER_S, created);
	add_text(root, "schema", CAMPAIGN_SCHEMA);
	add_number(root, "schema_major", CAMPAIGN_SCHEMA_MAJOR);
	add_number(root, "schema_minor", CAMPAIGN_SCHEMA_MINOR);
	add_text(root, "uuid", uuid);
	add_text(root, "created", created);
	add_text(root, "tool_version", SPINDRIFT_VERSION);
	json_object_object_add(root, "config",
			       campaign_describe_config(config));
	json_object_object_add(root, "histogram",
			       campaign_describe_histogram(config));
	return root;
}

static void add_boot_id(struct json_object *to)
{
	char text[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (file) {
		if (fgets(text, sizeof(text), file))
			text[strcspn(text, "\n")] = 0;
		fclose(file);
	}
	add_text(to, "boot_id", text);
}

static void add_machine(struct json_object *to)
{
	char kernel[sizeof(struct utsname)];
	struct utsname name;

	if (uname(&name))
		return;
	snprintf(kernel, sizeof(kernel), "%s %s %s", name.sysname, name.release,
		 name.machine);
	add_text(to, "host", name.nodename);
	add_text(to, "kernel", kernel);
}

/* How good the wall clock is while live intervals are stamped with it. */
static void add_clock_sync(struct json_object *to, const char *command)
{
	struct json_object *sync = json_object_new_object();
	struct timex state = { 0 };
	int clock_state;

	if (!strcmp(command, "collect")) {
		clock_state = adjtimex(&state);
		json_object_object_add(
			sync, "is_synchronized",
			json_object_new_boolean(clock_state >= 0 &&
						clock_state != TIME_ERROR));
		json_object_object_add(sync, "max_error_us",
				       json_object_new_int64(state.maxerror));
	}
	json_object_object_add(to, "clock_sync", sync);
}

static struct json_object *describe_run(struct json_object *root,
					const struct campaign_config *config)
{
	struct json_object *run = json_object_new_object();

	add_text(run, "campaign_uuid", campaign_config_uuid(root));
	add_text(run, "level", "raw");
	add_text(run, "vantage_point", config->vantage_point);
	add_number(run, "interval_ns", config->interval_ns);
	json_object_object_add(run, "config", campaign_describe_config(config));
	json_object_object_add(run, "histogram",
			       campaign_describe_histogram(config));
	return run;
}

/* Consumes the object. */
static char *to_text(struct json_object *run)
{
	char *text = strdup(json_object_to_json_string_ext(
		run, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(run);
	return text;
}

char *campaign_config_run_json(struct json_object *root,
			       const struct campaign_config *config)
{
	struct json_object *run = describe_run(root, config);

	add_text(run, "tool_version", SPINDRIFT_VERSION);
	add_text(run, "devices", config->devices);
	add_boot_id(run);
	add_machine(run);
	add_clock_sync(run, config->command);
	return to_text(run);
}

char *campaign_config_spare_json(struct json_object *root,
				 const struct campaign_config *config)
{
	return to_text(describe_run(root, config));
}
