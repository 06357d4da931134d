"""The whole way from sounds to a model: stages in order, each done once for what it reads."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import TrainerError
from trainer.files import write_text
from trainer.recipe import Recipe
from trainer.stage import (
    Progress,
    Stage,
    Standing,
    Task,
    Verdict,
    carry_out,
    judge,
    product_digest,
    set_aside,
    source_digest,
)


@dataclass(frozen=True)
class Choice:
    """Which stages. begin: leave what comes before as it is.

    redo: stages that may be made anew where they do not fit. adopt: stages whose files are taken
    as this recipe's, whatever made them; the stage itself still refuses what it cannot go on from.
    """

    only: str | None = None
    begin: str | None = None
    redo: tuple[str, ...] = ()
    adopt: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A stage in this run."""

    stage: Stage
    folder: Path
    verdict: Verdict


class Pipeline:
    """A recipe's stages over one run folder."""

    def __init__(self, recipe: Recipe, folder: Path, registry: Mapping[str, Stage]) -> None:
        self.recipe, self.folder = recipe, folder
        self.stages = [registry[name] for name in recipe.configs]
        for stage in self.stages:
            self._reads(stage)

    def plan(self, choice: Choice) -> list[Step]:
        """Where every chosen stage stands; nothing is changed. Raises TrainerError."""
        steps: list[Step] = []
        unsettled: set[str] = set()
        for stage in self._chosen(choice):
            verdict = self._judge(stage, unsettled)
            if verdict.standing is not Standing.DONE:
                unsettled.add(stage.name)
            steps.append(Step(stage, self.folder / stage.name, verdict))
        return steps

    def run(self, choice: Choice) -> Iterator[tuple[Stage, Progress | Verdict]]:
        """Do what is to do: a verdict as each stage is come to, then its progress.

        Raises TrainerError, before anything is done where a costly stage no longer fits.
        """
        allowed = self._follow(choice.redo) | set(choice.adopt)
        for step in self.plan(choice):
            self._require_leave(step.stage, step.verdict, allowed)
        with _locked(self.folder):
            write_text(self.folder / "recipe.toml", self.recipe.path.read_text())
            for stage in self._chosen(choice):
                verdict = self._judge(stage, set())
                if stage.name in choice.adopt and verdict.standing in (
                    Standing.STALE,
                    Standing.NEW,
                ):
                    verdict = Verdict(Standing.RESUME, f"adopted {verdict.why}".strip())
                yield stage, verdict
                if verdict.standing is not Standing.DONE:
                    self._require_leave(stage, verdict, allowed)
                    yield from ((stage, progress) for progress in self._work(stage, verdict))
            self._tell("")

    def follow(self) -> None:
        """As another process of torchrun: train along wherever the first one says so."""
        while name := self._tell(""):
            stage = next(each for each in self.stages if each.name == name)
            for _ in stage.work(self._task(stage)):
                pass

    def _tell(self, word: str) -> str:
        """The first process's word to the others, where torchrun has made any."""
        if "RANK" not in os.environ:
            return word
        from trainer.team import join

        return join().tell(word)

    def _work(self, stage: Stage, verdict: Verdict) -> Iterator[Progress]:
        folder = self.folder / stage.name
        if verdict.standing is Standing.STALE:
            set_aside(folder)
        if stage.together:
            self._tell(stage.name)
        known = {name: found for name, found in self._inputs(stage, set()).items() if found}
        return carry_out(stage, self._task(stage), known)

    def _task(self, stage: Stage) -> Task:
        inputs = {name: self.folder / name for name in self._reads(stage)}
        names = [each.name for each in self.stages]
        before = tuple(names[: names.index(stage.name)])
        config = self.recipe.configs[stage.name]
        folder = self.folder / stage.name
        return Task(self.recipe.name, config, folder, inputs, self.folder, before)

    def _judge(self, stage: Stage, unsettled: set[str]) -> Verdict:
        config = self.recipe.configs[stage.name]
        return judge(stage, self.folder / stage.name, config, self._inputs(stage, unsettled))

    def _inputs(self, stage: Stage, unsettled: set[str]) -> dict[str, str | None]:
        """Digests of what a stage reads; None for a stage that is not done yet."""
        found: dict[str, str | None] = {}
        for key, path in stage.sources(self.recipe.configs[stage.name]).items():
            found[key] = source_digest(path)
        for name in self._reads(stage):
            read = next(each for each in self.stages if each.name == name)
            found[name] = None if name in unsettled else product_digest(read, self.folder / name)
            if found[name] is None and name not in unsettled:
                raise TrainerError(
                    f"{stage.name}: {self.folder / name}: is not there yet; "
                    f"run without --only and --from, or with --only {name} first"
                )
        return found

    def _reads(self, stage: Stage) -> list[str]:
        """The names of the stages that `stage` reads in this recipe. Raises TrainerError."""
        have = self.recipe.configs
        names = []
        for alternatives in stage.reads:
            present = [name for name in alternatives if name in have]
            if not present:
                raise TrainerError(
                    f"recipe: {self.recipe.path}: stage {stage.name} reads "
                    f"{' or '.join(alternatives)}, which `stages` leaves out"
                )
            names.append(present[0])
        return names + [name for name in stage.optional if name in have]

    def _chosen(self, choice: Choice) -> list[Stage]:
        names = [stage.name for stage in self.stages]
        for wanted in (choice.only, choice.begin, *choice.redo, *choice.adopt):
            if wanted is not None and wanted not in names:
                raise TrainerError(
                    f"run: {wanted}: no stage of this recipe; it has {', '.join(names)}"
                )
        if choice.only:
            return [self.stages[names.index(choice.only)]]
        return self.stages[names.index(choice.begin) if choice.begin else 0 :]

    def _follow(self, names: tuple[str, ...]) -> set[str]:
        """These stages and all that read them, directly or not."""
        found = set(names)
        for stage in self.stages:  # in order, so that one pass is enough
            if found & set(self._reads(stage)):
                found.add(stage.name)
        return found

    def _require_leave(self, stage: Stage, verdict: Verdict, allowed: set[str]) -> None:
        stale = verdict.standing is Standing.STALE
        if stale and stage.precious and stage.name not in allowed:
            raise TrainerError(
                f"{stage.name}: {self.folder / stage.name}: made from something else "
                f"({verdict.why}); --redo {stage.name} makes it anew and keeps the old one as "
                f"{stage.name}.1, --adopt {stage.name} goes on from it all the same, "
                "--out chooses another run folder"
            )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process per run folder; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrainerError(
                f"run: {folder}: another smf-train works here; wait for it, or choose --out"
            ) from None
        yield
