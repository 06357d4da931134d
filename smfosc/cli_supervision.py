"""Commands of the operator: `smfosc supervise`, `smfosc unit`, `smfosc top`."""

from __future__ import annotations

import sys

import click

PASS_ON = {"ignore_unknown_options": True}


@click.command(context_settings=PASS_ON)
@click.option(
    "--watchdog",
    "watchdog_s",
    default=5.0,
    show_default=True,
    type=click.FloatRange(1),
    help="Seconds without a word after which the daemon is ended and started again.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def supervise(watchdog_s: float, arguments: tuple[str, ...]) -> None:
    """Run `smfosc serve ARGUMENTS`, and start it again when it fails.

    For machines without systemd. A daemon that ended with an error, was killed or hangs is
    started again, at first after 0.1 s, then ever more slowly; voices and values are as they
    were. Ctrl-C, SIGTERM or /quit end both.
    """
    from smfosc.supervision.supervisor import Patience, Supervisor, daemon_command

    def tell(line: str) -> None:
        click.echo(f"supervise: {line}", err=True)

    supervisor = Supervisor(daemon_command(arguments), Patience(watchdog_s=watchdog_s), tell)
    sys.exit(supervisor.run())


@click.command(context_settings=PASS_ON)
@click.option("--system", is_flag=True, help="For the machine; without it, for your user.")
@click.option("--user", default="smfosc", show_default=True, help="As whom, with --system.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def unit(system: bool, user: str, arguments: tuple[str, ...]) -> None:
    """Print a systemd unit that runs `smfosc serve ARGUMENTS`.

    \b
        smfosc unit piece.toml > ~/.config/systemd/user/smfosc.service
        smfosc unit --system piece.toml | sudo tee /etc/systemd/system/smfosc.service

    docs/installation.md says what else an installation needs.
    """
    from smfosc.supervision.unit import unit_text

    click.echo(unit_text(arguments, system=system, user=user), nl=False)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the daemon is.")
@click.option(
    "--http-port", default=7771, show_default=True, type=click.IntRange(1, 65_535), help="Its port."
)
@click.option("--every", "every_s", default=0.5, show_default=True, type=click.FloatRange(0.05))
@click.option("--once", is_flag=True, help="Print one look and end; exit code 1 if it fails.")
def top(host: str, http_port: int, every_s: float, once: bool) -> None:
    """Watch a daemon: its voices, levels, load, and what has happened. Ctrl-C ends.

    It asks the daemon's HTTP port (`/health`), so a daemon started with --no-http cannot be
    watched. Monitoring systems ask the same address, or `/metrics` (Prometheus).
    """
    from smfosc import top as viewing

    sys.exit(
        viewing.show_once(host, http_port) if once else viewing.watch(host, http_port, every_s)
    )
