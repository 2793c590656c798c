/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Costs of single operations, to tell what of a packet's cost is the machine's.
 */
#ifndef TESTS_BENCH_FLOOR_H
#define TESTS_BENCH_FLOOR_H

enum { FLOOR_N = 1 << 17 }; /* keys and lines; a power of two */

#ifndef __bpf__
/* Prints a line for each operation: name and ns, the median of rounds in which
 * all alternate. -1 when the programs do not load. */
int floor_print(void);
#endif

#endif
