#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages of the programs that are built: what is in them, what they
# depend on, and that the same programs give the same packages.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

VERSION=$(sed -n 's/^VERSION := //p' Makefile)

contents() { dpkg -c "$1" | awk '{ print $1, $2, $6 }'; }

holds()
{
	contents "$1" | grep -qxF -- "$2" ||
		{ echo "no $2 in"; contents "$1"; false; }
}

lies_under()
{
	local others
	others=$(contents "$1" | awk '{ print $3 }' | grep -vE "$2")
	echo "others: $others"
	[ -z "$others" ]
}

depends_on()
{
	dpkg-deb -f "$1" Depends | grep -qE "(^|, )$2( |,|\$)" ||
		{ dpkg-deb -f "$1" Depends; false; }
}

# A program with symbols or without sections says so itself.
is_stripped()
{
	dpkg-deb -x "$1" "$WORK/root" &&
		! readelf -SW "$WORK/root$2" | grep -E 'debug_info|symtab'
}

runs() { [ "$("$WORK/root$1" --version)" = "${1##*/} $VERSION" ]; }

builds_alike()
{
	scripts/deb.sh "$VERSION" "${BUILD:-build}" "$WORK/again" >/dev/null &&
		(cd "$WORK/deb" && sha256sum ./*.deb) |
		(cd "$WORK/again" && sha256sum -c --quiet)
}

passes_lintian()
{
	LC_ALL=C lintian --allow-root --fail-on error "$WORK"/deb/*.deb
}

has_every_page()
{
	local package
	for package in "$WORK"/deb/*.deb; do
		dpkg -c "$package"
	done | sed -n 's|.*/man[158]/\(.*\)\.gz$|\1|p' | sort |
		diff - <(find man -name '*.[158]' -printf '%f\n' | sort)
}

check_contents()
{
	local main collect scripts
	main=$(echo "$WORK"/deb/spindrift_"$VERSION"-1_*.deb)
	collect=$(echo "$WORK"/deb/spindrift-collect_"$VERSION"-1_*.deb)
	claim spindrift_holds_its_program holds "$main" \
		"-rwxr-xr-x root/root ./usr/bin/spindrift"
	claim spindrift_holds_bash_completion holds "$main" "-rw-r--r-- root/root \
./usr/share/bash-completion/completions/spindrift"
	claim spindrift_holds_zsh_completion holds "$main" "-rw-r--r-- root/root \
./usr/share/zsh/vendor-completions/_spindrift"
	claim spindrift_keeps_to_usr lies_under "$main" '^\./(usr/.*)?$'
	claim collect_holds_its_program holds "$collect" \
		"-rwxr-xr-x root/root ./usr/libexec/spindrift/spindrift-collect"
	claim collect_holds_its_unit holds "$collect" "-rw-r--r-- root/root \
./lib/systemd/system/spindrift-collect.service"
	claim collect_holds_its_user holds "$collect" \
		"-rw-r--r-- root/root ./usr/lib/sysusers.d/spindrift.conf"
	claim collect_holds_an_example holds "$collect" "-rw-r--r-- root/root \
./usr/share/doc/spindrift-collect/examples/collect.conf"
	claim packages_hold_every_page has_every_page
	for package in "$main" "$collect"; do
		name=$(dpkg-deb -f "$package" Package)
		for file in copyright changelog.gz changelog.Debian.gz; do
			claim "${name}_holds_$file" holds "$package" \
				"-rw-r--r-- root/root ./usr/share/doc/$name/$file"
		done
	done
	claim spindrift_depends_on_hdf5 depends_on "$main" 'libhdf5-[0-9a-z-]+'
	claim spindrift_depends_on_no_libbpf is_equal \
		"$(depends_on "$main" 'libbpf[0-9]' >/dev/null; echo $?)" 1
	claim collect_depends_on_libbpf depends_on "$collect" 'libbpf[0-9]'
	claim collect_depends_on_no_cairo is_equal \
		"$(depends_on "$collect" 'libcairo2' >/dev/null; echo $?)" 1
	claim spindrift_is_stripped is_stripped "$main" /usr/bin/spindrift
	claim collect_is_stripped is_stripped "$collect" \
		/usr/libexec/spindrift/spindrift-collect
	claim packaged_spindrift_runs runs /usr/bin/spindrift
	claim packaged_collect_runs runs /usr/libexec/spindrift/spindrift-collect
	claim packaged_unit_starts_the_packaged_program grep -q \
		'^ExecStart=/usr/libexec/spindrift/spindrift-collect ' \
		"$WORK/root/lib/systemd/system/spindrift-collect.service"
	scripts=$(dpkg-deb --ctrl-tarfile "$collect" | tar -tf - | sort | xargs)
	claim collect_has_its_scripts is_equal "$scripts" \
		"./ ./control ./md5sums ./postinst ./postrm ./prerm"
}

if ! command -v dpkg-shlibdeps >/dev/null; then
	claim_skip packages "no dpkg-dev here"
elif [ ! -x "$SPINDRIFT-collect" ]; then
	claim_skip packages "spindrift-collect is not built"
else
	claim packages_are_built scripts/deb.sh "$VERSION" "${BUILD:-build}" \
		"$WORK/deb"
	check_contents
	claim same_programs_give_same_packages builds_alike
	if command -v lintian >/dev/null; then
		claim packages_pass_lintian passes_lintian
	else
		claim_skip packages_pass_lintian "no lintian here"
	fi
fi
claims_end
