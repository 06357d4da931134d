"""THE address table: every OSC address with its arguments, ranges, units and replies.

The one source: `commands.py` checks and clips by it, README's table and
`smfosc addresses` are printed from it. Words in capitals stand for names: NAME a voice,
PARAM one of its model's parameters, whose range and unit the model file gives.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

VERSION = 1  # of this table; rises when an address changes its meaning
SILENCE_DB = -120.0  # this gain and all below it are silence
MAX_MS = 3_600_000.0  # ramps, notes and delays of an hour

Type = Literal["number", "integer", "switch", "name", "any"]


@dataclass(frozen=True)
class Argument:
    """One argument. Numbers may come as i, f, h, d, T or F; N (nil) means not given.

    A number beyond its range is clipped, and the sender told (`/clipped`); a NaN or an
    infinity is refused. An integer may come as a float without fraction, as Pd sends it.
    A switch is off at 0 and on at anything else.
    """

    name: str
    type: Type
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    default: float | str | None = None  # of an optional argument
    optional: bool = False
    clips: bool = True  # False: out of range is refused instead, where the nearest would be wrong
    numbers: bool = False  # a name may come as a whole number: its digits

    @property
    def limits(self) -> str:
        """The allowed range in words: `-120 to 24`; empty when there is none."""
        if self.type == "switch":
            return "0 or 1"
        return "" if self.minimum is None else f"{self.minimum:.8g} to {self.maximum:.8g}"

    @property
    def form(self) -> str:
        """How the argument is written in the table: `gain (dB, -120 to 24)`, `[ramp_ms]`."""
        in_ms = self.unit == "ms"  # the name says so, and an hour is a limit for nobody
        notes = "" if in_ms else ", ".join(filter(None, [self.unit, self.limits]))
        text = f"{self.name} ({notes})" if notes else self.name
        return f"[{text}]" if self.optional else text


@dataclass(frozen=True)
class Address:
    """One row: where it goes, what it takes, what it does, what it answers."""

    path: str
    arguments: tuple[Argument, ...]
    does: str
    answers: str = ""
    # sound: on its frame. prepare: as soon as it is known, for its frame. control: when that
    # frame is the present. read: when that frame has sounded.
    timing: Literal["sound", "prepare", "control", "read"] = "sound"
    local: bool = False  # from other hosts only with --allow-remote-control
    patterns: bool = True  # whether a pattern (`*`) may reach it


def _ms(name: str, default: float, maximum: float = MAX_MS) -> Argument:
    return Argument(name, "number", "ms", 0.0, maximum, default, optional=True)


RAMP = _ms("ramp_ms", 0.0)
VALUE = Argument("value", "number", "the parameter's own unit and range")
NORMALIZED = Argument("value", "number", "", 0.0, 1.0)
MODEL = Argument("MODEL", "name")
VOICE = Argument("NAME", "name")
SAVED = Argument("NAME", "name", numbers=True)
CHANNEL = Argument("channel", "integer", "", 0, 64, None, optional=True, clips=False)
OUTPUT = Argument("OUTPUT", "name", default="", optional=True)
GAIN = Argument("gain", "number", "dB", -1_000.0, 24.0)
ON_OFF = Argument("on", "switch")


def _get(path: str) -> Address:
    own = path.removesuffix("/get")
    return Address(path, (), "asks for the present value", f"`{own} value`", timing="read")


VOICES = (
    Address("/voice/NAME/PARAM", (VALUE, RAMP), "moves a parameter of the voice's model; pitch is "
            "in MIDI note numbers, fractions welcome"),
    Address("/voice/NAME/PARAM/normalized", (NORMALIZED, RAMP),
            "the same, linear between the parameter's minimum and maximum"),
    Address("/voice/NAME/pitch/hz", (Argument("frequency", "number", "Hz", 1.0, 20_000.0), RAMP),
            "pitch as a frequency; 440 Hz is note 69"),
    Address("/voice/NAME/gain", (GAIN, RAMP),
            f"loudness; {SILENCE_DB:g} dB and below is silence"),
    Address("/voice/NAME/pan", (Argument("pan", "number", "", -1.0, 1.0), RAMP),
            "-1 left, 0 middle, 1 right; over more loudspeakers "
            "-1 is the first and 1 the last of a line, 0 the first of a ring and 1 and -1 opposite "
            "it"),
    Address("/voice/NAME/gate", (ON_OFF,), "opens (attack) or closes (release) the voice"),
    Address("/voice/NAME/note",
            (VALUE, Argument("velocity", "number", "", 0.0, 127.0),
             Argument("duration_ms", "number", "ms", 1.0, MAX_MS, None, optional=True)),
            "sets pitch and level ((velocity / 127)², as General MIDI has it) and opens the gate, "
            "for the duration or until `gate 0`; velocity 0 ends the note of that pitch"),
    Address("/voice/NAME/temperature", (Argument("temperature", "number", "", 0.1, 2.0), RAMP),
            "1 as the model was made; lower is purer, higher is noisier"),
    Address("/voice/NAME/seed",
            (Argument("seed", "integer"),),
            "key of the voice's random numbers; one voice, same seed, same reset: same samples"),
    Address("/voice/NAME/reset", (), "restarts the model's state, its random numbers and the "
            "resampler; parameters stay"),
    Address("/voice/NAME/model", (MODEL, _ms("fade_ms", 50.0, 10_000.0)),
            "crossfades to another model; parameters of equal name keep their values",
            "`/done ADDRESS MODEL`", timing="prepare", local=True),
    Address("/voice/NAME/params", (), "asks for the model's parameters",
            "per parameter `ADDRESS.reply name unit min max default value description`, then "
            "`/done ADDRESS count`", timing="read"),
    _get("/voice/NAME/PARAM/get"),
    _get("/voice/NAME/PARAM/normalized/get"),
    _get("/voice/NAME/pitch/hz/get"),
    _get("/voice/NAME/gain/get"),
    _get("/voice/NAME/pan/get"),
    _get("/voice/NAME/gate/get"),
    _get("/voice/NAME/temperature/get"),
    _get("/voice/NAME/seed/get"),
    _get("/voice/NAME/model/get"),
)  # fmt: skip

DAEMON = (
    Address("/voice/new", (VOICE, MODEL, CHANNEL, OUTPUT), "makes a voice, silent until gate or "
            "note, in the first output or the one that is named, on that channel of it alone or, "
            "without one (or 0), panned over all of them; messages to it may follow at once and "
            "wait until it is there. One that would not fit into a block's time is refused",
            "`/done ADDRESS NAME`", timing="prepare", local=True, patterns=False),
    Address("/voice/free", (VOICE,), "lets a voice fade out and go",
            "`/done ADDRESS NAME`", timing="control", patterns=False),
    Address("/voice/list", (), "asks for the voices",
            "per voice `/voice/list.reply NAME MODEL channel` (0: panned; then the output, "
            "where it is not the first), then `/done ADDRESS count`", timing="control"),
    Address("/model/list", (), "asks for the models in the model folders",
            "per model `/model/list.reply MODEL`, then `/done ADDRESS count`", timing="control"),
    Address("/model/info", (MODEL,), "asks what a model file says",
            "per entry `/model/info.reply MODEL key value...`, then `/done ADDRESS count`",
            timing="control"),
    Address("/after", (Argument("delay_ms", "number", "ms", 0.0, MAX_MS),
                       Argument("ADDRESS", "name"), Argument("arguments...", "any", optional=True)),
            "sends the message to itself, later by the delay exactly: scheduling for clients that "
            "have no time tags (Pd, Max)", timing="prepare", patterns=False),
    Address("/status", (), "asks how the daemon is",
            "`/status.reply voices models load peak_load samplerate blocksize frames late resets "
            "underruns wall_misses missed_passes dropped_events packets lost_packets backend "
            "limited_messages unheard_packets uptime_s stolen_passes slow_blocks slow_passes` "
            "(limited: dropped, as their "
            "sender sent too many; unheard: from hosts that are not on the list; load: 1 is all of "
            "one block's time; underruns and missed passes are too much work; wall misses and "
            "stolen passes: the machine was elsewhere; slow ones: the same work took 1.2 times "
            "its usual CPU time or more)", timing="control"),
    Address("/version", (), "asks for name and version",
            "`/version.reply smfosc version table_version`", timing="control"),
    Address("/sync", (Argument("id", "any", optional=True),),
            "answers when what was sent before has sounded and all commands that take time, "
            "of all senders, are done",
            "`/synced id`", timing="read"),
    Address("/notify", (ON_OFF, Argument("port", "integer", "", 1, 65_535, optional=True,
                                         clips=False)),
            "1: values and news come to the sender from now on. First all values, then each that "
            "moves, whatever moved it, at its plain address (`/voice/NAME/PARAM value`), at most "
            "30 times per second; not what the sender itself has just said. News: `/voice.added "
            "NAME MODEL channel`, `/voice.freed NAME`, `/voice.model NAME MODEL`, `/voice.failed "
            "NAME MODEL reason`, `/voice.restarted NAME` after a breakdown of its sound, "
            "`/audio.lost reason` and `/audio.back what` when the sound system or the file fails, "
            "`/group.added NAME voices`, `/group.changed NAME voices`, `/group.freed NAME`, "
            "`/overload load what NAME` when there is more to compute than time (what: rests, "
            "int8 or none), `/config.reloaded changes`, `/score.playing NAME`, `/score.stopped "
            "NAME`, `/score.recording NAME`, `/score.recorded NAME`, `/server.quit`. With a port, "
            "they and all replies to the sender go to that port of "
            "its host, and replies to others there that have not said where go to both: for "
            "senders that cannot hear, like Max's udpsend. A client whose port is closed is "
            "forgotten after some seconds",
            "`/done ADDRESS clients`", timing="control", patterns=False),
    Address("/notify/meters", (ON_OFF,),
            "1: meters come too, 15 times per second while they move: `/voice/NAME/meter peak_dB "
            "rms_dB`, `/meter peak_dB rms_dB` of the loudest output, `/load load underruns`; to "
            "clients of `/notify`",
            "`/done ADDRESS clients`", timing="control", patterns=False),
    Address("/dumpOSC", (Argument("on", "integer", "", 0, 3),),
            "prints incoming messages on the daemon's terminal",
            "`/done ADDRESS on`", timing="control", patterns=False),
    Address("/clearSched", (), "forgets all messages that wait for their time; notes still end",
            "`/done ADDRESS count`", timing="control", patterns=False),
    Address("/quit", (), "ends the daemon", "`/done ADDRESS`", timing="control", local=True,
            patterns=False),
)  # fmt: skip

ENSEMBLE = (
    Address("/group/set", (VOICE, Argument("VOICE...", "any", optional=True)), "makes group NAME "
            "of these voices, there or still to come; without any it goes",
            "`/done ADDRESS NAME voices`", timing="control", patterns=False),
    Address("/group/list", (), "asks for the groups",
            "per group `/group/list.reply NAME voices`, then `/done ADDRESS count`",
            timing="control"),
    Address("/output/list", (), "asks for the outputs",
            "per output `/output/list.reply NAME channels layout into` (layout: line or ring; "
            "into: the output that it is a bus of), then `/done ADDRESS count`", timing="control"),
    Address("/clock", (), "asks which frame is due at which time: where one daemon's sound lies "
            "beside another's", "`/clock.reply UNIX_S FRAME`, both as texts with their fractions",
            timing="control"),
    Address("/host/list", (), "asks the first of several hosts for the others",
            "per host `/host/list.reply NAME address state offset_ms error_ms voices` (state: here "
            "or away; offset: of its clock, wrong by error at most, -1: not known), then "
            "`/done ADDRESS count`", timing="control"),
    Address("/config/reload", (), "reads the ensemble file again and changes what differs: voices "
            "that are new begin, those that are gone fade out, values that are others move there; "
            "what did not change sounds on untouched. A file with a mistake changes nothing",
            "per thing that needs a restart `ADDRESS.reply what`, then `/done ADDRESS changes`",
            timing="control", local=True, patterns=False),
)  # fmt: skip

# Of each group and each output.
PLACES = (
    Address("/group/NAME/...", (Argument("arguments...", "any", optional=True),), "says the rest "
            "to each voice of the group, as `/voice/VOICE/...`", "as that address's"),
    Address("/output/NAME/gain", (GAIN, RAMP), "loudness of an output, or of a bus"),
    _get("/output/NAME/gain/get"),
)  # fmt: skip

SNAPSHOTS = (
    Address("/snapshot/store", (SAVED,), "keeps all voices as they are: model, parameters, gain, "
            "pan, temperature, seed, channel, and the gate unless a note holds it",
            "`/done ADDRESS NAME voices`", timing="read", local=True, patterns=False),
    Address("/snapshot/recall", (SAVED,), "makes all voices so again, on one frame: those that are "
            "gone come back, others go, other models are crossfaded in 50 ms; a note that sounds "
            "sounds on",
            "per thing that does not fit the model of today, or a block's time, "
            "`ADDRESS.reply NAME what`, then `/done ADDRESS NAME voices`",
            timing="prepare", local=True, patterns=False),
    Address("/snapshot/morph", (SAVED, Argument("ms", "number", "ms", 0.0, MAX_MS)),
            "the same, gradually: parameters, gain, pan and temperature in straight lines, models "
            "crossfaded; voices that come swell in, voices that go fade out",
            "as `/snapshot/recall`", timing="prepare", local=True, patterns=False),
    Address("/snapshot/list", (), "asks for the snapshots",
            "per snapshot `/snapshot/list.reply NAME`, then `/done ADDRESS count`",
            timing="control"),
    Address("/snapshot/delete", (SAVED,), "deletes a snapshot", "`/done ADDRESS NAME`",
            timing="control", local=True, patterns=False),
)  # fmt: skip

SCORES = (
    Address("/score/record", (SAVED,), "writes down what is performed from now on, by whomever, "
            "with its exact times, as a score that begins with the voices as they are",
            "`/done ADDRESS NAME`", timing="control", local=True, patterns=False),
    Address("/score/stop", (replace(SAVED, optional=True),), "ends the recording or a score that "
            "is played; without NAME all of them. Notes that a score holds end",
            "`/done ADDRESS NAME messages` for the recording, `/done ADDRESS NAME...` for scores",
            timing="control", patterns=False),
    Address("/score/play", (SAVED, _ms("start_ms", 0.0, 1e9)), "plays a score, from its beginning "
            "or from a place: then what it had set before is set at once. The voices that it "
            "addresses are reset; those that it makes at its time 0 and that are there stay",
            "`/done ADDRESS NAME seconds` when it begins", timing="prepare", patterns=False),
    Address("/score/pause", (SAVED,), "holds a score; notes that it holds end",
            "`/done ADDRESS NAME`", timing="control", patterns=False),
    Address("/score/resume", (SAVED,), "lets it go on", "`/done ADDRESS NAME`",
            timing="control", patterns=False),
    Address("/score/loop", (SAVED, ON_OFF), "1: begins again at its end; 0: ends there",
            "`/done ADDRESS NAME on`", timing="control", patterns=False),
    Address("/score/tempo", (SAVED, Argument("factor", "number", "", 0.01, 100.0)),
            "2 plays twice as fast, ramps and durations too", "`/done ADDRESS NAME factor`",
            timing="control", patterns=False),
    Address("/score/list", (), "asks for the scores",
            "per score `/score/list.reply NAME state seconds` (stopped, playing or paused, and "
            "where), then `/done ADDRESS count`", timing="control"),
    Address("/score/delete", (SAVED,), "deletes a score", "`/done ADDRESS NAME`",
            timing="control", local=True, patterns=False),
)  # fmt: skip

TABLE = VOICES + DAEMON + ENSEMBLE + PLACES + SNAPSHOTS + SCORES

ANSWERS = (
    ("/fail ADDRESS reason", "a message that was rejected, with the value and the allowed range; "
     "at most 100 per second to one sender, then one count per second"),
    ("/clipped ADDRESS asked used", "a value out of range and what was used instead; at most once "
     "per second and address"),
    ("/late ADDRESS ms", "a message that came too late for its time and sounds at once; at most "
     "once per second and address"),
    ("/done ADDRESS ...", "a command that took time, or the end of an answer of several lines"),
)  # fmt: skip

_BY_PATH = {row.path: row for row in TABLE}


def row(path: str) -> Address:
    """The row of a path as the table writes it. Raises KeyError."""
    return _BY_PATH[path]


def as_markdown() -> str:
    """The table as README shows it."""
    lines = ["| address and arguments | what it does | answer |", "|---|---|---|"]
    gets = [row for row in TABLE if row.path.endswith("/get")]
    others = [row for row in TABLE if row not in gets]
    lines += [f"| `{_usage(row)}` | {_does(row)} | {row.answers} |" for row in others]
    paths = ", ".join(f"`{row.path}`" for row in gets)
    lines += [f"| {paths} | asks for the present value | the value, at the address before `/get` |"]
    lines += ["", "| the daemon sends | when |", "|---|---|"]
    lines += [f"| `{form}` | {when} |" for form, when in ANSWERS]
    return "\n".join(lines) + "\n"


def _usage(row: Address) -> str:
    return " ".join([row.path, *(argument.form for argument in row.arguments)])


def _does(row: Address) -> str:
    remote = " (from other hosts: `--allow-remote-control`)" if row.local else ""
    return row.does + remote


def as_json() -> str:
    """The table for other programs; keys are the fields of Address and Argument."""
    rows = [_as_dict(row) for row in TABLE]
    answers = [{"form": form, "when": when} for form, when in ANSWERS]
    return json.dumps({"version": VERSION, "addresses": rows, "answers": answers}, indent=2) + "\n"


def _as_dict(row: Address) -> dict[str, Any]:
    return asdict(row) | {"usage": _usage(row)}
