import math
import random
import resource
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osc_mutations import message, mutated, string, well_formed
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from smfosc.osc import (
    IMMEDIATELY,
    MAX_DEPTH,
    MAX_REPLY,
    Malformed,
    Message,
    OscError,
    decode,
    encode_bundle,
    encode_message,
    encode_reply,
    message_count,
)

texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40)
floats = st.floats(width=32, allow_nan=False)
ints = st.integers(-(2**31), 2**31 - 1)
addresses = st.from_regex(r"(/[!-~]{1,12}){1,4}", fullmatch=True)
arguments = st.lists(st.one_of(ints, floats, texts, st.binary(max_size=40)), max_size=12)


def only(packet: bytes) -> Message:
    (element,) = decode(packet)
    assert isinstance(element, Message), element
    return element


def reason_of(packet: bytes) -> str:
    (element,) = decode(packet)
    assert isinstance(element, Malformed), element
    return element.reason


@given(addresses, arguments)
def test_what_we_encode_we_decode(address, given):
    assert only(encode_message(address, *given)) == Message(address, tuple(given))


@given(addresses, arguments)
def test_python_osc_reads_what_we_encode(address, given):
    peer = OscMessage(encode_message(address, *given))
    assert (peer.address, peer.params) == (address, list(given))


@given(st.integers(2, 2**64 - 1), st.lists(st.tuples(addresses, arguments), max_size=5))
def test_bundles_come_back_in_order_with_their_time_tag(timetag, messages):
    packet = encode_bundle(timetag, [encode_message(a, *given) for a, given in messages])
    assert decode(packet) == [Message(a, tuple(given), timetag) for a, given in messages]


@given(st.integers(0, 2**32))
def test_messages_are_counted_without_reading_them(seed):
    source = random.Random(seed)
    packets = well_formed()
    for packet in (mutated(source, packets), encode_bundle(1, source.sample(packets, 3))):
        assert message_count(packet) == max(1, len(decode(packet)))


def test_we_read_every_type_that_python_osc_writes():
    builder = OscMessageBuilder("/all")
    for value, tag in [
        (7, "i"), (-(2**40), "h"), (0.5, "f"), (1e-300, "d"), ("text", "s"), (b"blob", "b"),
        (True, "T"), (False, "F"), (None, "N"), ((0, 1, 2, 3), "m"),
    ]:  # fmt: skip
        builder.add_arg(value, tag)
    found = only(builder.build().dgram).arguments
    assert found[:9] == (7, -(2**40), 0.5, 1e-300, "text", b"blob", True, False, None)
    assert found[9:] == (b"\0\1\2\3",)


def test_we_read_a_bundle_that_python_osc_builds():
    builder = OscBundleBuilder(time.time() + 5)
    inner = OscBundleBuilder(1)
    for bundle, address in ((inner, "/inner"), (builder, "/outer")):
        content = OscMessageBuilder(address)
        content.add_arg(3)
        bundle.add_content(content.build())
    builder.add_content(inner.build())
    outer, nested = decode(builder.build().dgram)
    assert (outer.address, nested.address) == ("/outer", "/inner")
    assert outer.timetag == nested.timetag > IMMEDIATELY  # never before the bundle around it


def test_rarer_types_and_arrays_are_read():
    data = struct.pack(">iif", 65, 1, 2.0) + string(b"deep")
    data += struct.pack(">IQ", 0xFF00FF00, 7) + string(b"sym")
    found = only(message(b"/x", b",c[if[s]]IrtS", data)).arguments
    assert found == ("A", (1, 2.0, ("deep",)), math.inf, 0xFF00FF00, 7, "sym")


@pytest.mark.parametrize("timetag", [0, 1], ids=["csound", "osc"])
def test_two_time_tags_mean_immediately(timetag):
    (found,) = decode(encode_bundle(timetag, [encode_message("/x")]))
    assert found.timetag <= IMMEDIATELY


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "empty packet"),
        (b"pitch\0\0\0,f\0\0\0\0\0\0", "starts with '/'"),
        (b"/pitch\0\0", "no type tags"),
        (b"/pitch\0\0\0\0\0\0", "no type tags"),
        (b"/pitch", "without its end"),
        (b"/pit\0", "without its end"),
        (b"/pi\0\0x\0\0", "no type tags"),
        (b"/pit\0\0\0x,f\0\0\0\0\0\0", "padding"),
        (b"/caf\xc3\xa9\0\0,\0\0\0", "ASCII"),
        (message(b"/x", b",f"), "want 4 bytes, the packet has 0 left"),
        (message(b"/x", b",fi", b"\0" * 4), "want 8 bytes, the packet has 4 left"),
        (message(b"/x", b",i", b"\0" * 8), "4 bytes left after the arguments"),
        (message(b"/x", b",z"), "unknown type tag 'z'"),
        (message(b"/x", b",s", b"text"), "without its end"),
        (message(b"/x", b",s", b"\xff\0\0\0"), "neither ASCII nor UTF-8"),
        (message(b"/x", b",b", b"\xff\xff\xff\xfc"), "a blob of -4 bytes"),
        (message(b"/x", b",b", b"\x7f\xff\xff\xff"), "a blob of 2147483647 bytes"),
        (message(b"/x", b",sb", b"a\0\0\0\0"), "ends inside an argument"),
        (message(b"/x", b",["), "'[' without its ']'"),
        (message(b"/x", b",]"), "']' without its '['"),
        (message(b"/x", b"," + b"[" * 50), "nested deeper"),
        (b"#bundle\0", "ends before its time tag"),
        (b"#bundle\0" + bytes(8) + b"\0\0", "2 stray bytes"),
        (b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc", "element of -4 bytes"),
        (b"#bundle\0" + bytes(8) + b"\0\0\0\0", "element of 0 bytes"),
        (b"#bundle\0" + bytes(8) + b"\0\0\0\x05", "element of 5 bytes"),
        (b"#bundle\0" + bytes(8) + b"\0\0\0\x08/x\0\0", "element of 8 bytes"),
        (b"#bundle\0" + bytes(8) + b"\0\0\0\x04abc\0", "starts with '/'"),
    ],
)  # fmt: skip
def test_what_is_no_osc_says_why(packet, reason):
    assert reason in reason_of(packet)


def test_one_bad_message_in_a_bundle_spares_the_others():
    packet = encode_bundle(9, [encode_message("/a", 1), b"/bad\0\0\0\0", encode_message("/c", 3)])
    first, bad, last = decode(packet)
    assert (first, last) == (Message("/a", (1,), 9), Message("/c", (3,), 9))
    assert bad == Malformed(
        "/bad", "no type tags (a string that starts with ',') after the address", 9
    )


def test_a_bundle_within_a_bundle_keeps_the_later_time_tag():
    packet = encode_bundle(50, [encode_bundle(20, [encode_message("/a")]),
                                encode_bundle(80, [encode_message("/b")])])  # fmt: skip
    assert [element.timetag for element in decode(packet)] == [50, 80]


def test_bundles_nested_too_deep_are_refused_not_followed():
    packet = encode_message("/x")
    for _ in range(3000):
        packet = encode_bundle(1, [packet])
        if len(packet) > 65_000:
            break
    assert f"deeper than {MAX_DEPTH}" in reason_of(packet)


def test_replies_stay_under_one_frame_whatever_their_texts():
    packet = encode_reply("/model/info.reply", "x" * 5_000, 3, "ü" * 5_000)
    assert len(packet) < MAX_REPLY
    first, number, last = only(packet).arguments
    assert number == 3
    assert len(first) > 200
    assert last.startswith("üü")


def test_numbers_that_osc_cannot_hold_go_out_as_the_nearest_that_it_can():
    assert only(encode_message("/x", 2**40, 1e300, -1e300, True)).arguments == (
        2.0**40, math.inf, -math.inf, 1,
    )  # fmt: skip


def test_what_cannot_be_sent_is_an_error():
    with pytest.raises(OscError, match="does not start with '/'"):
        encode_message("pitch")
    with pytest.raises(OscError, match="cannot send None"):
        encode_message("/x", None)  # type: ignore[arg-type]


def fuzz(count: int) -> None:
    """Decode mutated packets: no exception, no hang, and memory that stays where it was."""
    source, packets = random.Random(7), well_formed()
    slowest = 0.0
    settled = 0
    for number in range(count):
        packet = mutated(source, packets)
        began = time.perf_counter()
        for element in decode(packet):
            assert isinstance(element, (Message, Malformed))
        slowest = max(slowest, time.perf_counter() - began)
        if number == count // 4:
            settled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - settled
    print(f"{count} packets: slowest {slowest * 1e3:.2f} ms, memory grew by {grown_kib} KiB")
    assert slowest < 1.0
    assert grown_kib < 8 << 10


def test_fifty_thousand_mutated_packets_neither_raise_nor_hang_nor_leak():
    fuzz(50_000)


@pytest.mark.reach
def test_a_million_mutated_packets_neither_raise_nor_hang_nor_leak():
    fuzz(1_000_000)
