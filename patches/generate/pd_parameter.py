"""[smf.param]: one parameter of a voice, found out from the daemon."""

from __future__ import annotations

from pd_canvas import INK, PAPER, Canvas
from pd_connection import WIDTH

ROW_HEIGHT = 26


def smf_param() -> Canvas:
    """A row with name, slider in the parameter's own range, number, unit, and its default."""
    patch = Canvas(860, 430, face=(20, 20, WIDTH, ROW_HEIGHT))
    _face(patch)
    patch.box(20, 2, "#value in")
    patch.column(20, 3, "inlet", "s $0-move")
    patch.box(150, 2, "#glide, ms")
    patch.column(150, 3, "inlet", "s $0-glide")
    patch.column(150, 6, "loadbang", "f $3", "s $0-glide")
    patch.box(20, 8, "#value: moved here, or elsewhere")
    patch.column(20, 9, "r $0-value", "outlet")
    patch.box(150, 12, "#name unit minimum maximum default value description")
    patch.column(150, 13, "r $0-found", "outlet")
    for row, (name, canvas, purpose) in enumerate(
        (("ask", _ask(), "when there is something new to ask for"),
         ("find", _find(), "which of the model's parameters is mine"),
         ("show", _show(), "its name and range on the face"),
         ("move", _move(), "slider and number to the daemon"),
         ("follow", _follow(), "what others do to it")), start=3,
    ):  # fmt: skip
        patch.sub(470, 12 + 26 * row, name, canvas)
        patch.box(550, row, f"#{purpose}")
    return patch


def _face(patch: Canvas) -> None:
    patch.panel(20, 20, WIDTH, ROW_HEIGHT)
    patch.panel(22, 22, 4, 4, "-", receive="$0-name", at=(6, 11), size=12)
    patch.hslider(112, 24, (160, 18), (0, 1), send="$0-slid", receive="$0-slider")
    patch.number(280, 24, 6, send="$0-typed", receive="$0-number")
    patch.panel(350, 22, 4, 4, "", receive="$0-unit", at=(2, 11), size=10, ink="#52606d")
    patch.button(418, 25, 16, send="$0-to-default", ink=INK, fill=PAPER)


def _ask() -> Canvas:
    """Ask when the daemon lists the voice, when the voice is new, when its model was changed."""
    sub = Canvas(640, 250)
    ask = sub.column(20, 4, "t b", "symbol /voice/$1/params", "s smf-send")[0]
    sub.wire(sub.column(20, 1, "r smf-voice-list.reply", "route $1")[1], ask)
    sub.wire(sub.column(210, 1, "r smf-done", "route /voice/$1/model")[1], ask)
    added = sub.column(410, 1, "r smf-reply", "route voice.added", "route $1")
    sub.wire(added[2], ask)
    return sub


def _find() -> Canvas:
    """By its name, or by its number among the model's parameters (1, 2, ...)."""
    sub = Canvas(640, 400)
    sub.box(20, 0, "#One answer per parameter: name unit minimum maximum default value words")
    each = sub.column(20, 1, "r smf-voice-$1", "route params.reply", "list", "t a a b")[3]
    sub.box(20, 6, "#by name")
    sub.wire(each, *sub.column(20, 7, "list trim", "route $2", "list prepend $2", "s $0-found"))
    sub.box(200, 6, "#by number")
    numbered = sub.column(200, 7, "list prepend", "route $2", "list", "s $0-found")[0]
    sub.wire((each, 1), numbered)
    count = sub.column(330, 3, "f", "+ 1")
    sub.wire((each, 2), count[0])
    sub.wire(count[1], (count[0], 1))
    sub.wire(count[1], (numbered, 1))
    sub.wire(sub.column(420, 1, "r smf-done", "route /voice/$1/params", "t b", "(0")[3],
             (count[0], 1))  # fmt: skip
    return sub


def _show() -> Canvas:
    """Range first, then the value: a slider keeps its value within its range."""
    sub = Canvas(760, 330)
    both = sub.column(20, 1, "r $0-found", "t a a")[1]
    value = sub.box(20, 9, "unpack s s f f f f")
    sub.wire(both, value)
    sub.wire((value, 5), sub.box(160, 10, "s $0-shown"))
    parts = sub.box(160, 3, "unpack s s f f f f")
    sub.wire((both, 1), parts)
    sub.wire((parts, 4), sub.box(560, 4, "s $0-default"))
    limits, text = sub.column(400, 5, "pack f f", "(range $1 $2")
    sub.wire((parts, 3), (limits, 1))
    sub.wire((parts, 2), limits)
    sub.wire(text, sub.box(400, 7, "s $0-slider"))
    sub.wire(text, sub.box(500, 7, "s $0-number"))
    sub.wire((parts, 1), *sub.column(280, 7, "(label $1", "s $0-unit"))
    both = sub.box(160, 5, "t s s")
    sub.wire(parts, both)
    sub.wire(both, *sub.column(20, 5, "(label $1", "s $0-name"))
    sub.wire((both, 1), sub.box(20, 7, "s $0-my-name"))
    return sub


def _move() -> Canvas:
    """Slider, number, inlet and default: to the daemon, with the glide."""
    sub = Canvas(700, 330)
    go = sub.box(20, 3, "t f f b")
    for x, name in ((20, "slid"), (120, "typed"), (220, "move")):
        sub.wire(sub.box(x, 1, f"r $0-{name}"), go)
    back = sub.column(320, 1, "r $0-to-default", "f")[1]
    sub.wire(sub.box(450, 1, "r $0-default"), (back, 1))
    sub.wire(back, go)
    sub.wire(go, sub.box(20, 5, "s $0-shown"))
    sub.wire((go, 2), sub.box(420, 5, "s $0-touched"))
    message = sub.column(140, 5, "spigot", "pack f 20", "list prepend", "s smf-send")
    sub.wire((go, 1), message[0])
    sub.wire(sub.box(220, 5, "r $0-known"), (message[0], 1))
    sub.wire(sub.box(240, 6, "r $0-glide"), (message[1], 1))
    sub.wire(sub.box(280, 7, "r $0-address"), (message[2], 1))
    address = sub.column(450, 7, "r $0-my-name", "t b s", "(1", "s $0-known")[1]
    sub.wire((address, 1), *sub.column(560, 9, "makefilename /voice/$1/%s", "s $0-address"))
    shown = sub.column(20, 10, "r $0-shown", "t f f", "s $0-value")[1]
    sub.wire((shown, 1), *sub.column(140, 11, "(set $1", "s $0-slider"))
    sub.wire(sub.nodes[-2], sub.box(240, 12, "s $0-number"))
    return sub


def _follow() -> Canvas:
    """The daemon tells every move, ours too: not while we move or glide, or it would jerk."""
    sub = Canvas(640, 400)
    both = sub.column(20, 1, "r smf-voice-$1", "list", "t a a")[2]
    mine = sub.column(20, 4, "list split 1", "symbol", "select nothing")
    sub.wire(both, mine[0])
    sub.wire(sub.box(160, 5, "r $0-my-name"), (mine[2], 1))
    rest = sub.column(160, 3, "list split 1")[0]
    sub.wire((both, 1), rest)
    stored = sub.column(20, 8, "list", "route float", "spigot 1", "s $0-shown")
    sub.wire(mine[2], stored[0])
    sub.wire((rest, 1), (stored[0], 1))
    touched = sub.column(330, 1, "r $0-touched", "t b b")[1]
    sub.wire((touched, 1), *sub.column(430, 3, "(0", "s $0-listen"))
    wait = sub.column(330, 5, "delay 300", "(1", "s $0-listen")
    sub.wire(touched, wait[0])
    sub.wire(sub.column(430, 1, "r $0-glide", "+ 300")[1], (wait[0], 1))
    sub.wire(sub.box(160, 9, "r $0-listen"), (stored[2], 1))
    return sub
