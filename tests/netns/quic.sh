#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# QUIC, live: an endpoint that spins, one that greases, one that is constant, one
# that is idle, one that moves to a new port; ngtcp2. On a clean path, on one that
# jitters, loses and reorders, and on one whose queue is full. The truth is what
# the relays saw.
#
# A machine that loses its processor for tens of milliseconds makes endpoints
# late, which nobody on the path can tell from the path; a run that fails is done
# again, at most twice, with the same bounds.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

if [ -z "${QUIC_RUN:-}" ]; then
	for QUIC_RUN in 1 2 3; do
		said=$(QUIC_RUN=$QUIC_RUN "$0" 2>&1)
		status=$?
		[ "$status" -ne 0 ] || break
		echo "$said" | grep '^not ok' | sed "s/^not ok/run $QUIC_RUN:/"
	done
	echo "$said"
	exit "$status"
fi

MEDIAN_PERCENT=15
PORT=4433
SECONDS_LONG=6
endpoint=${BUILD:-build}/tests/quic_endpoint

# One server, and the client's subnet, for each kind of traffic.
spinning=198.51.100.1 upload=62.24.128.5 moving=77.75.76.4
greased=203.0.113.1 constant=91.198.22.7 idle=80.94.160.3 ngtcp2=45.60.8.2
hello=151.101.2.1 retry=142.250.9.1 spinning6=2001:db8:7:1::1
spinning_client=10.61.1.10 other_client=10.61.2.10 idle_client=10.61.3.10
spinning_client6=2001:db8:61:1::10

# serve ADDRESS [OPTION...]
serve()
{
	testbed_start server "$endpoint" -L "$1" $PORT -t 0 "${@:2}"
}

# ask SOURCE ADDRESS OPTION...: in the background, for SECONDS_LONG
ask()
{
	on_client "$endpoint" -a "$1" "$2" $PORT -t $SECONDS_LONG "${@:3}" &
	ASKS+=($!)
}

is_serving() { [ "$(on_server ss -lun | grep -c ":$PORT ")" -ge "$1" ]; }

serve_ngtcp2()
{
	local dir=$TESTBED_DIR
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj /CN=testbed -keyout "$dir/key.pem" \
		-out "$dir/cert.pem" 2>/dev/null || return 1
	testbed_make_files
	testbed_start server gtlsserver -q -d "$dir/www" $ngtcp2 $PORT \
		"$dir/key.pem" "$dir/cert.pem" >"$dir/gtlsserver.log" 2>&1
}

# One after the other: what a handshake takes at the hosts is no latency.
ask_handshakes()
{
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		on_client "$endpoint" -a $spinning_client $hello $PORT -t 0.2 \
			-s "$i" -m upload -D 1 || return 1
		on_client "$endpoint" -a $spinning_client $retry $PORT -t 0.3 \
			-s "$i" -m upload -D 1 -V 6b3343cf || return 1
	done
}

# Its cryptography takes milliseconds: with nothing beside it, and from far away.
ask_ngtcp2()
{
	for _ in 1 2 3 4 5; do
		on_client timeout 10 gtlsclient -q --exit-on-all-streams-close \
			$ngtcp2 $PORT https://$ngtcp2/large
	done >"$TESTBED_DIR/gtlsclient.log" 2>&1
}

every_kind()
{
	serve $spinning
	serve $hello -D 1
	serve $retry -R -D 1
	serve $spinning6
	serve $upload
	serve $moving
	serve $greased -f
	serve $constant -D 1 -b connection
	serve $idle
	serve_ngtcp2 && testbed_wait_for is_serving 10 || return 1
	ask_handshakes || return 1
	ASKS=()
	ask $spinning_client $spinning -n 2
	ask $spinning_client $upload -m upload
	ask $spinning_client $moving -n 2 -M 2000
	ask $other_client $greased -n 4 -D 1 -b packet -f -r 100
	ask $other_client $constant -n 2 -D 1 -b connection -r 100
	ask $idle_client $idle -n 2 -m requests
	ask $spinning_client6 $spinning6
	wait "${ASKS[@]}" && ask_ngtcp2
}

spinning_and_greased()
{
	serve $spinning
	serve $greased
	testbed_wait_for is_serving 2 || return 1
	ASKS=()
	ask $spinning_client $spinning -n 4 -r 300
	ask $other_client $greased -n 4 -D 1 -b packet -r 100
	wait "${ASKS[@]}"
}

# More than the path takes: its queue fills.
one_fast()
{
	serve $spinning
	testbed_wait_for is_serving 1 || return 1
	ASKS=()
	ask $spinning_client $spinning -r 600
	wait "${ASKS[@]}"
}

# measure "LAN OPTIONS" "WAN OPTIONS" TRAFFIC: $TESTBED_DIR/live.tsv
measure()
{
	rm -rf "$TESTBED_DIR"
	testbed_init
	testbed_up "$1" "$2" || return 1
	live_start lan0 "$TESTBED_DIR/live" --interval 1s || return 1
	"$3" || return 1
	sleep 1
	live_stop INT || return 1
	testbed_down
	$SPINDRIFT verify -q "$TESTBED_DIR/live" &&
		$SPINDRIFT percentiles -t --by subnet "$TESTBED_DIR/live" \
			>"$TESTBED_DIR/live.tsv"
}

subnet_of()
{
	case $1 in
	*:*) echo "$(echo "$1" | cut -d : -f 1-3)::/48" ;;
	*) echo "${1%.*}.0/24" ;;
	esac
}

# cell ADDRESS SOURCE COLUMN: of the subnet; 0 where there is no row
cell()
{
	claims_cell "$TESTBED_DIR/live.tsv" "$3" group="$(subnet_of "$1")" \
		source="$2" || echo 0
}

# true_cell ADDRESS COLUMN: of the network's own RTTs
true_cell()
{
	local side=wan
	case $1 in 10.61.* | 2001:db8:61:*) side=lan ;; esac
	tests/testbed/quic_truth.py "$TESTBED_DIR/$side" \
		--host "$(subnet_of "$1")" | claims_cell - "$2"
}

# check_spinning NAME ADDRESS LEAST_SAMPLES
check_spinning()
{
	local name=$1 p0_ns p50_ns p95_ns
	p0_ns=$(true_cell "$2" p0_ns)
	p50_ns=$(true_cell "$2" p50_ns)
	p95_ns=$(true_cell "$2" p95_ns)
	claim "${name}_has_samples" is_at_least \
		"$(cell "$2" quic_spin n_samples)" "$3"
	claim "${name}_median_is_true" is_within \
		"$(cell "$2" quic_spin p50_ns)" "$p50_ns" $MEDIAN_PERCENT
	claim "${name}_no_sample_is_below_half" is_at_least \
		"$(cell "$2" quic_spin min_ns)" $((p0_ns / 2))
	claim "${name}_one_in_100_is_above_double" is_at_most \
		"$(cell "$2" quic_spin p99_ns)" $((2 * p95_ns))
	claim "${name}_every_sample_has_its_bound" is_equal \
		"$(cell "$2" quic_spin_bound n_samples)" \
		"$(cell "$2" quic_spin n_samples)"
}

check_handshake()
{
	claim "$1_handshakes" is_equal "$(cell "$2" quic_handshake n_samples)" "$3"
	claim "$1_handshake_is_true" is_within \
		"$(cell "$2" quic_handshake p50_ns)" \
		"$(true_cell "$2" p50_ns)" $MEDIAN_PERCENT
}

check_nothing()
{
	local source
	for source in quic_spin quic_spin_upper quic_spin_full; do
		claim "$1_gives_no_$source" is_equal \
			"$(cell "$2" $source n_samples)" 0
	done
}

check_every_kind()
{
	check_spinning download $spinning 150
	check_spinning upload $upload 80
	# 2 s before and 4 s after the move, two connections.
	check_spinning moving $moving 200
	check_spinning clients $spinning_client 350
	check_spinning download6 $spinning6 80
	check_spinning clients6 $spinning_client6 80
	check_nothing greased $greased
	check_nothing constant $constant
	check_nothing other_clients $other_client
	check_nothing ngtcp2 $ngtcp2
	claim idle_records_nothing is_equal "$(cell $idle quic_spin n_samples)" 0
	claim idle_is_counted is_at_least \
		"$(cell $idle quic_spin_upper n_samples)" 60
	claim idle_clients_record_nothing is_equal \
		"$(cell $idle_client quic_spin n_samples)" 0
	check_handshake hello $hello 10
	# Retry answers the first Initial, the server's Initial the second one.
	check_handshake retry $retry 20
	check_handshake ngtcp2 $ngtcp2 5
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
if measure "-d 5ms" "-d 15ms -P $ngtcp2/32=50ms" every_kind; then
	check_every_kind
else
	claim quic_is_measured_on_a_clean_path false
fi
if measure "-d 5ms -j 1ms -x -l 1 -o 1 -O 4ms" \
	"-d 15ms -j 1ms -x -l 1 -o 1 -O 15ms" spinning_and_greased; then
	check_spinning rough_path $spinning 200
	check_spinning rough_path_clients $spinning_client 50
	check_nothing rough_path_greased $greased
	check_nothing rough_path_greased_clients $other_client
else
	claim quic_is_measured_on_a_rough_path false
fi
if measure "-d 5ms" "-d 15ms -r 5mbit -q 150ms" one_fast; then
	check_spinning full_queue $spinning 15
	check_spinning full_queue_clients $spinning_client 15
else
	claim quic_is_measured_with_a_full_queue false
fi
claims_end
