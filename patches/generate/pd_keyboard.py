"""[smf.keyboard]: two octaves for the mouse, and the computer's keys."""

from __future__ import annotations

from pd_canvas import INK, PAPER, Canvas, Node
from pd_connection import WIDTH

WHITE = (0, 2, 4, 5, 7, 9, 11)  # semitones above C
KEYS = 25  # C to C
KEY_WIDTH = 26
HEIGHT = 134
# The computer's keys as a piano: the row from A is white, the one above it black.
TYPED = "awsedftgyhujkolp"


def smf_keyboard() -> Canvas:
    """Keys outside the model's range are dark; where a key is hit sets the velocity."""
    patch = Canvas(900, 620, face=(20, 20, WIDTH, HEIGHT))
    _face(patch)
    patch.box(20, 6, "#note in: pitch velocity, as from [notein]")
    patch.column(20, 7, "inlet", "list", "s $0-note")
    patch.box(20, 11, "#pitch velocity out")
    patch.column(20, 12, "r $0-played", "outlet")
    parts = (
        ("keys", _keys(), "the mouse: each key its pitch and velocity"),
        ("typed", _typed(), "the computer's keys, when switched on"),
        ("play", _play(), "as a note of a length, or held"),
        ("range", _range(), "keys that the model cannot play are dark"),
    )
    for row, (name, canvas, purpose) in enumerate(parts, start=7):
        patch.sub(420, 12 + 26 * row, name, canvas)
        patch.box(500, row, f"#{purpose}")
    return patch


def _face(patch: Canvas) -> None:
    patch.panel(20, 20, WIDTH, HEIGHT)
    whites = [key for key in range(KEYS) if key % 12 in WHITE]
    for place, key in enumerate(whites):
        patch.panel(30 + KEY_WIDTH * place + 2, 27, KEY_WIDTH - 1, 54, receive=f"$0-key{key}",
                    fill=PAPER)  # fmt: skip
        _key(patch, key, 30 + KEY_WIDTH * place + 4, 82, (KEY_WIDTH - 2, 42), PAPER)
    for key in range(KEYS):
        if key % 12 not in WHITE:
            place = whites.index(key - 1)
            _key(patch, key, 30 + KEY_WIDTH * place + 4 + 14, 28, (KEY_WIDTH - 4, 50), INK)
    patch.number(30, 129, 2, (-1, 8), send="$0-octave", receive="$0-octave-in")
    patch.panel(64, 134, 4, 4, "octave", at=(4, 4), size=10)
    patch.number(130, 129, 5, (0, 60_000), send="$0-length", receive="$0-length-in")
    patch.panel(194, 134, 4, 4, "ms (0: held)", at=(4, 4), size=10)
    patch.toggle(310, 129, 18, "computer keys", send="$0-typing")


def _key(patch: Canvas, key: int, x: int, y: int, size: tuple[int, int], fill: str) -> Node:
    look = {"send": f"$0-hit{key}", "receive": f"$0-key{key}", "fill": fill, "ink": fill}
    return patch.vslider(x, y, size, (1, 127), **look)


def _keys() -> Canvas:
    """A key's number above the lowest, and where it was hit."""
    sub = Canvas(960, 440)
    for key in range(KEYS):
        x, row = 20 + 180 * (key % 5), 2 * (key // 5)
        start = sub.box(x, row, f"r $0-hit{key}")
        sub.wire(start, sub.column(x, row + 1, f"list prepend {key}", "s $0-hit")[0])
    return sub


def _typed() -> Canvas:
    """Codes of the computer's keys; a code's line is its semitone above the lowest C."""
    sub = Canvas(760, 440)
    sub.box(20, 0, "#A line's place is the semitone: A is C, W is C sharp, S is D ...")
    sub.lines(760, 38, "$0-codes", [str(ord(letter)) for letter in TYPED])
    press = sub.column(20, 1, "key", "spigot", "text search $0-codes", "moses 0")
    sub.wire(sub.box(90, 1, "r $0-typing"), (press[1], 1))
    steps = sub.box(20, 6, "t f b")
    sub.wire((press[3], 1), steps)
    on = sub.column(20, 8, "change -1", "+ 60", "list append 100", "s $0-note")
    sub.wire(steps, on[0])
    sub.wire(sub.box(120, 8, "r $0-lowest"), (on[1], 1))
    sub.box(240, 1, "#A key that repeats is let go and pressed at once: wait a little.")
    let_go = sub.column(240, 3, "keyup", "spigot", "text search $0-codes", "moses 0")
    sub.wire(sub.box(320, 3, "r $0-typing"), (let_go[1], 1))
    off = sub.column(240, 8, "f", "t f f", "list append 0", "s $0-note")
    wait = sub.box(300, 7, "delay 40")
    last = sub.box(400, 8, "+ 60")
    sub.wire((let_go[3], 1), last, (off[0], 1))
    sub.wire(sub.box(480, 7, "r $0-lowest"), (last, 1))
    later = sub.box(400, 7, "t b")
    sub.wire((let_go[3], 1), later, wait, off[0])
    sub.wire((steps, 1), sub.box(130, 6, "(stop"), wait)
    sub.wire((off[1], 1), sub.box(340, 10, "(set -1"), on[0])
    return sub


def _play() -> Canvas:
    """A note of a length from the mouse; pitch and velocity (0 ends it) from elsewhere."""
    sub = Canvas(860, 460)
    sub.box(20, 0, "#A drag on a key is one note: again only after a pause or on another key.")
    hit = sub.column(20, 1, "r $0-hit", "t a b a")[1]
    opened = sub.column(200, 3, "unpack f f", "change -1", "t b", "(1", "s $0-open")
    sub.wire((hit, 2), opened[0])
    again = sub.column(330, 3, "delay 150", "(set -1")
    sub.wire((hit, 1), again[0])
    sub.wire(again[1], opened[1])
    play = sub.column(20, 5, "spigot", "t b a", "(0", "s $0-open")
    sub.wire(hit, play[0])
    sub.wire(sub.box(90, 4, "r $0-open"), (play[0], 1))
    parts = sub.column(90, 8, "unpack f f", "+ 60", "pack f f", "s $0-in-reach")
    sub.wire((play[1], 1), parts[0])
    sub.wire((parts[0], 1), (parts[2], 1))
    sub.wire(sub.box(160, 8, "r $0-lowest"), (parts[1], 1))
    able = sub.column(460, 1, "r $0-in-reach", "t a a")[1]
    test = sub.column(560, 3, "unpack f f", "expr $f1 >= $f2 && $f1 <= $f3")
    sub.wire((able, 1), test[0])
    sub.wire(sub.box(640, 2, "r $0-minimum"), (test[1], 1))
    sub.wire(sub.box(740, 2, "r $0-maximum"), (test[1], 2))
    long = sub.column(460, 5, "spigot", "t a b", "list append", "list prepend /voice/$1/note",
                      "s smf-send")  # fmt: skip
    sub.wire(able, long[0])
    sub.wire(test[1], (long[0], 1))
    kept = sub.column(600, 6, "f", "moses 1")
    sub.wire((long[1], 1), kept[0])
    sub.wire(sub.box(640, 5, "r $0-length"), (kept[0], 1))
    sub.wire((kept[1], 1), (long[2], 1))
    sub.wire(kept[1], sub.box(540, 8 - 1, "list"), (long[2], 1))
    sub.wire(long[1], sub.box(380, 8, "s $0-played"))
    note = sub.column(20, 13, "r $0-note", "list prepend /voice/$1/note", "s smf-send")
    sub.wire(note[0], sub.box(220, 14, "s $0-played"))
    return sub


def _range() -> Canvas:
    """The model's range of pitch, the octave it begins in, and which keys are in it."""
    sub = Canvas(900, 460)
    ask = sub.column(20, 3, "t b", "symbol /voice/$1/params", "s smf-send")[0]
    sub.wire(sub.column(20, 1, "r smf-voice-list.reply", "route $1")[1], ask)
    sub.wire(sub.column(210, 1, "r smf-done", "route /voice/$1/model")[1], ask)
    found = sub.column(20, 7, "r smf-voice-$1", "route params.reply", "route pitch", "list",
                       "unpack s f f")  # fmt: skip
    sub.wire((found[4], 1), *sub.column(60, 12, "t f f", "/ 12", "int", "- 1", "s $0-octave-in"))
    sub.wire((sub.nodes[-5], 1), sub.box(140, 13, "s $0-minimum"))
    sub.wire((found[4], 2), sub.box(160, 12, "s $0-maximum"))
    sub.column(440, 1, "r $0-octave", "+ 1", "* 12", "t b f")
    twice = sub.nodes[-1]
    sub.wire((twice, 1), sub.box(510, 5, "s $0-lowest"))
    every = sub.column(440, 6, "(25", "until", "f", "t f f")
    sub.wire(twice, every[0])
    count = sub.box(510, 8, "+ 1")
    wrap = sub.box(560, 8, "mod 25")
    sub.wire(every[2], count, wrap, (every[2], 1))
    inside, black = "($f1+$f2 >= $f3 && $f1+$f2 <= $f4)", "(((1 << (int($f1) % 12)) & 1354) > 0)"
    which = [sub.box(680, 8, f"expr {inside} + 2*{black}"), sub.box(680, 10, "sel 0 1 2 3")]
    sub.wire(*which)
    sub.wire(every[3], which[0])
    for inlet, name in enumerate(("lowest", "minimum", "maximum"), start=1):
        sub.wire(sub.box(570 + 130 * inlet, 7, f"r $0-{name}"), (which[0], inlet))
    send = sub.box(680, 16, "send")
    for outlet, fill in enumerate(("#b8c1cc", PAPER, "#7b8794", INK)):
        text = sub.box(680 + 30 * outlet, 11 + outlet, f"(color {fill} {fill} {fill}")
        sub.wire((which[1], outlet), text, send)
    sub.wire((every[3], 1), *sub.column(470, 12, "makefilename $0-key%d", "symbol"), (send, 1))
    sub.column(330, 15, "loadbang", "t b b b", "(300", "s $0-length-in")
    first = sub.nodes[-3]
    sub.wire((first, 2), *sub.column(480, 19, "(127", "s $0-maximum"))
    sub.wire((first, 1), *sub.column(400, 19, "(4", "s $0-octave-in"))
    return sub
