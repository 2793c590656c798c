// SPDX-License-Identifier: GPL-2.0-or-later
#include "truth.h"

#include <errno.h>

enum {
	TRUTH_SNAP_BYTES = 128,
	TRUTH_BUFFER_BYTES = 1 << 20,
	TRUTH_PCAP_NS_MAGIC = 0xa1b23c4d,
	TRUTH_PCAP_VERSION = 4 << 16 | 2,
	TRUTH_LINK_ETHERNET = 1,
};

int truth_init(struct truth *truth, const char *prefix, char end,
	       uint64_t wall_offset_ns)
{
	const uint32_t header[6] = { (uint32_t)TRUTH_PCAP_NS_MAGIC,
				     TRUTH_PCAP_VERSION,
				     0,
				     0,
				     TRUTH_SNAP_BYTES,
				     TRUTH_LINK_ETHERNET };
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s.%c.pcap", prefix, end);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	truth->wall_offset_ns = wall_offset_ns;
	truth->file = fopen(path, "wb");
	if (!truth->file)
		return -errno;
	setvbuf(truth->file, NULL, _IOFBF, TRUTH_BUFFER_BYTES);
	fwrite(header, sizeof(header), 1, truth->file);
	return 0;
}

int truth_fini(struct truth *truth)
{
	int err = 0;

	if (!truth->file)
		return 0;
	if (ferror(truth->file))
		err = -EIO;
	if (fclose(truth->file))
		err = -EIO;
	truth->file = NULL;
	return err;
}

void truth_put(struct truth *truth, uint64_t mono_ns, const uint8_t *frame,
	       uint32_t len_bytes)
{
	const uint64_t wall_ns = mono_ns + truth->wall_offset_ns;
	const uint32_t cut = len_bytes < TRUTH_SNAP_BYTES ? len_bytes :
							    TRUTH_SNAP_BYTES;
	const uint32_t header[4] = { (uint32_t)(wall_ns / 1000000000),
				     (uint32_t)(wall_ns % 1000000000), cut,
				     len_bytes };

	if (!truth->file)
		return;
	fwrite(header, sizeof(header), 1, truth->file);
	fwrite(frame, cut, 1, truth->file);
}
