"""[smfosc]: the one connection of a Pd to a daemon, shared by all smf. abstractions."""

from __future__ import annotations

from pd_canvas import ACCENT, INK, MUTED, PAPER, Canvas

WIDTH = 420  # of every face, so that they stack
HEIGHT = 108
GREEN, RED = "#2b8a3e", "#c92a2a"


def smfosc() -> Canvas:
    """Connects, sends, receives, shows state and errors, connects again."""
    patch = Canvas(780, 470, face=(20, 20, WIDTH, HEIGHT))
    _face(patch)
    patch.text(20, 144, "Every smf. abstraction sends to [s smf-send]: an /address and its values. "
               "Answers come to [r smf-voice-NAME] (of a voice), [r smf-done] and [r smf-reply] "
               "(all others). However many [smfosc] are open, one owns the connection.",
               60)  # fmt: skip
    sort = patch.column(20, 9, "inlet", "route bang connect disconnect")[1]
    patch.wire(sort, *patch.column(20, 11, "(/status", "s smf-send"))
    patch.wire((sort, 1), patch.box(110, 11, "s smf-connect"))
    patch.wire((sort, 2), *patch.column(230, 11, "(disconnect", "s $0-net"))
    patch.wire((sort, 3), patch.box(330, 11, "s smf-send"))
    patch.column(20, 14, "r $0-all", "outlet")
    patch.box(20, 16, "#all answers")
    patch.column(230, 14, "r $0-up", "outlet")
    patch.box(230, 16, "#1 connected, 0 not")
    parts = (
        ("address", _address(), "where the daemon is"),
        ("owner", _owner(), "who speaks when several are open"),
        ("link", _link(), "OSC over UDP, out and in"),
        ("heartbeat", _heartbeat(), "is it there? connect again"),
        ("dispatch", _dispatch(), "answers on their way"),
        ("lamp", _lamp(), "what the face shows"),
        ("news", _news(), "the last thing that went wrong"),
    )
    for row, (name, canvas, purpose) in enumerate(parts, start=9):
        patch.sub(470, 12 + 26 * row, name, canvas)
        patch.box(560, row, f"#{purpose}")
    return patch


def _face(patch: Canvas) -> None:
    patch.panel(20, 20, WIDTH, HEIGHT)
    patch.panel(20, 20, WIDTH, 26, "smfosc", fill=INK, ink=PAPER, at=(8, 13), size=14)
    patch.panel(330, 24, 104, 18, "no daemon", receive="$0-lamp", fill=MUTED, ink=PAPER,
                at=(10, 9))  # fmt: skip
    patch.atom("symbolatom", 26, 51, 16, send="$0-typed-host", receive="$0-show-host")
    patch.atom("floatatom", 146, 51, 5, send="$0-typed-port", receive="$0-show-port")
    patch.button(188, 52, 18, send="$0-connect")
    patch.atom("floatatom", 264, 51, 3, label="voices", receive="$0-voices")
    patch.atom("floatatom", 334, 51, 3, label="load %", receive="$0-load")
    patch.atom("floatatom", 408, 51, 4, label="xruns", receive="$0-underruns")
    patch.button(26, 78, 18, receive="$0-alarm", ink=ACCENT)
    for line, name in enumerate(("what", "why", "more")):
        patch.panel(48, 82 + 15 * line, 4, 4, receive=f"$0-{name}", at=(2, 4), size=10)


def _owner() -> Canvas:
    """One [smfosc] speaks: it answers when another asks who does."""
    sub = Canvas(640, 330)
    sub.box(20, 0, "#Once per second: who owns the connection? If nobody answers, I do.")
    steps = sub.column(20, 1, "loadbang", "(1", "metro 1000", "t b b b")[3]
    free = sub.box(20, 6, "f 1")
    sub.wire(steps, free)
    sub.wire((steps, 1), sub.box(90, 5, "s smf-owner-asked"))
    assume = sub.box(230, 5, "(1")
    sub.wire((steps, 2), assume, (free, 1))
    take = sub.column(20, 7, "sel 1", "t b b", "s $0-connect")
    sub.wire(free, take[0])
    sub.wire((take[1], 1), *sub.column(140, 9, "(1", "s $0-mine"))
    spigot = sub.column(330, 1, "r smf-owner-asked", "spigot", "s smf-owner-here")[1]
    sub.wire(sub.box(480, 1, "r $0-mine"), (spigot, 1))
    zero = sub.column(330, 5, "r smf-owner-here", "(0")[1]
    sub.wire(zero, sub.box(330, 7, "s $0-free"))
    sub.wire(sub.box(280, 4, "r $0-free"), (free, 1))
    return sub


def _address() -> Canvas:
    """Host and port: from the creation arguments, the face, or a connect message."""
    sub = Canvas(800, 400)
    sub.box(20, 0, "#At the start: host and port of the creation arguments, else the usual ones.")
    both = sub.column(20, 1, "loadbang", "t b b")[1]
    host = sub.column(20, 3, "list append $1", "route float", "(symbol 127.0.0.1")
    shown = sub.box(20, 6, "s $0-show-host")
    port = sub.column(180, 3, "f $2", "sel 0", "(7770")
    shown_port = sub.box(180, 6, "s $0-show-port")
    sub.wire((both, 1), port[0])
    sub.wire(both, host[0])
    sub.wire(host[2], shown)
    sub.wire((host[1], 1), shown)
    sub.wire(port[2], shown_port)
    sub.wire((port[1], 1), shown_port)
    sub.box(20, 8, "#What the face shows is where to connect.")
    stored = sub.column(20, 9, "r $0-connect", "symbol", "pack s f", "s smf-connect")
    sub.wire(sub.box(160, 9, "r $0-typed-host"), (stored[1], 1))
    sub.wire(sub.box(160, 10, "r $0-typed-port"), (stored[2], 1))
    sub.box(620, 0, "#Of all [smfosc] the owner connects, all show where.")
    heard = sub.column(620, 1, "r smf-connect", "list", "t a a", "spigot")
    sub.wire(sub.box(740, 3, "r $0-mine"), (heard[3], 1))
    each = sub.box(800, 5, "unpack s f")
    sub.wire((heard[2], 1), each)
    sub.wire((each, 1), sub.box(880, 6, "s $0-show-port"))
    sub.wire(each, sub.box(800, 7, "s $0-show-host"))
    steps, _, net = sub.column(620, 5, "t a b", "(connect $1 $2", "s $0-net")
    sub.wire(heard[3], steps)
    sub.wire((steps, 1), sub.box(740, 6, "(disconnect"), net)
    return sub


def _link() -> Canvas:
    """Messages become OSC datagrams; datagrams become lists."""
    sub = Canvas(640, 380)
    sub.box(20, 0, "#/address and values out")
    out = sub.column(20, 1, "r smf-send", "spigot", "list", "t a a")
    sub.wire(sub.box(140, 1, "r $0-mine"), (out[1], 1))
    values = sub.box(20, 8, "list split 1")
    sub.wire(out[3], values)
    address = sub.column(180, 5, "list split 1", "list prepend set", "list trim")
    sub.wire((out[3], 1), address[0])
    oscformat = sub.box(20, 9, "oscformat")
    sub.wire((values, 1), oscformat)
    sub.wire(address[2], oscformat)
    net = sub.column(20, 10, "list prepend send", "list trim", "netsend -u -b")
    sub.wire(oscformat, net[0])
    sub.wire(sub.box(180, 11, "r $0-net"), net[2])
    sub.wire(oscformat, sub.box(180, 10, "s $0-sent"))
    sub.box(340, 0, "#answers in")
    heard = sub.column(340, 1, "r $0-datagram", "oscparse", "list trim", "t a a", "s $0-answer")
    sub.wire((heard[3], 1), sub.box(440, 5, "s $0-all"))
    sub.wire((net[2], 1), sub.box(120, 13, "s $0-datagram"))
    sub.box(340, 7, "#our own words are not told us: show them on the other faces")
    both = sub.column(340, 8, "r $0-sent", "oscparse", "list trim", "route voice", "list", "t a a")[
        5
    ]
    value = sub.column(340, 14, "list split 2", "list split 1", "route float", "list prepend",
                       "s $0-of-voice")  # fmt: skip
    sub.cables.remove(f"#X connect {value[0].index} 0 {value[1].index} 0;")
    sub.wire(both, value[0])
    sub.wire((value[0], 1), value[1])
    leaf = sub.box(460, 14, "list split 2")
    sub.wire((both, 1), leaf, (value[3], 1))
    sub.height = 520
    return sub


def _heartbeat() -> Canvas:
    """Ask for the status once per second; three times no answer: connect again."""
    sub = Canvas(860, 400)
    sub.box(20, 0, "#Ask once per second. No answer three times: connect again.")
    beat = sub.column(20, 1, "r $0-mine", "metro 1000", "t b b", "(/status", "s smf-send")
    silent = sub.column(160, 4, "f", "+ 1", "t f f", "sel 4", "t b b b")
    sub.wire((beat[2], 1), silent[0])
    sub.wire((silent[2], 1), (silent[0], 1))
    sub.wire(sub.box(230, 3, "r $0-silent"), (silent[0], 1))
    sub.wire(silent[4], sub.box(160, 9, "s $0-connect"))
    sub.wire((silent[4], 1), *sub.column(280, 9, "(0", "s $0-is-there"))
    sub.wire((silent[4], 2), *sub.column(400, 9, "(0", "s $0-silent"))
    sub.box(480, 0, "#It answers. Fewer frames than last time: it was restarted.")
    steps = sub.column(480, 1, "r $0-status", "t b a b")[1]
    sub.wire((steps, 2), *sub.column(720, 3, "(0", "s $0-silent"))
    frames = sub.box(600, 4, "list split 6")
    sub.wire((steps, 1), frames)
    frame, twice = sub.column(600, 5, "list split 1", "t f f")
    sub.wire((frames, 1), frame)
    less = sub.box(600, 7, "<")
    sub.wire((twice, 1), less)
    sub.wire(twice, (less, 1))
    sub.wire(less, *sub.column(600, 8, "sel 1", "(0", "s $0-is-there"))
    sub.wire(steps, *sub.column(480, 3, "(1", "s $0-is-there"))
    sub.column(480, 9, "r $0-is-there", "change -1", "s smf-up")
    first = sub.column(480, 12, "r smf-up", "s $0-up")
    sub.wire(first[0], *sub.column(600, 12, "sel 1", "spigot", "t b b b b b"))
    welcome = sub.nodes[-1]
    sub.wire(sub.box(700, 12, "r $0-mine"), (sub.nodes[-3], 1))
    asks = ("/voice/list", "/model/list", None, "/notify/meters 1", "/notify 1")
    for outlet, ask in enumerate(asks):
        target = sub.box(320 + 110 * outlet, 16, f"({ask}" if ask else "s smf-connected")
        sub.wire((welcome, outlet), target)
        if ask:
            sub.wire(target, sub.box(320 + 110 * outlet, 17, "s smf-send"))
    return sub


def _dispatch() -> Canvas:
    """Each answer to those who wait for it."""
    sub = Canvas(800, 330)
    sub.box(20, 0, "#An answer's address comes in pieces: voice v1 pitch 70")
    sort = sub.column(20, 1, "r $0-answer", "route voice done status.reply fail clipped late")[1]
    sub.wire((sort, 1), sub.box(230, 3, "s smf-done"))
    sub.wire((sort, 2), *sub.column(320, 3, "t a a", "s $0-status"))
    sub.wire((sub.nodes[-2], 1), sub.box(410, 4, "s smf-status"))
    for outlet, (x, word) in enumerate(((540, "rejected"), (720, "clipped"), (890, "late")), 3):
        start = sub.column(x, 5, f"list prepend {word}", "list trim", "s smf-trouble")[0]
        sub.wire((sort, outlet), start)
    sub.wire((sort, 6), sub.box(230, 5, "s smf-reply"))
    name = sub.column(20, 3, "list", "t a a")[1]
    sub.wire(sort, sub.nodes[-2])
    sub.wire(sub.box(90, 3, "r $0-of-voice"), name)
    words = sub.column(140, 7, "list split 1", "symbol", "makefilename smf-voice-%s")
    sub.wire((name, 1), words[0])
    rest = sub.column(20, 7, "list split 1")[0]
    sub.wire(name, rest)
    trim, send = sub.column(20, 10, "list trim", "send")
    sub.wire((rest, 1), trim)
    sub.wire(words[2], (send, 1))
    return sub


def _lamp() -> Canvas:
    """State, load and the last thing that went wrong."""
    sub = Canvas(760, 330)
    up = sub.column(20, 1, "r smf-up", "sel 1 0")[1]
    for outlet, (word, fill) in enumerate((("connected", GREEN), ("no\\ answer", RED))):
        x = 20 + 250 * outlet
        text = f"(label {word}, color {fill} {PAPER}"
        sub.wire((up, outlet), *sub.column(x, 4 + outlet, text, "s $0-lamp"))
    status = sub.column(20, 8, "r smf-status", "unpack f f f f f f f f f f")[1]
    sub.wire(status, sub.box(20, 11, "s $0-voices"))
    sub.wire((status, 2), *sub.column(120, 10, "* 100", "int", "s $0-load"))
    sub.wire((status, 9), sub.box(240, 10, "s $0-underruns"))
    return sub


def _news() -> Canvas:
    """What went wrong, on three lines: which message, and why."""
    sub = Canvas(900, 430)
    news = sub.column(20, 0, "r smf-trouble", "t a b", "route rejected clipped late snapshot")
    sub.wire((news[1], 1), sub.box(300, 2, "s $0-alarm"))
    for outlet, (kind, atoms) in enumerate(TROUBLES.items()):
        x = 20 + 220 * outlet
        parts = sub.box(x, 4, f"unpack {atoms}")
        sub.wire((news[2], outlet), parts)
        named = 1 if kind == "snapshot" else 0
        title = sub.column(x, 5, f"makefilename {kind}\\ %s", "s $0-title")[0]
        sub.wire((parts, named), title)
        number = {"clipped": ["makefilename used\\ %g"], "late": ["makefilename %g\\ ms"]}
        why = sub.column(x + 30, 7, *number.get(kind, []), "list fromsymbol", "s $0-codes")[0]
        sub.wire((parts, len(atoms.split()) - 1), why)
    sub.column(20, 11, "r $0-title", "(label $1", "s $0-what")
    lines = sub.column(240, 11, "r $0-codes", f"list split {LINE}")[1]
    short = sub.box(460, 12, "t b l")
    sub.wire((lines, 2), short)
    one = sub.column(240, 13, "list tosymbol", "(label $1", "s $0-why")[0]
    more = sub.column(460, 13, "list tosymbol", "(label $1", "s $0-more")
    sub.wire(lines, one)
    sub.wire((short, 1), one)
    sub.wire((lines, 1), more[0])
    sub.wire(short, sub.box(600, 13, "(label empty"), more[2])
    return sub


TROUBLES = {"rejected": "s s", "clipped": "s f f", "late": "s f", "snapshot": "s s s"}
LINE = 62  # characters
