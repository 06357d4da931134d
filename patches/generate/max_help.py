"""The help patchers: what a patcher of the package does first, a tab for each group of its
messages, its reference, and `?` last. One [smf.connect] serves all tabs: it is in the first."""

from __future__ import annotations

from dataclasses import dataclass

from max_patcher import Patcher, Port
from max_place import PARTS, place, size_of
from pd_pages import PAGES

WIDE, HIGH = 760, 560
OBJECT_Y = 290  # of the object in a tab of messages, below them


@dataclass(frozen=True)
class Try:
    """A message to click, or another source of messages, and what it does. inlet: of the object."""

    text: str
    does: str
    inlet: int = 0


@dataclass(frozen=True)
class Group:
    """A tab. args: the object's; `by_bus`: its messages go to [s smf-send] instead."""

    title: str
    does: str
    tries: tuple[Try, ...]
    by_bus: bool = False
    args: tuple[object, ...] | None = None


GROUPS: dict[str, tuple[Group, ...]] = {
    "smf.connect": (
        Group("send", "any address of the daemon goes to [s smf-send]; a pattern means several",
              (Try("(/voice/v1/pitch 70 20", "pitch 70, a glide of 20 ms"),
               Try("(/voice/*/gain -6 500", "all voices, in half a second"),
               Try("(/voice/v1/note 68 100 300", "a note of 300 ms"),
               Try("(/after 500 /voice/v1/note 69 100 300", "the same message in 500 ms, exactly"),
               Try("(/clearSched", "forget what waits for its time")), by_bus=True),
        Group("ask", "answers come from [r smf-reply]",
              (Try("(/status", "load, underruns, what was late"),
               Try("(/voice/list", "the voices"),
               Try("(/model/list", "the models that a voice can get"),
               Try("(/voice/v1/params", "the parameters of a voice, with unit and range"),
               Try("(/voice/v1/pitch/get", "one value")), by_bus=True),
    ),
    "smf.voice": (
        Group("notes", "pitch and velocity are a note",
              (Try("(68 100", "begins"), Try("(68 0", "ends"),
               Try("(70.5 90", "between the keys"), Try("(note 67 100 400", "400 ms long"))),
        Group("parameters", "a parameter by its name, with a glide in ms",
              (Try("(pitch 70", "at once"), Try("(pitch 64.5 500", "in half a second"),
               Try("(timbre 1 2000", "if the model has a timbre"),
               Try("(pitch/normalized 0.5", "the middle of its range"),
               Try("(pitch/hz 440", "by frequency"))),
        Group("sound", "what every voice has",
              (Try("(gate 1", "opens"), Try("(gate 0", "closes"),
               Try("(gain -6 100", "dB, in 100 ms"), Try("(pan -1 1000", "to the left in a second"),
               Try("(temperature 0.8", "purer than trained"),
               Try("(reset", "the model begins anew"))),
        Group("model", "another model is crossfaded to; parameters of equal name keep their values",
              (Try("(model clarinet-trumpet", "in 50 ms"),
               Try("(model clarinet-trumpet 2000", "in 2 s"),
               Try("(model/get", "which is it?"))),
    ),
    "smf.param": (
        Group("value", "in the parameter's own unit; the dial has its range",
              (Try("(65", "the value"), Try("(75.5", "another"),
               Try("(0", "glide: none", 1), Try("(1000", "glide: one second", 1))),
        Group("by number", "the model's second parameter, whatever it is called",
              (Try("(0.", "the value"), Try("(1.", "another")), args=("v1", 2, 20)),
    ),
    "smf.keyboard": (
        Group("notes", "pitch and velocity; velocity 0 ends the note",
              (Try("(68 100", "begins"), Try("(68 0", "ends"))),
    ),
    "smf.xy": (
        Group("move", "from 0 to 1, over the whole range of each parameter",
              (Try("(0.", "left"), Try("(1.", "right"), Try("(0.", "down", 1), Try("(1.", "up", 1))),
    ),
    "smf.snapshot": (
        Group("keep", "all voices as they are, under a name",
              (Try("(store bright", "keeps"), Try("(recall bright", "brings back, on one frame"),
               Try("(delete bright", "deletes"))),
        Group("morph", "gradually, in ms",
              (Try("(morph bright 3000", "in 3 s"), Try("(morph bright 0", "at once"))),
    ),
    "smf.score": (
        Group("record", "what anybody plays, with its exact times",
              (Try("(record take", "begins"), Try("(stop take", "ends"),
               Try("(delete take", "deletes it"))),
        Group("play", "sample by sample as it was",
              (Try("(play take", "from its beginning"), Try("(play take 1500", "from 1.5 s on"),
               Try("(play rhapsody", "a score that comes with smfosc"),
               Try("(pause take", "holds it"), Try("(resume take", "lets it go on"),
               Try("(stop take", "ends it"))),
        Group("loop and tempo", "while it plays",
              (Try("(loop take 1", "begins again at its end"), Try("(loop take 0", "ends there"),
               Try("(tempo take 0.5", "half as fast, ramps too"), Try("(tempo take 1", "as written"))),
    ),
}  # fmt: skip


def help_of(name: str) -> Patcher:
    """A help patcher with its tabs."""
    tabs = [
        ("basic", _basic(name)),
        *((group.title, _group(name, group)) for group in GROUPS[name]),
    ]
    tabs += [("reference", _reference(name)), ("?", _more(name))]
    patch = Patcher((WIDE, HIGH))
    for at, (title, tab) in enumerate(tabs):
        patch.sub(20 + 120 * at, 1, title, tab)
    return patch


def _tab(title: str, does: str) -> Patcher:
    patch = Patcher((WIDE, HIGH - 30), tab=True)
    patch.obj(20, 0, f"#{title}")
    patch.boxes[-1]["box"] |= {"fontsize": 18.0, "fontface": 1}
    patch.boxes[-1]["box"]["patching_rect"][2:] = [12.0 * len(title) + 20.0, 27.0]
    patch.obj(20, 1.2, f"#{does}")
    return patch


def _page(name: str):
    return next(page for page in PAGES if page.name == name.replace("smf.connect", "smfosc"))


def _basic(name: str) -> Patcher:
    """The object and the connection; nothing else is needed to play."""
    patch = _tab(name, _page(name).does)
    patch.obj(20, 2.4, "#1. start the daemon in a terminal: smfosc serve. The lamp says connected:")
    place(patch, "smf.connect", PARTS["smf.connect"][1], 20, 116)
    if name != "smf.connect":
        patch.obj(20, 7, "#2. play:")
        place(patch, name, PARTS[name][1], 20, 254)
    return patch


def _group(name: str, group: Group) -> Patcher:
    """Messages to click, each with what it does, into the object."""
    patch = _tab(group.title, group.does)
    inlets = max((one.inlet for one in group.tries), default=0) + 1
    target: list[Port] = _targets(patch, name, group, inlets)
    for at, one in enumerate(group.tries):
        row, x = 2.4 + 1.1 * at, 20 + 30 * at
        patch.wire(patch.obj(x, row, one.text), target[one.inlet])
        patch.obj(430, row, f"#{one.does}")
    return patch


def _targets(patch: Patcher, name: str, group: Group, inlets: int) -> list[Port]:
    """The inlets that the messages go to, and where the answers are seen."""
    if group.by_bus:
        patch.column(430, 9.2, "r smf-reply", "print smf")
        return [patch.obj(20, 9.2, "s smf-send")]
    args = list(group.args or PARTS[name][1])
    box = place(patch, name, args, 20, OBJECT_Y)
    if PARTS[name][3]:
        patch.wire(box, patch.obj(20, (OBJECT_Y + size_of(name)[1]) / 30, f"print {name}"))
    return [(box, inlet) for inlet in range(inlets)]


def _reference(name: str) -> Patcher:
    """Inlets, outlets and arguments."""
    page, (_, _, inlets, outlets) = _page(name), PARTS[name]
    patch, row = _tab("reference", page.does), 2.4
    for title, ports, count in (("inlet", page.inlets, inlets), ("outlet", page.outlets, outlets)):
        for at, lines in enumerate(ports[:count], start=1):
            for line in _broken(f"{title} {at}: {' '.join(lines)}"):
                patch.obj(20, row, f"#{line}")
                row += 0.9
    for line in page.arguments:
        patch.obj(20, row, f"#argument {line}")
        row += 0.9
    return patch


def _broken(text: str, width: int = 105) -> list[str]:
    """At `;`, where it is too long for one comment."""
    if len(text) <= width:
        return [text]
    first, _, rest = text.partition("; ")
    return [first, *_broken(rest, width)] if rest else [text[:width], *_broken(text[width:], width)]


def _more(name: str) -> Patcher:
    """Other patchers of the package, by a click, and the daemon's own page."""
    patch = _tab("see also", "a click opens the help of another patcher")
    opens = patch.obj(20, 5.2, "pcontrol")
    for at, other in enumerate(other for other in PARTS if other != name):
        message = patch.obj(20 + 240 * (at % 3), 2.4 + 1.2 * (at // 3), f"(load {other}.maxhelp")
        patch.wire(message, opens)
    patch.obj(20, 7, "#the daemon's page in a browser, with all parameters, meters and scope")
    patch.obj(20, 8, "(; max launchbrowser http://127.0.0.1:7771/")
    return patch
