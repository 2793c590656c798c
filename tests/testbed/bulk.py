#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP connection in bulk between two namespaces, and what TCP says it sent.

    bulk.py CLIENT-NAMESPACE SERVER-NAMESPACE SERVER-ADDRESS BYTES [WINDOW]

BYTES go each way, one way after the other; WINDOW limits what is under way.
Prints TSV: direction (there: to the server), packets, payload bytes with what
was sent again, and bytes of IP packets, from the counters of both sockets,
which have no part in how packets are aggregated. Ends with status 3, and says
why, when segments were lost or came out of order: then headers have options
that vary.
"""
import ctypes
import os
import socket
import struct
import sys
import threading
import time

PORT = 5001
PIECE = 1 << 16
QUIET_SECONDS = 0.5
CLONE_NEWNET = 0x40000000
# linux/tcp.h, struct tcp_info: offset and format.
TCP_INFO = {
    "total_retrans": (100, "I"),
    "segs_out": (136, "I"),
    "segs_in": (140, "I"),
    "bytes_sent": (200, "Q"),
    "rcv_ooopack": (224, "I"),
}
TCP_HEADER, TIMESTAMPS = 20, 12
# A SYN has MSS, SACK permitted and the window scale beside its timestamps.
SYN_MORE = 8


def enter(namespace):
    with open(f"/run/netns/{namespace}", "rb") as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), CLONE_NEWNET):
            error = ctypes.get_errno()
            sys.exit(f"bulk: {namespace}: {os.strerror(error)}")


def new_socket(family, window):
    s = socket.socket(family, socket.SOCK_STREAM)
    if window:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    return s


def connect(client_namespace, server_namespace, address, window):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    enter(server_namespace)
    listener = new_socket(family, window)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, PORT))
    listener.listen(1)
    enter(client_namespace)
    client = new_socket(family, window)
    client.connect((address, PORT))
    server, _ = listener.accept()
    listener.close()
    return client, server


def send_all(s, n_bytes):
    piece = bytes(PIECE)
    for at in range(0, n_bytes, PIECE):
        s.sendall(piece[: n_bytes - at])


def move(source, sink, n_bytes):
    sender = threading.Thread(target=send_all, args=(source, n_bytes))
    sender.start()
    while n_bytes:
        piece = sink.recv(1 << 20)
        if not piece:
            sys.exit("bulk: the connection ended too early")
        n_bytes -= len(piece)
    sender.join()


def read_info(s):
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return {
        name: struct.unpack_from(kind, info, at)[0]
        for name, (at, kind) in TCP_INFO.items()
    }


def print_direction(name, packets, payload, ip_header):
    headers = packets * (ip_header + TCP_HEADER + TIMESTAMPS) + SYN_MORE
    print(name, packets, payload, payload + headers, sep="\t")


def main():
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    n_bytes = int(sys.argv[4])
    window = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    # A device between two CPUs may let packets overtake one another.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    client, server = connect(*sys.argv[1:4], window)
    move(client, server, n_bytes)
    move(server, client, n_bytes)
    time.sleep(QUIET_SECONDS)  # acknowledgements that were put off
    near, far = read_info(client), read_info(server)
    ip_header = 40 if client.family == socket.AF_INET6 else 20
    # The RST is to come; the server's socket did not exist when its SYN-ACK left.
    print("direction", "packets", "payload", "bytes", sep="\t")
    print_direction("there", near["segs_out"] + 1, near["bytes_sent"], ip_header)
    print_direction("back", near["segs_in"], far["bytes_sent"], ip_header)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    server.close()
    if any(end["total_retrans"] or end["rcv_ooopack"] for end in (near, far)):
        print("bulk: segments were lost or out of order", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
