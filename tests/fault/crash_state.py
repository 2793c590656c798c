# SPDX-License-Identifier: GPL-2.0-or-later
"""What a power cut may leave of a directory tree.

Reads a trace of power_loss.c and makes, for a moment in it, a random state that
POSIX allows: of each file what was synced, and of what was written since, any
part, sector by sector, in any order, its size possibly grown before its content
(zeros or rubbish then); of each directory what was synced, and of what was made,
renamed or removed since, any of it. Nothing is assumed about one file's state
when another is synced, and a rename is whole or not there.
"""

import os

SECTOR = 512


class File:
    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.pending = []  # (offset, bytes) or (size, None)

    def write(self, offset, content):
        self.pending.append((offset, content))

    def cut(self, size):
        self.pending.append((size, None))

    def sync(self):
        for offset, content in self.pending:
            apply(self.durable, offset, content)
        self.pending = []

    def crash(self, rng):
        content = bytearray(self.durable)
        share = rng.choice((0.0, 0.5, 0.5, 0.9, 1.0))
        pending = [p for p in self.pending if rng.random() < share]
        if rng.random() < 0.5:
            rng.shuffle(pending)
        if rng.random() < 0.5:
            ends = [o + len(c or b"") for o, c in self.pending]
            grow(content, rng.choice(ends or [0]), rng)
        for offset, data in pending:
            if data is None:
                apply(content, offset, None)
            elif rng.random() < 0.5:
                apply(content, offset, data)
            else:
                grow(content, offset + len(data), rng)
                for at, part in sectors(offset, data):
                    if rng.random() < 0.7:
                        apply(content, at, part)
        return bytes(content)


class Directory:
    def __init__(self):
        self.durable = {}
        self.pending = []  # each a list of (name, node or None)

    def change(self, *changes):
        self.pending.append(changes)

    def sync(self):
        for changes in self.pending:
            self.durable.update(changes)
        self.pending = []

    def crash(self, rng):
        entries = dict(self.durable)
        share = rng.choice((0.0, 0.5, 0.9, 1.0))
        for changes in self.pending:
            if rng.random() < share:
                entries.update(changes)
        return {n: node for n, node in entries.items() if node}

    def now(self):
        entries = dict(self.durable)
        for changes in self.pending:
            entries.update(changes)
        return entries


def apply(content, offset, data):
    if data is None:
        grow(content, offset, None)
        del content[offset:]
        return
    grow(content, offset, None)
    content[offset : offset + len(data)] = data


def grow(content, size, rng):
    """Zeros, or with a generator perhaps what the disk held before."""
    n = size - len(content)
    if n > 0:
        stale = rng is not None and rng.random() < 0.3
        content.extend(rng.randbytes(n) if stale else bytes(n))


def sectors(offset, data):
    at = offset
    while at < offset + len(data):
        end = min(at // SECTOR * SECTOR + SECTOR, offset + len(data))
        yield at, data[at - offset : end - offset]
        at = end


def read_tree(path, nodes):
    """The tree as it is, all of it durable; nodes are filed by inode."""
    node = Directory()
    nodes[os.stat(path).st_ino] = node
    for entry in os.scandir(path):
        if entry.is_dir(follow_symlinks=False):
            node.durable[entry.name] = read_tree(entry.path, nodes)
        else:
            with open(entry.path, "rb") as stream:
                node.durable[entry.name] = File(stream.read())
            nodes[entry.inode()] = node.durable[entry.name]
    return node


def read_trace(path):
    operations = []
    with open(path, "rb") as stream:
        while line := stream.readline():
            field = line.decode().split()
            n_bytes = int(field[-1]) if field[0] in "WA" else 0
            operations.append((field, stream.read(n_bytes)))
    return operations


def play(operations, nodes):
    """Applies operations to the nodes; the lines that were acknowledged."""
    acknowledged = []
    for (kind, *field), data in operations:
        if kind == "A":
            acknowledged.append(data.decode())
            continue
        number = [int(f) if f.isdigit() else f for f in field]
        node = nodes.get(number[0])
        if node is None:
            continue  # outside of the tree
        if kind in "CM":
            nodes[number[1]] = File() if kind == "C" else Directory()
            node.change((field[2], nodes[number[1]]))
        elif kind == "R":
            moved = node.now()[field[1]]
            if number[2] != number[0]:
                raise ValueError("renamed between directories")
            node.change((field[1], None), (field[3], moved))
        elif kind == "U":
            node.change((field[1], None))
        elif kind == "W":
            node.write(number[1], data)
        elif kind == "T":
            node.cut(number[1])
        elif kind == "S":
            node.sync()
    return acknowledged


def write_tree(node, path, rng):
    """Makes a state that a power cut could leave; `path` is new."""
    os.mkdir(path)
    for name, child in node.crash(rng).items():
        inner = os.path.join(path, name)
        if isinstance(child, Directory):
            write_tree(child, inner, rng)
        else:
            with open(inner, "wb") as stream:
                stream.write(child.crash(rng))
