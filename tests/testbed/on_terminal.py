#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command on a terminal of its own and types into it.

    on_terminal.py LINES COLUMNS END COMMAND...

After the command's second screen (what begins with the code for the top left
corner) it is sent END: the text `key:q`, or the name of a signal. Prints what it
wrote, then "status N" and, when the terminal's modes are those of before,
"restored".
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT_S = 20
SCREEN = b"\033[H"


def read_some(master):
    if not select.select([master], [], [], 0.2)[0]:
        return b""
    try:
        return os.read(master, 65536)
    except OSError:
        return b""


def main():
    lines, columns, end = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    before = termios.tcgetattr(slave)
    child = subprocess.Popen(
        sys.argv[4:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    output, begin, is_ended = b"", time.monotonic(), False
    while child.poll() is None and time.monotonic() - begin < LIMIT_S:
        output += read_some(master)
        if output.count(SCREEN) >= 2 and not is_ended:
            is_ended = True
            if end.startswith("key:"):
                os.write(master, end[4:].encode())
            else:
                child.send_signal(getattr(signal, end))
    if child.poll() is None:
        child.kill()
    output += read_some(master)
    sys.stdout.write(output.decode(errors="replace"))
    print(f"\nstatus {child.wait()}")
    if termios.tcgetattr(slave) == before:
        print("restored")


if __name__ == "__main__":
    main()
