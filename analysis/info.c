// SPDX-License-Identifier: GPL-2.0-or-later
#include "info.h"

#include <errno.h>
#include <string.h>

#include "info_json.h"
#include "info_text.h"
#include "output.h"
#include "query.h"

enum own_option {
	OPTION_OUTPUT,
	OPTION_FORCE,
	OPTION_QUIET,
	OPTION_TSV,
	OPTION_JSON,
};

struct info_command {
	enum output_format format;
	const char *output_path;
	bool is_forced, is_quiet;
};

static int print_machine(const struct info *info,
			 const struct campaign_reader *reader,
			 enum output_format format, FILE *stream)
{
	struct json_object *object = info_json_new(info, reader);

	if (!object)
		return -ENOMEM;
	if (format == OUTPUT_TSV)
		info_json_print_tsv(object, stream);
	else
		fprintf(stream, "%s\n",
			json_object_to_json_string_ext(
				object,
				JSON_C_TO_STRING_PRETTY |
					JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	return 0;
}

static int answer(const struct info_command *command, const char *path)
{
	struct campaign_reader *reader = NULL;
	struct info info = { 0 };
	struct output_file file;
	int err;

	err = output_file_open(&file, command->output_path, command->is_forced);
	if (err)
		return err;
	err = campaign_reader_open(path, &reader);
	if (err)
		goto out;
	err = info_gather(&info, reader, command->is_quiet);
	if (err)
		goto out;
	err = command->format == OUTPUT_TEXT ?
		      info_text_print(&info, reader, file.stream) :
		      print_machine(&info, reader, command->format,
				    file.stream);
	if (err)
		cli_error("info: cannot be printed: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	info_fini(&info);
	campaign_reader_close(reader);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct info_command command = { .format = OUTPUT_TEXT };
	struct cli_parse parse;
	int option, code;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		switch ((enum own_option)option) {
		case OPTION_OUTPUT:
			command.output_path = parse.value;
			break;
		case OPTION_FORCE:
			command.is_forced = true;
			break;
		case OPTION_QUIET:
			command.is_quiet = true;
			break;
		case OPTION_TSV:
			command.format = OUTPUT_TSV;
			break;
		case OPTION_JSON:
			command.format = OUTPUT_JSON;
			break;
		}
	}
	code = cli_parse_result(&parse);
	if (code >= 0)
		return code;
	if (parse.argc - parse.next != 1) {
		cli_error("info: %s: name one campaign directory",
			  parse.argc > parse.next ? "too many campaigns" :
						    "no campaign");
		return EXIT_USAGE;
	}
	return query_exit_code(answer(&command, parse.argv[parse.next]));
}

static const struct cli_option options[] = {
	{ "output", 'o', "FILE", "write FILE instead of standard output" },
	{ "force", 'f', NULL, "overwrite FILE" },
	{ "quiet", 'q', NULL, "no progress bar" },
	{ "tsv", 't', NULL, "tab-separated rows of key and value" },
	{ "json", 'j', NULL, "one JSON object" },
	{ 0 },
};

const struct cli_command info_command = {
	.name = "info",
	.operands = "CAMPAIGN",
	.summary = "what a campaign holds: period, coverage, gaps, totals",
	.options = options,
	.run = run,
};
