#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: deb.sh VERSION BUILD OUTPUT
#
# Puts the programs of BUILD into Debian packages, OUTPUT/*.deb: spindrift,
# spindrift-collect and, where it is built, spindrift-mpi. Dependencies are those that dpkg-shlibdeps finds. The same
# programs give the same packages: times are those of the last change.
set -eu
cd "$(dirname "$0")/.."
top=$PWD version=$1-1
build=$(realpath "$2")
mkdir -p "$3"
output=$(realpath "$3")
work=$output/work

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null ||
	stat -c %Y CHANGES.md)}
export SOURCE_DATE_EPOCH
date=$(date -u -R -d "@$SOURCE_DATE_EPOCH")

# move_to PACKAGE PATH...: out of what `make install` made
move_to() {
	package=$1
	shift
	for path in "$@"; do
		mkdir -p "$package/$(dirname "$path")"
		mv "all/$path" "$package/$path"
	done
}

write_changelog() {
	maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
	cat <<-END
		spindrift ($version) unstable; urgency=medium

		  * Version $1; its changes are in changelog.gz.

		 -- $maintainer  $date
	END
}

sort_files() {
	collect=spindrift-collect
	move_to $collect usr/libexec usr/lib/sysusers.d \
		usr/share/man/man8/spindrift-collect.8
	# Where dpkg and lintian of Debian 12 look for units.
	mkdir -p $collect/lib
	mv all/usr/lib/systemd $collect/lib/
	mkdir -p $collect/usr/share/doc/$collect/examples
	mv all/usr/share/doc/spindrift/collect.conf \
		$collect/usr/share/doc/$collect/examples/
	if [ -e all/usr/bin/spindrift-mpi ]; then
		move_to spindrift-mpi usr/bin/spindrift-mpi \
			usr/share/man/man1/spindrift-mpi.1
	fi
	rm -f all/usr/share/man/man1/spindrift-mpi.1
	mkdir -p all/usr/share/zsh/vendor-completions
	mv all/usr/share/zsh/site-functions/* all/usr/share/zsh/vendor-completions/
	move_to spindrift usr/bin usr/share/bash-completion \
		usr/share/zsh/vendor-completions usr/share/man/man1 \
		usr/share/man/man5
	find all -type d -empty -delete
	[ ! -e all ] || { find all -type f; echo "deb.sh: left over" >&2; exit 1; }
}

add_documents() {
	doc=$1/usr/share/doc/$1
	mkdir -p "$doc"
	cp debian/copyright "$doc/copyright"
	gzip -9nc debian/changelog >"$doc/changelog.Debian.gz"
	gzip -9nc "$top/CHANGES.md" >"$doc/changelog.gz"
	find "$1/usr/share/man" -type f -exec gzip -9n {} +
}

# build_package PACKAGE PROGRAM
build_package() {
	program=$1/usr/$2
	add_documents "$1"
	strip --remove-section=.comment --remove-section=.note "$program"
	mkdir "$1/DEBIAN"
	for script in postinst prerm postrm; do
		[ ! -f "debian/$1.$script" ] ||
			install -m 755 "debian/$1.$script" "$1/DEBIAN/$script"
	done
	(cd "$1" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' |
		sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-shlibdeps -T"debian/$1.substvars" -e"$program"
	dpkg-gencontrol -p"$1" -P"$1" -Tdebian/"$1".substvars
	find "$1" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "$date" {} +
	dpkg-deb --root-owner-group --build "$1" "$output" >/dev/null
}

umask 022
rm -rf "$work"
mkdir -p "$work/debian"
cp dist/debian/* "$work/debian/"
MAKEFLAGS='' make -s install-built B="$build" PREFIX=/usr DESTDIR="$work/all"
cd "$work"
write_changelog "$1" >debian/changelog
sort_files
build_package spindrift bin/spindrift
build_package spindrift-collect libexec/spindrift/spindrift-collect
[ ! -d spindrift-mpi ] || build_package spindrift-mpi bin/spindrift-mpi
ls "$output"/*.deb
rm -rf "$work"
