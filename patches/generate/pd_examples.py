"""Pieces to play and to take apart."""

from __future__ import annotations

from pd_canvas import Canvas

MODEL = "clarinet-trumpet"

# After the opening of Rhapsody in Blue, within the shipped model's octave: a trill, a run, a
# glide to the top, there a vibrato while the clarinet becomes a trumpet. Milliseconds, message.
TRILL = [f"{at} /voice/solo/pitch {64 + at // 90 % 2}" for at in range(0, 1080, 90)]
RUN = [f"{1080 + 110 * step} /voice/solo/pitch {64 + rise}"
       for step, rise in enumerate((0, 1, 3, 5, 7, 8))]  # fmt: skip
GLIDE = ["1740 /voice/solo/pitch 75.6 1400"]
VIBRATO = [f"{3140 + 90 * turn} /voice/solo/pitch {75.6 + (0.3, -0.3)[turn % 2]:g} 90"
           for turn in range(20)]  # fmt: skip
RHAPSODY = [
    "0 /voice/solo/timbre 0",
    "0 /voice/solo/gate 1",
    *TRILL,
    *RUN,
    *GLIDE,
    "3140 /voice/solo/timbre 1 1500",
    *VIBRATO,
    "4940 /voice/solo/pitch 76 60",
    "5300 /voice/solo/gate 0",
]


def ensemble() -> Canvas:
    """Four voices, what keeps them, and a keyboard for the first."""
    patch = Canvas(900, 730, 20, 20)
    patch.obj(20, 12, "smfosc")
    patch.obj(460, 12, "smf.snapshot")
    patch.obj(460, 78, "smf.score")
    for number, (x, y) in enumerate(((20, 170), (460, 170), (20, 372), (460, 372)), start=1):
        patch.obj(x, y, f"smf.voice v{number} {MODEL}")
    patch.obj(20, 574, "smf.keyboard v1")
    patch.text(
        460, 574, "Four voices, made when this patch opens if the daemon has them not yet.", 58
    )
    for column, (message, what) in enumerate(
        (("gate 1", "all begin"), ("gate 0", "all end"), ("gain -12", "all soft"))
    ):
        x = 470 + 130 * column
        patch.text(x, 616, what)
        send = patch.obj(x, 668, "s smf-send")
        patch.wire(patch.msg(x, 640, f"/voice/v*/{message}"), send)
    return patch


def rhapsody() -> Canvas:
    """The gesture as lines of a text, each sent ahead to sound at its own time."""
    patch = Canvas(900, 380, 40, 40)
    patch.obj(20, 12, "smfosc")
    patch.obj(20, 132, f"smf.voice solo {MODEL}")
    patch.text(460, 12, "Each line of the text: when, in ms, and an OSC message. All are sent "
               "at once with /after: the daemon performs them on its audio clock, so no load of Pd "
               "shifts a note. Click the text to edit it.", 58)  # fmt: skip
    patch.lines(460, 86, "$0-gesture", RHAPSODY)
    play = patch.obj(
        460, 124, "bng 38 150 50 0 empty smf-rhapsody play 44 18 0 14 #ffffff #c2410c #1f2933"
    )
    steps = patch.obj(460, 176, "t b b")
    patch.wire(play, steps)
    size = patch.obj(560, 202, "text size $0-gesture")
    until = patch.obj(560, 228, "until")
    zero = patch.msg(500, 202, "0")
    count = patch.obj(460, 254, "f")
    patch.wire((steps, 1), zero, (count, 1))
    patch.wire(steps, size, until, count)
    plus = patch.obj(500, 254, "+ 1")
    patch.wire(count, plus, (count, 1))
    line = patch.obj(460, 280, "text get $0-gesture")
    patch.wire(
        count, line, patch.obj(460, 306, "list prepend /after"), patch.obj(460, 332, "s smf-send")
    )
    stop = patch.obj(
        750, 124, "bng 38 150 50 0 empty smf-rhapsody-stop stop 44 18 0 14 #ffffff #1f2933 #1f2933"
    )
    both = patch.obj(750, 228, "t b b")
    patch.wire(stop, both)
    forget, silence = patch.msg(790, 256, "/clearSched"), patch.msg(750, 306, "/voice/solo/gate 0")
    patch.wire((both, 1), forget, patch.obj(790, 280, "s smf-send"))
    patch.wire(both, silence, patch.obj(750, 332, "s smf-send"))
    return patch
