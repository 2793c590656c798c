// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged program: live measurement and nothing else. It reads no file
 * that it did not write, and links neither capture readers nor statistics.
 * `spindrift collect` executes it.
 */
#include <stdio.h>
#include <string.h>

#include "../collector/live_collect.h"

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("spindrift-collect %s\n", SPINDRIFT_VERSION);
		return EXIT_DONE;
	}
	return collect_command.run(&collect_command, argc, argv);
}
