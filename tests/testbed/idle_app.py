#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An application whose ends are silent for 50 to 500 ms between messages.

    idle_app.py serve ADDRESS PORT
    idle_app.py ask ADDRESS PORT SOURCE SECONDS SEED

A round is: request, response at once, silence, news from the server, silence, a
note from the client, silence. Nothing answers the news and the note but a pure
ACK, and the next message of the end that sent the news or note comes after a
silence and echoes the timestamp of that ACK. The same holds for the response
and the news. A tool that times pure ACKs takes these silences for latency. Both
ends acknowledge at once, so that nothing else but the path is in the answers.
"""
import random
import socket
import sys
import threading
import time

REQUEST_BYTES, RESPONSE_BYTES, NEWS_BYTES, NOTE_BYTES = 200, 900, 300, 100


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


def keep_silent(rng):
    time.sleep(rng.uniform(0.05, 0.5))


def answer(connection):
    rng = random.Random(connection.getpeername()[1])
    with connection:
        while receive(connection, REQUEST_BYTES):
            connection.sendall(bytes(RESPONSE_BYTES))
            keep_silent(rng)
            connection.sendall(bytes(NEWS_BYTES))
            if not receive(connection, NOTE_BYTES):
                return


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
            c.sendall(bytes(REQUEST_BYTES))
            if not receive(c, RESPONSE_BYTES + NEWS_BYTES):
                sys.exit("idle_app: the server closed the connection")
            keep_silent(rng)
            c.sendall(bytes(NOTE_BYTES))
            keep_silent(rng)


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
