// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "campaign_config.h"
#include "clock.h"
#include "crc32c.h"
#include "manifest.h"
#include "../core/hist.h"
#include "../core/source.h"

#define CONFIG_SCHEMA "spindrift-campaign"

enum { CONFIG_MAJOR = 1, CONFIG_MINOR = 1, MAX_CONFIG_BYTES = 1 << 20 };

/* The text ends with the CRC-32C of all that stands before this. */
#define CHECKSUM_FORMAT ",\n  \"crc32c\":\"%08x\"\n}\n"

enum { CHECKSUM_CHARS = sizeof(",\n  \"crc32c\":\"00000000\"\n}\n") - 1 };

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

static struct json_object *config_json(const struct campaign_config *config)
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
static struct json_object *histogram_json(const struct campaign_config *config)
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
	add_text(root, "schema", CONFIG_SCHEMA);
	add_number(root, "schema_major", CONFIG_MAJOR);
	add_number(root, "schema_minor", CONFIG_MINOR);
	add_text(root, "uuid", uuid);
	add_text(root, "created", created);
	add_text(root, "tool_version", SPINDRIFT_VERSION);
	json_object_object_add(root, "config", config_json(config));
	json_object_object_add(root, "histogram", histogram_json(config));
	return root;
}

static const char *check_root(struct json_object *root)
{
	struct json_object *schema, *config, *interval, *uuid;

	if (!json_object_object_get_ex(root, "schema", &schema) ||
	    strcmp(json_object_get_string(schema), CONFIG_SCHEMA) ||
	    !json_object_object_get_ex(root, "config", &config) ||
	    !json_object_is_type(config, json_type_object) ||
	    !json_object_object_get_ex(config, "interval_ns", &interval) ||
	    !json_object_is_type(interval, json_type_int) ||
	    json_object_get_int64(interval) <= 0 ||
	    !json_object_object_get_ex(root, "uuid", &uuid) ||
	    !json_object_is_type(uuid, json_type_string) ||
	    json_object_get_string_len(uuid) != MANIFEST_UUID_CHARS)
		return "not a campaign: " CAMPAIGN_CONFIG_NAME " is not one's";
	return NULL;
}

/* Of minor version 0 there is no checksum: one damaged bit cannot make that of
 * a text that has both the version and the checksum. */
static bool is_damaged(const char *text, struct json_object *root)
{
	char checksum[CHECKSUM_CHARS + 1];
	size_t n = strlen(text);

	if (n < CHECKSUM_CHARS)
		return true;
	n -= CHECKSUM_CHARS;
	snprintf(checksum, sizeof(checksum), CHECKSUM_FORMAT,
		 crc32c_add(0, text, n));
	if (!strcmp(text + n, checksum))
		return false;
	return json_object_object_get_ex(root, "schema_minor", NULL) ||
	       json_object_object_get_ex(root, "crc32c", NULL);
}

static int parse_root(const char *text, struct json_object **ret_root,
		      const char **ret_problem)
{
	struct json_object *root = json_tokener_parse(text), *major;

	*ret_problem = "not a campaign: " CAMPAIGN_CONFIG_NAME " is not JSON";
	if (root && json_object_is_type(root, json_type_object))
		*ret_problem = is_damaged(text, root) ? CAMPAIGN_CONFIG_NAME
				       ": damaged: its checksum is wrong" :
							check_root(root);
	if (*ret_problem) {
		json_object_put(root);
		return -EINVAL;
	}
	if (!json_object_object_get_ex(root, "schema_major", &major) ||
	    json_object_get_int64(major) != CONFIG_MAJOR) {
		*ret_problem = "cannot be read: incompatible version";
		json_object_put(root);
		return -ENOTSUP;
	}
	*ret_root = root;
	return 0;
}

static int read_file(int campaign_fd, const char *name,
		     struct json_object **ret_root, const char **ret_problem)
{
	char *text = malloc(MAX_CONFIG_BYTES);
	ssize_t n = -1;
	int err, fd = openat(campaign_fd, name,
			     O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*ret_problem = fd < 0 && errno == EACCES ?
			       "cannot be read: " CAMPAIGN_CONFIG_NAME
			       ": permission denied" :
			       "not a campaign: no " CAMPAIGN_CONFIG_NAME;
	err = fd < 0 ? -EINVAL : 0;
	if (fd >= 0 && text)
		n = read(fd, text, MAX_CONFIG_BYTES - 1);
	if (!err && n < 0) {
		*ret_problem = "cannot be read: " CAMPAIGN_CONFIG_NAME;
		err = text ? -EIO : -ENOMEM;
	}
	if (!err) {
		text[n] = 0;
		err = parse_root(text, ret_root, ret_problem);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return err;
}

int campaign_config_read(int campaign_fd, struct json_object **ret_root,
			 const char **ret_problem)
{
	return read_file(campaign_fd, CAMPAIGN_CONFIG_NAME, ret_root,
			 ret_problem);
}

/* With its checksum; an older text, which is read back, gets one, too. */
static char *format_root(struct json_object *root)
{
	const char *json;
	char *text;
	int n;

	json_object_object_del(root, "crc32c");
	json = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	/* Without the closing "\n}". */
	n = (int)strlen(json) - 2;
	if (asprintf(&text, "%.*s" CHECKSUM_FORMAT, n, json,
		     crc32c_add(0, json, (size_t)n)) < 0)
		return NULL;
	return text;
}

static int write_file(int campaign_fd, const char *name, const char *text)
{
	const char *temporary = CAMPAIGN_CONFIG_NAME ".tmp";
	size_t n = strlen(text);
	int err = 0,
	    fd = openat(campaign_fd, temporary,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* of a short write */
	if (write(fd, text, n) != (ssize_t)n || fsync(fd))
		err = -errno;
	close(fd);
	if (!err && renameat(campaign_fd, temporary, campaign_fd, name))
		err = -errno;
	if (!err && fsync(campaign_fd))
		err = -errno;
	if (err)
		unlinkat(campaign_fd, temporary, 0);
	return err;
}

int campaign_config_write(int campaign_fd, struct json_object *root)
{
	char *text = format_root(root);
	int err = text ? write_file(campaign_fd, CAMPAIGN_CONFIG_COPY, text) :
			 -ENOMEM;

	if (!err)
		err = write_file(campaign_fd, CAMPAIGN_CONFIG_NAME, text);
	free(text);
	return err;
}

int campaign_config_restore(int campaign_fd, struct json_object **ret_root)
{
	struct json_object *root;
	const char *problem;
	int err = read_file(campaign_fd, CAMPAIGN_CONFIG_COPY, &root, &problem);

	if (err)
		return err;
	if (renameat(campaign_fd, CAMPAIGN_CONFIG_NAME, campaign_fd,
		     CAMPAIGN_CONFIG_NAME ".damaged") &&
	    errno != ENOENT)
		err = -errno;
	if (!err)
		err = campaign_config_write(campaign_fd, root);
	if (err)
		json_object_put(root);
	else
		*ret_root = root;
	return err;
}

const char *campaign_config_check_copy(int campaign_fd)
{
	struct json_object *root, *original;
	const char *problem = NULL, *unused;
	int err;

	if (faccessat(campaign_fd, CAMPAIGN_CONFIG_COPY, F_OK, 0))
		return NULL;
	if (campaign_config_read(campaign_fd, &original, &unused))
		return NULL;
	err = read_file(campaign_fd, CAMPAIGN_CONFIG_COPY, &root, &problem);
	if (err) {
		problem = "damaged";
	} else {
		problem = json_object_equal(root, original) ?
				  NULL :
				  "is not that of " CAMPAIGN_CONFIG_NAME;
		json_object_put(root);
	}
	json_object_put(original);
	return problem;
}

const char *campaign_config_difference(struct json_object *root,
				       const struct campaign_config *config)
{
	/* Under another key the prefixes of lan differ as well. */
	static const char *const key[] = { "command",       "vantage_point",
					   "interval_ns",   "v4_prefix_len",
					   "v6_prefix_len", "anonymised",
					   "lan",           "lan_collapse",
					   "sources",       "tunnel" };
	struct json_object *theirs, *ours = config_json(config), *a, *b;
	struct json_object *layout = histogram_json(config);
	const char *difference = NULL;
	size_t i;

	json_object_object_get_ex(root, "config", &theirs);
	for (i = 0; i < sizeof(key) / sizeof(key[0]) && !difference; i++) {
		json_object_object_get_ex(theirs, key[i], &a);
		json_object_object_get_ex(ours, key[i], &b);
		if (!json_object_equal(a, b))
			difference = key[i];
	}
	json_object_object_get_ex(root, "histogram", &a);
	if (!difference && !json_object_equal(a, layout))
		difference = "histogram";
	json_object_put(ours);
	json_object_put(layout);
	return difference;
}

const char *campaign_config_uuid(struct json_object *root)
{
	struct json_object *uuid;

	json_object_object_get_ex(root, "uuid", &uuid);
	return json_object_get_string(uuid);
}

bool campaign_config_has_uuid(struct json_object *root, const char *uuid)
{
	struct json_object *list, *part;
	size_t i;

	if (!strcmp(campaign_config_uuid(root), uuid))
		return true;
	if (!json_object_object_get_ex(root, "merged", &list) ||
	    !json_object_is_type(list, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_object_get_ex(json_object_array_get_idx(list,
									i),
					      "uuid", &part) &&
		    !strcmp(json_object_get_string(part), uuid))
			return true;
	return false;
}

uint64_t campaign_config_interval_ns(struct json_object *root)
{
	struct json_object *config, *interval;

	json_object_object_get_ex(root, "config", &config);
	json_object_object_get_ex(config, "interval_ns", &interval);
	return (uint64_t)json_object_get_int64(interval);
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
	json_object_object_add(run, "config", config_json(config));
	json_object_object_add(run, "histogram", histogram_json(config));
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
