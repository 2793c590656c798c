/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of commands that group by origin AS, and what they name.
 */
#ifndef ANALYSIS_AS_CHOICE_H
#define ANALYSIS_AS_CHOICE_H

#include "as_names.h"
#include "group.h"

#define AS_OPTION_OF_TABLE                                                     \
	{                                                                      \
		"as-table", 0, "FILE",                                         \
			"prefixes and their AS: pyasn .dat, pfx2as or .mmdb"   \
	}
#define AS_OPTION_OF_NAMES                                                     \
	{                                                                      \
		"as-names", 0, "FILE", "names of AS: JSON, or lines ASN NAME"  \
	}

struct as_choice {
	const char *table_path, *names_path; /* borrowed */
	struct as_table *table;
	struct as_names *names;
};

/* Before any other process is started. When the groups are by AS reads the
 * table into the spec, and says on stderr, unless quiet, of which day it is; -1
 * to go on, else an exit code after its line. */
int as_choice_load(struct as_choice *choice, struct group_spec *spec,
		   bool is_quiet);
void as_choice_fini(struct as_choice *choice);

/* Of the file of names, else of the table; NULL: none, or several origins. */
const char *as_choice_name(const struct as_choice *choice,
			   const struct group_key *key);

#endif
