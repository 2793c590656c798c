#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: figures.sh [-z ZONE] [-a ASES] [-i START/END@PREFIX]... CAMPAIGN DIRECTORY
#
# Every figure of a campaign below DIRECTORY, as SVG and PDF, and the tables
# that they are drawn from in DIRECTORY/tables. -a names the table of who
# announces which prefix, as in spindrift-asn(1): without it there are no figures
# of AS. -i names an incident, to be drawn from close by with six hours around
# it. What there are no data for has no
# figure, and a line says so; the exit status is 1 then, and the other figures
# are there.
set -u
SPINDRIFT=${SPINDRIFT:-spindrift}
plots=$(dirname "$0")
zone=UTC ases='' incidents=() failed=0 drawn=0
AROUND_S=21600

usage()
{
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}

while getopts z:a:i: option; do
	case $option in
	z) zone=$OPTARG ;;
	a) ases=$OPTARG ;;
	i) incidents+=("$OPTARG") ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 2 ] || usage
campaign=$1 out=$2
tables=$out/tables
mkdir -p "$tables" || exit 1

# table NAME COMMAND OPTION...: a command's answer, once; status 1 without one.
# An old one may be of another campaign.
table()
{
	local name=$1
	shift
	rm -f "$tables/$name.tsv"
	"$SPINDRIFT" "$@" -q -t -f -o "$tables/$name.tsv" "$campaign"
}

# figure NAME SCRIPT TABLE... [-- OPTION...]
figure()
{
	local name=$1 script=$2 files=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		files+=("$tables/$1.tsv")
		shift
	done
	[ $# -eq 0 ] || shift
	rm -f "$out/$name.svg" "$out/$name.pdf"
	if /usr/bin/python3 "$plots/$script.py" "${files[@]}" \
		-o "$out/$name" "$@"; then
		drawn=$((drawn + 1))
	else
		failed=$((failed + 1))
	fi
}

# A key of `info`.
info()
{
	"$SPINDRIFT" info -t "$campaign" | awk -F '\t' -v key="$1" \
		'$1 == key { print $2 }'
}

# steps SECONDS...: each rounded up to whole intervals, none twice
steps()
{
	local step last=0 list=''
	for step in "$@"; do
		step=$(((step * 1000000000 + interval_ns - 1) / interval_ns *
			interval_ns))
		[ "$step" -eq "$last" ] || list+=,${step}ns
		last=$step
	done
	echo "${list#,}"
}

iso() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

shares_and_distributions()
{
	table traffic traffic
	figure protocols protocols traffic
	figure ecn ecn traffic
	table coverage coverage --distribution
	figure coverage coverage coverage
	table hist hist
	table side_family percentiles --by side-family
	figure histogram histogram hist side_family
	table ecdf ecdf
	figure ecdf ecdf ecdf
	table eccdf ecdf --eccdf
	figure eccdf ecdf eccdf
	table subnets_ecdf subnets --distribution
	figure subnet_ecdf subnet_ecdf subnets_ecdf
}

spin_bit()
{
	table participation coverage --by side
	figure spin spin participation
	table by_subnet percentiles --by subnet
	figure spin_tcp spin_tcp by_subnet
}

# Whole weeks from the first day on, and the rest.
weeks()
{
	local start end at n=1
	start=$(date -u -d "$(info period.start)" +%s) || return
	end=$(date -u -d "$(info period.end)" +%s) || return
	for ((at = start - start % 86400; at < end; at += 7 * 86400)); do
		table "week$n" series --step "$(steps 600)" --from "$(iso "$at")" \
			--to "$(iso $((at + 7 * 86400)))"
		figure "week$n" week "week$n" -- --tz "$zone"
		n=$((n + 1))
	done
}

# incident N START/END@PREFIX
incident()
{
	local n=$1 period=${2%@*} prefix=${2##*@} start end
	start=$(date -u -d "${period%/*}" +%s) || return
	end=$(date -u -d "${period#*/}" +%s) || return
	table "incident$n" series --step "$(steps 600)" --side wan \
		--subnet "$prefix" --from "$(iso $((start - AROUND_S)))" \
		--to "$(iso $((end + AROUND_S)))"
	figure "incident$n" incident "incident$n" -- --tz "$zone" \
		--mark "$period"
}

season()
{
	table season trend --table season --tz "$zone"
	figure season season season
}

as_figures()
{
	table as20 asn --as-table "$ases" --side wan --top 20
	figure as_boxes as_boxes as20
	table as64 asn --as-table "$ases" --side wan --top 64
	figure as_grid as_grid as64
	table as_ecdf asn --as-table "$ases" --distribution
	figure as_ecdf subnet_ecdf as_ecdf
}

maps()
{
	table slash8 percentiles --by slash8
	figure maps hilbert8 slash8
	for kind in svg png; do
		rm -f "$out/map.$kind"
		"$SPINDRIFT" hilbert -q -f -o "$out/map.$kind" "$campaign" &&
			echo "$out/map.$kind"
	done
}

load()
{
	table correlate correlate --step "$(steps 600 3600)"
	figure correlation correlation correlate
	table correlate_steps correlate \
		--step "$(steps 600 1800 3600 10800 21600 86400)"
	figure correlation_step correlation_step correlate_steps
}

interval_ns=$(info period.interval_ns)
[ -n "$interval_ns" ] || exit 1
shares_and_distributions
spin_bit
weeks
season
maps
load
[ -z "$ases" ] || as_figures
for i in "${!incidents[@]}"; do
	incident $((i + 1)) "${incidents[i]}"
done
echo "$drawn figures drawn, $failed without data"
[ "$failed" -eq 0 ]
