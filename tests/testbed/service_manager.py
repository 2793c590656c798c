#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of a service manager as a service can tell from the real one.

    service_manager.py DIRECTORY COMMAND...

Runs the command with NOTIFY_SOCKET and WATCHDOG_USEC, appends each line that it
is sent to DIRECTORY/messages, keeps its pid in DIRECTORY/pid, and its file
descriptors by name until they are removed (FDSTORE, FDSTOREREMOVE, FDNAME).

    SIGUSR1   ends the service with SIGTERM and starts it with what it stored
    SIGUSR2   the same with SIGKILL
    SIGTERM   ends the service, closes what it stored, and ends with its status

After a restart DIRECTORY/restarts has one line more.
"""
import array
import os
import signal
import socket
import sys

WATCHDOG_US = 2000000
MAX_FDS = 256


class Manager:
    def __init__(self, directory, command):
        self.directory = directory
        self.command = command
        self.store = []  # (name, descriptor)
        self.asked = None
        self.path = os.path.join(directory, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self.socket.settimeout(0.05)

    def note(self, name, text):
        with open(os.path.join(self.directory, name), "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def enter(self, stored):
        """In the child: descriptors from 3 on, as sd_listen_fds(3) wants them."""
        high = [os.dup2(fd, 1000 + i) for i, (_, fd) in enumerate(stored)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i, inheritable=True)
            os.close(fd)
        if stored:
            os.environ["LISTEN_PID"] = str(os.getpid())
            os.environ["LISTEN_FDS"] = str(len(stored))
            os.environ["LISTEN_FDNAMES"] = ":".join(name for name, _ in stored)
        os.environ["NOTIFY_SOCKET"] = self.path
        os.environ["WATCHDOG_PID"] = str(os.getpid())
        os.environ["WATCHDOG_USEC"] = str(WATCHDOG_US)
        os.closerange(3 + len(stored), 2000)

    def start(self):
        pid = os.fork()
        if pid == 0:
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, [])
                self.enter(self.store)
                os.execvp(self.command[0], self.command)
            finally:
                os._exit(127)
        with open(os.path.join(self.directory, "pid"), "w", encoding="utf-8") as file:
            file.write(f"{pid}\n")
        return pid

    def take(self, lines, descriptors):
        fields = dict(line.split("=", 1) for line in lines if "=" in line)
        name = fields.get("FDNAME", "stored")
        if "FDSTOREREMOVE" in fields:
            for entry in [entry for entry in self.store if entry[0] == name]:
                os.close(entry[1])
                self.store.remove(entry)
        if "FDSTORE" in fields:
            self.store += [(name, fd) for fd in descriptors]
        else:
            for fd in descriptors:
                os.close(fd)
        with open(os.path.join(self.directory, "stored"), "w") as file:
            file.writelines(f"{name}\n" for name, _ in self.store)

    def receive(self):
        """One message, or none within the timeout."""
        space = socket.CMSG_SPACE(MAX_FDS * array.array("i").itemsize)
        try:
            text, controls, _, _ = self.socket.recvmsg(65536, space)
        except (TimeoutError, InterruptedError):
            return False
        descriptors = array.array("i")
        for level, kind, data in controls:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(data)
        lines = text.decode().splitlines()
        self.take(lines, list(descriptors))
        for line in lines:
            self.note("messages", line)
        return True

    def end(self, pid, number):
        """What it says on its way out is still heard."""
        os.kill(pid, number)
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            self.receive()
        while self.receive():
            pass
        return os.waitstatus_to_exitcode(status)

    def run(self):
        pid = self.start()
        while True:
            self.receive()
            asked, self.asked = self.asked, None
            if asked == signal.SIGTERM:
                return self.end(pid, signal.SIGTERM)
            if asked:
                usual = asked == signal.SIGUSR1
                status = self.end(pid, signal.SIGTERM if usual else signal.SIGKILL)
                pid = self.start()
                self.note("restarts", str(status))
            elif os.waitpid(pid, os.WNOHANG)[0]:
                return 1

    def ask(self, number, _):
        self.asked = number


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    manager = Manager(sys.argv[1], sys.argv[2:])
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
        signal.signal(number, manager.ask)
    sys.exit(manager.run())


if __name__ == "__main__":
    main()
