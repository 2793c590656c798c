#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody else's program on an interface, and a count of what is attached.

    bystander.py count IFNAME          programs on TCX ingress and egress
    bystander.py watch IFNAME HOOK     attach a program that counts packets by
                                       TCX; HOOK is ingress or egress
    bystander.py pin PATH              pin one, for tc to attach

watch and pin print "ready", and after each line on their input how many packets
their program has seen. They end, and a TCX link ends with them, at the end of
their input.
"""
import ctypes
import os
import platform
import socket
import struct
import sys

BPF = {"x86_64": 321, "aarch64": 280}
MAP_CREATE, MAP_LOOKUP, PROG_LOAD = 0, 1, 5
OBJ_PIN, PROG_QUERY, LINK_CREATE = 6, 16, 28
ARRAY_MAP, SCHED_CLS = 2, 3
HOOKS = {"ingress": 46, "egress": 47}
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    number = BPF.get(platform.machine())
    if number is None:
        sys.exit(f"bystander: {platform.machine()}: unknown system call number")
    result = libc.syscall(number, command, buffer, 128)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"bpf({command}): {os.strerror(error)}")
    return result, buffer.raw


def insn(code, dst=0, src=0, offset=0, value=0):
    return struct.pack("<BBhi", code, src << 4 | dst, offset, value)


def load_counter():
    """(map, program): one more in map[0] per packet, then the next program."""
    counter, _ = bpf(MAP_CREATE, struct.pack("<4I", ARRAY_MAP, 4, 8, 1))
    code = [
        insn(0x62, dst=10, offset=-4, value=0),  # *(u32 *)(fp - 4) = 0
        insn(0x18, dst=1, src=1, value=counter),  # r1 = map, in two slots
        insn(0),
        insn(0xBF, dst=2, src=10),  # r2 = fp
        insn(0x07, dst=2, value=-4),  # r2 -= 4
        insn(0x85, value=1),  # r0 = map_lookup_elem(r1, r2)
        insn(0x15, dst=0, offset=2),  # if r0 == NULL skip 2
        insn(0xB7, dst=1, value=1),  # r1 = 1
        insn(0xDB, dst=0, src=1),  # *(u64 *)r0 += r1, atomically
        insn(0xB7, dst=0, value=-1),  # TCX_NEXT
        insn(0x95),
    ]
    text = ctypes.create_string_buffer(b"".join(code))
    licence = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack(
        "<IIQQ", SCHED_CLS, len(code), ctypes.addressof(text), ctypes.addressof(licence)
    )
    program, _ = bpf(PROG_LOAD, attributes)
    return counter, program


def read_counter(counter):
    key, value = ctypes.c_uint32(0), ctypes.c_uint64(0)
    bpf(
        MAP_LOOKUP,
        struct.pack(
            "<IIQQ", counter, 0, ctypes.addressof(key), ctypes.addressof(value)
        ),
    )
    return value.value


def count_attached(ifindex, hook):
    """With no room for their numbers the kernel still tells how many."""
    _, answer = bpf(PROG_QUERY, struct.pack("<2I", ifindex, HOOKS[hook]))
    return struct.unpack_from("<I", answer, 24)[0]


def report(counter):
    print("ready", flush=True)
    for _ in sys.stdin:
        print(read_counter(counter), flush=True)


def watch(ifindex, hook):
    counter, program = load_counter()
    bpf(LINK_CREATE, struct.pack("<3I", program, ifindex, HOOKS[hook]))
    report(counter)


def pin(path):
    counter, program = load_counter()
    text = ctypes.create_string_buffer(path.encode())
    bpf(OBJ_PIN, struct.pack("<QI", ctypes.addressof(text), program))
    report(counter)


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 2 and arguments[0] == "count":
        ifindex = socket.if_nametoindex(arguments[1])
        print(sum(count_attached(ifindex, hook) for hook in HOOKS))
    elif len(arguments) == 2 and arguments[0] == "pin":
        pin(arguments[1])
    elif len(arguments) == 3 and arguments[0] == "watch" and arguments[2] in HOOKS:
        watch(socket.if_nametoindex(arguments[1]), arguments[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
