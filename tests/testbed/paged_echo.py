#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Echo requests of which only the Ethernet header is not in page fragments.

    paged_echo.py IFNAME MAC SOURCE DESTINATION COUNT

A ring of packets to send (packet_mmap) has its pages go into the kernel's
buffers as they are. Prints how many replies came.
"""
import mmap
import socket
import struct
import sys
import time

from tagged_echo import ECHO_REPLY, ECHO_REQUEST, IDENTIFIER, echo_frame

SOL_PACKET, PACKET_TX_RING = 263, 13
SOL_RAW, ICMP_FILTER, ALL_BUT_REPLIES = 255, 1, ~(1 << ECHO_REPLY)
FRAME_BYTES, N_FRAMES = 2048, 8
# struct tpacket_hdr, aligned: status, length, and the frame behind it.
STATUS_AT, LENGTH_AT, DATA_AT = 0, 8, 32
SEND_REQUEST = 1
GAP_SECONDS = 0.02


def send(s, ring, at, frame):
    ring[at + DATA_AT : at + DATA_AT + len(frame)] = frame
    struct.pack_into("I", ring, at + LENGTH_AT, len(frame))
    struct.pack_into("L", ring, at + STATUS_AT, SEND_REQUEST)
    s.send(b"")


def is_reply(packet):
    icmp = packet[(packet[0] & 15) * 4 :]
    return icmp[0] == ECHO_REPLY and icmp[4:6] == struct.pack(">H", IDENTIFIER)


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    interface, mac, source, destination = sys.argv[1:5]
    n_replies = 0
    replies = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    replies.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("i", ALL_BUT_REPLIES))
    replies.settimeout(2)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    size = FRAME_BYTES * N_FRAMES
    s.setsockopt(
        SOL_PACKET, PACKET_TX_RING, struct.pack("4I", size, 1, FRAME_BYTES, N_FRAMES)
    )
    s.bind((interface, 0))
    with mmap.mmap(s.fileno(), size) as ring:
        for sequence in range(int(sys.argv[5])):
            frame = echo_frame(ECHO_REQUEST, source, destination, sequence, [])
            frame = bytes.fromhex(mac.replace(":", "")) + frame[6:]
            send(s, ring, sequence % N_FRAMES * FRAME_BYTES, frame)
            n_replies += is_reply(replies.recv(2048))
            time.sleep(GAP_SECONDS)
    print(n_replies)


if __name__ == "__main__":
    main()
