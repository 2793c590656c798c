// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/cli.h"

/* Needs CAP_SETPCAP, which a service has not; what nobody has cannot be gained
 * anyway once no_new_privs is set. */
static void drop_bounding_set(void)
{
	for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

int live_privileges_drop(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
	int err = 0;

	drop_bounding_set();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    syscall(SYS_capset, &header, none))
		err = -errno;
	if (err)
		cli_error("--drop-all: capabilities not dropped: %s",
			  strerror(-err));
	return err;
}
