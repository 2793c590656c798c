/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of QUIC: RFC 9000, RFC 9369, and the drafts of both.
 */
#ifndef CORE_QUIC_VERSION_H
#define CORE_QUIC_VERSION_H

#include <linux/types.h>

/* What is told apart; the codes are also kept in flow entries. */
enum quic_version {
	QUIC_V1 = 0,
	QUIC_V2 = 1,
	QUIC_V2_DRAFT = 2,
	QUIC_DRAFT = 3, /* 0xff0000xx, counted as 0xff000000 */
	N_QUIC_VERSIONS = 4,
};

#define QUIC_VERSION_1 0x00000001U
#define QUIC_VERSION_2 0x6b3343cfU
#define QUIC_VERSION_2_DRAFT 0x709a50c4U
#define QUIC_VERSION_DRAFTS 0xff000000U

/* Code of a version on the wire, or N_QUIC_VERSIONS. */
static inline __u8 quic_version_code(__u32 version)
{
	if (version == QUIC_VERSION_1)
		return QUIC_V1;
	if (version == QUIC_VERSION_2)
		return QUIC_V2;
	if (version == QUIC_VERSION_2_DRAFT)
		return QUIC_V2_DRAFT;
	if ((version & 0xffffff00) == QUIC_VERSION_DRAFTS)
		return QUIC_DRAFT;
	return N_QUIC_VERSIONS;
}

#endif
