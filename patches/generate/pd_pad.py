"""[smf.xy]: a pad for two parameters, made of Pd's own data structures."""

from __future__ import annotations

from pd_canvas import Canvas

SIDE = 240
PAD = 200  # pixels that are 0 to 1; Pd finds what the mouse takes by whole numbers


def smf_xy() -> Canvas:
    """Drag the point: across is one parameter, up is another, each over its whole range."""
    patch = Canvas(860, 560, face=(20, 20, SIDE, SIDE + 10))
    patch.panel(20, 20, SIDE, SIDE + 10)
    patch.panel(44, 24, PAD + 1, PAD + 1, fill="#ffffff")
    patch.sub(44, 24, "$0-pad", _pad())
    patch.vslider(24, 26, (14, PAD - 4), (0, 1), send="$0-up", receive="$0-up-in")
    patch.hslider(46, 230, (PAD - 4, 14), (0, 1), send="$0-across", receive="$0-across-in")
    patch.panel(44, 252, 4, 4, "$2 across", at=(2, 4), size=11)
    patch.panel(144, 252, 4, 4, "$3 up", at=(2, 4), size=11)
    patch.sub(320, 38, "$0-template", _template())
    patch.sub(320, 64, "point", _point())
    patch.sub(320, 90, "out", _out())
    patch.sub(320, 116, "follow", _follow())
    patch.box(470, 1, "#what the point is made of")
    patch.box(470, 2, "#the point, and where it is dragged")
    patch.box(470, 3, "#two normalized parameters to the daemon")
    patch.box(470, 4, "#and back, as others move them")
    patch.box(320, 6, "#x and y in, 0 to 1")
    patch.column(320, 7, "inlet", "s $0-across-in")
    patch.column(450, 7, "inlet", "s $0-up-in")
    patch.box(320, 10, "#x and y out")
    patch.column(320, 11, "r $0-across", "outlet")
    patch.column(450, 11, "r $0-up", "outlet")
    return patch


def _pad() -> Canvas:
    """Where the point lies; it is put there when the patch opens."""
    return Canvas(300, 300, 300, 200, face=(0, 0, PAD, PAD), is_data=True)


def _template() -> Canvas:
    """Two lines that cross, and a thick corner where they do: that is what the mouse takes."""
    sub = Canvas(620, 300)
    change = sub.column(20, 0, "struct $0-point float x float y float px float py",
                        "route change", "get $0-point px py")[2]  # fmt: skip
    for outlet, (x, name) in enumerate(((20, "across"), (200, "up"))):
        unit = sub.column(x, 3, f"/ {PAD}", "clip 0 1", f"s $0-{name}-in")
        sub.wire((change, outlet), unit[0])
    sub.box(20, 7, "#drawn: across, up, and the point")
    sub.box(20, 8, "drawpolygon 555 1 0 py 200 py")
    sub.box(20, 9, "drawpolygon 555 1 px 0 px 200")
    sub.box(20, 10, "filledpolygon 930 930 16 px py px py px py")
    return sub


def _point() -> Canvas:
    """One scalar, made at the start, moved by the sliders."""
    sub = Canvas(640, 400)
    start = sub.column(20, 0, "loadbang", "t b b b b")[1]
    sub.wire((start, 3), *sub.column(440, 2, "(clear", "s pd-$0-pad"))
    head = sub.column(240, 2, "symbol pd-$0-pad", "list prepend traverse", "list trim", "pointer")
    sub.wire((start, 2), head[0])
    first = sub.box(130, 5, "t b")
    sub.wire((start, 1), first, head[3])
    made = sub.column(100, 7, "append $0-point px py", "pointer")
    sub.wire(head[3], (made[0], 2))
    half = sub.box(20, 6, "(100")
    sub.wire(start, half, made[0])
    for x, name, where in ((20, "across", "px"), (330, "up", "py")):
        pixels = sub.column(x, 9, f"r $0-{name}", f"* {PAD}", f"set $0-point {where}")
        sub.wire(sub.box(x + 110, 9, f"r $0-{name}-shown"), pixels[1])
        sub.wire(made[0], (pixels[2], 1))
    return sub


def _out() -> Canvas:
    """Each direction on its own, in 20 ms, between the parameter's minimum and maximum."""
    sub = Canvas(640, 330)
    for x, name, which in ((20, "across", "$2"), (330, "up", "$3")):
        both = sub.column(x, 1, f"r $0-{name}", "t f b")[1]
        sub.wire((both, 1), sub.box(x + 200, 3, "s $0-touched"))
        sub.wire(both, *sub.column(x, 3, "pack f 20",
                                   f"list prepend /voice/$1/{which}/normalized",
                                   "s smf-send"))  # fmt: skip
    return sub


def _follow() -> Canvas:
    """The daemon tells values in their units; their limits come with the parameters."""
    sub = Canvas(1000, 430)
    ask = sub.column(20, 3, "t b", "symbol /voice/$1/params", "s smf-send")[0]
    sub.wire(sub.column(20, 1, "r smf-voice-list.reply", "route $1")[1], ask)
    sub.wire(sub.column(90, 4 - 3, "r smf-done", "route /voice/$1/model")[1], ask)
    found = sub.column(420, 1, "r smf-voice-$1", "route params.reply", "route $2 $3")[2]
    told = sub.column(640, 1, "r smf-voice-$1", "route $2 $3")[1]
    for outlet, (x, name) in enumerate(((20, "across"), (420, "up"))):
        both = sub.box(x, 6, "t a a")
        sub.wire((found, outlet), both)
        limits, now = sub.box(x + 130, 7, "unpack s f f"), sub.box(x, 8, "unpack s f f f f")
        sub.wire((both, 1), limits)
        sub.wire(both, now)
        scale = sub.column(x, 10, "expr ($f1 - $f2) / max($f3 - $f2, 1e-06)", "spigot 1", "t f f")
        sub.wire((limits, 1), (scale[0], 1))
        sub.wire((limits, 2), (scale[0], 2))
        sub.wire((now, 4), scale[0])
        sub.wire((told, outlet), sub.box(640 + 110 * outlet, 4 + outlet, f"s $0-{name}-told"))
        sub.wire(sub.box(x + 240, 9, f"r $0-{name}-told"), scale[0])
        sub.wire(sub.box(x + 90, 11, "r $0-listen"), (scale[1], 1))
        sub.wire(scale[2], sub.box(x, 14, f"s $0-{name}-shown"))
        sub.wire((scale[2], 1), *sub.column(x + 130, 13, "(set $1", f"s $0-{name}-in"))
    steps = sub.column(800, 1, "r $0-touched", "t b b")[1]
    sub.wire((steps, 1), *sub.column(880, 3, "(0", "s $0-listen"))
    sub.wire(steps, *sub.column(800, 5, "delay 300", "(1", "s $0-listen"))
    return sub
