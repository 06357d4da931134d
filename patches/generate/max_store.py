"""The package's patchers for what the daemon keeps by name: snapshots and scores."""

from __future__ import annotations

from max_parts import SMALL, TITLE
from max_patcher import INK, PANEL, WIDTH, Box, Patcher


def _names(patch: Patcher, kind: str, menu, changes: tuple[str, ...]) -> None:
    """A menu of what the daemon keeps; it is asked again when that changes."""
    ask = patch.column(20, 3, "t b b", f"(/{kind}/list", "s smf-send")
    patch.wire(patch.obj(20, 2, "r smf-connected"), ask[0])
    done = patch.column(150, 0, "r smf-reply", "route /done", f"route {' '.join(changes)}")[2]
    for outlet in range(len(changes)):
        patch.wire((done, outlet), ask[0])
    patch.wire((ask[0], 1), patch.obj(170, 4, "(clear"), menu)
    patch.wire(*patch.column(420, 0, "r smf-reply", f"route /{kind}/list.reply", "zl.slice 1",
                             "prepend append"), menu)  # fmt: skip


def smf_snapshot() -> Patcher:
    """Keeps all voices as they are, and brings them back, at once or gradually."""
    words = ("store", "recall", "morph", "delete")
    return _kept("snapshot", words, ("/snapshot/store", "/snapshot/delete"))


def smf_score() -> Patcher:
    """Records what is played, and plays it again."""
    words = ("record", "stop", "play", "pause", "resume", "delete")
    return _kept("score", words, ("/score/stop", "/score/delete"))


def _kept(kind: str, words: tuple[str, ...], changes: tuple[str, ...]) -> Patcher:
    """A name, buttons that send it, a menu of what there is."""
    height = 90 if kind == "score" else 62
    patch = Patcher((1240, 560), (WIDTH, height))
    patch.panel([0, 0, WIDTH, height], PANEL)
    patch.panel([0, 0, WIDTH, 26], INK)
    patch.label([6, 2, 110, 22], f"{kind}s", (640, 0), **TITLE)
    menu = patch.show("umenu", (420, 4), [276, 2, 138, 22], items=[])
    name = patch.show("textedit", (420, 6), [120, 2, 152, 22], text="one", keymode=1, lines=1,
                      outputmode=1)  # fmt: skip
    _names(patch, kind, menu, changes)
    patch.wire((menu, 1), patch.obj(560, 5, "prepend set"), name)
    patch.wire(patch.obj(420, 5, "r #0-ask-name"), name)
    patch.wire(name, patch.obj(420, 7.2, "route text"), patch.obj(420, 8.2, "s #0-name"))
    patch.obj(20, 7, "#store bright, and so on")
    more = ("loop", "tempo") if kind == "score" else ()
    sort = patch.column(20, 8, "inlet", f"route {' '.join((*words, *more))}")[1]
    for at, word in enumerate((*words, *more)):
        said = patch.obj(20 + 190 * at, 17, f"prepend /{kind}/{word}")
        patch.wire((sort, at), said, patch.obj(20 + 190 * at, 18, "s smf-send"))
    step = (330 if kind == "snapshot" else 408) // len(words)
    for at, word in enumerate(words):
        x = 20 + 190 * at
        button = patch.live("live.text", word.capitalize(), (x, 10), [6 + step * at, 32, step - 4, 22],
                            options=["off", "on"], text=word, texton=word, mode=0)  # fmt: skip
        both = patch.column(x, 11, "t b b")[0]
        patch.wire(button, both)
        patch.wire((both, 1), patch.obj(x + 60, 12, "s #0-ask-name"))
        joined = ["zl.join"] if word == "morph" else []
        named = patch.column(x, 13, "zl.reg one", *joined, f"prepend /{kind}/{word}", "s smf-send")
        patch.wire(both, named[0])
        patch.wire(patch.obj(x + 90, 11, "r #0-name"), (named[0], 1))
        if joined:
            _morph_time(patch, named[1])
    if kind == "score":
        _score_values(patch)
    return patch


def _morph_time(patch: Patcher, joined: Box) -> None:
    """How long a morph takes, on the face."""
    time = patch.live("live.numbox", "Morph time", (1400, 11), [340, 34, 74, 18], (0, 3_600_000),
                      unitstyle=2, initial=2_000.0, short="Morph")  # fmt: skip
    patch.wire(patch.obj(1400, 9, "loadmess 2000"), time)
    patch.wire(time, (joined, 1))


def _score_values(patch: Patcher) -> None:
    """Loop and tempo: sent while a score plays, and again when one begins."""
    loop = patch.live("live.text", "Loop", (1400, 4), [6, 62, 64, 22], options=["off", "on"],
                      text="loop", texton="loop", mode=1)  # fmt: skip
    tempo = patch.live(
        "live.numbox", "Tempo", (1700, 4), [76, 64, 64, 18], (0.01, 100), initial=1.0
    )
    patch.label([142, 63, 90, 20], "times the tempo", (1900, 4), **SMALL)
    done = patch.column(1400, 0, "r smf-reply", "route /done", "route /score/play", "t b b")
    patch.wire((done[3], 1), patch.obj(1560, 2, "(1"), patch.obj(1560, 3, "s #0-plays"))
    again = patch.obj(1460, 3.1, "(outputvalue")
    patch.wire(done[3], again)
    for box in (loop, tempo):
        patch.wire(again, box)
    patch.wire(
        *patch.column(1800, 0, "r smf-reply", "route /score.stopped", "t b", "(0", "s #0-plays")
    )
    for x, box, word in ((1400, loop, "loop"), (1700, tempo, "tempo")):
        plays, steps, name, joined = patch.column(x, 7, "gate", "t b b l", "zl.reg one", "zl.join")
        patch.wire(box, (plays, 1))
        patch.wire(patch.obj(x + 80, 6, "r #0-plays"), plays)
        patch.wire((steps, 1), patch.obj(x + 110, 9, "s #0-ask-name"))
        patch.wire((steps, 2), (joined, 1))
        patch.wire(patch.obj(x + 110, 8, "r #0-name"), (name, 1))
        patch.wire(joined, *patch.column(x, 12, f"prepend /score/{word}", "s smf-send"))
