"""Packets of every shape, and what becomes of them by accident or malice."""

from __future__ import annotations

import random
import struct

from smfosc.osc import encode_bundle, encode_message


def string(text: bytes) -> bytes:
    """An OSC-string."""
    return text + bytes(4 - len(text) % 4)


def message(address: bytes, tags: bytes, data: bytes = b"") -> bytes:
    """A message put together by hand."""
    return string(address) + string(tags) + data


def well_formed() -> list[bytes]:
    """Packets to mutate; the last is the bundle whose element has size -4."""
    future = 0xEE00_0000_0000_0000
    plain = encode_message("/voice/v1/pitch", 70.5, 20)
    data = struct.pack(">if", 1, 0.5) + string(b"s") + struct.pack(">i", 5) + b"blob!\0\0\0"
    data += struct.pack(">qdQi", -1, 0.25, 7, 3) + string(b"inner") + struct.pack(">i", 66)
    rich = message(b"/x", b",ifsbhdtTFN[iS]c", data)
    addressed = [
        encode_message("/voice/*/{gain,pan}", -6),
        encode_message("/voice/v1/note", 70, 100, 250.0),
        encode_message("/voice/v1/params"),
        encode_message("/voice/new", "v2", "example", 1),
        encode_message("/voice/v1/model", "other", 10),
        encode_message("/after", 100, "/voice/v1/gain", -3),
        encode_message("/notify", 1, 9000),
        encode_message("/model/info", "example"),
    ]
    nested = encode_bundle(future, [plain, encode_bundle(1, [rich, plain]), rich])
    broken = b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc"
    return [plain, rich, nested, *addressed, encode_bundle(1, addressed), broken]


WORDS = [b"\xff\xff\xff\xfc", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0", b"#bun", b"/*/*"]


def mutated(source: random.Random, packets: list[bytes]) -> bytes:
    """One of the packets after a few accidents."""
    packet = bytearray(source.choice(packets))
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(packet) + 1)
        match source.randrange(6):
            case 0 if packet:
                packet[at % len(packet)] = source.randrange(256)
            case 1 if packet:
                packet[at % len(packet)] ^= 1 << source.randrange(8)
            case 2:
                del packet[at:]
            case 3:
                packet[at:at] = source.randbytes(source.randint(1, 8))
            case 4:
                del packet[at : at + source.randint(1, 8)]
            case 5:
                packet[at : at + 4] = source.choice(WORDS)
    return bytes(packet)
