"""[smf.snapshot] and [smf.score]: what the daemon keeps by name."""

from __future__ import annotations

from pd_canvas import INK, MUTED, PAPER, Canvas
from pd_connection import WIDTH

HEIGHT = 58


def header(patch: Canvas, title: str, height: int = HEIGHT) -> None:
    """Title, and the name with a button at each side that steps through those there are."""
    patch.panel(20, 20, WIDTH, height)
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
    "score": "/score/stop /score/delete",
}


def smf_snapshot() -> Canvas:
    """Keeps all voices as they are, and brings them back, at once or gradually."""
    patch = Canvas(820, 440, face=(20, 20, WIDTH, HEIGHT))
    header(patch, "snapshots")
    for x, word in ((28, "store"), (100, "recall"), (180, "morph"), (354, "delete")):
        patch.button(x, 53, 18, word, send=f"$0-{word}")
    patch.number(256, 53, 6, (0, 3_600_000), send="$0-ms", receive="$0-ms-in")
    patch.panel(328, 58, 4, 4, "ms", at=(4, 4), size=11)
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


SCORE_HEIGHT = 84
SCORE_WORDS = ("record", "stop", "play", "pause", "resume", "delete", "loop", "tempo")


def smf_score() -> Canvas:
    """Records what is played, and plays it again."""
    patch = Canvas(980, 520, face=(20, 20, WIDTH, SCORE_HEIGHT))
    header(patch, "scores", SCORE_HEIGHT)
    for at, word in enumerate(SCORE_WORDS[:6]):
        shown = {"record": "rec", "delete": "del"}.get(word, word)
        patch.button(28 + 68 * at, 53, 18, shown, send=f"$0-{word}")
    patch.toggle(28, 79, 18, "loop", send="$0-loop-to")
    patch.number(106, 79, 5, (0.01, 100), send="$0-tempo-to", receive="$0-tempo-in")
    patch.panel(166, 84, 4, 4, "tempo", at=(6, 4), size=11)
    patch.panel(230, 84, 4, 4, "stopped", receive="$0-state", at=(6, 4), size=11)
    patch.box(20, 4, "#record NAME, play NAME, tempo NAME 2, loop NAME 1 ..., or a name")
    sort = patch.column(20, 5, "inlet", f"route {' '.join(SCORE_WORDS)} symbol")[1]
    for outlet, word in enumerate(SCORE_WORDS):
        target = patch.box(20 + 96 * outlet, 8 + outlet % 2, f"s $0-{word}-it")
        patch.wire((sort, outlet), target)
    patch.wire((sort, 8), patch.box(800, 8, "s $0-name-in"))
    patch.box(20, 11, "#what the daemon tells of scores")
    patch.column(20, 12, "r smf-reply", "route score", "outlet")
    parts = (
        ("names", names("score"), "< and > step through what is kept"),
        ("buttons", _score_buttons(), "the name on the face goes with them"),
        ("out", _score_out(), "to the daemon"),
        ("state", _state(), "what it is doing"),
    )
    for row, (name, canvas, purpose) in enumerate(parts, start=11):
        patch.sub(330, 12 + 26 * row, name, canvas)
        patch.box(420, row, f"#{purpose}")
    start = patch.column(720, 11, "loadbang", "t b b", "(1", "s $0-tempo-in")
    patch.wire((start[1], 1), *patch.column(820, 13, "(symbol take", "s $0-name-in"))
    return patch


def _score_buttons() -> Canvas:
    """A button sends the name; loop and tempo send their value as well, once it plays."""
    sub = Canvas(820, 400)
    for at, word in enumerate(SCORE_WORDS):
        x, row = 20 + 200 * (at % 4), 1 + 6 * (at // 4)
        if word in ("loop", "tempo"):
            both, plays, name, out = sub.column(
                x,
                row,
                f"r $0-{word}-to",
                "t b f",
                "spigot",
                "symbol",
                f"list append {DEFAULTS[word]}",
            )[1:]
            sub.wire((both, 1), (out, 1))
            sub.wire(sub.box(x + 100, row + 1, "r $0-plays"), (plays, 1))
            sub.wire(sub.box(x + 100, row + 2, "r $0-again"), name)
        else:
            _, name = sub.column(x, row, f"r $0-{word}", "symbol")
            out = name
        sub.wire(sub.box(x + 100, row + (3 if out is not name else 0), "r $0-name"), (name, 1))
        sub.wire(out, sub.box(x, row + 5, f"s $0-{word}-it"))
    return sub


DEFAULTS = {"loop": 0, "tempo": 1}


def _score_out() -> Canvas:
    """Names to addresses."""
    sub = Canvas(900, 330)
    for at, word in enumerate(SCORE_WORDS):
        sub.column(20 + 210 * (at % 4), 1 + 6 * (at // 4), f"r $0-{word}-it", "list",
                   f"list prepend /score/{word}", "s smf-send")  # fmt: skip
    return sub


def _state() -> Canvas:
    """A line for the face, by what the daemon has done; loop and tempo when it has begun."""
    sub = Canvas(960, 330)
    done = sub.column(20, 1, "r smf-done", "route /score/record /score/stop /score/play /score/pause "
                      "/score/resume")[1]  # fmt: skip
    shown, plays = sub.box(20, 6, "s $0-state"), sub.box(320, 9, "s $0-plays")
    for outlet, word in enumerate(("recording", "stopped", "playing", "paused", "playing")):
        x = 20 + 150 * outlet
        begun = sub.box(x, 3, "t b b b" if outlet == 2 else "t b")
        sub.wire((done, outlet), begun, sub.box(x, 4, f"(label {word}"), shown)
        if outlet == 2:
            sub.wire((begun, 1), sub.box(x + 30, 5, "s $0-again"))
            sub.wire((begun, 2), sub.box(x + 60, 7, "(1"), plays)
    sub.box(20, 9, "#it may end of itself")
    ended = sub.column(20, 10, "r smf-reply", "route score.stopped score.recorded", "t b b")
    sub.wire((ended[1], 1), ended[2])
    sub.wire(ended[2], *sub.column(20, 13, "(label stopped", "s $0-state"))
    sub.wire((ended[2], 1), sub.box(200, 13, "(0"), plays)
    return sub
