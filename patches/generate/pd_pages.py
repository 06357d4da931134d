"""What the help patch of each abstraction says and offers to try."""

from __future__ import annotations

from pd_canvas import Canvas
from pd_help import Help

FACE_X = 40


def _connection(patch: Canvas, y: int) -> int:
    patch.text(16, y, "Start the daemon in a terminal: smfosc serve. Its lamp turns green here:")
    patch.obj(FACE_X, y + 24, "smfosc")
    return y + 24 + 108


def _smfosc(patch: Canvas) -> int:
    patch.text(
        16,
        44,
        "The connection to the smfosc daemon. Start it in a terminal with: smfosc serve.",
        84,
    )
    patch.text(16, 66, "One [smfosc] is enough for a Pd. It connects by itself, asks the daemon once per "
               "second how it is, connects again when it was restarted, and shows what was "
               "rejected and why.", 84)  # fmt: skip
    patch.text(330, 118, "any OSC message: address and values")
    patch.text(330, 186, "another daemon")
    patch.text(330, 246, "how is it?")
    boxes = [patch.msg(16, 118, "/voice/v1/pitch 70 20"), patch.msg(28, 142, "/after 500 /voice/v1/note 68 100 300"),
             patch.msg(40, 186, "connect 127.0.0.1 7770"), patch.msg(52, 210, "disconnect"),
             patch.msg(64, 246, "bang")]  # fmt: skip
    face = patch.obj(16, 280, "smfosc 127.0.0.1 7770")
    for box in boxes:
        patch.wire(box, face)
    patch.wire(face, patch.obj(16, 404, "print answers"))
    patch.wire((face, 1), patch.obj(429, 404, "print connected"))
    patch.text(16, 440, "From anywhere in Pd, without a cable:")
    patch.msg(40, 464, "; smf-send /voice/v1/gate 1")
    patch.msg(290, 464, "; smf-send /voice/v1/gate 0")
    return 500


def _voice(patch: Canvas) -> int:
    end = _connection(patch, 44)
    y = end + 12
    patch.text(16, y, "A panel for one voice, whatever its model: parameters, units and ranges are "
               "asked for. Buttons beside the model's name step through the models. With a model as "
               "second argument, a voice that is not there yet is made.", 84)  # fmt: skip
    boxes = [patch.msg(16, y + 74, "68 100"), patch.msg(80, y + 74, "68 0"), patch.msg(140, y + 74, "pitch 70.5 500"),
             patch.msg(270, y + 74, "gate 1"), patch.msg(335, y + 74, "gain -6 100"), patch.msg(440, y + 74, "reset")]  # fmt: skip
    patch.text(
        16, y + 50, "pitch and velocity are a note. Anything else is a message below /voice/NAME/"
    )
    voice = patch.obj(FACE_X, y + 112, "smf.voice v1")
    for box in boxes:
        patch.wire(box, voice)
    patch.wire(voice, patch.obj(FACE_X, y + 320, "print voice"))
    return y + 346


def _param(patch: Canvas) -> int:
    end = _connection(patch, 44)
    y = end + 12
    patch.text(16, y, "One parameter of a voice. Name, unit, range and default come from the model. "
               "The button at the right goes back to the default.", 84)  # fmt: skip
    value = patch.obj(
        FACE_X,
        y + 50,
        "nbx 6 18 0 127 0 0 empty empty value 0 -8 0 10 #fcfcfc #000000 #000000 0 256",
    )
    glide = patch.obj(
        453,
        y + 50,
        "nbx 6 18 0 10000 0 0 empty empty glide,_ms 0 -8 0 10 #fcfcfc #000000 #000000 0 256",
    )
    row = patch.obj(FACE_X, y + 80, "smf.param v1 pitch 20")
    patch.wire(value, row)
    patch.wire(glide, (row, 1))
    patch.wire(row, patch.obj(FACE_X, y + 124, "print value"))
    patch.wire((row, 1), patch.obj(453, y + 124, "print found"))
    patch.text(16, y + 160, "by its place among the model's parameters instead of its name:")
    patch.obj(FACE_X, y + 186, "smf.param v1 2 20")
    return y + 220


def _keyboard(patch: Canvas) -> int:
    end = _connection(patch, 44)
    y = end + 12
    patch.text(16, y, "Two octaves. Keys that the model cannot play are grey. The higher a key is hit, the "
               "louder. ms is the note's length. Switch on the computer's keys and play A W S E D F T G Y "
               "H U J: they are held as long as you hold them.", 84)  # fmt: skip
    midi = patch.obj(16, y + 62, "notein")
    pack = patch.obj(16, y + 88, "pack f f")
    patch.wire(midi, pack)
    patch.wire((midi, 1), (pack, 1))
    one = patch.msg(120, y + 88, "68 100")
    off = patch.msg(190, y + 88, "68 0")
    patch.text(250, y + 88, "pitch and velocity: held until velocity 0")
    keys = patch.obj(FACE_X, y + 120, "smf.keyboard v1")
    for box in (pack, one, off):
        patch.wire(box, keys)
    patch.wire(keys, patch.obj(FACE_X, y + 270, "print played"))
    return y + 300


def _xy(patch: Canvas) -> int:
    end = _connection(patch, 44)
    y = end + 12
    patch.text(16, y, "Drag the point, or use the sliders at its sides. Both directions go over the "
               "whole range of their parameter.", 84)  # fmt: skip
    across = patch.obj(
        FACE_X, y + 50, "hsl 100 18 0 1 0 0 empty empty empty 0 -8 0 10 #fcfcfc #000000 #000000 0 1"
    )
    up = patch.obj(
        273, y + 50, "hsl 100 18 0 1 0 0 empty empty empty 0 -8 0 10 #fcfcfc #000000 #000000 0 1"
    )
    pad = patch.obj(FACE_X, y + 84, "smf.xy v1 pitch timbre")
    patch.wire(across, pad)
    patch.wire(up, (pad, 1))
    patch.wire(pad, patch.atom("floatatom", FACE_X, y + 348, 8))
    patch.wire((pad, 1), patch.atom("floatatom", 273, y + 348, 8))
    patch.text(
        340, y + 84, "creation arguments: the voice, the parameter across, the one upwards", 36
    )
    return y + 380


def _snapshot(patch: Canvas) -> int:
    end = _connection(patch, 44)
    y = end + 12
    patch.text(16, y, "The daemon keeps all voices as they are under a name, in a file. Type a name and "
               "store. The buttons beside the name step through what there is. Morph takes the time given in ms.", 84)  # fmt: skip
    boxes = [patch.msg(16, y + 60, "store bright"), patch.msg(120, y + 60, "recall bright"),
             patch.msg(240, y + 60, "morph bright 3000"), patch.msg(390, y + 60, "delete bright")]  # fmt: skip
    face = patch.obj(FACE_X, y + 96, "smf.snapshot")
    for box in boxes:
        patch.wire(box, face)
    patch.wire(face, patch.obj(FACE_X, y + 170, "print snapshot"))
    return y + 200


def _score(patch: Canvas) -> int:
    end = _connection(patch, 44)
    y = end + 12
    patch.text(16, y, "Record writes down what anybody plays, until stop. Play performs it again, sample "
               "by sample the same. The list has what is there, scores of yours too.", 84)  # fmt: skip
    boxes = [patch.msg(16, y + 60, "record take"), patch.msg(110, y + 60, "stop take"),
             patch.msg(190, y + 60, "play take"), patch.msg(270, y + 60, "tempo take 0.5"),
             patch.msg(390, y + 60, "loop take 1"), patch.msg(490, y + 60, "pause take")]  # fmt: skip
    face = patch.obj(FACE_X, y + 96, "smf.score")
    for box in boxes:
        patch.wire(box, face)
    patch.wire(face, patch.obj(FACE_X, y + 196, "print score"))
    return y + 226


VOICE = "1. the voice's name, as in /voice/NAME (needed)"

PAGES = (
    Help("smfosc", "connection to the smfosc daemon", "OSC network synthesis control",
         (("anything: an OSC address with its values; connect HOST PORT; disconnect; bang: ask for the status",),),
         (("list: all answers, their addresses in pieces",), ("float: 1 connected, 0 not",)),
         ("1. host (default 127.0.0.1)", "2. port (default 7770)"), _smfosc,
         ("smf.voice", "smf.param", "netsend", "oscformat")),
    Help("smf.voice", "one voice of the smfosc daemon", "OSC synthesis control voice",
         (("list: a note, pitch and velocity; anything: a message below /voice/NAME/, as pitch 70 20; "
           "bang: ask for the parameters again",),),
         (("list: what the daemon tells of the voice, as pitch 70",),),
         (VOICE, "2. a model: when there is no such voice it is made with it (optional)"), _voice,
         ("smfosc", "smf.param", "smf.keyboard", "smf.xy")),
    Help("smf.param", "one parameter of a voice", "OSC synthesis control parameter",
         (("float: the value, in the parameter's own unit",), ("float: glide in ms",)),
         (("float: the value, moved here or elsewhere",),
          ("list: name unit minimum maximum default value description",)),
         (VOICE, "2. the parameter's name, or its number: 1, 2, ... (needed)", "3. glide in ms (default 0)"),
         _param, ("smfosc", "smf.voice", "smf.xy")),
    Help("smf.keyboard", "two octaves for a voice", "OSC synthesis control keyboard note",
         (("list: pitch and velocity, held until velocity 0",),),
         (("list: pitch and velocity that were played",),), (VOICE,), _keyboard,
         ("smfosc", "smf.voice", "notein")),
    Help("smf.xy", "a pad for two parameters", "OSC synthesis control pad",
         (("float: across, 0 to 1",), ("float: up, 0 to 1",)),
         (("float: across, 0 to 1",), ("float: up, 0 to 1",)),
         (VOICE, "2. the parameter across (needed)", "3. the parameter upwards (needed)"), _xy,
         ("smfosc", "smf.voice", "smf.param")),
    Help("smf.snapshot", "keep all voices and bring them back", "OSC synthesis control preset morph",
         (("store NAME; recall NAME; morph NAME MS; delete NAME; symbol: the name on the face",),),
         (("list: what the daemon tells of snapshots",),), (), _snapshot, ("smfosc", "smf.voice")),
    Help("smf.score", "record what is played and play it again", "OSC synthesis score record",
         (("record NAME; stop NAME; play NAME; pause NAME; resume NAME; loop NAME ON; tempo NAME FACTOR; "
           "delete NAME; symbol: the name on the face",),),
         (("list: what the daemon tells of scores",),), (), _score, ("smfosc", "smf.snapshot")),
)  # fmt: skip
