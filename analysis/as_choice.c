// SPDX-License-Identifier: GPL-2.0-or-later
#include "as_choice.h"

#include "../lib/cli.h"

int as_choice_load(struct as_choice *choice, struct group_spec *spec,
		   bool is_quiet)
{
	if (spec->by != GROUP_BY_AS) {
		if (!choice->table_path)
			return -1;
		cli_error("--as-table: not needed: it is for --by asn");
		return EXIT_USAGE;
	}
	if (!choice->table_path) {
		cli_error("--as-table: no table: which AS announces a prefix "
			  "stands in a file");
		return EXIT_USAGE;
	}
	if (as_table_load(choice->table_path, &choice->table))
		return EXIT_FAILED;
	if (choice->names_path &&
	    as_names_load(choice->names_path, &choice->names)) {
		as_choice_fini(choice);
		return EXIT_FAILED;
	}
	spec->as_table = choice->table;
	if (!is_quiet)
		cli_note(CLI_INFO, "note: AS of %s, of %s", choice->table_path,
			 as_table_snapshot(choice->table));
	return -1;
}

void as_choice_fini(struct as_choice *choice)
{
	as_table_free(choice->table);
	as_names_free(choice->names);
	choice->table = NULL;
	choice->names = NULL;
}

const char *as_choice_name(const struct as_choice *choice,
			   const struct group_key *key)
{
	struct as_origin origin = group_as_origin(key);
	const char *name = NULL;

	if (key->label != GROUP_LABEL_AS || origin.n != 1)
		return NULL;
	if (choice->names)
		name = as_names_find(choice->names, origin.asn[0]);
	return name ? name : as_table_name(choice->table, origin.asn[0]);
}
