#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# spindrift-mpi: the answers of spindrift byte for byte, whatever the number of
# ranks, and an end for all when one cannot go on.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
SPINDRIFT=${SPINDRIFT:-$BUILD/spindrift}
MPI=$BUILD/spindrift-mpi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Without shared memory between ranks, which a container may be short of.
export OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo
export OMPI_MCA_oob_tcp_if_include=lo OMPI_MCA_plm_rsh_agent=

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# ranks N COMMAND...
ranks()
{
	local n=$1
	shift
	timeout 60 mpirun --oversubscribe -n "$n" "$MPI" "$@"
}

make_campaigns()
{
	"$BUILD/tests/campaign_generate" -o "$dir/a" --intervals 1500 \
		--subnets 50 --start 2026-11-02 >/dev/null &&
		"$BUILD/tests/campaign_generate" -o "$dir/b" --intervals 400 \
			--subnets 40 --start 2026-11-05 \
			--vantage-point other >/dev/null
}

# equal COMMAND...: standard output, for several numbers of ranks
equal()
{
	local n
	"$SPINDRIFT" "$@" >"$dir/expected" || return
	for n in 1 2 3 7; do
		ranks "$n" "$@" >"$dir/answer" || return
		cmp "$dir/expected" "$dir/answer" || return
	done
}

equal_file()
{
	"$SPINDRIFT" hilbert -q -o "$dir/expected.svg" "$dir/a" &&
		ranks 3 hilbert -q -o "$dir/answer.svg" "$dir/a" &&
		cmp "$dir/expected.svg" "$dir/answer.svg" &&
		[ "$(find "$dir" -name 'answer*' -name '*.svg' | wc -l)" -eq 1 ]
}

# refused STATUS PATTERN N COMMAND...: one line of ours, and no rank hangs
refused()
{
	local status=$1 pattern=$2
	shift 2
	ranks "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$status" ] && [ ! -s "$dir/out" ] &&
		[ "$(grep -c '^spindrift: ' "$dir/err")" -eq 1 ] &&
		grep -q "^spindrift: $pattern" "$dir/err" && return
	cat "$dir/out" "$dir/err"
	return 1
}

# One segment of many, hence in the share of one rank.
damage()
{
	local segment
	cp -r "$dir/a" "$dir/damaged"
	segment=$(find "$dir/damaged/raw" -name '*.h5' | sort | sed -n 2p)
	printf 'x' | dd of="$segment" bs=1 seek=20000 conv=notrunc 2>/dev/null
}

# What is tested and bootstrapped comes of sums that every rank has.
check_comparisons()
{
	local ases=$dir/ases.dat
	printf '10.0.0.0/8\t64500\n0.0.0.0/1\t64501\n' >"$ases"
	claim mpi_subnets_are_equal equal subnets -q -t "$dir/a" "$dir/b"
	claim mpi_subnets_by_processes_are_equal equal subnets -q -t \
		--processes 2 "$dir/a"
	claim mpi_distribution_over_subnets_is_equal equal subnets -q -j \
		--distribution "$dir/a"
	claim mpi_ases_are_equal equal asn -q -t --as-table "$ases" "$dir/a"
	claim mpi_distribution_over_ases_is_equal equal asn -q -t \
		--as-table "$ases" --distribution "$dir/a"
	claim mpi_comparisons_are_equal equal compare -q -t "$dir/a" "$dir/b"
	claim mpi_bloat_is_equal equal bloat -q -t "$dir/a"
	claim mpi_trends_are_equal equal trend -q -t "$dir/a"
	claim mpi_refuses_subnets_that_are_not_there refused 1 "$dir/none" 3 \
		subnets -q "$dir/none"
}

check()
{
	make_campaigns || return 1
	claim mpi_percentiles_are_equal equal percentiles -q -t --by slash8 \
		"$dir/a" "$dir/b"
	claim mpi_json_is_equal equal percentiles -q -j --by source "$dir/a"
	claim mpi_series_are_equal equal series -q -t --step 1h "$dir/a"
	claim mpi_histograms_are_equal equal hist -q -t "$dir/a"
	claim mpi_distributions_are_equal equal ecdf -q -t "$dir/a"
	claim mpi_traffic_is_equal equal traffic -q -t "$dir/a"
	claim mpi_coverage_is_equal equal coverage -q -t "$dir/a"
	claim mpi_correlations_are_equal equal correlate -q -t --step 1min \
		"$dir/a"
	claim mpi_export_is_equal equal export -q --format csv --step 1h \
		"$dir/a"
	check_comparisons
	claim mpi_writes_one_file equal_file
	claim mpi_refuses_what_it_does_not_know refused 2 'frobnicate: ' 3 \
		frobnicate "$dir/a"
	claim mpi_refuses_a_campaign_that_is_not_there refused 1 \
		"$dir/none" 3 percentiles -q "$dir/none"
	claim mpi_refuses_a_file_that_exists refused 1 "$dir/expected.svg" 3 \
		hilbert -q -o "$dir/expected.svg" "$dir/a"
	damage
	claim mpi_says_which_segment_is_damaged refused 1 "$dir/damaged" 3 \
		percentiles -q "$dir/damaged"
	claim mpi_says_which_segment_of_subnets_is_damaged refused 1 \
		"$dir/damaged" 3 subnets -q "$dir/damaged"
}

if [ ! -x "$MPI" ]; then
	claim_skip mpi "Open MPI is not installed"
else
	check || claim mpi_is_checked false
fi
claims_end
