"""[smf.voice]: one voice with its model, parameters, gain, pan, gate and meter."""

from __future__ import annotations

from pd_canvas import INK, PAPER, Canvas, Node
from pd_connection import WIDTH

HEIGHT = 190
ROWS = 4  # parameters on the face; more are reached by [smf.param VOICE NUMBER]


def smf_voice() -> Canvas:
    """A panel for any model: its parameters are asked for, not known."""
    patch = Canvas(900, 560, face=(20, 20, WIDTH, HEIGHT))
    _face(patch)
    inlet, sort = patch.column(20, 8, "inlet", "route float list bang")
    note = patch.box(20, 11, "list prepend /voice/$1/note")
    patch.wire(inlet, sort, note, patch.box(20, 15, "s smf-send"))
    patch.wire((sort, 1), note)
    patch.wire((sort, 2), patch.box(300, 10, "s $0-ask"))
    any_leaf = patch.column(240, 11, "list", "t a a")[1]
    patch.wire((sort, 3), patch.nodes[-2])
    _leaf(patch, any_leaf)
    patch.column(20, 17, "r smf-voice-$1", "outlet")
    patch.column(300, 17, "loadbang", "(20", "s $0-glide-in")
    patch.box(20, 19, "#what the daemon tells of this voice: pitch 70")
    parts = (
        ("new", _new(), "makes the voice when a model is named"),
        ("models", _models(), "< and > step through the models"),
        ("controls", _controls(), "gain, pan, gate out"),
        ("follow", _follow(), "and back, as others move them"),
    )
    for row, (name, canvas, purpose) in enumerate(parts, start=8):
        patch.sub(520, 12 + 26 * row, name, canvas)
        patch.box(610, row, f"#{purpose}")
    return patch


def _leaf(patch: Canvas, source: Node) -> None:
    """`pitch 70 20` becomes `/voice/v1/pitch 70 20`."""
    address = patch.column(320, 13, "list split 1", "symbol", "makefilename /voice/$1/%s")
    patch.wire((source, 1), address[0])
    message = patch.column(170, 15, "list prepend", "s smf-send")
    values = patch.box(240, 14, "list split 1")
    patch.wire(source, values)
    patch.wire((values, 1), message[0])
    patch.wire(address[2], (message[0], 1))


def _face(patch: Canvas) -> None:
    patch.panel(20, 20, WIDTH, HEIGHT)
    patch.panel(20, 20, WIDTH, 26, "$1", fill=INK, ink=PAPER, at=(8, 13), size=14)
    patch.panel(150, 23, 256, 20, "-", receive="$0-model", fill="#3e4c59", ink=PAPER, at=(8, 10))
    patch.button(128, 24, 18, send="$0-previous", fill="#9aa5b1", ink=INK)
    patch.button(410, 24, 18, send="$0-next", fill="#9aa5b1", ink=INK)
    for row in range(ROWS):
        node = patch.obj(20, 48 + 26 * row, f"smf.param $1 {row + 1} 20")
        glide = patch.box(560 + 80 * row, 15, "r $0-glide")
        patch.wire(glide, (node, 1))
    patch.panel(20, 154, WIDTH, 1, fill="#cbd2d9")
    patch.toggle(30, 162, 38, send="$0-gate-out", receive="$0-gate-in")
    patch.panel(72, 176, 4, 4, "gate", at=(2, 4))
    patch.hslider(150, 162, (122, 18), (-60, 6), send="$0-gain-out", receive="$0-gain-in")
    patch.panel(110, 168, 4, 4, "gain", at=(4, 4))
    patch.number(280, 162, 6, (-120, 24), send="$0-gain-typed", receive="$0-gain-number")
    patch.panel(352, 168, 4, 4, "dB", at=(4, 4), size=10)
    patch.hslider(150, 184, (122, 18), (-1, 1), send="$0-pan-out", receive="$0-pan-in")
    patch.panel(110, 190, 4, 4, "pan", at=(4, 4))
    patch.number(280, 184, 6, (0, 3_600_000), send="$0-glide", receive="$0-glide-in")
    patch.panel(352, 190, 4, 4, "ms glide", at=(4, 4), size=10)
    patch.hslider(374, 165, (58, 8), (-60, 0), receive="$0-meter", fill="#cbd2d9", ink="#2b8a3e")


def _new() -> Canvas:
    """With a second argument: when the daemon has no such voice, make it with that model."""
    sub = Canvas(700, 380)
    sub.box(20, 0, "#A model as second argument: a voice that is not there is made with it.")
    sub.column(20, 1, "r smf-connected", "(0", "s $0-found")
    sub.column(200, 1, "r smf-voice-list.reply", "route $1", "t b", "(1", "s $0-found")
    told = sub.column(200, 7, "r smf-reply", "route voice.added voice.model", "route $1", "list",
                      "list split 1", "symbol", "s $0-model-told")  # fmt: skip
    sub.wire((told[1], 1), told[2])
    done = sub.column(420, 1, "r smf-done", "route /voice/list", "t b", "f", "sel 0",
                      "list append $2", "route float")  # fmt: skip
    sub.wire(sub.box(520, 3, "r $0-found"), (done[3], 1))
    sub.wire((done[6], 1), *sub.column(420, 9, "list prepend /voice/new $1", "s smf-send"))
    return sub


def _models() -> Canvas:
    """The models that the daemon can play, and a step to the next or previous one."""
    sub = Canvas(720, 430)
    sub.column(20, 1, "r smf-connected", "(clear", "text define $0-models")
    sub.column(20, 5, "r smf-reply", "route model", "route list.reply", "list",
               "text set $0-models 1e+06")  # fmt: skip
    forward, back = (
        sub.column(300, 1, "r $0-next", "(1"),
        sub.column(400, 1, "r $0-previous", "(-1"),
    )
    step = sub.column(300, 4, "t b f", "symbol", "list", "text search $0-models", "+", "t f b",
                      "mod", "text get $0-models", "list prepend /voice/$1/model",
                      "s smf-send")  # fmt: skip
    sub.wire(forward[1], step[0])
    sub.wire(back[1], step[0])
    sub.wire((step[0], 1), (step[4], 1))
    sub.wire(sub.box(400, 4, "r $0-model-told"), (step[1], 1))
    size = sub.box(400, 9, "text size $0-models")
    sub.wire((step[5], 1), size, (step[6], 1))
    return sub


def _controls() -> Canvas:
    """What the face and the daemon have in common: shown at once, sent with 20 ms of glide."""
    sub = Canvas(820, 330)
    for column, (name, glides) in enumerate((("gain", True), ("pan", True), ("gate", False))):
        x = 20 + 270 * column
        steps = sub.column(x, 1, f"r $0-{name}-out", "t f f b")[1]
        sub.wire((steps, 2), sub.box(x + 140, 3, "s $0-touched"))
        sub.wire(steps, sub.box(x, 8, f"s $0-{name}-told"))
        send = [*(["pack f 20"] if glides else []), f"list prepend /voice/$1/{name}", "s smf-send"]
        sub.wire((steps, 1), *sub.column(x + 30, 4, *send))
    sub.column(20, 10, "r $0-gain-typed", "s $0-gain-out")
    return sub


def _follow() -> Canvas:
    """The daemon tells every move, ours too: not while we move, or the sliders would jerk."""
    sub = Canvas(900, 400)
    sort = sub.column(20, 1, "r smf-voice-$1", "route gain pan gate model meter")[1]
    for outlet, name in enumerate(("gain", "pan", "gate")):
        told = sub.column(20 + 170 * outlet, 4 + outlet, "spigot 1", f"s $0-{name}-told")
        sub.wire((sort, outlet), told[0])
        sub.wire(sub.box(90 + 170 * outlet, 3 + outlet, "r $0-listen"), (told[0], 1))
        shown = sub.column(20 + 170 * outlet, 9, f"r $0-{name}-told", "(set $1", f"s $0-{name}-in")
        if name == "gain":
            sub.wire(shown[1], sub.box(20, 12, "s $0-gain-number"))
    symbol = sub.column(530, 4, "list", "symbol", "s $0-model-told")
    sub.wire((sort, 3), symbol[0])
    sub.column(530, 9, "r $0-model-told", "(label $1", "s $0-model")
    sub.wire((sort, 4), *sub.column(700, 4, "unpack f f", "(set $1", "s $0-meter"))
    steps = sub.column(700, 8, "r $0-touched", "t b b")[1]
    sub.wire((steps, 1), *sub.column(780, 10, "(0", "s $0-listen"))
    sub.wire(steps, *sub.column(700, 11, "delay 300", "(1", "s $0-listen"))
    return sub
