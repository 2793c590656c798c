// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints a line per interval that can be read from CAMPAIGN, as fault_writer
 * printed it when it was acknowledged (digest.h).
 *
 * usage: fault_reader CAMPAIGN
 * Exit status 0, or 1 when some part could not be read; the others are.
 */
#include <stdio.h>

#include "../../lib/campaign.h"
#include "digest.h"

static int print(const char *line)
{
	return fputs(line, stdout) < 0;
}

static int read_part(const struct campaign_reader *reader, size_t part_idx)
{
	struct segment segment;
	int err = campaign_reader_load(reader, part_idx, SEGMENT_ALL, &segment);

	if (err)
		return err;
	err = digest_segment(&segment, print);
	segment_fini(&segment);
	return err;
}

int main(int argc, char **argv)
{
	struct campaign_reader *reader;
	int failed = 0;

	if (argc != 2)
		return 2;
	if (campaign_reader_open(argv[1], &reader))
		return 1;
	for (size_t i = 0; i < campaign_reader_n_parts(reader); i++)
		failed |= read_part(reader, i) != 0;
	campaign_reader_close(reader);
	return failed;
}
