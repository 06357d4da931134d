import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smfosc.engine import Clock
from smfosc.schedule import (
    MAX_ANCHORS,
    MAX_WAITING,
    Agenda,
    Instant,
    Timeline,
    frame_of,
    read_clocks,
    timetag_of,
    unix_ns_of,
)

S = 1_000_000_000  # ns
EPOCH = 1_700_000_000 * S  # unix time of the tests' monotonic zero


class Bench:
    """An audio clock and a system clock that a test moves by hand."""

    def __init__(self, rate: int = 48_000, blocksize: int = 256) -> None:
        self.ns = 100 * S
        self.unix_shift = 0
        self.clock = Clock(480_000, self.ns, float(rate), blocksize)
        self.timeline = Timeline(lambda: self.clock, rate, lead_s=0.002, now=self.now)

    def now(self) -> Instant:
        return Instant(self.ns, EPOCH + self.ns + self.unix_shift)

    def play(self, seconds: float, *, drift_ms: float = 0.0) -> None:
        """Let both clocks run; the audio clock ends up ahead by drift_ms."""
        self.ns += round(seconds * S)
        frames = round((seconds + drift_ms / 1000) * self.timeline.samplerate)
        self.clock = Clock(
            self.clock.frame + frames, self.ns, self.clock.samplerate, self.clock.blocksize
        )
        self.timeline.update()

    def tag(self, seconds: float) -> int:
        """The time tag of a moment so many seconds from now."""
        return timetag_of(self.now().unix_ns + round(seconds * S))


@pytest.fixture
def bench():
    return Bench()


@given(st.integers(0, 2**31 * S))
def test_a_time_tag_converts_back_to_its_nanosecond(unix_ns):
    assert unix_ns_of(timetag_of(unix_ns)) == unix_ns


def test_both_system_clocks_are_read_at_one_moment():
    first, second = read_clocks(), read_clocks()
    drift = (second.unix_ns - first.unix_ns) - (second.monotonic_ns - first.monotonic_ns)
    assert abs(drift) < 1_000_000


@pytest.mark.parametrize("age_ms", [0, 0.1, 3, 20, -1])
def test_an_immediate_message_sounds_one_period_and_lead_after_its_arrival(bench, age_ms):
    frame = bench.timeline.of_arrival(bench.ns - round(age_ms * 1e6))
    assert frame == 480_000 + 256 + 96 - round(age_ms * 48)


def test_the_latency_does_not_depend_on_where_in_a_block_a_message_arrives(bench):
    arrivals = [bench.ns + step * 100_000 for step in range(100)]
    latencies = [bench.timeline.of_arrival(at) - bench.clock.frame_of(at) for at in arrivals]
    assert max(latencies) - min(latencies) <= 1.0


def test_a_first_tag_lies_where_the_system_clock_has_it(bench):
    frame = bench.timeline.of_tag("a", bench.tag(0.5))
    assert frame == 480_000 + 24_000


@given(st.lists(st.integers(0, 2**37), min_size=1, max_size=30))
def test_intervals_between_tags_are_exact(ticks):
    bench = Bench(44_100)
    first = bench.tag(0.25)
    start = bench.timeline.of_tag("a", first)
    for step, tick in enumerate(ticks):
        bench.play(0.01, drift_ms=0.05 if step % 2 else -0.05)
        assert bench.timeline.of_tag("a", first + tick) - start == frame_of(tick, 44_100)
    assert bench.timeline.reanchored == 0


def test_up_to_nine_tenths_of_a_millisecond_of_drift_change_nothing(bench):
    first = bench.tag(0.1)
    start = bench.timeline.of_tag("a", first)
    bench.play(10, drift_ms=0.8)
    assert bench.timeline.of_tag("a", first + (10 << 32)) - start == 480_000


@pytest.mark.parametrize("ppm", [-100, 100])
def test_a_steady_drift_is_followed_by_single_model_samples_within_a_millisecond(bench, ppm):
    frames, errors = [], []
    for _ in range(4 * 120):  # two minutes, a tag each quarter of a second
        bench.play(0.25, drift_ms=0.25 * ppm / 1000)
        frames.append(bench.timeline.of_tag("a", bench.tag(0.2)))
        errors.append(frames[-1] - (bench.clock.frame + 9_600))
    intervals = [after - before for before, after in itertools.pairwise(frames)]
    assert set(intervals) <= {12_000 + step for step in (-4, -3, -1, 0, 1, 3, 4)}
    assert max(map(abs, errors)) <= 48
    assert bench.timeline.reanchored == 0


def test_a_jump_of_the_clocks_sets_the_anchor_anew_and_is_counted(bench):
    bench.timeline.of_tag("a", bench.tag(0.1))
    bench.play(10, drift_ms=5.0)
    frame = bench.timeline.of_tag("a", bench.tag(0.1))
    assert bench.timeline.reanchored == 1
    assert frame == bench.clock.frame + 4_800


def test_a_later_tag_never_sounds_before_an_earlier_one_and_one_tag_is_one_frame(bench):
    first = bench.timeline.of_tag("a", bench.tag(0.1))
    bench.play(0.001, drift_ms=-6.0)  # the audio lost a block
    later = bench.tag(0.1)
    assert bench.timeline.of_tag("a", later) == first
    bench.play(0.001, drift_ms=-6.0)
    assert bench.timeline.of_tag("a", later) == first


def test_a_step_of_the_system_clock_moves_the_anchor(bench):
    bench.timeline.of_tag("a", bench.tag(0.1))
    bench.unix_shift = 3 * S
    bench.timeline.update()
    assert bench.timeline.of_tag("a", bench.tag(0.1)) == bench.clock.frame + 4_800


def test_in_freewheel_anchors_hold_whatever_the_clocks_say(bench):
    first = bench.tag(0.1)
    start = bench.timeline.of_tag("a", first)
    bench.timeline.freewheel = True
    bench.play(0.5, drift_ms=60_000)
    assert bench.timeline.of_tag("a", first + (5 << 32)) - start == 240_000


def test_sources_have_anchors_of_their_own_and_only_so_many(bench):
    for number in range(MAX_ANCHORS + 10):
        bench.timeline.of_tag(number, bench.tag(0.1))
    assert len(bench.timeline._anchors) == MAX_ANCHORS
    assert 0 not in bench.timeline._anchors
    bench.timeline.forget(500)
    assert 500 not in bench.timeline._anchors


def test_while_the_audio_stands_still_messages_get_its_next_block(bench):
    bench.ns += 5 * S  # and no block came
    bench.timeline.update()
    assert bench.timeline.stalled
    assert bench.timeline.of_arrival(bench.ns) == 480_000 + 256 + 96
    assert bench.timeline.present == 480_000 + 256 + 96


def test_a_message_never_overtakes_one_before_it_when_the_audio_stands_still(bench):
    frames = []
    for _ in range(100):  # a message every 10 ms, and after half a second the stall is noticed
        bench.ns += S // 100
        bench.timeline.update()
        frames.append(bench.timeline.of_next_arrival(bench.ns))
    assert frames == sorted(frames)
    bench.play(0.01)  # the sound is back, where it had stopped
    assert bench.timeline.of_next_arrival(bench.ns) == frames[-1]
    bench.play(1.0)
    assert bench.timeline.of_next_arrival(bench.ns) == bench.timeline.of_arrival(bench.ns)


def test_before_the_first_block_the_timeline_stands_at_zero():
    timeline = Timeline(lambda: Clock(0, 0, 48_000.0, 0), 48_000)
    assert timeline.stalled
    assert timeline.present == 96


def test_an_agenda_gives_what_is_due_in_the_order_of_time_and_arrival():
    agenda: Agenda[str] = Agenda()
    for frame, item in [(30, "c"), (10, "a"), (30, "d"), (20, "b"), (40, "e")]:
        agenda.add(frame, item)
    assert list(agenda.due(30)) == [(10, "a"), (20, "b"), (30, "c"), (30, "d")]
    assert (agenda.next_frame(), agenda.clear(), agenda.next_frame()) == (40, 1, None)


def test_an_agenda_holds_only_so_much():
    agenda: Agenda[int] = Agenda()
    assert all(agenda.add(frame, frame) for frame in range(MAX_WAITING))
    assert not agenda.add(0, 0)
