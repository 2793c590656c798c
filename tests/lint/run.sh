#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every static check; one line per check, its findings above it.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

check() {
	name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		failed=1
	fi
}

c_format() {
	scripts/files.sh c | xargs -r clang-format --dry-run -Werror
}

shell_scripts() {
	scripts/files.sh shell | xargs -r shellcheck
}

python_format() {
	scripts/files.sh python | xargs -r black -q -l 88 --check --diff
}

python_style() {
	scripts/files.sh python | xargs -r flake8
}

man_syntax() {
	mandoc -T lint -W warning man/*.[158]
}

layers() {
	tests/lint/layers.py --self-test && tests/lint/layers.py
}

check clang-format c_format
check layers layers
check function-length tests/lint/functions.py
check text tests/lint/text.sh
check shellcheck shell_scripts
check black python_format
check flake8 python_style
check mandoc man_syntax
check man-options tests/lint/man.py
check clang-tidy tests/lint/tidy.sh
exit "$failed"
