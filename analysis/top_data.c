// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/campaign_journal.h"
#include "../lib/cli.h"

static int add_rtt(const struct record *record, const struct record_rtt *rtt,
		   struct group *group)
{
	struct tally *tally = group_tally(group, rtt->source);
	struct tally_row row = {
		.count = rtt->count,
		.min_ns = rtt->min_ns,
		.max_ns = rtt->max_ns,
		.sum_ns = rtt->sum_ns,
		.overflow = rtt->overflow,
		.n_bins = rtt->n_bins,
	};
	uint64_t *count = malloc((rtt->n_bins + 1) * sizeof(*count));
	uint16_t *bin = malloc((rtt->n_bins + 1) * sizeof(*bin));
	int err = tally && count && bin ? 0 : -ENOMEM;

	for (size_t i = 0; i < rtt->n_bins && !err; i++) {
		bin[i] = record->bin.row[rtt->first_bin + i].bin;
		count[i] = record->bin.row[rtt->first_bin + i].count;
	}
	row.bin = bin;
	row.bin_count = count;
	if (!err)
		err = tally_add_row(tally, &row);
	free(count);
	free(bin);
	return err;
}

/* NULL with 0 when the side is not asked for. */
static int find_group(const struct top_query *query,
		      const struct record *record, uint32_t subnet,
		      struct group_table *table, struct group **ret_group)
{
	static const struct group_spec by = { .by = GROUP_BY_SUBNET };
	const struct record_subnet *key = &record->subnet.row[subnet];
	struct group_key group_key;
	int n;

	*ret_group = NULL;
	if (!(query->sides >> key->side & 1))
		return 0;
	n = group_key_of(&by, key, &group_key);
	if (n <= 0)
		return n;
	*ret_group = group_table_get(table, &group_key);
	return *ret_group ? 0 : -ENOMEM;
}

static int add_rows(const struct top_query *query, const struct record *record,
		    struct top_data *data)
{
	struct group *group;
	int err = 0;

	for (size_t i = 0; i < record->rtt.n && !err; i++) {
		const struct record_rtt *rtt = &record->rtt.row[i];

		data->n_samples += rtt->count;
		if (rtt->source != query->source)
			continue;
		err = find_group(query, record, rtt->subnet, &data->table,
				 &group);
		if (!err && group)
			err = add_rtt(record, rtt, group);
	}
	for (size_t i = 0; i < record->traffic.n && !err; i++) {
		const struct record_traffic *traffic = &record->traffic.row[i];

		err = find_group(query, record, traffic->subnet, &data->table,
				 &group);
		if (err || !group)
			continue;
		group->bytes_rx += traffic->bytes_rx;
		group->bytes_tx += traffic->bytes_tx;
	}
	return err;
}

static int add_record(const struct top_query *query,
		      const struct record *record, struct top_data *data)
{
	for (int i = 0; i < N_OUTCOMES; i++)
		data->n_packets += record->outcome[i];
	data->n_opened += record->event[EVENT_FLOW_CREATED];
	data->n_refused += record->event[EVENT_FLOW_REFUSED];
	data->n_overflow += record->event[EVENT_SUBNET_OVERFLOW] +
			    record->event[EVENT_HIST_OVERFLOW];
	data->n_lost += record->event[EVENT_SAMPLE_LOST];
	data->n_gaps += record->gap.n;
	data->measured_ns += record->duration_ns;
	return add_rows(query, record, data);
}

/* From the last interval backwards, until the window is full. */
static int add_journal(const struct top_query *query,
		       const struct journal_reader *journal,
		       struct top_data *data)
{
	struct record record = { 0 };
	int err = 0;

	for (size_t i = journal->n_entries; i > 0 && !err; i--) {
		const struct journal_entry *entry = &journal->entry[i - 1];

		if (data->measured_ns &&
		    data->measured_ns + entry->duration_ns > query->window_ns)
			break;
		if (!data->measured_ns) {
			data->end_ns =
				entry->start_ns + (int64_t)entry->duration_ns;
			data->interval_ns = entry->duration_ns;
		}
		err = journal_read(journal, i - 1, &record);
		if (!err)
			err = add_record(query, &record, data);
	}
	record_fini(&record);
	return err;
}

static int is_journal(const struct dirent *entry)
{
	return campaign_journal_is_name(entry->d_name);
}

/* Bins of two layouts cannot be added; a campaign has one. */
static int note_layout(const struct journal_reader *journal,
		       struct top_data *data)
{
	struct segment_layout layout;
	int err = campaign_journal_layout(journal, &layout);

	if (err)
		return err;
	if (data->layout.edge_ns) {
		err = layout.n_bins == data->layout.n_bins &&
				      !memcmp(layout.edge_ns,
					      data->layout.edge_ns,
					      (layout.n_bins + 1) *
						      sizeof(uint64_t)) ?
			      0 :
			      -EBADMSG;
		free(layout.edge_ns);
		return err;
	}
	data->layout = layout;
	return 0;
}

/* Names have the sequence number in 20 digits: the last is the newest. An older
 * one is still there while it is sealed. */
static int add_journals(const struct top_query *query, int fd,
			struct top_data *data)
{
	struct journal_reader journal;
	struct dirent **names;
	int n = scandirat(fd, ".", &names, is_journal, alphasort);
	int err = n < 0 ? -errno : 0;

	for (int i = n - 1; i >= 0; i--) {
		if (!err && data->measured_ns < query->window_ns) {
			err = journal_open(fd, names[i]->d_name, &journal);
			if (!err) {
				err = note_layout(&journal, data);
				if (!err)
					err = add_journal(query, &journal,
							  data);
				journal_fini(&journal);
			} else if (err == -ENOENT) {
				err = 0;
			}
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return err;
}

static uint64_t sort_value(const struct top_row *row)
{
	return row->p95.is_overflow ? UINT64_MAX : row->p95.ns;
}

/* By p95; equal ones in the order of the table. */
static int compare_rows(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	uint64_t x_ns = sort_value(x), y_ns = sort_value(y);

	if (x_ns != y_ns)
		return x_ns < y_ns ? 1 : -1;
	return memcmp(&x->group->key, &y->group->key, sizeof(x->group->key));
}

static int make_rows(const struct top_query *query, struct top_data *data)
{
	struct group_table *table = &data->table;
	const struct segment_layout *layout = &data->layout;

	group_table_sort(table);
	data->row = calloc(table->n + 1, sizeof(*data->row));
	for (size_t i = 0; i < table->n && data->row; i++) {
		const struct tally *tally =
			table->group[i]->tally[query->source];
		struct top_row *row = &data->row[data->n_rows];

		if (!tally || !tally->count ||
		    tally->count < query->min_samples)
			continue;
		row->group = table->group[i];
		row->p50 = quantile_get(tally, layout, 500, QUANTILE_LINEAR);
		row->p95 = quantile_get(tally, layout, 950, QUANTILE_LINEAR);
		row->p99 = quantile_get(tally, layout, 990, QUANTILE_LINEAR);
		data->n_rows++;
	}
	if (!data->row)
		return -ENOMEM;
	qsort(data->row, data->n_rows, sizeof(*data->row), compare_rows);
	return 0;
}

static int open_journals(const char *path)
{
	int fd, campaign_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (campaign_fd < 0)
		return -errno;
	fd = openat(campaign_fd, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(campaign_fd);
	return fd;
}

int top_data_read(const struct top_query *query, struct top_data *ret_data)
{
	struct top_data data = { 0 };
	int fd = open_journals(query->path);
	int err = fd < 0 ? fd : add_journals(query, fd, &data);

	if (fd >= 0)
		close(fd);
	if (!err && !data.measured_ns)
		err = -ENODATA;
	if (!err)
		err = make_rows(query, &data);
	if (err == -ENODATA)
		cli_error("%s: nothing is being measured: no open journal has "
			  "an interval",
			  query->path);
	else if (err)
		cli_error("%s: cannot be read: %s", query->path,
			  strerror(-err));
	if (err)
		top_data_fini(&data);
	else
		*ret_data = data;
	return err;
}

void top_data_fini(struct top_data *data)
{
	group_table_fini(&data->table);
	free(data->layout.edge_ns);
	free(data->row);
	*data = (struct top_data){ 0 };
}
