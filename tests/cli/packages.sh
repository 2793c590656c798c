#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages of the programs that are built: what is in them, what they
# depend on, that the same programs give the same packages, and that they can be
# installed, used and purged.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"
# shellcheck source=tests/testbed/throwaway_root.sh
. tests/testbed/throwaway_root.sh

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

# That of spindrift-mpi goes with the program, which needs Open MPI.
page_left_out()
{
	[ -x "$SPINDRIFT-mpi" ] && echo none || echo spindrift-mpi.1
}

has_every_page()
{
	local package
	for package in "$WORK"/deb/*.deb; do
		dpkg -c "$package"
	done | sed -n 's|.*/man[158]/\(.*\)\.gz$|\1|p' | sort |
		diff - <(find man -name '*.[158]' -printf '%f\n' | sort |
			grep -vx "$(page_left_out)")
}

check_mpi()
{
	local mpi
	mpi=$(echo "$WORK"/deb/spindrift-mpi_"$VERSION"-1_*.deb)
	if [ ! -x "$SPINDRIFT-mpi" ]; then
		claim_skip mpi_package "spindrift-mpi is not built"
		return
	fi
	claim mpi_holds_its_program holds "$mpi" \
		"-rwxr-xr-x root/root ./usr/bin/spindrift-mpi"
	claim mpi_depends_on_open_mpi depends_on "$mpi" 'libopenmpi[0-9]+'
	claim mpi_is_stripped is_stripped "$mpi" /usr/bin/spindrift-mpi
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
	check_mpi
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

# The packages, and the capture of the demo, are in /given.
prepare_root()
{
	throwaway_root_up || return 1
	mkdir "$THROWAWAY_ROOT/given"
	cp "$WORK"/deb/*.deb tests/golden/demo/demo.pcap.gz \
		"$THROWAWAY_ROOT/given/"
	# man-db would index all pages of the machine anew, three times.
	rm -f "$THROWAWAY_ROOT/var/lib/man-db/auto-update"
}

installs() { in_root sh -c 'dpkg -i /given/spindrift*.deb'; }

purges()
{
	local package names=()
	for package in "$WORK"/deb/*.deb; do
		names+=("$(dpkg-deb -f "$package" Package)")
	done
	in_root dpkg --purge "${names[@]}"
}

is_as_packed()
{
	local changed
	# An image may leave out all manuals: dpkg.cfg.
	changed=$(in_root dpkg --verify spindrift spindrift-collect |
		grep -vE '^missing +/usr/share/(man|doc)/')
	echo "changed: $changed"
	[ -z "$changed" ]
}

# As the service would leave it.
measures_the_demo()
{
	in_root sh -c 'install -d -o spindrift -g spindrift -m 750 \
		/var/lib/spindrift && cd /var/lib/spindrift && spindrift \
		replay -q -o demo --lan 10.61.0.0/16 --lan 2001:db8:61::/48 \
		/given/demo.pcap.gz && spindrift verify -q demo &&
		spindrift percentiles -t --by subnet demo >/given/installed.tsv'
}

measures_as_built()
{
	local capture=$PWD/tests/golden/demo/demo.pcap.gz
	"$SPINDRIFT" replay -q -o "$WORK/demo" "${LAN[@]}" "$capture" &&
		"$SPINDRIFT" percentiles -t --by subnet "$WORK/demo" |
		diff - "$THROWAWAY_ROOT/given/installed.tsv"
}

finds_its_collector()
{
	in_root spindrift collect -i nosuch0 -o /given/none 2>"$WORK/err"
	cat "$WORK/err"
	grep -qx 'spindrift: nosuch0: no such interface' "$WORK/err"
}

# What is new on the disk, but for what the test and the service put there.
leaves_nothing()
{
	local left
	left=$(find_changes -path ./given -prune -o \
		-path ./var/lib/spindrift -prune -o -name '*spindrift*' -print)
	echo "left: $left"
	[ -z "$left" ] && ! in_root dpkg -s spindrift-collect
}

check_installed()
{
	claim packages_install installs
	claim installed_files_are_as_packed is_as_packed
	claim installed_spindrift_runs is_equal \
		"$(in_root spindrift --version)" "spindrift $VERSION"
	claim installed_spindrift_finds_its_collector finds_its_collector
	claim installed_collect_has_its_user in_root getent passwd spindrift
	claim installed_spindrift_measures_the_demo measures_the_demo
	claim installed_spindrift_measures_as_built measures_as_built
	claim packages_install_again installs
	claim packages_are_purged purges
	claim purge_leaves_nothing_of_the_packages leaves_nothing
	claim purge_leaves_campaigns in_root test -s \
		/var/lib/spindrift/demo/campaign.json
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
	if [ "$(id -u)" -ne 0 ] || ! command -v systemd-sysusers >/dev/null
	then
		claim_skip packages_install "needs root and systemd-sysusers"
	elif prepare_root 2>"$WORK/err"; then
		check_installed
	else
		claim_skip packages_install "no overlay: $(tail -n 1 "$WORK/err")"
	fi
	if command -v lintian >/dev/null; then
		claim packages_pass_lintian passes_lintian
	else
		claim_skip packages_pass_lintian "no lintian here"
	fi
fi
claims_end
