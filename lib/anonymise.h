/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefix-preserving anonymisation of addresses: Crypto-PAn (J. Xu, J. Fan,
 * M. Ammar, S. Moon, "Prefix-Preserving IP Address Anonymization:
 * Measurement-based Security Evaluation and a New Cryptography-based Scheme",
 * ICNP 2002).
 *
 * Bit i of the result is bit i of the address, flipped as a pseudo-random
 * function (AES-128 under a secret key) of the i bits before it says. So two
 * addresses share exactly as many leading bits as their results do, the map is
 * one to one, and the result of a prefix depends on nothing but the prefix.
 * IPv4 over 32 bits as the authors' program has it, IPv6 in the same way over
 * 128. Who knows some pairs knows what leads there of every other address: it
 * hides who somebody is from those who cannot tell from the data.
 *
 * A key is 32 bytes: that of AES, then what the padding is made from. It is
 * never written anywhere; its fingerprint says which one it was. One thread.
 */
#ifndef LIB_ANONYMISE_H
#define LIB_ANONYMISE_H

#include <stdint.h>

#include "prefix.h"
#include "record.h"

enum {
	ANONYMISE_KEY_BYTES = 32,
	ANONYMISE_FINGERPRINT_CHARS = 16, /* 64 bits of a SHA-256 */
};

struct anonymise_key {
	uint8_t byte[ANONYMISE_KEY_BYTES];
	/* "" is no key. */
	char fingerprint[ANONYMISE_FINGERPRINT_CHARS + 1];
};

/* The file must have 32 bytes and be its owner's only (mode 0600 or 0400).
 * Prints its line and returns a negative errno. */
int anonymise_key_read(const char *path, struct anonymise_key *ret_key);
/* -EIO: the library refuses. */
int anonymise_key_set(const uint8_t byte[ANONYMISE_KEY_BYTES],
		      struct anonymise_key *ret_key);

struct anonymiser;
/* NULL: memory is short, or the library refuses. */
struct anonymiser *anonymiser_new(const struct anonymise_key *key);
void anonymiser_free(struct anonymiser *anonymiser);

/* The first prefix_len bits of the address; those beyond stay zero. -EIO: the
 * library refuses, and the address is all zeros. */
int anonymise_prefix(struct anonymiser *anonymiser, struct prefix *prefix);

/* All subnets of a record but overflow rows, which have no address. -EIO,
 * -ENOMEM: the record must not be written. */
int anonymise_record(const struct anonymise_key *key, struct record *record);

#endif
