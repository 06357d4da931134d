import hashlib
import math
import random

import pytest
from fake_engine import FakeEngine, FakeModels, Listener, Sent
from osc_mutations import mutated, well_formed

from smfosc.addresses import TABLE
from smfosc.commands import Commands, Now, Settings, Surroundings
from smfosc.dispatch import HORIZON_S
from smfosc.engine import Kind
from smfosc.osc import Malformed, Message, decode
from smfosc.replies import MAX_FAILS, Replies
from smfosc.roster import MAX_HELD
from smfosc.voices import frequency_of, note_of

FRAME = 10_000  # what the tests' immediate messages get


class Bench:
    """Commands before a fake engine, one voice `v1` of the example model, one sender."""

    def __init__(self, **settings) -> None:
        self.seconds = 0.0
        self.engine = FakeEngine()
        self.sender = Listener()
        self.jobs: list = []
        self.delayed = False  # True: jobs wait for `work`
        self.around = Surroundings()
        self.commands = Commands(
            self.engine,
            FakeModels(),
            settings=Settings(**settings),
            replies=Replies(now=lambda: self.seconds),
            surroundings=self.around,
            run=self.run,
        )
        self.advance(FRAME)
        self.commands.add_voice("v1", "example")

    def run(self, job, done) -> None:
        self.jobs.append((job, done))
        if not self.delayed:
            self.work()

    def work(self) -> None:
        while self.jobs:
            job, done = self.jobs.pop(0)
            try:
                result = job()
            except Exception as error:
                result = error
            done(result)

    def advance(self, frame, rendered=None) -> None:
        self.commands.advance(Now(frame, frame - 300, frame if rendered is None else rendered))

    def send(self, address, *arguments, frame=FRAME, source=None) -> list:
        """Handle a message; what it was answered."""
        listener = source or self.sender
        self.commands.handle(Message(address, arguments), listener, frame)
        return listener.taken()

    def ask(self, address, *arguments) -> list:
        """Handle a query and let its frame sound."""
        self.send(address, *arguments)
        self.advance(FRAME, rendered=FRAME + 1)
        return self.sender.taken()

    def events(self) -> list[Sent]:
        found, self.engine.events = self.engine.events, []
        return found


@pytest.fixture
def bench():
    return Bench()


# --- the table ------------------------------------------------------------------------------


def test_every_row_of_the_table_has_a_handler_and_every_handler_a_row(bench):
    routes = bench.commands._space.routes
    rows = {id(route.row) for route in routes.values()}
    anything = "/group/NAME/..."  # what leads on to voices, whatever it is
    assert [row.path for row in TABLE if id(row) not in rows] == [anything]
    assert {route.row.path for route in routes.values()} <= {row.path for row in TABLE}


def test_the_table_names_each_path_once():
    paths = [row.path for row in TABLE]
    assert len(paths) == len(set(paths))


# --- what sounds ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "arguments", "event"),
    [
        ("pitch", (70.5,), Sent(0, Kind.PARAM, FRAME, 70.5)),
        ("pitch", (70, 20), Sent(0, Kind.PARAM, FRAME, 70.0, 20.0)),
        ("timbre", (0.25, 1.5), Sent(0, Kind.PARAM, FRAME, 0.25, 1.5, 1)),
        ("timbre", (True,), Sent(0, Kind.PARAM, FRAME, 1.0, 0.0, 1)),
        ("timbre", (0.5, None), Sent(0, Kind.PARAM, FRAME, 0.5, 0.0, 1)),
        ("pitch/normalized", (0.5,), Sent(0, Kind.PARAM, FRAME, 70.0)),
        ("pitch/hz", (440,), Sent(0, Kind.PARAM, FRAME, 69.0)),
        ("pitch/hz", (440, 100), Sent(0, Kind.PARAM, FRAME, 69.0, 100.0)),
        ("gain", (0,), Sent(0, Kind.GAIN, FRAME, 1.0)),
        ("gain", (-20, 50), Sent(0, Kind.GAIN, FRAME, pytest.approx(0.1), 50.0)),
        ("gain", (-120,), Sent(0, Kind.GAIN, FRAME, 0.0)),
        ("gain", (-500.0,), Sent(0, Kind.GAIN, FRAME, 0.0)),
        ("pan", (-0.5, 10), Sent(0, Kind.PAN, FRAME, -0.5, 10.0)),
        ("gate", (1,), Sent(0, Kind.GATE, FRAME, 1.0)),
        ("gate", (0.7,), Sent(0, Kind.GATE, FRAME, 1.0)),
        ("gate", (False,), Sent(0, Kind.GATE, FRAME, 0.0)),
        ("temperature", (0.9,), Sent(0, Kind.TEMPERATURE, FRAME, 0.9)),
        ("seed", (7,), Sent(0, Kind.SEED, FRAME, 7)),
        ("seed", (-1,), Sent(0, Kind.SEED, FRAME, 2**64 - 1)),
        ("seed", (12345678.0,), Sent(0, Kind.SEED, FRAME, 12345678)),
        ("reset", (), Sent(0, Kind.RESET, FRAME)),
    ],
)
def test_a_message_becomes_its_event(bench, address, arguments, event):
    assert bench.send(f"/voice/v1/{address}", *arguments) == []
    assert bench.events() == [event]


def test_a_note_sets_pitch_and_level_and_a_duration_ends_it(bench):
    assert bench.send("/voice/v1/note", 72, 127, 100) == []
    bench.advance(FRAME)
    pitch, note, end = bench.events()
    assert pitch == Sent(0, Kind.PARAM, FRAME, 72.0)
    assert note == Sent(0, Kind.NOTE, FRAME, 1.0, index=note.index)
    assert end == Sent(0, Kind.NOTE_OFF, FRAME + 4_800, index=note.index)


def test_a_note_without_duration_is_held_and_velocity_0_ends_the_note_of_that_pitch(bench):
    bench.send("/voice/v1/note", 72, 100)
    bench.send("/voice/v1/note", 70, 100)
    _, first, _, second = bench.events()
    assert first.index != second.index
    bench.send("/voice/v1/note", 72.0, 0)
    bench.send("/voice/v1/note", 66, 0)  # no such note: nothing ends
    assert bench.events() == [Sent(0, Kind.NOTE_OFF, FRAME, index=first.index)]


def test_a_long_note_ends_even_when_the_schedule_is_cleared_meanwhile(bench):
    bench.send("/voice/v1/note", 72, 100, 60_000)
    assert bench.send("/clearSched") == [("/done", "/clearSched", 0)]
    bench.events()
    bench.advance(FRAME + 60 * 48_000 - 100)
    (end,) = bench.events()
    assert (end.kind, end.frame) == (Kind.NOTE_OFF, FRAME + 60 * 48_000)


def test_a_note_whose_end_finds_the_queue_full_ends_when_there_is_room(bench):
    bench.send("/voice/v1/note", 72, 100, 10)
    bench.engine.room = 2
    bench.advance(FRAME)
    bench.engine.room = 10
    bench.advance(FRAME + 10)
    assert [event.kind for event in bench.events()][2:] == [Kind.NOTE_OFF]


def test_pitch_in_hertz_is_the_note_that_it_names():
    assert note_of(440.0) == 69.0
    assert frequency_of(69.0 + 12.0) == 880.0
    assert frequency_of(note_of(523.25)) == pytest.approx(523.25)


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "arguments", "reason"),
    [
        ("/voice/v1/pitch", (), "pitch is missing; wanted pitch (MIDI note, 64 to 76) [ramp_ms"),
        ("/voice/v1/pitch", (None,), "pitch is missing"),
        ("/voice/v1/pitch", ("high",), "pitch 'high' is no number"),
        ("/voice/v1/pitch", (b"\0" * 100,), "is no number"),
        ("/voice/v1/pitch", ((70,),), "pitch (70,) is no number"),
        ("/voice/v1/pitch", (70, 20, 3), "3 arguments; wanted pitch"),
        ("/voice/v1/pitch", (math.nan,), "pitch nan is not finite"),
        ("/voice/v1/pitch", (math.inf,), "pitch inf is not finite"),
        ("/voice/v1/gain", (-math.inf,), "gain -inf is not finite"),
        ("/voice/v1/pitch", (70, math.nan), "ramp_ms nan is not finite"),
        ("/voice/v1/gate", (math.nan,), "on nan is not finite"),
        ("/voice/v1/seed", (0.5,), "seed 0.5 is no integer"),
        ("/voice/v1/seed", (math.nan,), "seed nan is not finite"),
        ("/voice/v1/reset", (1,), "1 arguments; wanted none"),
        ("/voice/v1/model", (3,), "MODEL 3 is no string"),
        ("/voice/v1/volume", (1,), "voice v1 (example) has no 'volume'; parameters: pitch, timbre"),
        ("/voice/v1/pitch/cents", (1,), "has no 'pitch/cents'"),
        ("/voice/v9/pitch", (70,), "no voice 'v9'; there are: v1"),
        ("/voice/v*/volume", (1,), "the pattern matches no address"),
        ("/voice/v[1/pitch", (70,), "'[' is not closed"),
        ("/volume", (1,), "no such address"),
        ("/", (), "no such address"),
        ("/voice", (), "no such address"),
        ("/voice/new", ("Loud", "example"), "'Loud' is not a name"),
        ("/voice/new", ("list", "example"), "'list' is reserved"),
        ("/voice/new", ("v1", "example"), "voice v1 exists already"),
        ("/voice/new", ("v2", "nothing"), "no model 'nothing'; there are: example noise other"),
        ("/voice/new", ("v2", "example", 65), "channel 65; wanted 0 to 64"),
        ("/voice/new", ("v2", "example", 1.5), "channel 1.5 is no integer"),
        ("/voice/new", ("v2",), "MODEL is missing"),
        ("/voice/free", ("v9",), "no voice 'v9'"),
        ("/voice/v1/model", ("nothing",), "no model 'nothing'"),
        ("/model/info", ("nothing",), "no model 'nothing'"),
        ("/after", (100,), "ADDRESS is missing"),
        ("/after", (100, "pitch"), "does not start with '/'"),
        ("/after", (100, "/after", 100, "/x"), "/after inside /after"),
        ("/notify", (1, 70_000), "port 70000; wanted 1 to 65535"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(bench, address, arguments, reason):
    ((kind, failed, why),) = bench.send(address, *arguments)
    assert (kind, failed) == ("/fail", address)
    assert reason in why
    assert bench.events() == []


def test_a_packet_that_could_not_be_read_is_answered_too(bench):
    bench.commands.handle(Malformed("/x", "no type tags"), bench.sender, FRAME)
    assert bench.sender.taken() == [("/fail", "/x", "no type tags")]


@pytest.mark.parametrize(
    ("address", "arguments", "told", "used"),
    [
        ("pitch", (99,), (99.0, 76.0), 76.0),
        ("pitch", (-1e30,), (pytest.approx(-1e30), 64.0), 64.0),
        ("timbre", (1.5, 10), (1.5, 1.0), 1.0),
        ("pitch/normalized", (-1,), (-1.0, 0.0), 64.0),
        ("pan", (2,), (2.0, 1.0), 1.0),
        ("gain", (60,), (60.0, 24.0), pytest.approx(15.849, abs=1e-3)),
        ("temperature", (9,), (9.0, 2.0), 2.0),
        ("temperature", (0,), (0.0, pytest.approx(0.1)), pytest.approx(0.1)),
        ("pitch/hz", (880,), (880.0, pytest.approx(frequency_of(76.0))), 76.0),
    ],
)
def test_what_is_out_of_range_is_clipped_and_told(bench, address, arguments, told, used):
    assert bench.send(f"/voice/v1/{address}", *arguments) == [
        ("/clipped", f"/voice/v1/{address}", *told)
    ]
    assert [event.value for event in bench.events()] == [used]


def test_a_negative_ramp_is_no_ramp(bench):
    assert bench.send("/voice/v1/pitch", 70, -5) == [("/clipped", "/voice/v1/pitch", -5.0, 0.0)]


def test_a_model_without_pitch_says_so_to_note_and_hertz(bench):
    bench.send("/voice/new", "n", "noise")
    for leaf, arguments in (("note", (70, 100)), ("pitch/hz", (440,))):
        ((_, _, why),) = bench.send(f"/voice/n/{leaf}", *arguments)
        assert why == "model noise has no parameter pitch; it has colour"
    ((_, _, why),) = bench.send("/voice/n/pitch", 70)
    assert "has no 'pitch'" in why


def test_a_full_queue_is_told(bench):
    bench.engine.room = 0
    ((_, _, why),) = bench.send("/voice/v1/pitch", 70)
    assert "queue is full" in why


def test_a_defect_of_ours_is_told_and_does_not_silence_the_daemon(bench, caplog):
    bench.engine.send = None
    ((_, _, why),) = bench.send("/voice/v1/pitch", 70)
    assert "internal error" in why
    assert bench.send("/voice/list")[-1] == ("/done", "/voice/list", 1)


def test_mutated_packets_are_performed_or_answered_but_never_raise(bench, caplog):
    source, packets = random.Random(11), well_formed()
    for number in range(20_000):
        bench.seconds += 0.1  # or most answers would be held back
        for element in decode(mutated(source, packets)):
            bench.commands.handle(element, bench.sender, FRAME)
        if number % 100 == 0:
            bench.commands.replies.tick()
            bench.advance(FRAME, rendered=FRAME + 1)
    answers = bench.sender.taken()
    assert not [answer for answer in answers if "internal error" in str(answer)]
    assert {"/fail", "/done", "/clipped"} <= {answer[0] for answer in answers}
    assert not caplog.records


# --- how often ------------------------------------------------------------------------------


def test_failures_are_told_a_hundred_times_a_second_and_then_counted(bench):
    answers = [answer for _ in range(250) for answer in bench.send("/wrong")]
    assert len(answers) == MAX_FAILS
    bench.seconds = 1.0
    bench.commands.replies.tick()
    ((kind, address, why),) = bench.sender.taken()
    assert (kind, address) == ("/fail", "/wrong")
    assert "150 more" in why
    assert len(bench.send("/wrong")) == 1


def test_one_sender_s_failures_do_not_silence_another(bench):
    for _ in range(250):
        bench.send("/wrong")
    assert len(bench.send("/wrong", source=Listener())) == 1


def test_clipping_is_told_once_a_second_and_the_newest_last(bench):
    answers = [
        answer for pitch in range(80, 100) for answer in bench.send("/voice/v1/pitch", pitch)
    ]
    assert answers == [("/clipped", "/voice/v1/pitch", 80.0, 76.0)]
    assert len(bench.send("/voice/v1/timbre", 2)) == 1  # another address
    bench.seconds = 1.0
    bench.commands.replies.tick()
    assert bench.sender.taken() == [("/clipped", "/voice/v1/pitch", 99.0, 76.0)]
    bench.seconds = 1.5
    assert bench.send("/voice/v1/pitch", 90) == []
    bench.seconds = 3.0
    bench.commands.replies.tick()
    bench.seconds = 5.0
    bench.commands.replies.tick()
    assert bench.sender.taken() == [("/clipped", "/voice/v1/pitch", 90.0, 76.0)]


# --- when -----------------------------------------------------------------------------------


def test_a_late_message_acts_and_is_told_with_its_lateness(bench):
    answers = bench.send("/voice/v1/pitch", 70, frame=FRAME - 300 - 480)
    assert answers == [("/late", "/voice/v1/pitch", 10.0)]
    assert len(bench.events()) == 1


def test_a_message_beyond_the_horizon_waits_and_keeps_its_frame(bench):
    frame = FRAME + 10 * 48_000
    bench.send("/voice/v1/pitch", 70, frame=frame)
    assert bench.events() == []
    bench.advance(frame - int(HORIZON_S * 48_000))
    assert bench.events() == [Sent(0, Kind.PARAM, frame, 70.0)]


def test_messages_of_one_frame_keep_their_order(bench):
    frame = FRAME + 10 * 48_000
    for pitch in range(64, 74):
        bench.send("/voice/v1/pitch", pitch, frame=frame)
    bench.advance(frame)
    assert [event.value for event in bench.events()] == list(range(64, 74))


def test_audio_that_runs_freely_gets_everything_ahead(bench):
    bench.send("/voice/v1/pitch", 70, frame=FRAME + 10**9)
    bench.send("/voice/v1/note", 70, 100, 3_000_000)
    bench.commands.advance(Now(FRAME, FRAME, FRAME, free=True))
    assert {event.kind for event in bench.events()} == {Kind.PARAM, Kind.NOTE, Kind.NOTE_OFF}
    bench.send("/voice/v1/pitch", 71, frame=FRAME + 10**9)
    assert len(bench.events()) == 1


def test_after_delays_a_message_exactly(bench):
    assert bench.send("/after", 12.5, "/voice/v1/pitch", 71, 30) == []
    assert bench.events() == [Sent(0, Kind.PARAM, FRAME + 600, 71.0, 30.0)]


def test_after_delays_control_actions_and_queries_too(bench):
    bench.send("/after", 500, "/voice/list")
    bench.advance(FRAME + 23_999)
    assert bench.sender.taken() == []
    bench.advance(FRAME + 24_000)
    assert bench.sender.taken()[-1] == ("/done", "/voice/list", 1)


def test_a_mistake_inside_after_is_told_for_its_own_address(bench):
    ((_, address, _),) = bench.send("/after", 5, "/voice/v1/volume", 1)
    assert address == "/voice/v1/volume"


def test_clear_sched_forgets_what_waits_and_says_how_much(bench):
    for seconds in range(5, 10):
        bench.send("/voice/v1/pitch", 70, frame=FRAME + seconds * 48_000)
    bench.send("/voice/free", "v1", frame=FRAME + 100)
    assert bench.send("/clearSched") == [("/done", "/clearSched", 6)]
    assert bench.engine.cleared == 1
    bench.advance(FRAME + 10 * 48_000)
    assert bench.events() == bench.engine.freed == []


def test_an_engine_that_runs_at_another_rate_counts_its_own_frames():
    bench = Bench()
    bench.engine.samplerate = 44_100
    bench.send("/after", 1000, "/voice/v1/pitch", 70)
    bench.advance(FRAME)
    assert [event.frame for event in bench.events()] == [FRAME + 44_100]


# --- answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("pitch", 71.5), ("pitch/normalized", 0.625), ("pitch/hz", pytest.approx(508.36, abs=0.01)),
        ("timbre", 0.5), ("gain", pytest.approx(-6.0)), ("pan", 0.25), ("gate", 1),
        ("temperature", pytest.approx(0.9)), ("seed", 42), ("model", "example"),
    ],
)  # fmt: skip
def test_get_answers_at_the_own_address_with_the_present_value(bench, address, value):
    for leaf, given in [("pitch", 71.5), ("timbre", 0.5), ("gain", -6), ("pan", 0.25), ("gate", 1),
                        ("temperature", 0.9), ("seed", 42)]:  # fmt: skip
        bench.send(f"/voice/v1/{leaf}", given)
    assert bench.ask(f"/voice/v1/{address}/get") == [(f"/voice/v1/{address}", value)]


def test_get_waits_until_what_was_sent_before_has_sounded(bench):
    bench.send("/voice/v1/pitch/get")
    bench.advance(FRAME, rendered=FRAME)
    assert bench.sender.taken() == []
    bench.advance(FRAME, rendered=FRAME + 1)
    assert bench.sender.taken() == [("/voice/v1/pitch", 70.0)]


def test_get_waits_for_the_next_block_when_it_comes_late_itself(bench):
    bench.engine.newest_block = FRAME + 512  # and what was sent before it acts after that
    bench.send("/voice/v1/pitch/get")
    bench.advance(FRAME, rendered=FRAME + 768)
    assert bench.sender.taken() == []
    bench.advance(FRAME, rendered=FRAME + 1024)
    assert bench.sender.taken() == [("/voice/v1/pitch", 70.0)]


def test_get_answers_also_while_the_audio_stands_still(bench):
    bench.send("/voice/v1/pitch/get")
    bench.commands.advance(Now(FRAME, FRAME, None))
    assert bench.sender.taken() == [("/voice/v1/pitch", 70.0)]


def test_silence_is_read_as_the_table_s_floor(bench):
    bench.send("/voice/v1/gain", -300)
    assert bench.ask("/voice/v1/gain/get") == [("/voice/v1/gain", -120.0)]


def test_params_tells_everything_about_each_and_then_done(bench):
    bench.send("/voice/v1/pitch", 72)
    address = "/voice/v1/params"
    assert bench.ask(address) == [
        (f"{address}.reply", "pitch", "MIDI note", 64.0, 76.0, 70.0, 72.0, "Sounding pitch."),
        (f"{address}.reply", "timbre", "ratio", 0.0, 1.0, 0.0, 0.0, "From clarinet to trumpet."),
        ("/done", address, 2),
    ]


def test_lists_end_with_their_count(bench):
    bench.send("/voice/new", "bass", "other", 3)
    assert bench.send("/voice/list") == [
        ("/voice/list.reply", "v1", "example", 0),
        ("/voice/list.reply", "bass", "other", 3),
        ("/done", "/voice/list", 2),
    ]
    assert bench.send("/model/list")[-1] == ("/done", "/model/list", 3)
    answers = bench.send("/model/info", "other")
    assert answers[-1] == ("/done", "/model/info", len(answers) - 1)
    assert ("/model/info.reply", "other", "licence", "MIT") in answers


def test_status_and_version_use_types_that_every_client_reads(bench):
    for address in ("/status", "/version"):
        ((replied, *values),) = bench.send(address)
        assert replied == f"{address}.reply"
        assert {type(value) for value in values} <= {int, float, str}


def test_sync_answers_after_what_takes_time(bench):
    bench.delayed = True
    bench.send("/voice/new", "slow", "example")
    bench.send("/sync", 7)
    bench.advance(FRAME, rendered=FRAME + 1)
    assert bench.sender.taken() == []
    bench.work()
    assert bench.sender.taken() == [("/done", "/voice/new", "slow"), ("/synced", 7)]


# --- patterns -------------------------------------------------------------------------------


def test_a_pattern_reaches_every_voice_that_it_matches(bench):
    for name in ("v2", "bass"):
        bench.send("/voice/new", name, "example")
    bench.send("/voice/v*/gain", 0)
    assert [event.slot for event in bench.events()] == [0, 1]
    bench.send("/voice/{bass,v2}/{pan,gate}", 1)
    assert sorted((event.slot, event.kind) for event in bench.events()) == [
        (1, Kind.PAN), (1, Kind.GATE), (2, Kind.PAN), (2, Kind.GATE),
    ]  # fmt: skip


def test_a_pattern_sees_voices_that_come_and_go(bench):
    bench.send("/voice/*/gain", 0)
    bench.send("/voice/new", "v2", "example")
    bench.send("/voice/*/gain", 0)
    bench.send("/voice/free", "v1")
    bench.send("/voice/*/gain", 0)
    assert [event.slot for event in bench.events()] == [0, 0, 1, 1]


def test_a_pattern_spares_the_others_when_one_is_refused(bench):
    bench.send("/voice/new", "n", "noise")
    ((kind, address, _),) = bench.send("/voice/*/note", 70, 100)
    assert (kind, address) == ("/fail", "/voice/n/note")
    assert [event.kind for event in bench.events()] == [Kind.PARAM, Kind.NOTE]


@pytest.mark.parametrize("pattern", ["/*", "/?uit", "/voice/*", "/{quit,clearSched}", "/*/*"])
def test_a_pattern_never_ends_the_daemon_or_frees_a_voice(bench, pattern):
    bench.around.quit = lambda: pytest.fail("quit")
    bench.send(pattern)
    bench.send(pattern, "v1")
    bench.advance(FRAME + 10, rendered=FRAME + 11)
    assert bench.engine.freed == []
    assert bench.engine.cleared == 0


# --- voices come, change and go -------------------------------------------------------------


def test_a_voice_gets_the_seed_that_the_documents_promise():
    bench = Bench(seed=5)
    digest = hashlib.sha256(b"5/v1").digest()
    assert bench.engine.added[0]["seed"] == int.from_bytes(digest[:8], "little")
    bench.send("/voice/new", "v2", "example")
    assert bench.engine.added[1]["seed"] != bench.engine.added[0]["seed"]


def test_a_new_voice_is_silent_and_plays_its_defaults(bench):
    assert bench.send("/voice/new", "bass", "other", 2) == [("/done", "/voice/new", "bass")]
    added = bench.engine.added[1]
    assert (added["gate"], added["channel"], added["values"]) == (False, 2, [5.0, 0.0, 70.0])
    assert added["kernel"] == "kernel of other"


def test_messages_to_a_voice_that_is_being_made_wait_and_keep_their_order(bench):
    bench.delayed = True
    bench.send("/voice/new", "slow", "example")
    bench.send("/voice/slow/pitch", 71)
    bench.send("/voice/*/timbre", 1)
    bench.send("/voice/slow/gate", 1, frame=FRAME + 480)
    assert [event.slot for event in bench.events()] == [0]  # the pattern's other voice
    bench.work()
    assert bench.events() == [
        Sent(1, Kind.PARAM, FRAME, 71.0),
        Sent(1, Kind.PARAM, FRAME, 1.0, 0.0, 1),
        Sent(1, Kind.GATE, FRAME + 480, 1.0),
    ]
    assert bench.sender.taken() == [("/done", "/voice/new", "slow")]


def test_what_waited_for_a_voice_that_cannot_be_made_is_refused(bench):
    bench.delayed = True
    bench.send("/voice/new", "slow", "nothing")
    bench.send("/voice/slow/pitch", 71)
    bench.work()
    assert [(kind, address) for kind, address, _ in bench.sender.taken()] == [
        ("/fail", "/voice/new"), ("/fail", "/voice/slow/pitch"),
    ]  # fmt: skip


def test_a_voice_can_be_freed_while_it_is_being_made(bench):
    bench.delayed = True
    bench.send("/voice/new", "slow", "example")
    bench.send("/voice/free", "slow")
    bench.work()
    assert bench.sender.taken() == [
        ("/done", "/voice/new", "slow"),
        ("/done", "/voice/free", "slow"),
    ]
    assert [slot for slot, _ in bench.engine.freed] == [1]


def test_what_waits_for_one_voice_is_bounded(bench):
    bench.delayed = True
    bench.send("/voice/new", "slow", "example")
    for _ in range(MAX_HELD):
        bench.send("/voice/slow/pitch", 71)
    assert bench.send("/voice/slow/pitch", 71)[0][0] == "/fail"


def test_a_voice_that_is_freed_is_gone_at_once_for_later_messages(bench):
    assert bench.send("/voice/free", "v1") == [("/done", "/voice/free", "v1")]
    assert bench.engine.freed == [(0, FRAME)]
    assert "no voice 'v1'; there are: none" in bench.send("/voice/v1/gain", 0)[0][2]
    assert bench.send("/voice/new", "v1", "example") == [("/done", "/voice/new", "v1")]


def test_a_voice_that_is_freed_later_is_there_until_then(bench):
    bench.send("/voice/free", "v1", frame=FRAME + 1000)
    bench.send("/voice/new", "v1", "example", frame=FRAME + 2000)
    bench.send("/voice/v1/gain", 0, frame=FRAME + 500)
    assert (bench.events()[0].slot, bench.sender.taken()) == (0, [])
    bench.advance(FRAME + 1000)
    bench.advance(FRAME + 2000)
    assert bench.engine.freed == [(0, FRAME + 1000)]
    assert bench.sender.taken() == [("/done", "/voice/free", "v1"), ("/done", "/voice/new", "v1")]


def test_messages_beyond_a_voice_s_end_are_for_the_next_of_its_name(bench):
    bench.send("/voice/free", "v1", frame=FRAME + 1000)
    bench.send("/voice/new", "v1", "example", frame=FRAME + 2000)
    bench.send("/voice/v1/pitch", 71, frame=FRAME + 3000)
    bench.send("/voice/v1/pitch", 70, frame=FRAME + 500)
    assert [(event.slot, event.frame) for event in bench.events()] == [(0, FRAME + 500)]
    for frame in (1000, 2000, 3000):
        bench.advance(FRAME + frame)
    assert bench.events() == [Sent(1, Kind.PARAM, FRAME + 3000, 71.0)]


def test_another_model_keeps_the_parameters_of_equal_name(bench):
    assert bench.send("/voice/v1/model", "other", 200) == [("/done", "/voice/v1/model", "other")]
    (swap,) = bench.engine.swaps
    assert (swap["mapping"], swap["values"], swap["fade_ms"]) == (
        [-1, 1, 0],
        [5.0, 0.0, 70.0],
        200.0,
    )
    assert bench.send("/voice/v1/colour", 3) == []
    bench.send("/voice/v1/pitch", 71)
    assert [event.index for event in bench.events()] == [0, 2]


def test_until_another_model_is_there_the_old_one_is_played_and_nothing_is_lost(bench):
    bench.delayed = True
    bench.send("/voice/v1/model", "other")
    bench.send("/voice/v1/pitch", 71)  # both have it: acts at once
    bench.send("/voice/v1/colour", 3)  # only the new one has it: waits
    bench.send("/voice/*/gain", -6)
    assert [event.kind for event in bench.events()] == [Kind.PARAM, Kind.GAIN]
    bench.work()
    assert bench.events() == [Sent(0, Kind.PARAM, FRAME, 3.0)]
    assert bench.sender.taken() == [("/done", "/voice/v1/model", "other")]


def test_parameters_wait_while_their_index_might_mean_either_model(bench):
    bench.delayed = True
    bench.send("/voice/v1/model", "other")
    job, done = bench.jobs.pop()
    done(job())  # loaded; now the new model is warmed up
    bench.send("/voice/v1/pitch", 71)
    bench.send("/voice/v1/gain", 0)
    assert [event.kind for event in bench.events()] == [Kind.GAIN]
    bench.work()
    assert bench.events() == [Sent(0, Kind.PARAM, FRAME, 71.0, 0.0, 2)]


def test_a_model_change_that_fails_leaves_the_voice_as_it_was(bench):
    bench.engine.swap_model = None
    assert bench.send("/voice/v1/model", "other")[0][0] == "/fail"
    assert bench.send("/voice/v1/pitch", 71) == []


def test_voices_move_to_another_engine_with_all_that_they_have(bench):
    bench.send("/voice/v1/pitch", 73)
    bench.send("/voice/v1/gain", -20)
    bench.send("/voice/v1/gate", 1)
    bench.send("/voice/v1/seed", 9)
    other = FakeEngine(samplerate=44_100)
    bench.commands.move_to(other)
    (added,) = other.added
    assert (added["values"], added["gate"], added["seed"]) == ([73.0, 0.0], True, 9)
    assert other.gain(0) == pytest.approx(0.1)
    other.events.clear()
    bench.send("/voice/v1/pitch", 70)
    assert len(other.events) == 1


# --- other hosts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "arguments"),
    [("/quit", ()), ("/voice/new", ("v2", "example")), ("/voice/v1/model", ("other",))],
)
def test_another_host_may_neither_quit_nor_load_models_unless_allowed(address, arguments):
    bench = Bench()
    ((kind, _, why),) = bench.send(address, *arguments, source=Listener(is_local=False))
    assert kind == "/fail"
    assert "--allow-remote-control" in why
    allowed = Bench(allow_remote_control=True)
    answers = allowed.send(address, *arguments, source=Listener(is_local=False))
    assert answers[0][:2] == ("/done", address)


def test_another_host_may_play(bench):
    assert bench.send("/voice/v1/pitch", 71, source=Listener(is_local=False)) == []
    assert len(bench.events()) == 1


def test_offline_mistakes_go_to_the_log(bench, caplog):
    bench.commands.handle(Message("/voice/v1/volume", (1,)), None, FRAME)
    bench.commands.handle(Message("/voice/v1/pitch", (99,)), None, FRAME)
    assert "has no 'volume'" in caplog.text
    assert "clipped /voice/v1/pitch 99 76" in caplog.text
