// SPDX-License-Identifier: GPL-2.0-or-later
#include "stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t noted;

static void note(int signal_number)
{
	noted = signal_number;
}

void stop_on_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note,
				    .sa_flags = SA_RESETHAND },
			 former;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &former) == 0 &&
		    former.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

int stop_signal(void)
{
	return noted;
}
