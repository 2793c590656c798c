// SPDX-License-Identifier: GPL-2.0-or-later
#include "team.h"

#include "../lib/cli.h"

static const struct team alone = { .size = 1 };
static const struct team *mine = &alone;

void team_join(const struct team *team)
{
	mine = team;
	cli_mute(mine->rank > 0);
}

void team_leave(void)
{
	mine = &alone;
}

const struct team *team_mine(void)
{
	return mine;
}

void team_begin_share(void)
{
	cli_mute(false);
}

void team_end_share(void)
{
	cli_mute(mine->rank > 0);
}
