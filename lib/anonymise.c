// SPDX-License-Identifier: GPL-2.0-or-later
#include "anonymise.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/traffic.h"
#include "cli.h"

enum { BLOCK_BYTES = 16, MAX_BITS = 128, ADDRESS_BYTES = 16, V4_AT = 12 };

struct anonymiser {
	EVP_CIPHER_CTX *aes;
	uint8_t pad[BLOCK_BYTES];
	/* One block for each bit of a prefix. */
	uint8_t block[MAX_BITS * BLOCK_BYTES];
};

int anonymise_key_set(const uint8_t byte[ANONYMISE_KEY_BYTES],
		      struct anonymise_key *ret_key)
{
	/* Not the plain digest of the key, which others may publish. */
	uint8_t text[32] = "spindrift anonymisation key",
		digest[EVP_MAX_MD_SIZE];
	uint8_t hashed[sizeof(text) + ANONYMISE_KEY_BYTES];
	static const char digit[] = "0123456789abcdef";

	memcpy(hashed, text, sizeof(text));
	memcpy(hashed + sizeof(text), byte, ANONYMISE_KEY_BYTES);
	if (!EVP_Digest(hashed, sizeof(hashed), digest, NULL, EVP_sha256(),
			NULL))
		return -EIO;
	memcpy(ret_key->byte, byte, ANONYMISE_KEY_BYTES);
	for (int i = 0; i < ANONYMISE_FINGERPRINT_CHARS; i++)
		ret_key->fingerprint[i] =
			digit[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
	ret_key->fingerprint[ANONYMISE_FINGERPRINT_CHARS] = '\0';
	return 0;
}

static int refuse(const char *path, const char *cause, int err)
{
	cli_error("%s: not a key: %s", path, cause);
	return err;
}

static int read_bytes(const char *path, int fd,
		      uint8_t byte[ANONYMISE_KEY_BYTES])
{
	struct stat status;

	if (fstat(fd, &status))
		return refuse(path, strerror(errno), -errno);
	if (!S_ISREG(status.st_mode))
		return refuse(path, "not a regular file", -EINVAL);
	if (status.st_mode & 0177)
		return refuse(path, "others may use it: its mode must be 0600",
			      -EPERM);
	if (status.st_size != ANONYMISE_KEY_BYTES)
		return refuse(path, "it must have 32 bytes", -EINVAL);
	if (read(fd, byte, ANONYMISE_KEY_BYTES) != ANONYMISE_KEY_BYTES)
		return refuse(path, "cannot be read", -EIO);
	return 0;
}

int anonymise_key_read(const char *path, struct anonymise_key *ret_key)
{
	uint8_t byte[ANONYMISE_KEY_BYTES];
	int err, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		err = -errno;
		cli_error("%s: cannot be read: %s", path, strerror(-err));
		return err;
	}
	err = read_bytes(path, fd, byte);
	close(fd);
	if (!err && anonymise_key_set(byte, ret_key))
		err = refuse(path, "no SHA-256 here", -EIO);
	explicit_bzero(byte, sizeof(byte));
	return err;
}

static bool encrypt(struct anonymiser *anonymiser, const uint8_t *from,
		    uint8_t *to, int n_bytes)
{
	int n;

	return EVP_EncryptUpdate(anonymiser->aes, to, &n, from, n_bytes) &&
	       n == n_bytes;
}

struct anonymiser *anonymiser_new(const struct anonymise_key *key)
{
	struct anonymiser *anonymiser = calloc(1, sizeof(*anonymiser));

	if (!anonymiser)
		return NULL;
	anonymiser->aes = EVP_CIPHER_CTX_new();
	if (anonymiser->aes &&
	    EVP_EncryptInit_ex(anonymiser->aes, EVP_aes_128_ecb(), NULL,
			       key->byte, NULL) &&
	    EVP_CIPHER_CTX_set_padding(anonymiser->aes, 0) &&
	    encrypt(anonymiser, key->byte + BLOCK_BYTES, anonymiser->pad,
		    BLOCK_BYTES))
		return anonymiser;
	anonymiser_free(anonymiser);
	return NULL;
}

void anonymiser_free(struct anonymiser *anonymiser)
{
	if (!anonymiser)
		return;
	EVP_CIPHER_CTX_free(anonymiser->aes);
	explicit_bzero(anonymiser, sizeof(*anonymiser));
	free(anonymiser);
}

/* The first n_bits of the address, then the padding. */
static void fill_block(const struct anonymiser *anonymiser,
		       const uint8_t *address, unsigned n_bits, uint8_t *block)
{
	unsigned n_bytes = n_bits / 8;
	uint8_t kept = (uint8_t)(0xff00 >> n_bits % 8);

	memcpy(block, anonymiser->pad, BLOCK_BYTES);
	memcpy(block, address, n_bytes);
	if (n_bits % 8)
		block[n_bytes] = (uint8_t)((address[n_bytes] & kept) |
					   (block[n_bytes] & ~kept));
}

int anonymise_prefix(struct anonymiser *anonymiser, struct prefix *prefix)
{
	uint8_t *address = prefix->address + (prefix->family == 4 ? V4_AT : 0);
	unsigned n_bits = prefix->prefix_len;
	uint8_t *block = anonymiser->block;

	for (unsigned i = 0; i < n_bits; i++)
		fill_block(anonymiser, address, i, block + i * BLOCK_BYTES);
	if (!encrypt(anonymiser, block, block, (int)(n_bits * BLOCK_BYTES))) {
		memset(prefix->address, 0, sizeof(prefix->address));
		return -EIO;
	}
	for (unsigned i = 0; i < n_bits; i++)
		address[i / 8] ^= block[i * BLOCK_BYTES] >> 7 << (7 - i % 8);
	return 0;
}

int anonymise_record(const struct anonymise_key *key, struct record *record)
{
	struct anonymiser *anonymiser = anonymiser_new(key);
	struct record_subnet *subnet = record->subnet.row;
	int err = anonymiser ? 0 : -ENOMEM;

	for (size_t i = 0; i < record->subnet.n && !err; i++, subnet++) {
		struct prefix prefix = { .prefix_len = subnet->prefix_len,
					 .family = subnet->family };

		if (subnet->kind == SUBNET_OVERFLOW)
			continue;
		memcpy(prefix.address, subnet->address, ADDRESS_BYTES);
		err = anonymise_prefix(anonymiser, &prefix);
		memcpy(subnet->address, prefix.address, ADDRESS_BYTES);
	}
	anonymiser_free(anonymiser);
	return err;
}
