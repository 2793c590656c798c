#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs follow privilege: the privileged one has no reader of foreign files
# and no statistics in it, and the unprivileged one cannot load BPF.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

COLLECT=$SPINDRIFT-collect

needs()
{
	readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'
}

# links_none PROGRAM PATTERN: no library of that name
links_none()
{
	! needs "$1" | grep -E "$2"
}

# has_none PROGRAM PATTERN: no function of that name
has_none()
{
	! nm "$1" | awk '$2 ~ /^[Tt]$/ { print $3 }' | grep -E "$2"
}

# The two checks find what is there.
names_can_be_seen()
{
	! has_none "$SPINDRIFT" '^capture_' && ! links_none "$SPINDRIFT" lzma
}

claim spindrift_links_no_libbpf links_none "$SPINDRIFT" 'libbpf|libcap|libelf'
claim nothing_links_libpcap links_none "$SPINDRIFT" libpcap
claim names_can_be_seen names_can_be_seen
if [ -x "$COLLECT" ]; then
	claim collect_links_no_statistics_or_drawing links_none "$COLLECT" \
		'gsl|cairo|maxminddb'
	claim collect_links_no_capture_reader links_none "$COLLECT" \
		'pcap|lzma|yajl'
	claim collect_has_no_capture_reader has_none "$COLLECT" \
		'^(capture|stream|decompress|merge|replay|epping|import)_'
	claim collect_has_no_analysis has_none "$COLLECT" \
		'^(quantile|percentiles|hilbert|verify|scan)_'
else
	claim_skip collect "not built"
fi
claims_end
