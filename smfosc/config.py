"""The ensemble file of `smfosc serve CONFIG`: the daemon's settings and its voices, in TOML.

`docs/ensembles.md` explains it, `docs/ensemble.toml` shows every setting; `config_file.py`
reads it. What a field allows stands beside its default. Any thread; nothing changes.
"""

from dataclasses import dataclass, field
from typing import Any

from smfosc import addresses
from smfosc.toml_checks import setting

MAX_SEED = 2**63 - 1
MAX_CHANNELS = 64  # of all outputs together (native/audio_callbacks.h)


def _as_sent(default: Any, address: str, argument: int = 0) -> Any:
    """A field with the range that the address table gives an argument of `address`."""
    row = addresses.row(address).arguments[argument]
    return setting(default, row.minimum, row.maximum)


@dataclass(frozen=True)
class AudioConfig:
    """[audio]: where the sound goes."""

    backend: str = setting("", choices="jack portaudio file null")  # "": JACK, then PortAudio
    samplerate: int = setting(48_000, 8_000, 192_000)  # Hz, where the backend lets us choose
    blocksize: int = setting(256, 1, 4_096)  # frames, where the backend lets us choose
    channels: int = setting(2, 1, MAX_CHANNELS)  # of the mix, where there are no [outputs]
    connect: str = ""  # ports to connect it to, a pattern; "": the physical outputs
    device: str = ""  # PortAudio's; "": its default
    out: str = ""  # the WAV that the file backend writes
    awake: bool = True  # cores do not sleep between blocks, where we may ask for it


@dataclass(frozen=True)
class OscConfig:
    """[osc]: where messages come from."""

    host: str = "127.0.0.1"  # the address to listen at; 0.0.0.0 for all
    port: int = setting(7_770, 1, 65_535)  # UDP and TCP
    lead_ms: float = setting(2.0, 0.0, 1_000.0)  # an immediate message's head start
    multicast: str = ""  # a group that is heard too, e.g. 239.192.77.70; "": none
    allow: tuple[str, ...] = ()  # hosts and networks that are heard; none: all that reach us
    allow_remote_control: bool = False  # other hosts may load models and /quit


@dataclass(frozen=True)
class QueryConfig:
    """[query]: OSCQuery and the page to play, over HTTP, at the host of [osc]."""

    enabled: bool = True
    port: int = setting(7_771, 1, 65_535)  # HTTP and WebSocket
    announce: bool = True  # tell the network where we are, by zeroconf
    names: str = ""  # host names by which browsers may call too, separated by spaces


@dataclass(frozen=True)
class EngineConfig:
    """[engine]: how the voices are computed."""

    seed: int = setting(0, -MAX_SEED, MAX_SEED)  # gives each voice its own, with its name
    workers: int = setting(0, 0, 64)  # threads beside the audio thread
    precision: str = setting("int8", choices="float32 bfloat16 int8")
    reload_ms: float = setting(100.0, 0.0, 60_000.0)  # a reload's ramps and crossfades
    watch: bool = True  # a model file that changes on disk is crossfaded to


@dataclass(frozen=True)
class StateConfig:
    """[state]: what is kept from one run to the next."""

    folder: str = ""  # of snapshots and scores; "": the user's own
    boot: str = ""  # the snapshot that it starts with, instead of the voices of this file
    resume: str = setting("crash", choices="crash always never")  # begins as it last was
    score: str = ""  # the score that it plays from the start
    loop: bool = False  # that score begins again at its end


@dataclass(frozen=True)
class LimitsConfig:
    """[limits]: what a stranger or a mistake can use up."""

    voices: int = setting(256, 1, 1_024)  # that can be there at once
    message_bytes: int = setting(65_536, 64, 65_536)  # longer packets are refused
    messages_per_s: int = setting(50_000, 10, 10_000_000)  # of one sender; the rest is dropped


@dataclass(frozen=True)
class OverloadConfig:
    """[overload]: what happens when there is more to compute than time."""

    admit: str = setting("measured", choices="measured all")  # all: no voice is refused
    most: float = setting(0.9, 0.05, 1.0)  # share of a block's time that voices may fill
    policy: str = setting("release", choices="release quietest int8 none")  # who gives way first


@dataclass(frozen=True)
class LogConfig:
    """[log]: what happens, written down. On the terminal or in the journal it is anyway."""

    level: str = setting("warning", choices="debug info warning error")  # and what is worse
    file: str = ""  # where it is written too; "": nowhere
    format: str = setting("text", choices="text json")  # of that file: json is a line an object
    max_mb: float = setting(10.0, 0.01, 10_000.0)  # of one file; then it is renamed
    keep: int = setting(5, 0, 1_000)  # renamed files; the oldest goes first


@dataclass(frozen=True)
class ModelConfig:
    """[models.NAME]: a model that is loaded at the start."""

    name: str
    file: str = ""  # its path, from the ensemble file's folder; "": NAME of the model folders
    precision: str = setting("", choices="float32 bfloat16 int8")  # "": that of [engine]
    engine: str = setting("", choices="native onnx onnx-cuda")  # "": native where it can play it


@dataclass(frozen=True)
class OutputConfig:
    """[outputs.NAME]: loudspeakers, or a bus into those of another output."""

    name: str
    channels: int = setting(2, 1, MAX_CHANNELS)
    layout: str = setting("line", choices="line ring")  # how pan goes over them
    gain: float = _as_sent(0.0, "/voice/NAME/gain")  # dB
    connect: tuple[str, ...] = ()  # JACK ports: one pattern for all, or one for each channel
    into: str = ""  # the output that this one is a bus of; "": it has ports of its own
    speakers: tuple[int, ...] = ()  # channels of `into` that it plays to; none: the first ones


@dataclass(frozen=True)
class GroupConfig:
    """[groups.NAME]: voices that /group/NAME/... speaks to."""

    name: str
    voices: tuple[str, ...] = ()  # names, or patterns of them


@dataclass(frozen=True)
class HostConfig:
    """[hosts.NAME]: one of several machines that play this file, `serve --host-name NAME`."""

    name: str
    address: str = ""  # its own in the network that the hosts share (IPv4)
    voices: tuple[str, ...] = ()  # names, or patterns of them; each voice on one host
    port: int = setting(7_770, 1, 65_535)  # of OSC there
    http_port: int = setting(7_771, 1, 65_535)  # of OSCQuery there
    clock_port: int = setting(7_772, 1, 65_535)  # UDP: its clock is measured there


@dataclass(frozen=True)
class VoiceConfig:
    """[voices.NAME]: a voice and the values it starts with."""

    name: str
    model: str  # a name in the model folders, or of [models]
    output: str = ""  # "": the first one
    # on that channel of its output alone; None: panned over all of them
    channel: int | None = setting(None, 1, MAX_CHANNELS)
    gate: bool = True  # open: it sounds at once
    gain: float = _as_sent(0.0, "/voice/NAME/gain")  # dB
    pan: float = _as_sent(0.0, "/voice/NAME/pan")
    temperature: float = _as_sent(1.0, "/voice/NAME/temperature")
    seed: int | None = setting(
        None, -MAX_SEED - 1, MAX_SEED
    )  # None: from the daemon's and the name
    params: dict[str, float] = field(default_factory=dict)  # in their own units


@dataclass(frozen=True)
class Config:
    """All of an ensemble file; what it leaves out has its default."""

    audio: AudioConfig = AudioConfig()
    osc: OscConfig = OscConfig()
    query: QueryConfig = QueryConfig()
    engine: EngineConfig = EngineConfig()
    state: StateConfig = StateConfig()
    limits: LimitsConfig = LimitsConfig()
    overload: OverloadConfig = OverloadConfig()
    log: LogConfig = LogConfig()
    models: tuple[ModelConfig, ...] = ()
    outputs: tuple[OutputConfig, ...] = ()
    groups: tuple[GroupConfig, ...] = ()
    hosts: tuple[HostConfig, ...] = ()
    voices: tuple[VoiceConfig, ...] = ()
