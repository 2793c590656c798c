#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every file names its licence in its first lines, and none has notes to self,
# blanks at line ends or names of somebody's machine in it.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

complain() {
	echo "$1"
	failed=1
}

for file in $(scripts/files.sh text); do
	case $file in
	# The licence itself, prose, and forms that have no comments.
	LICENSE | *.md) ;;
	*) head -n 3 -- "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
		complain "$file: no SPDX line" ;;
	esac
	grep -nE '[[:blank:]]+$' "$file" /dev/null | grep -v '^LICENSE:' &&
		failed=1
	# Spelt so that this file does not match.
	grep -nE 'TO[D]O|FIX[M]E|\<XX[X]\>|/wor[k]/|\.\./share[d]' "$file" /dev/null |
		grep -v '^LICENSE:' && failed=1
done
exit "$failed"
