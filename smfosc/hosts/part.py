"""What of an ensemble file one host plays: its voices, at its addresses. Any thread."""

from __future__ import annotations

from dataclasses import replace

from smfosc.config import Config, HostConfig
from smfosc.toml_checks import nearest


class HostError(Exception):
    """A host that the ensemble file does not have; the text says which there are."""


def host_of(config: Config, name: str) -> HostConfig:
    """The host of that name. Raises HostError."""
    hosts = {host.name: host for host in config.hosts}
    if name not in hosts:
        raise HostError(f"--host-name {name}: not among the file's [hosts]; {nearest(name, hosts)}")
    return hosts[name]


def part_of(config: Config, name: str) -> Config:
    """The file as the host `name` plays it: its voices alone, and where it listens.

    Groups keep the names of all voices: each host speaks to those that it has. Raises HostError.
    """
    host = host_of(config, name)
    own = tuple(voice for voice in config.voices if voice.name in host.voices)
    return replace(
        config,
        voices=own,
        osc=replace(config.osc, host=host.address, port=host.port),
        query=replace(config.query, port=host.http_port),
    )


def others(config: Config, name: str) -> tuple[HostConfig, ...]:
    """The hosts that the host `name` looks after: all others for the first one, else none."""
    first = bool(config.hosts) and config.hosts[0].name == name
    return config.hosts[1:] if first else ()
