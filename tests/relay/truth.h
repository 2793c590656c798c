/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What really happened: one capture per end of the cable (classic pcap,
 * nanoseconds, Ethernet, snap length 128). The capture of an end holds every
 * frame that the relay took in there and every frame that it sent out there, in
 * one order and on one clock, so it is what a perfect observer at that end
 * would have recorded; a frame in only one of the two files was lost.
 */
#ifndef RELAY_TRUTH_H
#define RELAY_TRUTH_H

#include <stdint.h>
#include <stdio.h>

struct truth {
	FILE *file;
	uint64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
};

/* Creates PREFIX.END.pcap. 0 or a negative errno. */
int truth_init(struct truth *truth, const char *prefix, char end,
	       uint64_t wall_offset_ns);

/* Writes out what is buffered. 0, or -EIO if a record was not written. */
int truth_fini(struct truth *truth);

/* Does nothing if no capture was asked for. mono_ns is CLOCK_MONOTONIC. */
void truth_put(struct truth *truth, uint64_t mono_ns, const uint8_t *frame,
	       uint32_t len_bytes);

#endif
