#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: files.sh c|shell|python|text
#
# Lists the project's files of a kind, one a line: what git tracks and what it
# does not ignore, or, outside a checkout, everything but build/.
set -eu
cd "$(dirname "$0")/.."

all() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -print | sed 's|^\./||'
	fi | sort -u | while read -r file; do
		[ -f "$file" ] && echo "$file"
	done
}

# Scripts without a suffix are known by their first line.
with_interpreter() {
	while read -r file; do
		case $file in
		*."$1") echo "$file" ;;
		*/*.* | LICENSE | *.md | .*) ;;
		*) head -c 64 "$file" | tr -d '\0' | head -n 1 |
			grep -qE "^#!.*[/ ]($2)( |\$)" && echo "$file" ;;
		esac
	done
	return 0
}

case $1 in
c) all | grep -E '\.[ch]$' ;;
shell) { all | with_interpreter sh 'ba?sh'; all | grep -x '.ci/run' || true; } ;;
python) all | with_interpreter py 'python3' ;;
text) all | grep -vE '\.(pcap|pcapng|gz|xz|zst|h5|json|jsonl|png|svg|tsv)$' |
	grep -vE '^tests/fuzz/corpus/' ;;
esac
