"""[smf.snapshot] and [smf.score]: what the daemon keeps by name."""

from __future__ import annotations

from pd_canvas import INK, MUTED, PAPER, Canvas
from pd_connection import WIDTH

HEIGHT = 58


def header(patch: Canvas, title: str) -> None:
    """Title, and the name with a button at each side that steps through those there are."""
    patch.panel(20, 20, WIDTH, HEIGHT)
    patch.panel(20, 20, WIDTH, 26, title, fill=INK, ink=PAPER, at=(8, 13), size=14)
    patch.panel(150, 22, 256, 22, fill=PANEL_ON_INK)
    patch.atom("symbolatom", 154, 23, 34, send="$0-name", receive="$0-name-in")
    patch.button(128, 24, 18, send="$0-previous", fill=MUTED, ink=INK)
    patch.button(410, 24, 18, send="$0-next", fill=MUTED, ink=INK)


PANEL_ON_INK = "#e8ebee"


def names(kind: str) -> Canvas:
    """The names that the daemon told, and a step to the next or previous one."""
    sub = Canvas(720, 460)
    ask = sub.column(20, 2, "t b b", f"(/{kind}/list", "s smf-send")
    sub.wire(sub.box(20, 1, "r smf-connected"), ask[0])
    changed = sub.column(120, 0, "r smf-done", f"route {CHANGES[kind]}")[1]
    for outlet in range(len(CHANGES[kind].split())):
        sub.wire((changed, outlet), ask[0])
    sub.wire((ask[0], 1), *sub.column(130, 3, "(clear", "text define $0-names"))
    sub.column(20, 7, "r smf-reply", f"route {kind}", "route list.reply", "list", "list split 1",
               "text set $0-names 1e+06")  # fmt: skip
    step = sub.column(420, 4, "t b f", "symbol", "list", "text search $0-names", "+", "t f b",
                      "mod", "text get $0-names", "list", "symbol", "s $0-name-in")  # fmt: skip
    for x, name, by in ((420, "next", 1), (520, "previous", -1)):
        sub.wire(sub.column(x, 1, f"r $0-{name}", f"({by}")[1], step[0])
    sub.wire((step[0], 1), (step[4], 1))
    sub.wire(sub.box(520, 4, "r $0-name"), (step[1], 1))
    sub.wire((step[5], 1), sub.box(520, 9, "text size $0-names"), (step[6], 1))
    return sub


CHANGES = {
    "snapshot": "/snapshot/store /snapshot/delete",
    "score": "/score/stop",
}


def smf_snapshot() -> Canvas:
    """Keeps all voices as they are, and brings them back, at once or gradually."""
    patch = Canvas(820, 440, face=(20, 20, WIDTH, HEIGHT))
    header(patch, "snapshots")
    for x, word in ((28, "store"), (100, "recall"), (180, "morph"), (354, "delete")):
        patch.button(x, 53, 18, word, send=f"$0-{word}")
    patch.number(256, 53, 6, (0, 3_600_000), send="$0-ms", receive="$0-ms-in")
    patch.panel(312, 58, 4, 4, "ms", at=(4, 4), size=11)
    patch.box(20, 4, "#store NAME, recall NAME, morph NAME MS, delete NAME, a name")
    sort = patch.column(20, 5, "inlet", "route store recall morph delete symbol")[1]
    for outlet, word in enumerate(WORDS):
        patch.wire((sort, outlet), patch.box(20 + 100 * outlet, 8, f"s $0-{word}-it"))
    patch.wire((sort, 4), patch.box(420, 8, "s $0-name-in"))
    patch.box(20, 10, "#what the daemon tells of snapshots")
    patch.column(20, 11, "r smf-reply", "route snapshot", "outlet")
    parts = (
        ("names", names("snapshot"), "< and > step through what is kept"),
        ("buttons", _buttons(), "the name on the face goes with them"),
        ("out", _out(), "to the daemon"),
    )
    for row, (name, canvas, purpose) in enumerate(parts, start=11):
        patch.sub(330, 12 + 26 * row, name, canvas)
        patch.box(420, row, f"#{purpose}")
    patch.column(650, 4, "loadbang", "t b b", "(2000", "s $0-ms-in")
    patch.wire((patch.nodes[-3], 1), *patch.column(720, 6, "(symbol one", "s $0-name-in"))
    return patch


WORDS = ("store", "recall", "morph", "delete")


def _buttons() -> Canvas:
    """A button sends the name; morph sends how long as well."""
    sub = Canvas(760, 260)
    for column, word in enumerate(WORDS):
        x = 20 + 180 * column
        name = sub.column(x, 1, f"r $0-{word}", "symbol")
        sub.wire(sub.box(x + 80, 1, "r $0-name"), (name[1], 1))
        if word == "morph":
            morph = sub.column(x, 3, "list append 2000", "s $0-morph-it")[0]
            sub.wire(name[1], morph)
            sub.wire(sub.box(x + 80, 2, "r $0-ms"), (morph, 1))
        else:
            sub.wire(name[1], sub.box(x, 5, f"s $0-{word}-it"))
    return sub


def _out() -> Canvas:
    """Names to addresses; what did not fit is trouble to be shown."""
    sub = Canvas(860, 260)
    for column, word in enumerate(WORDS):
        sub.column(20 + 200 * column, 1, f"r $0-{word}-it", "list",
                   f"list prepend /snapshot/{word}", "s smf-send")  # fmt: skip
    sub.column(20, 6, "r smf-reply", "route snapshot", "route recall.reply morph.reply")
    trouble = sub.column(20, 9 - 0, "list prepend snapshot", "list trim", "s smf-trouble")[0]
    sub.wire(sub.nodes[-4], trouble)
    sub.wire((sub.nodes[-4], 1), trouble)
    return sub
