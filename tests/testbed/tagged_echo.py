#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Echo requests and replies in frames with VLAN tags, without VLAN devices.

    tagged_echo.py ask IFNAME COUNT TPID:VID...
    tagged_echo.py answer IFNAME TPID:VID...

The asker is 198.51.100.9, the answerer 10.61.9.9. The kernel hides the tags
from whom it hands a frame, so both ends are told them.
"""
import socket
import struct
import sys
import time

ASKER, ANSWERER = "198.51.100.9", "10.61.9.9"
IPV4, ICMP, ECHO_REPLY, ECHO_REQUEST = 0x0800, 1, 0, 8
IDENTIFIER = 0x7A67
GAP_SECONDS = 0.03


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def echo_frame(kind, source, destination, sequence, tags):
    icmp = struct.pack(">BBHHH", kind, 0, 0, IDENTIFIER, sequence) + bytes(32)
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(icmp), sequence, 0, 64, ICMP, 0)
    ip += socket.inet_aton(source) + socket.inet_aton(destination)
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    ethernet = b"\xff" * 6 + b"\x02\0\0\0\0\x01"
    for tag in tags:
        protocol, identifier = tag.split(":")
        ethernet += struct.pack(">HH", int(protocol, 0), int(identifier))
    return ethernet + struct.pack(">H", IPV4) + ip + icmp


def request_sequence(frame):
    """None if the frame is no request of ours; some tags may still be there."""
    at = 12
    while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    ip = frame[at + 2 :]
    if frame[at : at + 2] != b"\x08\x00" or len(ip) < 28 or ip[9] != ICMP:
        return None
    kind, _, _, identifier, sequence = struct.unpack(">BBHHH", ip[20:28])
    return sequence if (kind, identifier) == (ECHO_REQUEST, IDENTIFIER) else None


def open_socket(interface):
    # ETH_P_ALL, or the tagged frames would not be shown.
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((interface, 3))
    return s


def ask(interface, count, tags):
    with open_socket(interface) as s:
        for sequence in range(count):
            s.send(echo_frame(ECHO_REQUEST, ASKER, ANSWERER, sequence, tags))
            time.sleep(GAP_SECONDS)
        time.sleep(0.5)


def answer(interface, tags):
    with open_socket(interface) as s:
        while True:
            frame, address = s.recvfrom(2048)
            sequence = request_sequence(frame)
            if sequence is not None and address[2] != socket.PACKET_OUTGOING:
                s.send(echo_frame(ECHO_REPLY, ANSWERER, ASKER, sequence, tags))


def main():
    arguments = sys.argv[1:]
    if len(arguments) > 3 and arguments[0] == "ask":
        ask(arguments[1], int(arguments[2]), arguments[3:])
    elif len(arguments) > 2 and arguments[0] == "answer":
        answer(arguments[1], arguments[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
