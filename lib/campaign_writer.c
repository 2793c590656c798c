// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "campaign_config.h"
#include "campaign_describe.h"
#include "campaign_create.h"
#include "campaign_gaps.h"
#include "campaign_recover.h"
#include "campaign_seal.h"
#include "cli.h"
#include "clock.h"
#include "journal.h"

enum { HOUR_S = 3600 };

/* A journal is sealed before the segment would outgrow the memory of whoever
 * builds or reads it: about 1 GB at these limits. */
#define MAX_JOURNAL_BYTES (256ull << 20)
#define MAX_JOURNAL_ROWS (4ull << 20)
#define MAX_JOURNAL_BINS (24ull << 20)

struct campaign_writer {
	struct campaign_directory directory;
	char *name;                         /* as the user says it */
	char *run_json;                     /* header of each journal */
	bool is_synced, is_whole, is_first; /* no interval since the start */
	uint64_t next_seq;
	int64_t end_ns;      /* of the last interval tried, or INT64_MIN */
	bool has_new_config; /* the next interval begins a journal */
	enum campaign_space space; /* of which the event was recorded */
	struct anonymise_key key;  /* no fingerprint: addresses stay */
	struct campaign_gaps gaps;
	struct campaign_seal seal;
	/* The open journal. */
	struct journal_writer *journal;
	uint64_t journal_seq;
	int64_t journal_hour;
	uint64_t n_rows, n_bins;
};

static void writer_free(struct campaign_writer *writer)
{
	journal_close(writer->journal);
	campaign_gaps_fini(&writer->gaps);
	campaign_seal_fini(&writer->seal);
	campaign_directory_close(&writer->directory);
	free(writer->run_json);
	free(writer->name);
	explicit_bzero(&writer->key, sizeof(writer->key));
	free(writer);
}

static int writer_start(struct campaign_writer *writer,
			const struct campaign_config *config)
{
	struct campaign_directory *directory = &writer->directory;
	struct campaign_recovery recovery = {
		.path = directory->path,
		.campaign_fd = directory->campaign_fd,
		.journal_fd = directory->journal_fd,
		.seal = &writer->seal,
		.campaign_uuid = campaign_config_uuid(directory->root),
	};
	char *spare_meta;
	uint64_t last_seq = 0;
	int err = 0;

	writer->is_first = true;
	writer->end_ns = INT64_MIN;
	writer->seal = (struct campaign_seal){
		.path = directory->path,
		.campaign_fd = directory->campaign_fd,
		.journal_fd = directory->journal_fd,
		.lock_fd = directory->lock_fd,
		.is_hurried = !writer->is_synced,
	};
	writer->run_json = campaign_config_run_json(directory->root, config);
	spare_meta = campaign_config_spare_json(directory->root, config);
	recovery.spare_meta = spare_meta;
	if (!writer->run_json || !spare_meta)
		err = -ENOMEM;
	else if (!directory->is_new)
		err = campaign_recover(&recovery, &last_seq, &writer->end_ns);
	free(spare_meta);
	writer->next_seq = last_seq + 1;
	return err;
}

int campaign_writer_open(const char *path, const struct campaign_config *config,
			 unsigned flags, struct campaign_writer **ret_writer)
{
	struct campaign_writer *writer = calloc(1, sizeof(*writer));
	int err;

	if (!writer)
		return -ENOMEM;
	writer->name = strdup(path);
	writer->directory = (struct campaign_directory){ .campaign_fd = -1,
							 .journal_fd = -1,
							 .lock_fd = -1 };
	writer->is_synced = !(flags & CAMPAIGN_RELAXED);
	writer->is_whole = flags & CAMPAIGN_WHOLE;
	if (config->anonymise)
		writer->key = *config->anonymise;
	err = writer->name ?
		      campaign_directory_open(writer->name, config, flags,
					      &writer->directory) :
		      -ENOMEM;
	if (!err) {
		err = writer_start(writer, config);
		if (err)
			campaign_directory_remove(&writer->directory);
	}
	if (err) {
		writer_free(writer);
		return err;
	}
	campaign_seal_poll(&writer->seal);
	*ret_writer = writer;
	return 0;
}

int64_t campaign_writer_end_ns(const struct campaign_writer *writer)
{
	return writer->end_ns;
}

static int64_t hour_of(int64_t time_ns)
{
	int64_t hour_ns = HOUR_S * CLOCK_NS_PER_S;

	return time_ns / hour_ns - (time_ns % hour_ns < 0);
}

/* The segment would be too large to be built in memory. */
static bool is_full(const struct campaign_writer *writer,
		    const struct record *record)
{
	return journal_bytes(writer->journal) >= MAX_JOURNAL_BYTES ||
	       writer->n_rows + record->rtt.n + record->traffic.n >
		       MAX_JOURNAL_ROWS ||
	       writer->n_bins + record->bin.n > MAX_JOURNAL_BINS;
}

static bool is_rotation_due(const struct campaign_writer *writer,
			    const struct record *record)
{
	return hour_of(record->start_ns) != writer->journal_hour ||
	       record->flags & INTERVAL_CLOCK_STEP || writer->has_new_config ||
	       is_full(writer, record);
}

static int open_journal(struct campaign_writer *writer,
			const struct record *record)
{
	char name[CAMPAIGN_NAME_MAX];
	int err;

	campaign_journal_name(writer->next_seq, name);
	err = journal_create(writer->directory.journal_fd, name,
			     writer->run_json, writer->is_synced,
			     &writer->journal);
	if (err)
		return err;
	writer->journal_seq = writer->next_seq;
	writer->journal_hour = hour_of(record->start_ns);
	writer->has_new_config = false;
	writer->n_rows = writer->n_bins = 0;
	return 0;
}

/* The journal for this record is open. The next one exists before the one that
 * it follows is sealed. */
static int rotate(struct campaign_writer *writer, const struct record *record)
{
	struct journal_writer *old = writer->journal;
	uint64_t old_seq = writer->journal_seq;
	int err;

	if (old && !is_rotation_due(writer, record))
		return 0;
	writer->journal = NULL;
	err = open_journal(writer, record);
	if (err) {
		writer->journal = old;
		/* A full directory is no reason to lose an interval for which
		 * the old journal has room and the right description. */
		return old && !is_full(writer, record) &&
				       !writer->has_new_config ?
			       0 :
			       err;
	}
	if (!old)
		return 0;
	journal_close(old);
	return campaign_seal_add(&writer->seal, old_seq);
}

/* A journal of no interval is in nobody's way, but also of no use: its name
 * must be free for the next try. */
static void drop_empty_journal(struct campaign_writer *writer)
{
	char name[CAMPAIGN_NAME_MAX];

	if (!writer->journal || writer->journal_seq != writer->next_seq)
		return;
	campaign_journal_name(writer->journal_seq, name);
	unlinkat(writer->directory.journal_fd, name, 0);
	journal_close(writer->journal);
	writer->journal = NULL;
}

/* An event each time that it gets lower. */
static int note_low_space(struct campaign_writer *writer, struct record *record)
{
	struct campaign_seal *seal = &writer->seal;
	enum campaign_space last = writer->space;
	struct record_event *event;

	campaign_seal_look_at_space(
		seal, writer->journal ? journal_bytes(writer->journal) : 0);
	writer->space = seal->space;
	if (seal->space <= last)
		return 0;
	event = record_add(&record->events);
	if (!event)
		return -ENOMEM;
	*event = (struct record_event){ record->start_ns, EVENT_KIND_LOW_SPACE,
					(int64_t)seal->free_bytes };
	return 0;
}

static enum gap_cause cause_of(int err)
{
	return err == -ENOSPC || err == -EDQUOT ? GAP_NO_SPACE : GAP_IO_ERROR;
}

/* Where the disk has failed it may fail again: what is good so far is sealed,
 * and the next interval gets a journal elsewhere. */
static int leave_journal(struct campaign_writer *writer)
{
	uint64_t seq = writer->journal_seq;

	if (!writer->journal || !journal_is_whole(writer->journal))
		return 0;
	journal_close(writer->journal);
	writer->journal = NULL;
	return campaign_seal_add(&writer->seal, seq);
}

static void lose(struct campaign_writer *writer, const struct record *record,
		 int err)
{
	char time[CLOCK_TEXT_MAX];

	clock_format_ns(record->start_ns, time);
	cli_error("%s: interval %s lost: %s", writer->name, time,
		  strerror(-err));
	drop_empty_journal(writer);
	if ((cause_of(err) == GAP_IO_ERROR && leave_journal(writer)) ||
	    campaign_gaps_keep(&writer->gaps, record, cause_of(err)))
		cli_error("%s: interval %s: its gap is lost too: %s",
			  writer->name, time, strerror(ENOMEM));
}

static int write_record(struct campaign_writer *writer, struct record *record)
{
	int err = campaign_gaps_fill(
		&writer->gaps, writer->end_ns,
		writer->is_first ? GAP_NOT_RUNNING : GAP_UNKNOWN, record);

	if (!err)
		err = note_low_space(writer, record);
	if (!err)
		err = rotate(writer, record);
	if (!err) {
		record->seq = writer->next_seq;
		err = journal_append(writer->journal, record);
	}
	return err;
}

int campaign_writer_append(struct campaign_writer *writer,
			   struct record *record)
{
	const char *problem = record_check(record);
	int err;

	if (record->start_ns < writer->end_ns)
		problem = "starts before the end of the last one";
	if (problem) {
		cli_error("%s: interval refused: %s", writer->name, problem);
		return -EINVAL;
	}
	err = writer->key.fingerprint[0] ?
		      anonymise_record(&writer->key, record) :
		      0;
	if (!err)
		err = write_record(writer, record);
	if (err) {
		lose(writer, record, err);
	} else {
		campaign_gaps_clear(&writer->gaps);
		writer->next_seq++;
		writer->n_rows += record->rtt.n + record->traffic.n;
		writer->n_bins += record->bin.n;
	}
	writer->is_first = false;
	writer->end_ns = record->start_ns + (int64_t)record->duration_ns;
	campaign_seal_poll(&writer->seal);
	return err;
}

int campaign_writer_set_config(struct campaign_writer *writer,
			       const struct campaign_config *config)
{
	char *run_json =
		campaign_config_run_json(writer->directory.root, config);

	if (!run_json)
		return -ENOMEM;
	free(writer->run_json);
	writer->run_json = run_json;
	writer->has_new_config = true;
	return 0;
}

int campaign_writer_describe(struct campaign_writer *writer, const char *key,
			     const char *json)
{
	struct json_object *value = json_tokener_parse(json);
	int err = value ? 0 : -ENOMEM;

	if (!err) {
		json_object_object_add(writer->directory.root, key, value);
		err = campaign_config_write(writer->directory.campaign_fd,
					    writer->directory.root);
	}
	if (err)
		cli_error("%s: " CAMPAIGN_CONFIG_NAME ": cannot be written: %s",
			  writer->name, strerror(-err));
	return err;
}

void campaign_writer_poll(struct campaign_writer *writer)
{
	campaign_seal_poll(&writer->seal);
}

int campaign_writer_close(struct campaign_writer *writer)
{
	int err = 0, seal_err;

	if (!writer)
		return 0;
	drop_empty_journal(writer);
	if (writer->journal) {
		journal_close(writer->journal);
		writer->journal = NULL;
		err = campaign_seal_add(&writer->seal, writer->journal_seq);
	}
	seal_err = campaign_seal_finish(&writer->seal);
	if (seal_err && writer->is_whole)
		campaign_directory_remove(&writer->directory);
	writer_free(writer);
	return err ? err : seal_err;
}

void campaign_writer_abandon(struct campaign_writer *writer)
{
	if (!writer)
		return;
	drop_empty_journal(writer);
	if (writer->directory.is_new) {
		campaign_seal_stop(&writer->seal);
		campaign_directory_remove(&writer->directory);
	} else {
		campaign_seal_finish(&writer->seal);
	}
	writer_free(writer);
}
