#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the network took of UDP's round trips, as the delay relay's captures tell.

Reads PREFIX.a.pcap and PREFIX.b.pcap. For each datagram that came from behind end
b, and the newest one that had arrived there when it left, prints of the sum of
their two one-way delays: TSV, one line. --host: only hosts in this prefix.

What the answering host takes is no part of it; what a datagram has to wait at the
relay's rate limit is.
"""
import argparse
import ipaddress

from truth import parse_network, quantile, read_capture, read_host_times

UDP = 17


def is_wanted(frame, networks):
    """None, or whether the frame comes from behind end b."""
    network = parse_network(frame)
    if not network or network[0] != UDP:
        return None
    for is_from, address in ((True, network[1]), (False, network[2])):
        if any(ipaddress.ip_address(address) in n for n in networks):
            return is_from
    return None


def read_round_trips(prefix, networks):
    far = read_host_times(prefix + ".b.pcap")
    delivered, answers = [], []
    for near_ns, frame in read_capture(prefix + ".a.pcap"):
        is_from = is_wanted(frame, networks)
        far_ns = far.get(frame)
        if is_from is None or far_ns is None:
            continue
        if is_from:
            answers.append((far_ns, near_ns - far_ns))
        else:
            delivered.append((far_ns, far_ns - near_ns))
    delivered.sort()
    at, round_trips = 0, []
    for left_ns, back_ns in sorted(answers):
        while at < len(delivered) and delivered[at][0] <= left_ns:
            at += 1
        if at:
            round_trips.append(delivered[at - 1][1] + back_ns)
    return sorted(round_trips)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prefix", help="what the relay got as -w")
    parser.add_argument("--host", action="append", required=True)
    options = parser.parse_args()
    networks = [ipaddress.ip_network(n) for n in options.host]
    trips = read_round_trips(options.prefix, networks)
    print("n", *(f"p{q}_ns" for q in (0, 5, 50, 95, 100)), sep="\t")
    if trips:
        cells = (round(quantile(trips, q / 100)) for q in (0, 5, 50, 95, 100))
        print(len(trips), *cells, sep="\t")


if __name__ == "__main__":
    main()
