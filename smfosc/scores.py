"""/score/...: records what is performed, and plays scores on the audio clock.

Control thread; files are read on the loader thread, some hundred events at a time, so that
a score of a day needs no more memory than one of a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.engine import Kind
from smfosc.osc import Message
from smfosc.replies import Replies, Source
from smfosc.roster import Roster, one_line
from smfosc.score import TICKS_PER_S, Event, Score, read_score
from smfosc.score_check import Fault, Standing, faults, first_of
from smfosc.score_course import as_received, missing
from smfosc.score_player import Player
from smfosc.score_recorder import Recorder
from smfosc.state_folder import Shelf, StateError
from smfosc.surroundings import Now, Run, Surroundings
from smfosc.under_way import ScorePlace
from smfosc.voices import Call, Voice

if TYPE_CHECKING:
    from smfosc.config import VoiceConfig
    from smfosc.engine import Engine

AHEAD_S = 0.03  # events are performed so long before they are due: what /score/pause cannot hold
PREPARE_S = 0.5  # that much earlier still, what reads files: models, snapshots
FREE_AHEAD_S = 4.0  # the same while audio runs freely
BEGIN_S = 0.01  # from the moment that all voices are there to a score's time 0
MIN_LOOP_S = 0.01  # a shorter pass would be read more often than it is played
MAX_PLAYING = 16  # scores at once

Perform = Callable[[Message, Source | None, int], None]


class Scores:
    """Handlers of /score/..., the scores that are played, and the recording.

    shelf: where the files are; None: nowhere. perform: what becomes of a score's messages.
    present: a voice as it is now. standing: what a score will find.
    """

    def __init__(
        self,
        shelf: Shelf | None,
        engine: Engine,
        roster: Roster,
        *,
        replies: Replies,
        surroundings: Surroundings,
        run: Run,
        perform: Perform,
        present: Callable[[Voice], VoiceConfig],
        standing: Callable[[], Standing],
    ) -> None:
        self._files = shelf
        self._engine = engine
        self._roster = roster
        self._replies = replies
        self._surroundings = surroundings
        self._run = run
        self._perform = perform
        self._standing = standing
        self._now = Now(0, 0, 0)
        self._playing: dict[str, Player] = {}
        self._recorder = Recorder(
            replies=replies,
            surroundings=surroundings,
            run=run,
            present=lambda: map(present, roster.voices.values()),
        )
        self.heard = self._recorder.heard  # called for every message that was performed
        self._coming: dict[str, ScorePlace] = {}  # that are to go on as soon as they are read

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        handlers: dict[str, Callable[..., None]] = {
            "/score/record": self._record,
            "/score/stop": self._stop,
            "/score/play": self._play,
            "/score/pause": self._pause,
            "/score/resume": self._resume,
            "/score/loop": self._loop,
            "/score/tempo": self._tempo,
            "/score/list": self._list,
            "/score/delete": self._delete,
        }
        return {path: _not_from_a_score(handler) for path, handler in handlers.items()}

    # --- time -----------------------------------------------------------------------------

    def advance(self, now: Now) -> None:
        """Perform what is due, read what will be, write down what was."""
        self._now = now
        for player in list(self._playing.values()):
            self._advance(player)
        self._recorder.advance(now)

    @property
    def _ahead(self) -> int:
        """Frames by which events are performed before they are due."""
        if self._now.free:
            return round(FREE_AHEAD_S * self._engine.samplerate)
        return round(AHEAD_S * self._engine.samplerate) if self._engine.realtime else 0

    @property
    def _prepare(self) -> int:
        """Frames by which what takes time is performed earlier; offline nothing takes any."""
        return round(PREPARE_S * self._engine.samplerate) if self._engine.realtime else 0

    def _advance(self, player: Player) -> None:
        rate, limit = self._engine.samplerate, self._now.present + self._ahead
        while (due := player.next_event(limit, self._prepare, rate)) is not None:
            frame, event = due
            self._perform(as_received(event.address, event.args), player, frame)
        if not player.is_read:
            self._read_on(player)
        elif not player.ready and not player.early and not player.paused:
            end = player.frame_at(player.end, rate)
            if end <= self._now.present and self._playing.get(player.name) is player:
                self._end(player)

    def next_due(self) -> int | None:
        """The frame of the next event, less what is performed ahead; None when none waits."""
        rate, found = self._engine.samplerate, []
        for player in self._playing.values():
            frame = player.waits_for(rate, self._ahead, self._prepare + self._ahead)
            if frame is not None:
                found.append(frame)
            elif player.is_read and not player.paused:
                found.append(player.frame_at(player.end, rate))
        return min(found, default=None)

    def clear(self) -> None:
        """What was to come after the present was taken back (/clearSched)."""
        self._recorder.forget_ahead()

    def move_to(self, engine: Engine) -> None:
        """Another engine with other frames: what plays and records ends here."""
        for player in list(self._playing.values()):
            self._end(player)
        self._recorder.cut()
        self._engine = engine

    def close(self) -> None:
        """Keep what has been recorded: the daemon ends."""
        self._recorder.close()

    # --- record -----------------------------------------------------------------------------

    def _shelf(self) -> Shelf:
        if self._files is None:
            raise Refused("no state folder; start with --state DIR")
        return self._files

    def _record(self, call: Call, name: str) -> None:
        self._recorder.begin(call, name, self._shelf(), self._engine.samplerate)

    # --- play -------------------------------------------------------------------------------

    def _play(self, call: Call, name: str, start_ms: float) -> None:
        start = round(Fraction(start_ms) / 1000 * TICKS_PER_S)
        self._fetch(call, lambda score: Player(name, score, call, start), name)

    def go_on(self, place: ScorePlace) -> None:
        """Play on from where a score was when the daemon was killed; all else is as it was."""
        call = Call("/score/play", (place.name,), None, 0)
        start = round(place.seconds * TICKS_PER_S)
        self._coming[place.name] = place

        def player(score: Score) -> Player:
            made = Player(place.name, score, call, start, resumes=True)
            made.tempo, made.loops, made.paused = Fraction(place.tempo), place.loop, place.paused
            return made

        self._fetch(call, player, place.name)

    def places(self) -> Iterator[ScorePlace]:
        """The scores that are played, and where they are."""
        yield from self._coming.values()
        for player in self._playing.values():
            yield player.place(self._now.present, self._engine.samplerate)

    def _fetch(self, call: Call, make: Callable[[Score], Player], name: str) -> None:
        shelf, standing = self._shelf(), self._standing()

        def read() -> tuple[Player, list[Fault], list[Event]]:
            score = read_score(shelf.find(name))
            player = make(score)
            found = list(faults(score, standing))
            player.know(found)
            return player, found, player.read()

        def have(result: tuple[Player, list[Fault], list[Event]] | Exception) -> None:
            if isinstance(result, Exception):
                self._coming.pop(name, None)
                self._replies.fail(call.source, call.address, one_line(result))
                return
            player, found, events = result
            for address, reason in first_of(found, player.score.path):
                self._replies.fail(call.source, address, reason)
            player.take(events)
            there = {(v.name, v.model.info.name, v.channel) for v in self._roster.voices.values()}
            for event in missing(player.score, there):
                if player.leaves_out(event):
                    continue
                self._perform(as_received(event.address, event.args), player, self._now.present)
            self._when_settled(lambda: self._begin(player))

        self._run(read, have)

    def _when_settled(self, call: Callable[[], None]) -> None:
        """When no voice is in the making any more; the loader works in order."""
        if self._roster.busy:
            self._run(lambda: None, lambda _: self._when_settled(call))
        else:
            call()

    def _begin(self, player: Player) -> None:
        call = player.call
        self._coming.pop(player.name, None)
        if len(self._playing) >= MAX_PLAYING and player.name not in self._playing:
            self._replies.fail(
                call.source, call.address, f"{MAX_PLAYING} scores are played already"
            )
            return
        if player.name in self._playing:
            self._end(self._playing[player.name])
        frame = call.frame
        if frame <= self._now.present and self._engine.realtime:
            frame = self._now.present + round(BEGIN_S * self._engine.samplerate)
        player.begin(max(frame, self._now.earliest))
        self._playing[player.name] = player
        self._surroundings.news("/score.playing", player.name)
        self._replies.done(call.source, call.address, player.name, player.score.seconds)
        self._advance(player)

    def _read_on(self, player: Player) -> None:
        if not player.wants_more:
            return
        player.reading = True

        def have(result: list[Event] | Exception) -> None:
            player.reading = False
            if isinstance(result, Exception):
                self._replies.fail(player.call.source, player.call.address, one_line(result))
                self._end(player)
            else:
                player.take(result)
                self._advance(player)

        self._run(player.read, have)

    def _end(self, player: Player) -> None:
        """Forget it; notes that it holds end."""
        if self._playing.get(player.name) is player:
            del self._playing[player.name]
            self._end_notes(player, self._now.present)
            self._surroundings.news("/score.stopped", player.name)

    def _end_notes(self, player: Player, frame: int) -> None:
        for name in player.score.voices():
            voice = self._roster.voices.get(name)
            if voice is not None and voice.plays_note:
                self._engine.send(voice.slot, Kind.GATE, frame=frame, value=0.0)

    # --- while it plays -----------------------------------------------------------------------

    def _player(self, name: str) -> Player:
        player = self._playing.get(name)
        if player is None:
            there = ", ".join(self._playing) or "none"
            raise Refused(f"score {name!r} is not played; there are: {there}")
        return player

    def _stop(self, call: Call, name: str | None) -> None:
        """One score, or everything."""
        players = [p for p in self._playing.values() if name in (None, p.name)]
        if self._recorder.name is not None and name in (None, self._recorder.name):
            self._recorder.end(call.frame, call)
            if not players:
                return
        elif name is not None:
            self._player(name)
        for player in players:
            self._end(player)
        self._replies.done(call.source, call.address, *(player.name for player in players))

    def _pause(self, call: Call, name: str) -> None:
        player = self._player(name)
        player.anchor_at(call.frame, self._engine.samplerate)
        player.paused = True
        self._end_notes(player, call.frame)
        self._replies.done(call.source, call.address, name)

    def _resume(self, call: Call, name: str) -> None:
        player = self._player(name)
        if player.paused:
            player.anchor_at(call.frame, self._engine.samplerate)
            player.paused = False
        self._replies.done(call.source, call.address, name)

    def _loop(self, call: Call, name: str, on: bool) -> None:
        player = self._player(name)
        if on and player.score.seconds < MIN_LOOP_S:
            raise Refused(f"score {name} is too short to loop; give it an end: `4.0 end`")
        if on:
            player.loops = True
            player.go_on()
        else:
            player.stop_looping(call.frame, self._engine.samplerate)
        self._replies.done(call.source, call.address, name, int(on))

    def _tempo(self, call: Call, name: str, tempo: float) -> None:
        player = self._player(name)
        player.anchor_at(call.frame, self._engine.samplerate)
        player.tempo = Fraction(tempo)
        self._replies.done(call.source, call.address, name, tempo)

    # --- list, delete -------------------------------------------------------------------------

    def _list(self, call: Call) -> None:
        names = self._shelf().names()
        for name in names:
            self._replies.reply(call.source, call.address, name, *self._state_of(name, call.frame))
        self._replies.done(call.source, call.address, len(names))

    def _state_of(self, name: str, frame: int) -> tuple[str, float]:
        player = self._playing.get(name)
        if player is None:
            return "stopped", 0.0
        position_s = player.position_s(frame, self._engine.samplerate)
        return "paused" if player.paused else "playing", position_s

    def _delete(self, call: Call, name: str) -> None:
        try:
            self._shelf().delete(name)
        except StateError as error:
            raise Refused(str(error)) from None
        self._replies.done(call.source, call.address, name)


def _not_from_a_score(handler: Callable[..., None]) -> Callable[..., None]:
    """Scores that command scores could start each other without end."""

    def checked(call: Call, *arguments: object) -> None:
        if isinstance(call.source, Player):
            raise Refused("a score cannot command scores")
        handler(call, *arguments)

    return checked
