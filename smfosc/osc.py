"""OSC 1.0 without sockets: strict decoding of what strangers send, encoding of replies.

Decoding never raises. A packet becomes a flat list of messages, each with the time tag
of the bundle that held it; a part that cannot be read becomes a `Malformed` in its place,
so one bad message spares the others. Time and memory are bounded by the packet's size.

Any thread. Source: the OpenSound Control 1.0 specification (opensoundcontrol.org), with
1.1's type tags; sizes are bytes, numbers big-endian, everything is aligned to 4.

>>> decode(encode_message("/voice/v1/pitch", 70.5, 20))
[Message(address='/voice/v1/pitch', arguments=(70.5, 20), timetag=1)]
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

Value: TypeAlias = "int | float | str | bytes | bool | tuple[Value, ...] | None"

IMMEDIATELY = 1  # the time tag that means "now"; some senders (Csound) write 0 instead
MAX_REPLY = 1400  # bytes: one Ethernet frame's worth, whatever tunnel it goes through
MAX_DEPTH = 16  # bundles within bundles; the specification sets no limit, a stack does
MAX_CACHED_TAGS = 256  # type-tag strings remembered; strangers choose them

_BUNDLE = b"#bundle\0"
_BUNDLE_HEADER = 16  # "#bundle\0" and the time tag
_INT32 = struct.Struct(">i")
_UINT64 = struct.Struct(">Q")


class OscError(ValueError):
    """A packet that is no OSC; the text says what was wrong and where."""


class Message(NamedTuple):
    """One message; timetag in NTP ticks of 2^-32 s since 1900, 1 = immediately."""

    address: str
    arguments: tuple[Value, ...]
    timetag: int = IMMEDIATELY


class Malformed(NamedTuple):
    """A message or bundle element that could not be read; address as far as it was."""

    address: str
    reason: str
    timetag: int = IMMEDIATELY


Element: TypeAlias = Message | Malformed


def decode(packet: bytes) -> list[Element]:
    """Read one datagram (or one frame of a stream) as messages, in the sender's order."""
    if packet[:1] == b"/":  # by far the most frequent packet
        return [_element(packet, IMMEDIATELY)]
    found: list[Element] = []
    _packet(packet, IMMEDIATELY, 0, found)
    return found


def message_count(packet: bytes) -> int:
    """How many elements `decode` finds, without reading them; 1 for an empty bundle."""
    return max(1, _count(packet, 0))


def _count(packet: bytes, depth: int) -> int:
    if packet[:8] != _BUNDLE or depth == MAX_DEPTH or len(packet) < _BUNDLE_HEADER:
        return 1
    count, position = 0, _BUNDLE_HEADER
    while position < len(packet):
        try:
            end = _element_end(packet, position)
        except OscError:
            return count + 1
        count += _count(packet[position + 4 : end], depth + 1)
        position = end
    return count


def _packet(packet: bytes, timetag: int, depth: int, found: list[Element]) -> None:
    if packet[:8] == _BUNDLE:
        _bundle(packet, timetag, depth, found)
    else:
        found.append(_element(packet, timetag))


def _bundle(packet: bytes, outer: int, depth: int, found: list[Element]) -> None:
    """Append the bundle's elements. An element's size that lies ends the bundle there."""
    if depth == MAX_DEPTH:
        found.append(Malformed("#bundle", f"bundles nested deeper than {MAX_DEPTH}", outer))
        return
    if len(packet) < _BUNDLE_HEADER:
        found.append(Malformed("#bundle", "bundle ends before its time tag", outer))
        return
    # A nested bundle may not come before the one around it, so the later tag holds.
    timetag = _later(outer, _UINT64.unpack_from(packet, 8)[0])
    position = _BUNDLE_HEADER
    while position < len(packet):
        try:
            end = _element_end(packet, position)
        except OscError as error:
            found.append(Malformed("#bundle", str(error), timetag))
            return
        _packet(packet[position + 4 : end], timetag, depth + 1, found)
        position = end


def _element_end(packet: bytes, position: int) -> int:
    """Where the element whose size stands at `position` ends; always beyond it."""
    if len(packet) - position < 4:
        raise OscError(f"{len(packet) - position} stray bytes after the bundle's last element")
    size: int = _INT32.unpack_from(packet, position)[0]
    left = len(packet) - position - 4
    if size <= 0 or size % 4 or size > left:
        raise OscError(f"bundle element of {size} bytes; wanted 4, 8, ... of the {left} left")
    return position + 4 + size


def _later(outer: int, inner: int) -> int:
    """The later of two tags; 64 bits of NTP time begin again in 2036, "immediately" is early."""
    if outer <= IMMEDIATELY or inner <= IMMEDIATELY:
        return max(outer, inner)
    return inner if (inner - outer) % (1 << 64) < 1 << 63 else outer


def _element(packet: bytes, timetag: int) -> Element:
    try:
        return _message(packet, timetag)
    except OscError as error:
        return Malformed(_readable_address(packet), str(error), timetag)


def _readable_address(packet: bytes) -> str:
    """What of an unreadable packet's address can be shown to its sender."""
    start = packet[:64].split(b"\0", 1)[0]
    return "".join(chr(byte) if 32 < byte < 127 else "?" for byte in start) or "?"


def _message(packet: bytes, timetag: int) -> Message:
    """Read one message. The common types of fixed size go through one cached unpack."""
    if packet[:1] != b"/":
        raise OscError("an address starts with '/'" if packet else "empty packet")
    address_bytes, position = _string(packet, 0)
    try:
        address = address_bytes.decode("ascii")
    except UnicodeDecodeError:
        raise OscError("an address holds ASCII characters only") from None
    if packet[position : position + 1] != b",":
        raise OscError("no type tags (a string that starts with ',') after the address")
    tags, position = _string(packet, position)
    fixed = _fixed_layout(tags)
    if fixed is None:
        arguments, position = _arguments(packet, tags, position)
    elif fixed.size <= len(packet) - position:
        arguments = fixed.unpack_from(packet, position)
        position += fixed.size
    else:
        raise _cut(tags, fixed.size, len(packet) - position)
    if position != len(packet):
        raise OscError(f"{len(packet) - position} bytes left after the arguments")
    return Message(address, arguments, timetag)


def _cut(tags: bytes, wanted: int, left: int) -> OscError:
    shown = tags[:16].decode("ascii", "replace")
    return OscError(f"arguments {shown!r} want {wanted} bytes, the packet has {left} left")


def _string(packet: bytes, start: int) -> tuple[bytes, int]:
    """Bytes of the OSC-string at `start`, and where the next item starts."""
    end = packet.find(0, start)
    after = (end + 4) & ~3
    if end < 0 or after > len(packet):
        raise OscError("a string without its end (NUL bytes up to a multiple of 4)")
    if any(packet[end:after]):
        raise OscError("a string's padding holds something other than NUL bytes")
    return packet[start:end], after


_FIXED = frozenset(b"ifhd")
_layouts: dict[bytes, struct.Struct | None] = {}


def _fixed_layout(tags: bytes) -> struct.Struct | None:
    """One Struct for type tags of i, f, h, d alone; None when there are others."""
    try:
        return _layouts[tags]
    except KeyError:
        pass
    if len(_layouts) >= MAX_CACHED_TAGS:
        _layouts.clear()
    fixed = _FIXED.issuperset(tags[1:])
    layout = struct.Struct(">" + tags[1:].decode().replace("h", "q")) if fixed else None
    _layouts[tags] = layout
    return layout


Reader: TypeAlias = Callable[[bytes, int], tuple["Value", int]]


def _fixed(letter: str) -> Reader:
    layout = struct.Struct(">" + letter)

    def read(packet: bytes, position: int) -> tuple[Value, int]:
        if len(packet) - position < layout.size:
            raise OscError(f"the packet ends inside an argument at byte {position}")
        return layout.unpack_from(packet, position)[0], position + layout.size

    return read


def _constant(value: Value) -> Reader:
    return lambda packet, position: (value, position)


def _text(packet: bytes, position: int) -> tuple[Value, int]:
    raw, position = _string(packet, position)
    try:
        return raw.decode("utf-8"), position  # ASCII by the letter; people send names
    except UnicodeDecodeError:
        raise OscError("a string argument is neither ASCII nor UTF-8") from None


def _blob(packet: bytes, position: int) -> tuple[Value, int]:
    size, position = _READERS["i"](packet, position)
    assert isinstance(size, int)
    end = (position + size + 3) & ~3
    if size < 0 or end > len(packet):
        raise OscError(f"a blob of {size} bytes, the packet has {len(packet) - position} left")
    return packet[position : position + size], end


def _character(packet: bytes, position: int) -> tuple[Value, int]:
    code, position = _READERS["i"](packet, position)
    assert isinstance(code, int)
    return chr(code & 0x7F), position


_READERS: dict[str, Reader] = {
    "i": _fixed("i"),
    "f": _fixed("f"),
    "s": _text,
    "b": _blob,
    "h": _fixed("q"),
    "d": _fixed("d"),
    "t": _fixed("Q"),
    "S": _text,
    "c": _character,
    "r": _fixed("I"),
    "m": _fixed("4s"),
    "T": _constant(True),
    "F": _constant(False),
    "N": _constant(None),
    "I": _constant(float("inf")),
}


def _arguments(packet: bytes, tags: bytes, position: int) -> tuple[tuple[Value, ...], int]:
    """Read the arguments tag by tag; arrays become tuples within the tuple."""
    levels: list[list[Value]] = [[]]
    for tag in tags[1:].decode("latin-1"):
        if tag == "[":
            levels.append([])
        elif tag == "]":
            if len(levels) == 1:
                raise OscError("type tag ']' without its '['")
            inner = tuple(levels.pop())
            levels[-1].append(inner)
        elif tag in _READERS:
            value, position = _READERS[tag](packet, position)
            levels[-1].append(value)
        else:
            raise OscError(f"unknown type tag {tag!r}; this decoder reads ifsbhdtScrmTFNI[]")
        if len(levels) > MAX_DEPTH:
            raise OscError(f"arrays nested deeper than {MAX_DEPTH}")
    if len(levels) > 1:
        raise OscError("type tag '[' without its ']'")
    return tuple(levels[0]), position


def _padded(raw: bytes) -> bytes:
    return raw + bytes(4 - len(raw) % 4)


def encode_message(address: str, *arguments: int | float | str | bytes) -> bytes:
    """One message of the types that every client reads: i, f, s (and b).

    True and False go out as i; an integer beyond 32 bits as f, which Pd could not read
    any better. Raises OscError for an address without '/' or another type.
    """
    if not address.startswith("/"):
        raise OscError(f"address {address!r} does not start with '/'")
    tags, data = ",", b""
    for value in arguments:
        tag, raw = _encode_argument(value)
        tags += tag
        data += raw
    return _padded(address.encode()) + _padded(tags.encode()) + data


def _encode_argument(value: int | float | str | bytes) -> tuple[str, bytes]:
    match value:
        case int() if -(2**31) <= value < 2**31:
            return "i", _INT32.pack(value)
        case int() | float():
            return "f", _float32(float(value))
        case str():
            return "s", _padded(value.replace("\0", "?").encode("utf-8", "replace"))
        case bytes():
            return "b", _INT32.pack(len(value)) + value + bytes(-len(value) % 4)
    raise OscError(f"cannot send {value!r}: replies hold int, float, str or bytes")


def _float32(value: float) -> bytes:
    try:
        return struct.pack(">f", value)
    except OverflowError:  # a double beyond float32's range
        return struct.pack(">f", float("inf") if value > 0 else float("-inf"))


def encode_reply(address: str, *arguments: int | float | str | bytes) -> bytes:
    """`encode_message`, with its longest strings cut until it is under MAX_REPLY bytes."""
    packet = encode_message(address[:256], *arguments)
    values = list(arguments)
    while len(packet) >= MAX_REPLY:
        texts = [
            (len(value), index) for index, value in enumerate(values) if isinstance(value, str)
        ]
        if not texts or max(texts)[0] < 8:
            raise OscError(f"{address}: a reply of {len(packet)} bytes; at most {MAX_REPLY}")
        length, index = max(texts)
        values[index] = str(values[index])[: length * 3 // 4] + "…"
        packet = encode_message(address[:256], *values)
    return packet


def encode_bundle(timetag: int, packets: Iterable[bytes]) -> bytes:
    """A bundle of encoded messages or bundles that sounds at `timetag`, whatever its era."""
    elements = b"".join(_INT32.pack(len(packet)) + packet for packet in packets)
    return _BUNDLE + _UINT64.pack(timetag % (1 << 64)) + elements
