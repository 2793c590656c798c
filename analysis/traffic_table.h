/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of spindrift-traffic(1) as one long table for programs, or as
 * several for people and documents.
 */
#ifndef ANALYSIS_TRAFFIC_TABLE_H
#define ANALYSIS_TRAFFIC_TABLE_H

#include "output.h"
#include "scan.h"

struct traffic_answer {
	const struct scan_result *sums; /* by side-family, with classes */
	const struct group_table *ecn;  /* the same groups, of ECN alone */
	bool has_protocols; /* no choice of subnets, which they do not know */
};

/* -ENOMEM */
int traffic_table_print(const struct traffic_answer *answer,
			enum output_format format, FILE *stream);
/* Text, Markdown or LaTeX. */
int traffic_document_print(const struct traffic_answer *answer,
			   enum output_format format, FILE *stream);

struct traffic_total {
	uint64_t packets, bytes;
};

static inline struct traffic_total
traffic_count_total(const struct traffic_count *count)
{
	return (struct traffic_total){ count->packets_rx + count->packets_tx,
				       count->bytes_rx + count->bytes_tx };
}

/* All of the group, and all of its side. */
struct traffic_count traffic_of_group(const struct group *group);
struct traffic_total traffic_of_side(const struct traffic_answer *answer,
				     uint8_t side);
/* Its packets by codepoint; NULL: it has none. */
const struct traffic_count *traffic_ecn(const struct traffic_answer *answer,
					const struct group *group);
/* Samples of that source on that side, of both families. */
uint64_t traffic_n_samples(const struct traffic_answer *answer, uint8_t side,
			   unsigned source);
struct traffic_total traffic_of_protocols(const struct traffic_answer *answer);

/* `tcp_ts` and "TCP with timestamps"; of enum traffic_class. */
const char *traffic_class_name(unsigned class);
const char *traffic_class_text(unsigned class);
/* `not_ect`, `ect0`, ...; of enum ecn. */
const char *traffic_ecn_name(unsigned codepoint);

enum { PROTOCOL_TEXT_MAX = 16 };

/* `tcp`, `gre`; the number where the name is not known here. */
void traffic_protocol_name(unsigned number, char text[PROTOCOL_TEXT_MAX]);

#endif
