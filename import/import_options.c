// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_options.h"

#include <string.h>

enum option {
	OPTION_OUTPUT,
	OPTION_LAN,
	OPTION_ANONYMISE,
	OPTION_RX_TX,
	OPTION_VANTAGE_POINT,
	OPTION_QUIET,
};

static bool take_lan(struct import_options *options, const char *value)
{
	struct prefix *lan = &options->lan[options->n_lan];

	if (options->n_lan == IMPORT_MAX_LAN) {
		cli_error("--lan: too many prefixes: at most %d",
			  IMPORT_MAX_LAN);
		return false;
	}
	if (prefix_parse(value, lan)) {
		cli_error("--lan: bad prefix '%s': expected ADDRESS/LENGTH "
			  "without bits beyond the length",
			  value);
		return false;
	}
	prefix_format(lan, options->lan_text[options->n_lan++]);
	return true;
}

static bool take_rx_tx(struct import_options *options, const char *value)
{
	options->is_old = !strcmp(value, "old");
	if (options->is_old || !strcmp(value, "new"))
		return true;
	cli_error("--rx-tx: bad choice '%s': expected new or old", value);
	return false;
}

bool import_option_take(struct import_options *options, int row,
			const char *value)
{
	switch ((enum option)row) {
	case OPTION_OUTPUT:
		options->output = value;
		return true;
	case OPTION_LAN:
		return take_lan(options, value);
	case OPTION_ANONYMISE:
		return anonymise_key_read(value, &options->key) == 0;
	case OPTION_RX_TX:
		return take_rx_tx(options, value);
	case OPTION_VANTAGE_POINT:
		options->vantage_point = value;
		return true;
	case OPTION_QUIET:
		options->is_quiet = true;
		return true;
	}
	return false;
}

const struct cli_option import_option_rows[] = {
	{ "output", 'o', "CAMPAIGN", "campaign directory to write" },
	{ "lan", 0, "PREFIX", "addresses of the LAN side (repeatable)" },
	{ "anonymise", 0, "KEYFILE",
	  "replace addresses under the key of the file" },
	{ "rx-tx", 0, "WHICH", "layout of the files: new (default), old" },
	{ "vantage-point", 0, "TEXT", "where ePPing measured" },
	{ "quiet", 'q', NULL, "no summary and no progress bar" },
	{ 0 },
};
