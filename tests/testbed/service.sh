# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# spindrift-collect in the observer under a service manager, with the user and
# the capabilities of dist/systemd, to be sourced after live.sh.
#
#   service_init                      a directory that the service may write
#   service_start OPTION...           returns when it is ready
#   service_ask SIGNAL                what service_manager.py does of it
#   service_has LINE                  whether the manager was sent this line
#
# The campaign is $SERVICE_DIR/live unless an option says otherwise.

SERVICE_USER=65534
SERVICE_CAPS=+bpf,+net_admin,+perfmon

service_init()
{
	SERVICE_DIR=$TESTBED_DIR/service
	mkdir -p "$SERVICE_DIR"
	chmod 755 "$TESTBED_DIR"
	chown $SERVICE_USER "$SERVICE_DIR"
	# The build directory may not be open to others.
	cp "$SPINDRIFT-collect" "$TESTBED_DIR/"
}

service_has() { grep -qx -- "$1" "$SERVICE_DIR/messages"; }

service_count() { grep -cx -- "$1" "$SERVICE_DIR/messages"; }

service_start()
{
	rm -f "$SERVICE_DIR"/{messages,notify,pid,stored,restarts}
	: >"$SERVICE_DIR/restarts"
	SERVICE_LOG=$TESTBED_DIR/service.log
	testbed_start observer tests/testbed/service_manager.py "$SERVICE_DIR" \
		setpriv --reuid $SERVICE_USER --regid $SERVICE_USER \
		--clear-groups --no-new-privs --inh-caps=-all,$SERVICE_CAPS \
		--ambient-caps=-all,$SERVICE_CAPS \
		--bounding-set=-all,$SERVICE_CAPS \
		"$TESTBED_DIR/spindrift-collect" -o "$SERVICE_DIR/live" \
		"${LIVE_LAN[@]}" "$@" >"$SERVICE_LOG" 2>&1
	SERVICE_PID=$TESTBED_PID
	testbed_wait_for service_is_ready_or_gone
	service_has READY=1 2>/dev/null || {
		cat "$SERVICE_LOG" >&2
		return 1
	}
}

service_is_ready_or_gone()
{
	! kill -0 "$SERVICE_PID" || service_has READY=1
}

service_main_pid() { cat "$SERVICE_DIR/pid"; }

service_n_restarts() { grep -c . "$SERVICE_DIR/restarts"; }

# Returns when it is ready again, or with its status when it was to end.
service_ask()
{
	local n_ready n_restarts
	n_ready=$(service_count READY=1)
	n_restarts=$(service_n_restarts)
	kill "-$1" "$SERVICE_PID"
	if [ "$1" = TERM ]; then
		wait "$SERVICE_PID"
		return
	fi
	# Loading programs takes its time on a busy machine.
	testbed_wait_for service_is_back "$n_ready" "$n_restarts" ||
		testbed_wait_for service_is_back "$n_ready" "$n_restarts" ||
		{ cat "$SERVICE_LOG" >&2; return 1; }
}

service_is_back()
{
	[ "$(service_count READY=1)" -gt "$1" ] &&
		[ "$(service_n_restarts)" -gt "$2" ]
}
