# SPDX-License-Identifier: GPL-2.0-or-later
"""A writer of MaxMind databases (file format 2.0) for tests: the search tree of
some prefixes, and a map for each of them.
"""

import ipaddress
import struct

MARKER = b"\xab\xcd\xefMaxMind.com"


def control(kind, size):
    """The control bytes of a field; kinds above 7 are extended."""
    first = bytes([(kind if kind < 8 else 0) << 5 | min(size, 29)])
    extended = bytes([kind - 7]) if kind > 7 else b""
    return first + extended + (bytes([size - 29]) if size >= 29 else b"")


def encode(value):
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogateescape")
        return control(2, len(text)) + text
    if isinstance(value, bytes):
        return control(4, len(value)) + value
    if isinstance(value, dict):
        body = b"".join(encode(k) + encode(v) for k, v in value.items())
        return control(7, len(value)) + body
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encode, value))
    kind, number = value
    body = number.to_bytes(8, "big").lstrip(b"\0")
    return control(kind, len(body)) + body


def uint32(number):
    return 6, number


def bits_of(prefix, version):
    network = ipaddress.ip_network(prefix)
    bits = f"{int(network.network_address):0{network.max_prefixlen}b}"
    before = "0" * 96 if version == 6 and network.version == 4 else ""
    return before + bits[: network.prefixlen]


def set_below(nodes, at, bit, record):
    """Gives a whole branch the record, where there is none yet."""
    child = nodes[at][bit]
    if isinstance(child, int):
        for side in (0, 1):
            set_below(nodes, child, side, record)
    elif child is None:
        nodes[at][bit] = record


def make_tree(records, version):
    """Nodes as pairs: a node's number, ("data", offset) or None."""
    nodes = [[None, None]]
    data, offsets = b"", {}
    ordered = sorted(records.items(), key=lambda item: -len(bits_of(item[0], version)))
    for prefix, value in ordered:
        encoded = encode(value)
        if encoded not in offsets:
            offsets[encoded] = len(data)
            data += encoded
        at, bits = 0, bits_of(prefix, version)
        for bit in map(int, bits[:-1]):
            if not isinstance(nodes[at][bit], int):
                nodes.append([nodes[at][bit], nodes[at][bit]])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        set_below(nodes, at, int(bits[-1]), ("data", offsets[encoded]))
    return nodes, data


def write(path, records, version=6, epoch=1698796800, alias=True, kind="Test-ASN"):
    """records: {prefix: map}; more specific ones are cut out of wider ones. With
    alias IPv4 is also where ::ffff:0:0/96 and 2002::/16 are."""
    nodes, data = make_tree(records, version)
    if alias and version == 6:
        root, at = nodes, 0
        for _ in range(96):
            at = nodes[at][0] if isinstance(nodes[at][0], int) else None
            if at is None:
                break
        for prefix in ("::ffff:0:0/96", "2002::/16") if at else ():
            place(root, bits_of(prefix, 6), at)
    body = b"".join(
        number(side, len(nodes)).to_bytes(4, "big") for node in nodes for side in node
    )
    metadata = {
        "binary_format_major_version": (5, 2),
        "binary_format_minor_version": (5, 0),
        "build_epoch": (9, epoch),
        "database_type": kind,
        "description": {"en": "made for a test"},
        "ip_version": (5, version),
        "languages": ["en"],
        "node_count": uint32(len(nodes)),
        "record_size": (5, 32),
    }
    path.write_bytes(body + bytes(16) + data + MARKER + encode(metadata))


def place(nodes, bits, record):
    at = 0
    for bit in map(int, bits[:-1]):
        if not isinstance(nodes[at][bit], int):
            nodes.append([None, None])
            nodes[at][bit] = len(nodes) - 1
        at = nodes[at][bit]
    nodes[at][int(bits[-1])] = record


def number(side, n_nodes):
    if side is None:
        return n_nodes
    return side if isinstance(side, int) else n_nodes + 16 + side[1]


def origin(asn, name=None):
    value = {"autonomous_system_number": uint32(asn)}
    if name is not None:
        value["autonomous_system_organization"] = name
    return value


def break_record(path, node, value):
    """Another record on the left of a node: loops and the like."""
    content = bytearray(path.read_bytes())
    struct.pack_into(">I", content, 8 * node, value)
    path.write_bytes(content)
