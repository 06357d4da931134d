"""JACK: jack-client manages the client, a native callback plays on its thread.

All callbacks are native and only render or set a flag, so that no Python runs on
a thread of JACK's. They are set on jack-client's own handle: `jack._lib`,
`jack._ffi` and `Client._ptr` are private names of it, which the pinned version
has and tests/test_jack_attributes.py watches.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from smfosc import _core
from smfosc.audio.backend import (
    AudioError,
    AudioSettings,
    BlockCount,
    OnLoss,
    PlayableEngine,
    abandon,
    run_bounded,
)

POLL_S = 0.1  # how often connections are looked at
BELIEVE_S = 1.0  # a connection must be gone for this long before it counts as the user's wish:
# a server that goes down takes connections away some time before it says so
RETRY_S = 0.5  # how often connections that wait for their port are tried
CLOSE_S = 2.0  # jack_client_close can hang when its server is gone

Connection = tuple[str, str]  # our port's short name, the other port's full name


class JackBackend:
    """A JACK client with one output port per channel."""

    on_loss = OnLoss.REOPEN

    def __init__(self, settings: AudioSettings, wanted: frozenset[Connection] | None = None):
        """Open a client. wanted: connections to restore; None connects automatically."""
        self._jack = load_library()
        self.settings = settings
        self._client = _open_client(self._jack, settings)
        self.samplerate = int(self._client.samplerate)
        self.blocksize = int(self._client.blocksize)
        self._ports = self._register_ports()
        self._callback: _core.JackCallback | None = None
        self._engine: PlayableEngine | None = None  # kept alive while it is called
        self._wishes = Wishes(wanted)
        self._next_poll = 0.0

    @property
    def description(self) -> str:
        """One line: what plays, where, at which rate."""
        blocksize = self.count().blocksize
        how = "" if self._client.realtime else ", server without real-time scheduling"
        return f"JACK client {self._client.name}, {self.samplerate} Hz, blocks of {blocksize}{how}"

    @property
    def lost(self) -> str | None:
        """Why no more blocks will come; None while all is well."""
        callback = self._callback
        if callback is None:
            return None
        if callback.gone:
            return "the JACK server is gone"
        if callback.samplerate_hz not in (0, self.samplerate):
            return f"the JACK server's rate is now {callback.samplerate_hz} Hz"
        return None

    @property
    def freewheeling(self) -> bool:
        """Whether the server renders as fast as it can."""
        return self._callback is not None and self._callback.freewheeling

    def start(self, engine: PlayableEngine) -> None:
        """Let JACK call the engine, and connect the ports. Raises AudioError."""
        self._engine = engine
        self._callback = _core.JackCallback(
            engine.address,
            _address(self._jack, self._jack._lib.jack_port_get_buffer),
            [_address(self._jack, port._ptr) for port in self._ports],
        )
        try:
            set_native_callbacks(self._jack, self._client, self._callback)
            self._client.activate()
        except self._jack.JackError as error:
            raise AudioError(f"the JACK client could not be activated: {error}") from None
        self.poll()

    def poll(self) -> None:
        """Connect what waits for its port and remember what is connected."""
        now = time.monotonic()
        if self.lost or self._callback is None or now < self._next_poll:
            return
        self._next_poll = now + POLL_S
        self._wishes.poll(self, now)

    def stop(self) -> None:
        """Leave JACK; returns within a bounded time even when the server hangs."""
        client, self._client = self._client, _Closed(self._client)
        if isinstance(client, _Closed):
            return
        if self._engine is not None and self.freewheeling:
            self._engine.realtime = True  # the server that would end it may be gone
        if not close_bounded(client):
            client._ptr = self._jack._ffi.NULL  # or its __del__ would hang at exit
            abandon(client, self._callback, self._engine)

    def reopen(self) -> JackBackend:
        """A new client with the connections that this one had. Raises AudioError."""
        return JackBackend(self.settings, self._wishes.wanted)

    def count(self) -> BlockCount:
        """Blocks and the server's xruns so far."""
        callback = self._callback
        if callback is None or not callback.blocks:
            return BlockCount(0, 0, self.blocksize, 0)
        return BlockCount(callback.blocks, callback.frames, callback.blocksize, callback.xruns)

    def _register_ports(self) -> list[Any]:
        names = self.port_names()
        try:
            return [self._client.outports.register(name) for name in names]
        except self._jack.JackError as error:
            close_bounded(self._client)
            raise AudioError(f"the server refused {len(names)} ports: {error}") from None

    def port_names(self) -> list[str]:
        """Short names of our ports, in the order of the channels."""
        numbered = [f"out_{c + 1}" for c in range(self.settings.channels)]
        return list(self.settings.ports) or numbered

    def connections(self) -> frozenset[Connection]:
        """What our ports are connected to now."""
        return frozenset(
            (port.shortname, other.name)
            for port in self._ports
            for other in self._client.get_all_connections(port)
        )

    def connect(self, own: str, other: str) -> bool:
        """Connect one of our ports by its short name; False while that is not possible."""
        try:
            self._client.connect(f"{self._client.name}:{own}", other)
        except self._jack.JackErrorCode as error:
            return bool("already exists" in error.message)
        return True

    def first_connections(self) -> frozenset[Connection]:
        """What a first start connects, as far as it is there."""
        each, names = self.settings.port_connect, self.port_names()
        if not each:
            return frozenset(zip(names, self._inputs(self.settings.connect), strict=False))
        return frozenset(pair for pattern in set(each) for pair in self._matching(pattern))

    def _matching(self, pattern: str) -> Iterator[Connection]:
        """The ports that have this pattern, with what it finds, in order.

        "" finds the physical port of each one's own number. One port alone gets all it finds.
        """
        each, names = self.settings.port_connect, self.port_names()
        found = self._inputs(pattern or "physical")
        own = [name for name, its in zip(names, each, strict=True) if its == pattern]
        if not pattern:
            there = dict(zip(names, found, strict=False))
            return ((name, there[name]) for name in own if name in there)
        if len(own) == 1:
            return ((own[0], other) for other in found)
        return iter(list(zip(own, found, strict=False)))

    def _inputs(self, wanted: str) -> list[str]:
        """Input ports that a pattern means, in order."""
        if wanted == "none":
            return []
        asked = {"is_physical": True} if wanted == "physical" else {"name_pattern": wanted}
        return [p.name for p in self._client.get_ports(is_audio=True, is_input=True, **asked)]


class Wishes:
    """Which connections there should be: automatic at first, then what the user made of them."""

    def __init__(self, wanted: frozenset[Connection] | None) -> None:
        self.wanted = wanted
        self._pending = set(wanted or ())
        self._missed: dict[Connection, float] = {}  # since when it is gone
        self._next_try = 0.0

    def poll(self, backend: JackBackend, now: float) -> None:
        """Try what is pending, then take what is there as what is wanted."""
        if now >= self._next_try:
            self._next_try = now + RETRY_S
            self._try_pending(backend)
        if self.wanted is not None:
            self._remember(backend.connections(), now)

    def _try_pending(self, backend: JackBackend) -> None:
        if self.wanted is None:
            self._connect_automatically(backend)
        self._pending = {pair for pair in self._pending if not backend.connect(*pair)}

    def _connect_automatically(self, backend: JackBackend) -> None:
        wanted = backend.first_connections()
        if not wanted and backend.settings.connect != "none":
            self.wanted = backend.connections() or None  # made by hand; else the ports may come
            return
        self.wanted = wanted
        self._pending = set(self.wanted)

    def _remember(self, present: frozenset[Connection], now: float) -> None:
        assert self.wanted is not None
        self._pending -= present
        missing = self.wanted - present - self._pending
        self._missed = {pair: self._missed.get(pair, now) for pair in missing}
        believed = {pair for pair, since in self._missed.items() if now - since >= BELIEVE_S}
        self.wanted = (self.wanted | present) - believed


class _Closed:
    """Stands for a client that was closed, so that its description can still be asked."""

    realtime = True

    def __init__(self, client: Any) -> None:
        self.name: str = client.name


def load_library() -> ModuleType:
    """jack-client's module, its C library quiet. Raises AudioError when that is missing."""
    try:
        import jack
    except (ImportError, OSError):
        raise AudioError(
            "libjack is not installed; install it (Debian: apt-get install libjack-jackd2-0)"
        ) from None
    ignore = jack._ffi.cast("void (*)(char *)", _core.JackCallback.ignore)
    jack._lib.jack_set_error_function(ignore)
    jack._lib.jack_set_info_function(ignore)
    module: ModuleType = jack
    return module


def set_native_callbacks(jack: Any, client: Any, callback: _core.JackCallback) -> None:
    """Set C callbacks by address on a client that is not active. Raises JackError."""
    context = jack._ffi.cast("void *", callback.context)

    def native(ctype: str, address: int) -> Any:
        return jack._ffi.cast(ctype, address)

    ptr, lib = client._ptr, jack._lib
    jack._check(
        lib.jack_set_process_callback(ptr, native("JackProcessCallback", callback.process), context)
        or lib.jack_set_freewheel_callback(
            ptr, native("JackFreewheelCallback", callback.freewheel), context
        )
        or lib.jack_set_xrun_callback(ptr, native("JackXRunCallback", callback.xrun), context)
        or lib.jack_set_sample_rate_callback(
            ptr, native("JackSampleRateCallback", callback.samplerate), context
        ),
        "setting callbacks",
    )
    lib.jack_on_info_shutdown(ptr, native("JackInfoShutdownCallback", callback.shutdown), context)


def close_bounded(client: Any, timeout_s: float = CLOSE_S) -> bool:
    """Deactivate and close a client; False when that hangs."""

    def close() -> None:
        client.deactivate()
        client.close()

    return run_bounded(close, timeout_s)


def jack_is_gone() -> bool:
    """Whether no JACK server answers."""
    try:
        client = _open_client(load_library(), AudioSettings(client_name="smfosc-probe"))
    except AudioError:
        return True
    return not close_bounded(client)


def _open_client(jack: Any, settings: AudioSettings) -> Any:
    if settings.client_name == os.environ.get("JACK_DEFAULT_SERVER"):
        raise AudioError(f"the server is called {settings.client_name}, like us: JACK forbids that")
    try:
        return jack.Client(settings.client_name, no_start_server=True)
    except jack.JackOpenError as error:
        raise AudioError(_why(error)) from None


def _why(error: Any) -> str:
    status = error.status
    if status.version_error:
        return "the server speaks another version of JACK's protocol than libjack here"
    if status.server_failed or status.server_error:
        return (
            "no JACK server is running for this user; start one (for example"
            " jackd -R -d alsa -r 48000 -p 256, or PipeWire with pw-jack)"
        )
    return f"the server refused the client: {error}"


def _address(jack: Any, pointer: Any) -> int:
    return int(jack._ffi.cast("uintptr_t", pointer))
