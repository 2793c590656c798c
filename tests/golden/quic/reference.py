#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A slow reference for QUIC: what each rule gives for a capture.

reference.py [-r raw|design|spindrift] CAPTURE prints one line per sample: time,
flow, side, source, RTT and bound. `raw` takes every change of the spin bit for an
edge, `design` has the rules that spindrift's began from, `spindrift` its own. It
has dictionaries without limit, and nothing in common with spindrift's code.
"""

import argparse
import gzip
import ipaddress
import lzma
import struct

from rules import RULES

UDP = 17
INITIAL, ZERO_RTT, HANDSHAKE, RETRY, NEGOTIATION = range(5)
VERSION_1, VERSION_2, VERSION_2_DRAFT = 1, 0x6B3343CF, 0x709A50C4
MIN_INITIAL_BYTES = 1200
FLIGHT_NS = 10_000_000
CLIENT, SERVER = 0, 1
SIDES = ("client", "server")


def read_capture(path):
    """(time_ns, frame) of a little-endian Ethernet pcap, packed or not."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    elif data[:6] == b"\xfd7zXZ\0":
        data = lzma.decompress(data)
    tick_ns = {0xA1B23C4D: 1, 0xA1B2C3D4: 1000}[struct.unpack_from("<I", data)[0]]
    at = 24
    while at + 16 <= len(data):
        s, fraction, n, _ = struct.unpack_from("<IIII", data, at)
        yield s * 10**9 + fraction * tick_ns, data[at + 16 : at + 16 + n]
        at += 16 + n


def read_datagrams(path):
    """(time_ns, source, destination, bytes on the wire, what was captured)."""
    for time_ns, frame in read_capture(path):
        kind = struct.unpack_from(">H", frame, 12)[0]
        packet = frame[14:]
        if kind == 0x0800 and packet[9] == UDP:
            hosts, skip = (packet[12:16], packet[16:20]), (packet[0] & 15) * 4
        elif kind == 0x86DD and packet[6] == UDP:
            hosts, skip = (packet[8:24], packet[24:40]), 40
        else:
            continue
        source_port, port, n_bytes, _ = struct.unpack_from(">HHHH", packet, skip)
        source = (ipaddress.ip_address(hosts[0]), source_port)
        destination = (ipaddress.ip_address(hosts[1]), port)
        yield time_ns, source, destination, n_bytes - 8, packet[skip + 8 :]


class LongHeader:
    """The invariants of RFC 8999 and the type; raises ValueError."""

    def __init__(self, data):
        try:
            self.first, self.version, n_to = struct.unpack_from(">BIB", data)
            n_from = data[6 + n_to]
        except (struct.error, IndexError):
            raise ValueError("cut short") from None
        self.to_id = data[6 : 6 + n_to]
        self.from_id = data[7 + n_to : 7 + n_to + n_from]
        if len(self.to_id) < n_to or len(self.from_id) < n_from:
            raise ValueError("cut short")
        self.kind = self.first >> 4 & 3
        if self.version in (VERSION_2, VERSION_2_DRAFT):
            self.kind = (self.kind - 1) % 4
        if not self.version:
            self.kind = NEGOTIATION

    def begins_connection(self, n_bytes):
        is_known = (
            self.version in (VERSION_1, VERSION_2, VERSION_2_DRAFT)
            or self.version >> 8 == 0xFF0000
        )
        return (
            is_known
            and self.first & 0xC0 == 0xC0
            and self.kind == INITIAL
            and 8 <= len(self.to_id) <= 20
            and len(self.from_id) <= 20
            and n_bytes >= MIN_INITIAL_BYTES
        )


class Handshake:
    """The samples of long headers, from the client's first Initial on."""

    def __init__(self, time_ns, header):
        self.client_id = header.from_id
        self.is_confirmed = False
        self.n_ambiguous = 0
        self.answer = None
        self.begin(time_ns, header)

    def begin(self, time_ns, header):
        """A flight begins: what answers it comes from the server."""
        self.flight_ns, self.flight_id = time_ns, header.to_id
        self.version = header.version
        self.is_ambiguous = False
        self.waits_for = SERVER

    def add_client(self, time_ns, header):
        """The client's RTT, or None. An Initial that was sent again after the
        answer passed here still has the ID that the client chose itself: it is
        no answer (RFC 9000, 7.2)."""
        is_new = header.to_id != self.flight_id or header.version != self.version
        is_new = is_new and header.kind in (INITIAL, HANDSHAKE)
        if self.waits_for == SERVER:
            if header.kind == INITIAL and time_ns - self.flight_ns > FLIGHT_NS:
                self.flight_ns, self.is_ambiguous = time_ns, True
            return None
        if not is_new or self.waits_for is None:
            return None
        rtt_ns = self.judge(time_ns - self.answer_ns)
        self.waits_for = None
        if self.answer in (RETRY, NEGOTIATION) and header.kind == INITIAL:
            self.begin(time_ns, header)
        return rtt_ns

    def add_server(self, time_ns, header):
        """The server's RTT, or None."""
        if header.to_id != self.client_id:
            return None
        self.is_confirmed = True
        if self.waits_for != SERVER:
            # The client's answer may be to this one, or to the first.
            self.is_ambiguous |= time_ns - self.answer_ns > FLIGHT_NS
            return None
        self.answer_ns, self.answer = time_ns, header.kind
        self.waits_for = CLIENT
        return self.judge(time_ns - self.flight_ns)

    def judge(self, rtt_ns):
        if self.is_ambiguous:
            self.n_ambiguous += 1
            rtt_ns = None
        self.is_ambiguous = False
        return rtt_ns


class Flow:
    def __init__(self, spin, handshake=None):
        self.handshake = handshake
        self.spin = spin


class Reference:
    """Every sample of every flow, in .samples: (time_ns, flow, side, source,
    rtt_ns, bound_ns). A spin sample that waited for its flow's class has the
    time of its edge."""

    def __init__(self, rules):
        self.rules = rules
        self.flows = {}
        self.servers = set()
        self.samples = []

    def add(self, time_ns, source, destination, n_bytes, data):
        for key, direction in (
            ((source, destination), CLIENT),
            ((destination, source), SERVER),
        ):
            if key in self.flows:
                self.add_to(key, direction, time_ns, data)
                return
        self.add_unknown(time_ns, source, destination, n_bytes, data)

    def add_unknown(self, time_ns, source, destination, n_bytes, data):
        """A connection begins, or one moved to another address of its client."""
        if not data:
            return
        if data[0] & 0x80:
            try:
                header = LongHeader(data)
            except ValueError:
                return
            if header.begins_connection(n_bytes):
                handshake = Handshake(time_ns, header)
                self.flows[source, destination] = Flow(self.rules(), handshake)
        elif data[0] & 0xC0 == 0x40 and {source, destination} & self.servers:
            is_server = source in self.servers
            key = (destination, source) if is_server else (source, destination)
            self.flows[key] = Flow(self.rules())
            self.add_to(key, SERVER if is_server else CLIENT, time_ns, data)

    def add_to(self, key, direction, time_ns, data):
        if not data:
            return
        flow = self.flows[key]
        if data[0] & 0x80:
            self.add_long(key, flow, direction, time_ns, data)
            return
        if flow.handshake and not flow.handshake.is_confirmed:
            return
        flow.spin.add(time_ns, direction, data[0] >> 5 & 1)

    def add_long(self, key, flow, direction, time_ns, data):
        if not flow.handshake:
            return
        try:
            header = LongHeader(data)
        except ValueError:
            return
        add = (flow.handshake.add_client, flow.handshake.add_server)[direction]
        rtt_ns = add(time_ns, header)
        if flow.handshake.is_confirmed:
            self.servers.add(key[1])
        if rtt_ns is not None:
            flow.spin.seed(direction, rtt_ns)
            self.emit(time_ns, key, direction, "quic_handshake", rtt_ns, 0)

    def emit(self, time_ns, key, direction, source, rtt_ns, bound_ns):
        name = "{}:{}-{}:{}".format(*key[0], *key[1])
        self.samples.append((time_ns, name, SIDES[direction], source, rtt_ns, bound_ns))

    def finish(self):
        """Adds what the spin rules recorded."""
        for key, flow in self.flows.items():
            for source, samples in flow.spin.recorded():
                for time_ns, direction, rtt_ns, bound_ns in samples:
                    self.emit(time_ns, key, direction, source, rtt_ns, bound_ns)
        self.samples.sort()


def run(path, rules):
    reference = Reference(RULES[rules])
    for datagram in read_datagrams(path):
        reference.add(*datagram)
    reference.finish()
    return reference


def main():
    import pathlib

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("capture", type=pathlib.Path)
    parser.add_argument("-r", "--rules", choices=sorted(RULES), default="spindrift")
    options = parser.parse_args()
    print("time_ns\tflow\tside\tsource\trtt_ns\tbound_ns")
    for sample in run(options.capture, options.rules).samples:
        print(*sample, sep="\t")


if __name__ == "__main__":
    main()
