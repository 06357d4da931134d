"""The control loop: takes packets from UDP and TCP, hands messages to the commands.

Everything here runs on the thread that calls `serve`, the control thread; `stop` and
`post` may be called from any thread. Nothing here takes long: what does runs on the loader.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.clients import Clients
from smfosc.commands import Commands, Now, Surroundings
from smfosc.dump import Dump
from smfosc.feedback import SCOPE, Feedback, Looks, Values
from smfosc.guard import Guard, Turns
from smfosc.inbox import Inbox
from smfosc.loader import Loader
from smfosc.observation import meters, other_forms, scope
from smfosc.osc import IMMEDIATELY, decode, encode_reply
from smfosc.promptness import prompt
from smfosc.replies import Sendable, Source
from smfosc.schedule import Timeline
from smfosc.tcp import FramingError, TcpSource
from smfosc.tcp_connections import Connections, listen_beside
from smfosc.udp import RECEIVE_BUFFER, UdpSource, UdpTransport

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.voices import Call

logger = logging.getLogger(__name__)

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7770
BATCH = 128  # datagrams between two looks at everything else: some 2 ms
TICK_S = 0.25  # rate limits and other watching
READ_POLL_S = 0.002  # while an answer waits for its frame to have sounded
FREE_POLL_S = 0.005  # while messages wait beyond the horizon, which freewheel would overrun
LONGEST_WAIT_S = 0.25


class Server(Surroundings):
    """Sockets, senders, and the loop. Raises OSError when the port is taken.

    receive_buffer: bytes asked for the UDP socket, None leaves the system's default.
    """

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        port: int = DEFAULT_PORT,
        *,
        receive_buffer: int | None = RECEIVE_BUFFER,
        native: bool = True,
        guard: Guard | None = None,
    ) -> None:
        self.backend = "none"
        self.guard = guard or Guard()
        self._began_s = time.monotonic()
        self.clients = Clients()
        self.feedback = Feedback(self._observe, self.clients.spoken_for)
        self._hearers: list[Callable[..., None]] = [self.feedback.news]
        self.udp, self._listener = self._bind(host, port, receive_buffer, native)
        self.inbox = Inbox()
        self.loader = Loader(wake=lambda: self.inbox.post(self.loader.deliver))
        self._selector = selectors.DefaultSelector()
        self._connections = Connections(self._listener, self._selector, self.guard, self.forget)
        self._watches: list[Callable[[], None]] = []
        self._transports: list[UdpTransport] = []
        self._turns: list[Turns] = []  # of each transport
        self._running = True
        self._dump = Dump()
        self._other_packets = 0
        self.hear_also(self.udp)
        self._selector.register(self.inbox, selectors.EVENT_READ, self.inbox.run)

    def _bind(
        self, host: str, port: int, receive_buffer: int | None, native: bool
    ) -> tuple[UdpTransport, socket.socket]:
        """UDP and TCP on one port. Where the system chooses (port 0), TCP may have lost it."""
        for attempts_left in reversed(range(1 if port else 10)):
            udp = UdpTransport(
                host,
                port,
                receive_buffer=receive_buffer,
                native=native,
                most_per_s=self.guard.messages_per_s,
                route=self.clients.addresses_for,
            )
            try:
                return udp, listen_beside(udp.socket)
            except OSError:
                udp.close()
                if not attempts_left:
                    raise
        raise AssertionError("unreachable")

    @property
    def port(self) -> int:
        """The port in use, for UDP and TCP."""
        return self.udp.port

    def describe(self) -> list[str]:
        """Lines for the terminal: where we listen, and the receive buffer that was granted."""
        host = self.udp.socket.getsockname()[0]
        lines = [f"OSC on udp and tcp {host}:{self.port}"]
        lines.append(f"UDP receive buffer {self.udp.granted >> 10} KiB")
        if self.udp.granted < RECEIVE_BUFFER:
            lines[-1] += f"; for more: sysctl -w net.core.rmem_max={RECEIVE_BUFFER}"
        return lines

    # --- the loop -------------------------------------------------------------------------

    def hear_news(self, call: Callable[..., None]) -> None:
        """Have `call` called with the address and arguments of all news, before they go out."""
        self._hearers.append(call)

    def hear_also(self, transport: UdpTransport) -> None:
        """Take packets from another socket too; it is closed with the others."""
        turns = Turns(transport.drain, self.guard)
        self._transports.append(transport)
        self._turns.append(turns)
        self._selector.register(transport, selectors.EVENT_READ, turns)

    def watch(self, call: Callable[[], None]) -> None:
        """Have `call` called some times per second on the control thread."""
        self._watches.append(call)

    @property
    def engine(self) -> Engine:
        """The one that plays."""
        return self._engine

    def post(self, call: Callable[[], None]) -> None:
        """Have `call` called on the control thread soon. Any thread."""
        self.inbox.post(call)

    def serve(self, commands: Commands, engine: Engine, timeline: Timeline) -> None:
        """Run until `stop` or /quit; then close everything."""
        self._commands = commands
        self.use(engine, timeline)
        try:
            with prompt():
                self._loop()
        finally:
            self.close()

    def use(self, engine: Engine, timeline: Timeline) -> None:
        """Play on that engine from now on. Control thread."""
        self._engine = engine
        self._timeline = timeline
        self._reanchored = 0

    def stop(self) -> None:
        """End `serve`. Any thread, and signal handlers."""
        self._running = False
        self.inbox.post(lambda: None)

    def close(self) -> None:
        """Give sockets and threads back. Safe to call twice."""
        self.loader.stop()
        self._connections.hang_up_all()
        if self._selector.get_map() is not None:
            self._selector.close()
            for transport in self._transports:
                transport.close()
            self._listener.close()
            self.inbox.close()

    def _loop(self) -> None:
        tick_at, wait_s = time.monotonic(), 0.0
        while self._running:
            ready = self._selector.select(min(self._wait_s(), wait_s))
            self._advance()
            wait_s = self.feedback.turn() or LONGEST_WAIT_S
            for key, events in ready:
                if isinstance(key.fileobj, TcpSource):
                    self._tcp_ready(key.fileobj, events)
                elif not isinstance(key.data, Turns):
                    key.data()
            self._take_turns([key.data for key, _ in ready])
            self._connections.look_after_all()
            if time.monotonic() >= tick_at:
                tick_at = time.monotonic() + TICK_S
                self._tick()

    def _wait_s(self) -> float:
        if any(self._turns):
            return 0.0
        if self._commands.answers_wait:
            return READ_POLL_S
        if self._commands.sounds_wait:
            return FREE_POLL_S
        due = self._commands.next_due()
        if due is None:
            return LONGEST_WAIT_S
        left_s = (due - self._timeline.present) / self._timeline.samplerate
        return min(max(left_s, 0.0005), LONGEST_WAIT_S)

    def _advance(self) -> None:
        """Read the clocks; perform what has become due."""
        timeline = self._timeline
        timeline.freewheel = not self._engine.realtime
        timeline.update()
        stalled = timeline.stalled and not timeline.freewheel
        rendered = None if stalled else self._engine.frame
        now = Now(timeline.present, timeline.earliest, rendered, timeline.freewheel)
        self._commands.advance(now)

    def _tick(self) -> None:
        self._commands.replies.tick()
        self._dump.tick()
        if self._timeline.reanchored > self._reanchored:
            self._reanchored = self._timeline.reanchored
            logger.info(
                "the clocks have jumped; time tags are placed anew (%d times so far)",
                self._reanchored,
            )
        self._drop_unreached()
        self._tell_limited()
        for call in self._watches:
            call()

    def _drop_unreached(self) -> None:
        for address in self.udp.unreached():
            client = self.clients.unreached(address, time.monotonic())
            if client is not None:
                self.feedback.remove(client.source)
                logger.info("%s:%s: nobody listens there any more", *address[:2])

    def _tell_limited(self) -> None:
        for transport in self._transports:
            for sender, count in transport.limited():
                self.guard.limit(sender, count)
        for source, count in self.guard.dropped():
            rate = self.guard.messages_per_s
            self._commands.replies.fail(
                source, "?", f"more than {rate} messages per second; {count} were dropped"
            )
            logger.warning("%s: more than %d messages per second; %d dropped", source, rate, count)

    # --- packets --------------------------------------------------------------------------

    def _take_turns(self, ready: Collection[object]) -> None:
        """Some packets of each transport that is ready or has left some; together one BATCH."""
        busy = [turns for turns in self._turns if turns or turns in ready]
        for turns in busy:
            for arrival_ns, source, packet in turns.take(BATCH // len(busy)):
                self._receive(arrival_ns, source, packet)

    def _receive(self, arrival_ns: int, source: Source, packet: bytes) -> None:
        """Decode a packet and hand each message on with its frame."""
        timeline = self._timeline
        if len(packet) > self.guard.message_bytes:
            reason = f"{len(packet)} bytes; wanted at most {self.guard.message_bytes}"
            self._commands.replies.fail(source, "?", reason)
            return
        for element in decode(packet):
            if element.timetag <= IMMEDIATELY:
                frame = timeline.of_next_arrival(arrival_ns)
            else:
                frame = timeline.of_tag(source, element.timetag)
            self._dump.show(source, element)
            self._commands.handle(element, source, frame)

    def _tcp_ready(self, connection: TcpSource, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            connection.flush()
        if events & selectors.EVENT_READ:
            self._read(connection)
        self._connections.look_after(connection)  # it may have nothing to write any more

    def _read(self, connection: TcpSource) -> None:
        try:
            for arrival_ns, packet in connection.receive():
                self._other_packets += 1
                if self.guard.admits(connection, packet):
                    self._receive(arrival_ns, connection, packet)
        except FramingError as error:
            self._commands.replies.fail(connection, "?", str(error))
            connection.closed = True

    # --- senders beside the sockets ---------------------------------------------------------

    def receive(self, source: Source, packet: bytes) -> None:
        """Perform a packet that came another way, now."""
        self._other_packets += 1
        if self.guard.admits(source, packet):
            self._receive(time.monotonic_ns(), source, packet)

    def forget(self, source: Source) -> None:
        """A sender is gone for good."""
        self._timeline.forget(source)
        self.clients.remove(source)
        self.feedback.remove(source)
        self.guard.forget(source)

    # --- what commands ask for ------------------------------------------------------------

    @property
    def messages(self) -> int:  # type: ignore[override]
        """Packets received so far."""
        return sum(t.received for t in self._transports) + self._other_packets

    @property
    def limited_messages(self) -> int:  # type: ignore[override]
        """Messages dropped because their sender sent too many."""
        return self.guard.limited

    @property
    def unheard_packets(self) -> int:  # type: ignore[override]
        """Packets of hosts that are not on the list."""
        return self.guard.unheard

    @property
    def uptime_s(self) -> float:  # type: ignore[override]
        """Since this was made."""
        return time.monotonic() - self._began_s

    @property
    def lost_packets(self) -> int:  # type: ignore[override]
        """Packets that reached this host but not us."""
        return sum(t.lost for t in self._transports)

    def notify(self, source: Source | None, on: bool, port: int | None) -> int:
        """Send news to the source, or no longer; how many hear them. Raises Refused."""
        if source is None:
            return len(self.clients)
        if not on:
            self.clients.remove(source, port)
        elif isinstance(source, UdpSource):
            self.clients.add(source, source.address, port)
        elif port is not None:
            raise Refused(f"port {port}: a TCP connection is answered on itself")
        else:
            self.clients.add(source, None, None)
        self.feedback.keep_only(self.clients.everyone())
        if on:
            self.feedback.add(source)
        return len(self.clients)

    def notify_meters(self, source: Source | None, on: bool) -> int:
        """Send meters to the source too, or no longer; to how many. Raises Refused."""
        count = self.feedback.meter(source, on) if source is not None else 0
        if on and source is not None and not count:
            raise Refused("nobody here has said /notify 1 [port]; say it first")
        return count

    def said(self, call: Call) -> None:
        """Whoever sent a message is alive, and need not be told its value."""
        if call.source is not None:
            self.clients.alive(call.source)
        if self.feedback and call.source is not None and call.arguments:
            value = call.arguments[0]
            if isinstance(value, (int, float, str)):
                self.feedback.said(call.source, call.address, value)

    def news(self, address: str, *arguments: Sendable) -> None:
        """Tell all who asked for news, and those within."""
        for hear in self._hearers:
            hear(address, *arguments)
        packet = encode_reply(address, *arguments)
        for source in self.clients.everyone():
            source.send(packet)

    def dump(self, level: int) -> None:
        """Print incoming messages (0: no longer)."""
        self._dump.level = level

    def quit(self) -> None:
        """End the daemon."""
        self.stop()

    def _observe(self, looks: Looks) -> Values:
        values, voices = self._commands.observe(), self._commands.voices.values()
        if looks.forms:
            values.update(other_forms(voices, values))
        if looks.meters:
            values.update(meters(voices, self._engine))
        if looks.scope:
            values[SCOPE] = scope(self._engine)
        return values
