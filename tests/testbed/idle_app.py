#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A request and response application that idles between its requests.

    idle_app.py serve ADDRESS PORT
    idle_app.py ask ADDRESS PORT SOURCE SECONDS SEED

The client waits 50 to 500 ms after each response. Both ends acknowledge at
once, so that the answers' timing is the path's: what remains are pure ACKs
before long silences, the trap for a tool that times them.
"""
import random
import socket
import sys
import threading
import time


def receive(connection, n_bytes):
    """False at the end of the stream."""
    while n_bytes > 0:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        data = connection.recv(n_bytes)
        if not data:
            return False
        n_bytes -= len(data)
    # The kernel forgets the wish; without it the last ACK would be delayed.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return True


def answer(connection):
    with connection:
        while receive(connection, 200):
            connection.sendall(bytes(900))


def serve(address, port):
    with socket.create_server(
        (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET
    ) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()


def ask(address, port, source, seconds, seed):
    rng = random.Random(seed)
    end = time.monotonic() + seconds
    with socket.create_connection((address, port), source_address=(source, 0)) as c:
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < end:
            c.sendall(bytes(200))
            if not receive(c, 900):
                sys.exit("idle_app: the server closed the connection")
            time.sleep(rng.uniform(0.05, 0.5))


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) == 7 and sys.argv[1] == "ask":
        ask(
            sys.argv[2],
            int(sys.argv[3]),
            sys.argv[4],
            float(sys.argv[5]),
            int(sys.argv[6]),
        )
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
