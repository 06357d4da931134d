"""`smf-train listen`: a blind test of what only ears can judge, and what its answers say."""

from pathlib import Path

import click

from trainer.cli_tools import PATH, RUNS, one_line_errors


@click.command()
@click.argument("run", type=PATH, default=RUNS)
@click.option("--trials", type=click.IntRange(2, 200), default=20, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=7790, show_default=True)
@click.option(
    "--answers", type=PATH, help="JSON lines. [default: in RUN/listening, a file for each mesh]"
)
@click.option("--analyse", is_flag=True, help="Print what the answers say.")
@one_line_errors
def listen(run: Path, trials: int, port: int, answers: Path | None, analyse: bool) -> None:
    """Serve a blind listening test of RUN's mesh, before and after its adaptation.

    A page on this machine alone plays ways through both meshes as A and B, drawn for each listener,
    and asks which is more direct, which is more even. Every answer is saved at once; who stops
    goes on where it was under the same name. Ctrl-C ends it.
    """
    file = answers or _answers_of(run)
    if analyse:
        _analyse(file)
    else:
        _serve(run, trials, port, file)


def _answers_of(run: Path) -> Path:
    """Raises TrainerError where the run has no mesh."""
    from trainer.errors import TrainerError
    from trainer.evaluation.material import answers_file

    mesh = run / "mesh" / "mesh.npz"
    if not mesh.is_file():
        raise TrainerError(f"listen: {mesh}: no such file; a run with a GAN has one")
    return answers_file(run, mesh)


def _analyse(file: Path) -> None:
    from trainer.evaluation.answers import analysis, read_answers

    found = analysis(read_answers(file))
    click.echo(f"{found['listeners']} listeners; share for the adapted mesh, 95 % (exact binomial)")
    for question, row in found["questions"].items():
        papers = ", ".join(f"{100 * v:.1f} %" for k, v in row.items() if k.startswith("paper"))
        if not row["answers"]:
            click.echo(f"more {question}: no answers (the paper: {papers})")
            continue
        low, share, high = (100 * row[key] for key in ("low", "adapted", "high"))
        click.echo(
            f"more {question}: {share:.1f} % ({low:.1f} to {high:.1f}) of {row['answers']}, "
            f"p = {row['p']:.3g} against chance (the paper: {papers})"
        )


def _serve(run: Path, count: int, port: int, file: Path) -> None:
    from trainer.evaluation.listening import LOOPBACK, BlindTest, server
    from trainer.evaluation.trials import trials
    from trainer.latent.generator import open_generator
    from trainer.latent.mesh import load, require_same_gan

    path = run / "mesh" / "mesh.npz"
    mesh, original = load(path)
    opened = open_generator(run / "gan" / "generator.pt")
    require_same_gan(path, mesh, opened)
    test = BlindTest(trials(mesh, original, opened.generator, count), file)
    with server(test, port) as served:
        click.echo(f"http://{LOOPBACK}:{served.server_address[1]}/  answers go to {file}")
        try:
            served.serve_forever()
        except KeyboardInterrupt:
            click.echo()
