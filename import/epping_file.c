// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../collector/stream.h"
#include "../lib/cli.h"

enum {
	/* Far more than metadata and a record need. */
	LOOK_BYTES = 256 << 10,
	PIECE_BYTES = 64 << 10,
};

struct look {
	struct epping_file *file;
	bool has_first;
	const char *problem; /* with the metadata */
};

static void look_at_metadata(struct look *look,
			     const struct epping_record *record)
{
	struct epping_file *file = look->file;

	look->problem = epping_settings_read(record, &file->settings);
	file->metadata_offset = record->offset;
	file->has_settings = !look->problem;
}

/* Up to the first prefix. Records that cannot be used are left to be refused one
 * by one, but for metadata. */
static bool look_at(void *context, const struct epping_record *record)
{
	struct look *look = context;
	struct epping_file *file = look->file;
	int64_t time_ns;

	if (record->problem || epping_time(record, &time_ns))
		return true;
	if (!look->has_first)
		file->first_ns = time_ns;
	look->has_first = true;
	if (record->fields & EPPING_FIELD_METADATA && !file->has_settings)
		look_at_metadata(look, record);
	if (record->fields & EPPING_FIELD_PREFIX) {
		file->has_prefix = true;
		file->is_flat = record->fields & EPPING_FIELD_FLAT;
	}
	return !look->problem && !file->has_prefix;
}

static int refuse_file(const char *path, const char *problem, uint64_t offset)
{
	cli_error("%s: not ePPing's aggregated output: byte %" PRIu64 ": %s",
		  path, offset, problem);
	return -EBADMSG;
}

/* Records of single round-trip times have a time, too: metadata or a prefix make
 * it what is wanted. */
static int judge(const struct look *look, const struct epping_parser *parser,
		 const struct stream *stream)
{
	const struct epping_file *file = look->file;
	const char *problem = epping_parser_problem(parser);

	if (look->problem)
		return refuse_file(file->path, look->problem,
				   file->metadata_offset);
	if (file->has_settings || file->has_prefix)
		return 0;
	if (!problem)
		problem = stream_problem(stream);
	if (!problem)
		problem = look->has_first ? "neither metadata nor a prefix" :
					    "it holds no record";
	return refuse_file(file->path, problem, epping_parser_position(parser));
}

static int look_into(struct epping_file *file, struct stream *stream)
{
	struct look look = { .file = file };
	struct epping_parser *parser = epping_parser_new(look_at, &look);
	uint8_t *bytes;
	size_t n;
	int err;

	if (!parser) {
		cli_error("%s: cannot be read: %s", file->path,
			  strerror(ENOMEM));
		return -ENOMEM;
	}
	n = stream_peek(stream, LOOK_BYTES, &bytes);
	epping_parser_feed(parser, bytes, n);
	err = judge(&look, parser, stream);
	epping_parser_free(parser);
	return err;
}

static int open_stream(const char *path, struct stream **ret_stream)
{
	int err = stream_open(path, ret_stream);

	if (err)
		cli_error("%s: cannot be read: %s", path, strerror(-err));
	return err;
}

int epping_file_look(const char *path, struct epping_file *ret_file)
{
	struct epping_file file = { .path = path };
	int err = open_stream(path, &file.stream);

	if (err)
		return err;
	file.n_bytes = stream_file_bytes(file.stream);
	err = look_into(&file, file.stream);
	/* Of many files one is open at a time. */
	if (err || file.n_bytes)
		epping_file_close(&file);
	if (!err)
		*ret_file = file;
	return err;
}

void epping_file_close(struct epping_file *file)
{
	stream_close(file->stream);
	file->stream = NULL;
}

struct counted {
	epping_take *take;
	void *context;
	uint64_t n_records;
};

static bool take_counted(void *context, const struct epping_record *record)
{
	struct counted *counted = context;

	counted->n_records++;
	return counted->take(counted->context, record);
}

/* What is behind a problem is counted. */
static void read_rest(struct stream *stream)
{
	uint8_t *bytes;
	size_t n;

	while ((n = stream_peek(stream, 1, &bytes)) > 0)
		stream_skip(stream, n);
}

static void read_pieces(struct stream *stream, struct epping_parser *parser,
			struct progress *progress, uint64_t n_bytes_before)
{
	bool is_going = true;
	uint8_t *bytes;
	size_t n;

	while (is_going && (n = stream_peek(stream, 1, &bytes)) > 0) {
		if (n > PIECE_BYTES)
			n = PIECE_BYTES;
		is_going = epping_parser_feed(parser, bytes, n);
		stream_skip(stream, n);
		progress_update(progress,
				n_bytes_before + stream_input_bytes(stream));
	}
	if (epping_parser_problem(parser))
		read_rest(stream);
}

static void sum_up(const struct stream *stream, struct epping_parser *parser,
		   struct epping_reading *reading)
{
	/* Compressed data that break off say so themselves. */
	const char *problem = stream_problem(stream);

	if (epping_parser_end(parser) || !epping_parser_problem(parser))
		reading->problem = problem;
	else
		reading->problem = problem ? problem :
					     epping_parser_problem(parser);
	reading->position = epping_parser_position(parser);
	reading->n_left =
		stream_position(stream) - epping_parser_records_end(parser);
}

int epping_file_read(struct epping_file *file, epping_take *take, void *context,
		     struct progress *progress, uint64_t n_bytes_before,
		     struct epping_reading *ret_reading)
{
	struct counted counted = { .take = take, .context = context };
	struct epping_parser *parser;
	int err = 0;

	if (!file->stream)
		err = open_stream(file->path, &file->stream);
	if (err)
		return err;
	parser = epping_parser_new(take_counted, &counted);
	if (!parser) {
		cli_error("%s: cannot be read: %s", file->path,
			  strerror(ENOMEM));
		return -ENOMEM;
	}
	*ret_reading = (struct epping_reading){ 0 };
	read_pieces(file->stream, parser, progress, n_bytes_before);
	sum_up(file->stream, parser, ret_reading);
	ret_reading->n_records = counted.n_records;
	epping_parser_free(parser);
	epping_file_close(file);
	return 0;
}
