/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a QUIC flow uses the spin bit: codes of the participation tables, part of
 * the file format.
 *
 * SPIN_CLASS_TABLE(X): X(code, NAME, name, meaning)
 */
#ifndef CORE_SPIN_CLASS_H
#define CORE_SPIN_CLASS_H

#define SPIN_CLASS_TABLE(X)                                                    \
	X(0, UNDECIDED, undecided, "too few packets to tell")                  \
	X(1, CONSTANT_0, constant_0, "always 0")                               \
	X(2, CONSTANT_1, constant_1, "always 1")                               \
	X(3, SPINNING, spinning, "one edge per round trip")                    \
	X(4, GREASED, greased, "set at random")

enum spin_class {
#define X(code, upper, name, text) SPIN_CLASS_##upper = code,
	SPIN_CLASS_TABLE(X)
#undef X
		N_SPIN_CLASSES = 5,
};

#endif
