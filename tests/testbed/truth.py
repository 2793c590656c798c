#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""RTTs as the delay relay's own captures tell them.

Reads PREFIX.a.pcap, what a perfect observer at the relay's end a would have
seen, and matches tcp_ts and icmp_echo with tables that have no limit. With
PREFIX.b.pcap each sample is also split: what the network took (wire) and what
the answering host took. The answering host is always behind end b.

Given a capture (*.pcap, *.pcap.gz) instead of a prefix, it says what that
capture holds by the same rules, without the split.

This shares no code with spindrift. Output is TSV, one line per group and
source; wire_p50_ns is the median of the network's part alone.
"""
import argparse
import gzip
import ipaddress
import struct
import sys

TCP, ICMP, ICMP6 = 6, 1, 58
ECHO = {(ICMP, 8): (True, ICMP), (ICMP, 0): (False, ICMP)}
ECHO.update({(ICMP6, 128): (True, ICMP6), (ICMP6, 129): (False, ICMP6)})


def read_capture(path):
    """Yields (time_ns, frame) of a classic little-endian pcap of nanoseconds."""
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as f:
        header = f.read(24)
        if len(header) < 24 or struct.unpack("<I", header[:4])[0] != 0xA1B23C4D:
            sys.exit(f"truth: {path}: not a nanosecond pcap")
        while len(record := f.read(16)) == 16:
            seconds, nanoseconds, cut, _ = struct.unpack("<4I", record)
            yield seconds * 10**9 + nanoseconds, f.read(cut)


def parse_network(frame):
    """(protocol, source, destination, header length, IP length, packet)."""
    at, kind = 14, frame[12:14]
    while kind in (b"\x81\x00", b"\x88\xa8") and len(frame) >= at + 4:
        kind, at = frame[at + 2 : at + 4], at + 4
    ip = frame[at:]
    if kind == b"\x08\x00" and len(ip) >= 20:
        length = struct.unpack(">H", ip[2:4])[0]
        return ip[9], ip[12:16], ip[16:20], (ip[0] & 15) * 4, length, ip
    if kind == b"\x86\xdd" and len(ip) >= 40:
        length = struct.unpack(">H", ip[4:6])[0] + 40
        return ip[6], ip[8:24], ip[24:40], 40, length, ip
    return None


def parse_timestamps(options):
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2:
            return None
        if options[at] == 8 and options[at + 1] == 10 and at + 10 <= len(options):
            return struct.unpack(">II", options[at + 2 : at + 10])
        at += options[at + 1]
    return None


class Matcher:
    """The rules of tcp_ts and icmp_echo over one capture."""

    def __init__(self):
        self.stamps = {}
        self.newest = {}
        self.samples = []

    def add(self, time_ns, frame):
        network = parse_network(frame)
        if not network:
            return
        protocol, source, destination, skip, length, packet = network
        rest = packet[skip:]
        if protocol == TCP and len(rest) >= 20:
            self.add_tcp(time_ns, frame, source, destination, rest, length - skip)
        elif len(rest) >= 8 and (protocol, rest[0]) in ECHO:
            self.add_echo(time_ns, frame, source, destination, protocol, rest)

    def emit(self, source, host, stamp, time_ns, frame):
        self.samples.append((source, host, stamp[0], time_ns, stamp[1], frame))

    def add_echo(self, time_ns, frame, source, destination, protocol, icmp):
        is_request, kind = ECHO[(protocol, icmp[0])]
        ends = (source, destination) if is_request else (destination, source)
        key = (kind, ends, bytes(icmp[4:8]))
        if is_request:
            self.stamps.setdefault(key, (time_ns, frame))
        elif key in self.stamps and self.stamps[key]:
            self.emit("icmp_echo", source, self.stamps[key], time_ns, frame)
            self.stamps[key] = None

    def add_tcp(self, time_ns, frame, source, destination, tcp, length):
        offset, flags = (tcp[12] >> 4) * 4, tcp[13]
        times = parse_timestamps(tcp[20:offset])
        if not times:
            return
        forth = (source, destination, bytes(tcp[:4]))
        back = (destination, source, bytes(tcp[2:4] + tcp[:2]))
        has_syn, has_ack = flags & 2, flags & 16
        if has_ack:
            stamp = self.stamps.get((back, times[1]))
            if stamp:
                self.emit("tcp_ts", source, stamp, time_ns, frame)
                self.stamps[(back, times[1])] = None
        newest = self.newest.get(forth)
        if has_syn and not has_ack:
            newest = None
        is_newer = newest is None or 0 < (times[0] - newest) % 2**32 < 2**31
        if not is_newer or not (has_syn or length > offset):
            return
        self.newest[forth] = times[0]
        # In mid-flow the first packet of this value may have passed before.
        if newest is not None or has_syn:
            self.stamps[(forth, times[0])] = (time_ns, frame)


def read_host_times(path):
    """Times at the far end of each frame, by content; the first one counts."""
    times = {}
    for time_ns, frame in read_capture(path):
        times.setdefault(frame, time_ns)
    return times


def quantile(values, q):
    rank = q * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def group_of(host, by):
    address = ipaddress.ip_address(host)
    if by == "all":
        return "all"
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, bits), strict=False))


def print_table(samples, far, by, networks):
    groups = {}
    for source, host, start_ns, end_ns, question, answer in samples:
        if networks and not any(ipaddress.ip_address(host) in n for n in networks):
            continue
        rtts, wires = groups.setdefault((group_of(host, by), source), ([], []))
        rtts.append(end_ns - start_ns)
        if start_ns <= far.get(question, 0) <= far.get(answer, 0) <= end_ns:
            wires.append(end_ns - start_ns - (far[answer] - far[question]))
    columns = "n_samples min_ns p50_ns p95_ns p99_ns max_ns mean_ns"
    print("\t".join(("group source " + columns + " wire_p50_ns wire_p95_ns").split()))
    for (group, source), (rtts, wires) in sorted(groups.items()):
        rtts.sort()
        wires.sort()
        row = [len(rtts), rtts[0]]
        row += [round(quantile(rtts, q)) for q in (0.5, 0.95, 0.99)]
        row += [rtts[-1], round(sum(rtts) / len(rtts))]
        row += [round(quantile(wires, q)) if wires else "-" for q in (0.5, 0.95)]
        print("\t".join(str(cell) for cell in [group, source] + row))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prefix", help="what the relay got as -w, or a capture")
    parser.add_argument("--by", choices=("all", "subnet"), default="all")
    parser.add_argument("--host", action="append", help="only hosts in this prefix")
    options = parser.parse_args()
    inside = [ipaddress.ip_network(n) for n in options.host or []]
    near, far = options.prefix, {}
    if not near.endswith((".pcap", ".pcap.gz")):
        near, far = near + ".a.pcap", read_host_times(near + ".b.pcap")
    matcher = Matcher()
    for time_ns, frame in read_capture(near):
        matcher.add(time_ns, frame)
    print_table(matcher.samples, far, options.by, inside)


if __name__ == "__main__":
    main()
