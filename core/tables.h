/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shapes of the tables between packets and intervals, shared by the BPF maps,
 * the memory tables of replay, and the drain. All integers are in host order
 * unless said; words of addresses are in network order, IPv4 v4-mapped.
 *
 * Flows and stamps live across intervals. Subnets, histograms and counters
 * belong to one interval: there are two buffers of each, epoch & 1 is written
 * while the other is drained and cleared. A subnet or histogram slot is dealt
 * by a counter within its buffer, so a buffer's used slots are the first ones,
 * and memory that is all zero is an empty buffer.
 */
#ifndef CORE_TABLES_H
#define CORE_TABLES_H

#include <linux/types.h>

#include "hist.h"
#include "outcome.h"
#include "settings.h"
#include "source.h"
#include "spin_class.h"
#include "traffic.h"

/*
 * One direction of a flow. Its own packets write newest, ecr, and stamps; the
 * other direction's packets take stamps (compare-and-swap on stamp_ns).
 */
struct flow_dir {
	__u64 stamp_ns[2];  /* STAMP_FREE, STAMP_BUSY, or a time */
	__u32 stamp_val[2]; /* TSval, end of segment, echo sequence number */
	__u32 newest;       /* newest TSval or echo number; next sequence one */
	__u32 ecr;          /* newest TSecr or acknowledgement number */
};

/* Flags of a direction, written by its own packets but for a restart. */
enum flow_dir_flag {
	FLOW_DIR_KNOWN = 1,     /* seen; TCP: newest is valid */
	FLOW_DIR_STAMPED = 2,   /* newest needs no stamp; echo: is valid */
	FLOW_DIR_ECR_KNOWN = 4, /* ecr is valid */
	FLOW_DIR_CLOSED = 8,    /* FIN, or RST of either direction */
	FLOW_DIR_STALE = 16,    /* upper 4 bits: TSvals in a row below newest */
	FLOW_DIR_HOLE = 16, /* tcp_seq: something before newest is missing */
};

/* Two bits for each direction, then what holds for the flow. Both directions
 * write this byte; they do so a round trip apart, and a lost bit costs one
 * handshake sample. */
enum flow_hand {
	FLOW_SYN_WAITS = 1,    /* its SYN or SYN-ACK is stamped, not answered */
	FLOW_SYN_REPEATED = 2, /* and was sent again */
	FLOW_HAND_BITS = 2,
	FLOW_IS_SEQ = 16,  /* no timestamps: values are sequence numbers */
	FLOW_SPILLED = 32, /* direction 0 has stamps in the table; 64: 1 */
};

/*
 * A QUIC flow: the same place. Times are ticks of 2^QUIC_TICK_BITS ns that wrap;
 * whoever compares them knows by `active` that they are of the last minute.
 */
struct quic_dir {
	__u32 edge;  /* newest accepted edge; of a handshake: its flight */
	__u32 same;  /* newest short header with the accepted bit */
	__u32 floor; /* least credible RTT; before it is known, the last one */
};

enum { QUIC_MAX_HELD = 4 };

struct flow_quic {
	struct quic_dir dir[2];
	__u32 ref; /* slowly rising minimum of the spin period, or 0 */
	union {
		/* Samples until the flow is known to spin, oldest first; 0 is
		 * none (enum quic_sample_bit). */
		__u32 held[QUIC_MAX_HELD];
		/* Digests of connection IDs, until the handshake is over. */
		struct {
			__u16 client_scid, first_dcid, server_scid, pad;
		} handshaking;
	};
	__u16 held_bound[QUIC_MAX_HELD]; /* quic_pack_ticks() */
	__u16 lower_bound[2]; /* of each direction's last sample, packed */
	__u8 n_packets[2];    /* short headers, up to 255 */
	__u8 n_good, n_bad, n_rejected; /* edges; halved together at 255 */
	__u8 class;      /* enum spin_class; CONSTANT_0 for either constant */
	__u8 version;    /* enum quic_version */
	__u8 n_released; /* samples recorded while it span, up to 255 */
};

/*
 * Two cache lines. id = tag << 16 | generation is 0 while free and 1 while
 * being written; it is claimed by compare-and-swap and published last. The
 * generation makes stamps of an earlier owner of the slot unreachable.
 * Endpoint 0 has the lower (address, port); direction i is sent by endpoint i.
 */
struct flow {
	__u32 id;
	__u32 active; /* time of the last stamp or match, FLOW_TICK_BITS */
	__u64 address[4];
	__u32 ports; /* endpoint 0's << 16 | 1's; echo: identifier and 0 */
	__u8 ip_protocol;
	__u8 dir_flags[2];
	__u8 hand; /* enum flow_hand: TCP only */
	/* Of each endpoint's subnet: epoch << 32, 11 bits of id, slot */
	__u64 subnet[2];
	union {
		struct flow_dir dir[2];
		struct flow_quic quic; /* UDP that is not DNS */
	};
};

enum { FLOW_SUBNET_BITS = 21 };

_Static_assert(sizeof(struct flow) == 128, "two cache lines");
_Static_assert(sizeof(struct flow_quic) == 2 * sizeof(struct flow_dir),
	       "clearing the directions clears it all");

struct flow_set {
	struct flow way[FLOW_WAYS];
};

/* Times: neither occurs as the time of a packet. */
enum { STAMP_FREE = 0, STAMP_BUSY = 1 };

/* Outstanding stamp that had no room in its flow's entry. */
struct stamp {
	__u64 stamp_ns; /* as in struct flow_dir */
	__u64 owner;    /* flow slot << 17 | direction << 16 | generation */
	__u32 val;
	__u32 pad;
};

struct stamp_set {
	struct stamp way[STAMP_WAYS];
};

/* Cells hold tag << 20 | slot + 1 - N_OVERFLOW_ROWS, or 0. Insert only, until
 * the buffer is cleared. */
struct subnet_bucket {
	__u32 cell[SUBNET_BUCKET_CELLS];
};

enum {
	/* Slots 0..3: what has no room, by family and side. */
	N_OVERFLOW_ROWS = 4,
	N_HIST_REFS = 12, /* N_SOURCES, padded */
	N_OVERFLOW_HISTS = N_OVERFLOW_ROWS * N_HIST_REFS,
};

_Static_assert(SUBNET_SLOTS_LIMIT + N_OVERFLOW_ROWS < 1 << FLOW_SUBNET_BITS,
	       "a flow remembers every slot");
_Static_assert((int)N_SOURCES <= (int)N_HIST_REFS,
	       "every source has a reference");

struct subnet_counters {
	__u64 packets_rx, packets_tx, bytes_rx, bytes_tx;
};

/* Counters of a row: a cell for each traffic class, then one for each spin class
 * of QUIC flows that are confirmed. QUIC traffic is the sum of its cells. */
enum {
	TRAFFIC_CELL_SPIN = N_TRAFFIC_CLASSES,
	N_TRAFFIC_CELLS = N_TRAFFIC_CLASSES + N_SPIN_CLASSES,
};

/*
 * One CPU's share of a row's traffic, not yet in the row: plain additions where
 * the row takes locked ones. owner = (slot << TALLY_CELL_BITS | cell) + 1, or
 * 0. The drain adds what is left in them to the rows.
 */
enum { N_TALLIES = 1 << 10, TALLY_CELL_BITS = 4 };

struct tally {
	__u32 owner;
	__u32 packets_rx, packets_tx;
	__u32 pad;
	__u64 bytes_rx, bytes_tx;
};

struct tallies {
	struct tally way[N_TALLIES];
};

_Static_assert(sizeof(struct tallies) <= 32768, "most that a CPU's value has");

/*
 * One CPU's note of the slot of all addresses that agree in the bits which
 * decide subnet and side, for families where one word holds these: the word, and
 * epoch << 32 | family << MEMO_FAMILY_SHIFT | slot. The newer of a pair is first.
 */
enum { MEMO_BITS = 10, N_MEMOS = 1 << MEMO_BITS, MEMO_FAMILY_SHIFT = 28 };

struct memo {
	__u64 key[2];
	__u64 note[2];
};

struct memos {
	struct memo pair[N_MEMOS];
};

_Static_assert(sizeof(struct memos) <= 32768, "most that a CPU's value has");

struct subnet_row {
	__u64 address[2]; /* masked */
	__u8 prefix_len;  /* in the family's own terms */
	__u8 family;      /* 4 or 6 */
	__u8 side;
	__u8 kind;
	__u32 versions;          /* slot + 1 of its struct version_row, or 0 */
	__u32 hist[N_HIST_REFS]; /* histogram slot + 1 of each source, or 0 */
	__u32 quic_flows[N_SPIN_CLASSES]; /* seen in the interval */
	__u32 pad;
	struct subnet_counters traffic[N_TRAFFIC_CELLS];
	/* ECT(1), ECT(0), CE: packets {rx, tx}; Not-ECT is the rest */
	__u64 ecn[N_ECN - 1][2];
	__u64 pad_line[2];
};

_Static_assert(sizeof(struct subnet_row) == 512, "eight cache lines");

/*
 * Participation of a subnet's QUIC flows that are not of version 1, which a row
 * includes. The first N_OVERFLOW_ROWS belong to the overflow rows, the others
 * are dealt when a subnet's first such flow comes.
 */
struct version_row {
	__u64 packets[N_SPIN_CLASSES][3]; /* enum quic_version - 1 */
	__u32 flows[N_SPIN_CLASSES][3];
	__u32 subnet; /* slot in the same buffer */
};

/*
 * The address and port of a server that has confirmed a QUIC connection. id is
 * claimed and published like that of a flow.
 */
struct server {
	__u32 id;
	__u32 active; /* time of the last confirmation, FLOW_TICK_BITS */
	__u64 address[2];
	__u16 port;
	__u8 version; /* enum quic_version */
	__u8 pad[5];
};

struct server_set {
	struct server way[SERVER_WAYS];
};

/*
 * The first N_OVERFLOW_HISTS slots belong to the overflow rows (row *
 * N_HIST_REFS + source), the others are dealt. Samples = sum of bin + overflow.
 */
struct hist {
	__u32 subnet; /* slot in the same buffer */
	__u32 source;
	__u64 sum_ns;
	__u64 max_ns;
	__u64 min_ns_complement; /* ~min_ns, so that zero is "none yet" */
	__u64 overflow;
	__u32 bin[N_HIST_BINS];
};

_Static_assert(sizeof(struct hist) == 40 + 4 * N_HIST_BINS, "no padding");

/* Slots dealt in a buffer; may run past the maximum when a table is full. */
struct dealt {
	__u32 n_subnets;
	__u32 n_hists;
	__u32 n_versions;
	__u32 pad;
};

struct protocol_counters {
	__u64 packets, bytes;
};

/* One for each CPU and buffer. */
struct counters {
	__u64 outcome[N_OUTCOMES];
	__u64 event[N_EVENTS];
	struct protocol_counters protocol[256];
};

#endif
