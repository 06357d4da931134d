"""The package's patchers: the same set as for Pd, with live objects and presentation mode."""

from __future__ import annotations

from max_patcher import INK, PANEL, PAPER, WIDTH, Box, Patcher

TITLE = {"textcolor": PAPER, "fontsize": 14.0, "fontface": 1}
SMALL = {"fontsize": 10.0}
PARAM = (104, 90)  # face of one parameter
DIALS = 4  # parameters on a voice's face


def smf_connect() -> Patcher:
    """Sends by udpsend, hears by udpreceive at a port that it registers by /notify."""
    patch = Patcher((1180, 720), (WIDTH, 86))
    _connect_face(patch)
    patch.obj(20, 0, "#host, port of the daemon, port to hear at")
    start = patch.column(20, 1, "patcherargs 127.0.0.1 7770 7772", "unpack s 7770 7772")
    host, port, hear = (patch.obj(20, 3, "(host $1"), patch.obj(110, 3, "(port $1"),
                        patch.obj(330, 3, "(port $1"))  # fmt: skip
    for outlet, box in enumerate((host, port, hear)):
        patch.wire((start[1], outlet), box)
    send = patch.obj(20, 5, "udpsend 127.0.0.1 7770")
    patch.wire(host, send)
    patch.wire(port, send)
    patch.wire(patch.obj(180, 4, "r smf-send"), send)
    receive = patch.obj(330, 4, "udpreceive 7772")
    patch.wire(hear, receive)
    heard = patch.column(330, 5, "t l l", "s smf-reply")[0]
    patch.wire(receive, heard)
    patch.wire((heard, 1), patch.obj(440, 6, "s #0-heard"))
    notify = patch.obj(430, 3, "s #0-port")
    patch.wire((start[1], 2), notify)
    _connect_heartbeat(patch)
    _connect_news(patch)
    return patch


def _connect_face(patch: Patcher) -> None:
    patch.panel([0, 0, WIDTH, 86], PANEL)
    patch.panel([0, 0, WIDTH, 26], INK)
    patch.label([6, 2, 120, 22], "smfosc", (900, 4), **TITLE)
    lamp = patch.live("live.text", "Daemon", (900, 5), [286, 4, 128, 18],
                      text="no daemon", texton="connected", mode=1, ignoreclick=1,
                      activebgoncolor=[0.17, 0.54, 0.24, 1], short="Daemon",
                      options=["no daemon", "connected"])  # fmt: skip
    patch.wire(*patch.column(900, 2.5, "r smf-up"), lamp)
    for at, (name, x, units) in enumerate((("Voices", 8, "voices"), ("Load", 140, "% load"),
                                           ("Underruns", 272, "xruns"))):  # fmt: skip
        box = patch.live("live.numbox", name, (900 + 100 * at, 8), [x, 31, 128, 18],
                         (0, 1_000_000), unitstyle=9, units=f"%d {units}", ignoreclick=1)  # fmt: skip
        patch.wire(patch.obj(900 + 100 * at, 7, f"r #0-{name.lower()}"), box)
    line = patch.label([6, 56, 408, 22], "what was rejected is shown here", (900, 10), **SMALL)
    patch.wire(patch.obj(900, 9, "r #0-news"), line)


def _connect_heartbeat(patch: Patcher) -> None:
    """Ask for the status once per second; four times no answer: it is gone."""
    patch.obj(20, 9, "#once per second: is it there?")
    beat = patch.column(20, 10, "loadbang", "(1", "metro 1000", "t b b", "(/status", "s smf-send")
    count = patch.column(130, 13, "i", "+ 1", "t i i", "sel 4", "(0", "s #0-is-there")
    patch.wire((beat[3], 1), count[0])
    patch.wire((count[2], 1), (count[0], 1))
    answer = patch.column(330, 9, "r #0-heard", "route /status.reply", "t b l b")
    patch.wire((answer[2], 2), patch.obj(470, 12, "(0"), (count[0], 1))
    values = patch.obj(400, 13, "unpack 0 0 0. 0. 0. 0 0. 0 0 0")
    patch.wire((answer[2], 1), values)
    patch.wire((values, 0), patch.obj(400, 17, "s #0-voices"))
    patch.wire((values, 2), patch.obj(500, 15, "* 100."), patch.obj(500, 16, "s #0-load"))
    patch.wire((values, 9), patch.obj(600, 14, "s #0-underruns"))
    less = patch.obj(400, 18.5, "t f f")
    patch.wire((values, 6), less)
    fewer = patch.column(400, 19.5, "< 0.", "sel 1", "(0", "s #0-is-there")
    patch.wire((less, 1), fewer[0])
    patch.wire(less, (fewer[0], 1))
    patch.wire(answer[2], *patch.column(330, 14, "(1", "s #0-is-there"))
    up = patch.column(700, 9, "r #0-is-there", "change", "t i i", "s smf-up")
    steps = patch.column(760, 12, "sel 1", "t b b b b b")
    patch.wire((up[2], 1), steps[0])
    asks = ("(/voice/list", "(/model/list", "s smf-connected", "(/notify/meters 1")
    send = patch.obj(700, 18, "s smf-send")
    for outlet, text in enumerate(asks):
        box = patch.obj(700 + 115 * outlet, 15 + outlet % 2, text)
        patch.wire((steps[1], outlet), box)
        if text.startswith("("):
            patch.wire(box, send)
    register = patch.column(960, 12, "i 7772", "(/notify 1 $1")
    patch.wire((steps[1], 4), register[0])
    patch.wire(register[1], send)
    patch.wire(patch.obj(1020, 11, "r #0-port"), (register[0], 1))


def _connect_news(patch: Patcher) -> None:
    """What was rejected, clipped or late."""
    news = patch.column(560, 4, "r #0-heard", "route /fail /clipped /late")
    for outlet, word in enumerate(("rejected", "clipped", "late")):
        patch.wire((news[1], outlet), *patch.column(560 + 100 * outlet, 6, f"prepend set {word}",
                                                    "s #0-news"))  # fmt: skip


def smf_param() -> Patcher:
    """A dial in the parameter's own range, with name and unit; the dot goes to the default."""
    width, height = PARAM
    patch = Patcher((1080, 620), PARAM)
    patch.panel([0, 0, width, height], PANEL)
    name = patch.label([2, 2, 80, 18], "-", (900, 3), **SMALL, fontface=1)
    dial = patch.live("live.dial", "Value", (900, 4), [26, 20, 52, 48], showname=0, initial=0.0)
    unit = patch.label([2, 70, 100, 18], "", (900, 7), **SMALL)
    default = patch.show("button", (900, 8), [86, 4, 14, 14])
    patch.wire(patch.obj(900, 2, "r #0-name"), name)
    patch.wire(patch.obj(980, 3, "r #0-dial"), dial)
    patch.wire(patch.obj(980, 7, "r #0-unit"), unit)
    patch.wire(dial, patch.obj(980, 5.6, "s #0-go"))
    patch.wire(default, patch.obj(980, 8, "s #0-to-default"))
    _param_find(patch)
    _param_move(patch)
    return patch


def _param_find(patch: Patcher) -> None:
    """Ask when the daemon lists the voice or its model was changed; find mine in the answer."""
    ask = patch.column(20, 3, "t b", "(/voice/#1/params", "s smf-send")[0]
    listed = patch.column(20, 0, "r smf-reply", "route /voice/list.reply /voice.added", "route #1")
    patch.wire((listed[1], 1), listed[2])
    patch.wire(listed[2], ask)
    each = patch.column(280, 0, "r smf-reply", "route /voice/#1/params.reply", "t l l b")[2]
    by_name = patch.column(280, 3, "route #2", "prepend #2", "s #0-found")
    patch.wire(each, by_name[0])
    count = patch.column(480, 3, "i", "+ 1", "t i i", "zl.join", "route #2", "s #0-found")
    patch.wire((each, 2), count[0])
    patch.wire((count[2], 1), (count[0], 1))
    patch.wire((each, 1), (count[3], 1))
    done = patch.column(
        640, 0, "r smf-reply", "route /done", "route /voice/#1/params /voice/#1/model"
    )
    zero = patch.obj(640, 3, "(0")
    patch.wire(done[2], zero, (count[0], 1))
    patch.wire((done[2], 1), patch.obj(760, 3, "s #0-ask"))
    patch.wire(patch.obj(150, 2, "r #0-ask"), ask)
    parts = patch.column(20, 8, "r #0-found", "unpack s s 0. 1. 0. 0. s")[1]
    patch.wire((parts, 5), patch.obj(420, 11, "s #0-told"))
    patch.wire((parts, 4), patch.obj(320, 11, "s #0-default"))
    limits = patch.column(180, 11, "pack 0. 1.", "(_parameter_range $1 $2", "s #0-dial")
    patch.wire((parts, 3), (limits[0], 1))
    patch.wire((parts, 2), limits[0])
    patch.wire((parts, 1), *patch.column(100, 13, "prepend set", "s #0-unit"))
    both = patch.obj(20, 10, "t s s")
    patch.wire(parts, both)
    patch.wire(both, *patch.column(20, 12, "prepend set", "s #0-name"))
    patch.wire((both, 1), *patch.column(20, 15, "sprintf symout /voice/#1/%s", "s #0-address"))


def _param_move(patch: Patcher) -> None:
    """Out with the glide; in from others, shown without being sent again."""
    go = patch.column(480, 11, "r #0-go", "t f f")[1]
    back = patch.column(600, 10, "r #0-to-default", "f 0.", "s #0-go")
    patch.wire(patch.obj(720, 10, "r #0-default"), (back[1], 1))
    for x, inlet in ((740, "s #0-go"), (830, "s #0-glide")):
        patch.column(x, 12, "inlet", inlet)
    patch.column(830, 15, "loadmess #3", "s #0-glide")
    out = patch.column(520, 13, "pack 0. 20.", "prepend /voice/#1/#2")
    out += [patch.obj(520, 18, "gate"), patch.obj(520, 19, "s smf-send")]
    patch.wire(out[1], (out[2], 1))
    patch.wire(out[2], out[3])
    patch.wire((go, 1), out[0])
    patch.wire(patch.obj(640, 13, "r #0-glide"), (out[0], 1))
    address = patch.column(640, 14.5, "r #0-address", "t b s")
    patch.wire((address[1], 1), patch.obj(720, 16.5, "prepend set"), out[1])
    patch.wire(address[1], patch.obj(640, 17, "(1"), out[2])
    patch.wire(go, patch.obj(440, 14, "s #0-told"))
    shown = patch.column(20, 17.5, "r #0-told", "t f f", "prepend set", "s #0-dial")
    patch.wire((shown[1], 1), patch.obj(130, 19.5, "outlet"))
    told = patch.column(220, 14.5, "r smf-reply", "zl.slice 1")[1]
    compare = patch.column(220, 16.5, "zl.compare", "sel 1", "zl.reg", "s #0-told")
    patch.wire(told, compare[0])
    patch.wire((told, 1), (compare[2], 1))
    patch.wire(patch.obj(330, 16.5, "r #0-address"), (compare[0], 1))
    patch.column(330, 18, "r #0-found", "outlet")


def smf_voice() -> Patcher:
    """A panel for any model: its parameters are asked for, not known."""
    patch = Patcher((1180, 700), (WIDTH, 178))
    patch.panel([0, 0, WIDTH, 178], PANEL)
    patch.panel([0, 0, WIDTH, 26], INK)
    patch.label([6, 2, 110, 22], "#1", (700, 0), **TITLE)
    menu = patch.live("live.menu", "Model", (900, 3), [214, 4, 200, 18], options=["no model", "-"])
    for at in range(DIALS):
        face = [2 + PARAM[0] * at, 28, *PARAM]
        box = patch.child("smf.param", ["#1", at + 1, 20], (700, 5 + 3.4 * at), face, 2, 2)
        patch.wire(patch.obj(1124, 5.1 + 3.4 * at, "r #0-glide"), (box, 1))
    _voice_controls(patch)
    _voice_models(patch, menu)
    _voice_inlet(patch)
    patch.obj(20, 19, "autopattr @autoname 0")  # what pattrstorage keeps of it
    return patch


def _voice_controls(patch: Patcher) -> None:
    """Gate, gain, pan, glide and meter; what others do is shown, not sent again."""
    gate = patch.live("live.text", "Gate", (20, 14), [8, 122, 54, 48], options=["closed", "open"],
                      text="gate", texton="gate", mode=1, short="Gate")  # fmt: skip
    gain = patch.live("live.dial", "Gain", (140, 14), [76, 122, 44, 48], (-60, 6),
                      unitstyle=4, initial=0.0)  # fmt: skip
    pan = patch.live("live.dial", "Pan", (400, 14), [132, 122, 44, 48], (-1, 1), initial=0.0)
    for x, box, leaf in ((20, gate, "gate"), (140, gain, "gain"), (400, pan, "pan")):
        told = patch.column(x, 11, "r smf-reply", f"route /voice/#1/{leaf}", "prepend set")
        patch.wire(told[2], box)
        values = ["pack 0. 20."] if leaf != "gate" else []
        patch.wire(box, *patch.column(x, 16, *values, f"prepend /voice/#1/{leaf}", "s smf-send"))
    patch.column(600, 14.5, "loadmess 20", "s #0-glide-in")
    glide = patch.live("live.numbox", "Glide", (600, 17), [190, 150, 70, 18], (0, 10_000),
                       unitstyle=2, initial=20.0)  # fmt: skip
    patch.wire(patch.obj(600, 16.4, "r #0-glide-in"), glide)
    patch.wire(glide, patch.obj(600, 18, "s #0-glide"))
    patch.label([186, 122, 40, 22], "level", (700, 12), **SMALL)
    patch.label([262, 150, 74, 20], "ms glide", (700, 12), **SMALL)
    meter = patch.live("live.slider", "Level", (860, 14), [230, 121, 184, 24], (-60, 0), showname=0, shownumber=0,
                       orientation=1, unitstyle=4, ignoreclick=1)  # fmt: skip
    patch.wire(
        *patch.column(860, 10.5, "r smf-reply", "route /voice/#1/meter", "zl.slice 1"), meter
    )


def _voice_models(patch: Patcher, menu) -> None:
    """The menu has what the daemon can play; a voice with a model as argument is made."""
    names = patch.column(890, 0, "r smf-reply", "route /model/list.reply /done", "zl.group 256",
                         "prepend _parameter_range")  # fmt: skip
    patch.wire(names[3], menu)
    patch.wire(patch.obj(780, 0, "r smf-connected"), patch.obj(780, 1, "(zlclear"), names[2])
    all_told = patch.column(1160, 1, "route /model/list", "t b b", "(/voice/#1/model/get",
                            "s smf-send")  # fmt: skip
    patch.wire((names[1], 1), all_told[0])
    patch.wire((all_told[1], 1), names[2])
    patch.wire(
        *patch.column(1040, 0, "r smf-reply", "route /voice/#1/model", "prepend setsymbol"), menu
    )
    patch.wire((menu, 1), *patch.column(960, 4, "prepend /voice/#1/model", "s smf-send"))
    patch.column(20, 0, "r smf-connected", "(0", "s #0-found")
    patch.column(
        140, 0, "r smf-reply", "route /voice/list.reply", "route #1", "t b", "(1", "s #0-found"
    )
    done = patch.column(320, 0, "r smf-reply", "route /done", "route /voice/list", "t b", "i", "sel 0",
                        "t b", "(#2", "sel 0")  # fmt: skip
    patch.wire(patch.obj(420, 3, "r #0-found"), (done[4], 1))
    patch.wire((done[8], 1), *patch.column(380, 9, "prepend /voice/new #1", "s smf-send"))


def _voice_inlet(patch: Patcher) -> None:
    """Two numbers are a note; anything else is a message below /voice/NAME."""
    sort = patch.column(480, 0, "inlet", "route int float list")[1]
    note = patch.column(480, 4, "prepend /voice/#1/note", "s smf-send")
    for outlet in range(3):
        patch.wire((sort, outlet), note[0])
    parts = patch.column(600, 2, "zl.slice 1")[0]
    patch.wire((sort, 3), parts)
    leaf = patch.column(560, 6, "sprintf symout /voice/#1/%s", "zl.join", "s smf-send")
    patch.wire(parts, leaf[0])
    patch.wire((parts, 1), (leaf[1], 1))
    patch.column(560, 9.5, "r smf-reply", "outlet")


def smf_keyboard() -> Patcher:
    """Two octaves; where a key is hit sets the velocity."""
    patch = Patcher((760, 420), (WIDTH, 104))
    patch.panel([0, 0, WIDTH, 104], PANEL)
    keys = patch.show("kslider", (20, 3), [6, 6, 408, 66], mode=0, range=25, offset=60)
    patch.obj(20, 0, "#pitch velocity in")
    patch.column(20, 1, "inlet", "s #0-note")
    pair = patch.column(20, 6, "pack 0 0", "s #0-hit")
    patch.wire(keys, pair[0])
    patch.wire((keys, 1), (pair[0], 1))
    length = patch.live("live.numbox", "Length", (220, 6), [6, 80, 90, 18], (1, 60_000),
                        unitstyle=2, initial=300.0)  # fmt: skip
    patch.label([100, 79, 120, 20], "length of a note", (300, 6), **SMALL)
    hit = patch.column(20, 9, "r #0-hit", "zl.join", "prepend /voice/#1/note", "s smf-send")
    patch.wire(length, (hit[1], 1))
    patch.column(480, 6, "r #0-note", "prepend /voice/#1/note", "s smf-send")
    patch.column(480, 1, "r #0-hit", "outlet")
    return patch


def smf_xy() -> Patcher:
    """A pad: across is one parameter, up is another, each over its whole range."""
    patch = Patcher((860, 460), (240, 250))
    patch.panel([0, 0, 240, 250], PANEL)
    limits = {"leftvalue": 0, "rightvalue": 1000, "bottomvalue": 0, "topvalue": 1000}
    pad = patch.show("pictslider", (20, 3), [6, 6, 228, 214], **limits)
    patch.label([6, 224, 228, 20], "#2 across, #3 up", (300, 3), **SMALL)
    patch.column(20, 0, "inlet", "* 1000.", "s #0-across")
    patch.column(150, 0, "inlet", "* 1000.", "s #0-up")
    for outlet, name in enumerate(("#2", "#3")):
        x = 20 + 280 * outlet
        out = patch.column(x, 11, "/ 1000.", "t f f", "pack 0. 20.",
                           f"prepend /voice/#1/{name}/normalized", "s smf-send")  # fmt: skip
        patch.wire((pad, outlet), out[0])
        patch.wire((out[1], 1), patch.obj(x + 140, 13.2, "outlet"))
    patch.wire(patch.obj(560, 0, "r #0-across"), pad)
    patch.wire(patch.obj(660, 0, "r #0-up"), (pad, 1))
    _xy_follows(patch, pad)
    return patch


def _xy_follows(patch: Patcher, pad: Box) -> None:
    """Who else moves a parameter moves the point: its place between 0 and 1 is asked for."""
    place = patch.obj(840, 13, "pack 0. 0.")
    for outlet, name in enumerate(("#2", "#3")):
        x = 840 + 300 * outlet
        moved = f"route /voice/#1/{name}"
        patch.column(
            x, 1, "r smf-reply", moved, "t b", f"(/voice/#1/{name}/normalized/get", "s smf-send"
        )
        told = patch.column(x, 7, "r smf-reply", f"{moved}/normalized", "* 1000.")[2]
        if outlet:
            both = patch.obj(x, 10, "t b f")
            patch.wire(told, both)
            patch.wire((both, 1), (place, 1))
            patch.wire(both, place)
        else:
            patch.wire(told, place)
    patch.wire(place, patch.obj(840, 14, "prepend set"), pad)
