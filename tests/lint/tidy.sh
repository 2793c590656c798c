#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy over everything that is compiled for user space; the checks are in
# .clang-tidy. The BPF object is C for another machine, read by its verifier.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
# shellcheck disable=SC2046 # a list of packages' flags
set -- -std=gnu11 -D_GNU_SOURCE -DSPINDRIFT_VERSION='"lint"' -I. \
	-isystem "$build/gen" $(pkg-config --cflags hdf5-serial json-c cairo gsl) \
	$(mpicc --showme:compile 2>/dev/null)

# Without clang and bpftool there is no skeleton, and no live measurement; without
# Open MPI no header of it.
list_sources() {
	scripts/files.sh c | grep '\.c$' | grep -v '\.bpf\.c$' |
		if [ -f "$build/gen/spindrift.skel.h" ]; then cat; else
			xargs grep -L 'skel\.h'
		fi | if command -v mpicc >/dev/null; then cat; else
			grep -v '^mpi/'
		fi
}

# Generated headers are not ours to mend: a range that no line is in.
line_filter='[{"name":".skel.h","lines":[[999999,999999]]},
	{"name":".c"},{"name":".h"}]'

# tidy CHECKS SOURCE...: quiet unless there is something to say.
cat >"$build/tidy.sh" <<-END
	#!/bin/sh
	checks=\$1
	shift
	out=\$(clang-tidy --quiet --checks="\$checks" --line-filter='$line_filter' \
		"\$@" -- $(printf "'%s' " "$@") 2>&1)
	status=\$?
	printf '%s\n' "\$out" | grep -vE '^[0-9]+ warnings? generated|^\$'
	exit \$status
END

run() {
	xargs -P "$(nproc)" -n 4 sh "$build/tidy.sh" "$1"
}

# The analyzer follows paths, which takes most of the time: not through tests.
failed=0
list_sources | grep -v '^tests/' | run '' || failed=1
list_sources | grep '^tests/' | run '-clang-analyzer-*' || failed=1
exit "$failed"
