"""Following names, over as many streams as it takes; and reading once."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass
from typing import Iterable, Iterator, Optional, Union

import grpc

from registry.v1 import discovery_pb2, discovery_pb2_grpc

from .connection import CALL_TIMEOUT, Backoff, RegistryError
from .view import ProtocolError, Replica, TopicName, View


@dataclass(frozen=True)
class Connected:
    """The first batch of a stream is applied. resumed: it went on from the view before it."""

    view: View
    resumed: bool


@dataclass(frozen=True)
class Changed:
    """The view has moved. Much of it may be the same."""

    before: View
    view: View


@dataclass(frozen=True)
class Ended:
    """The server has ended a subscription, for instance because its name is not one."""

    name: TopicName
    reason: str
    message: str


@dataclass(frozen=True)
class Interrupted:
    """The stream broke; nothing is known to have changed. wait is in seconds."""

    cause: str
    wait: float


Event = Union[Connected, Changed, Ended, Interrupted]


def resolve(channel: grpc.Channel, names: Iterable[TopicName], namespace: str = "") -> View:
    """Reads names of one namespace, all at one revision."""
    names = list(names)
    request = discovery_pb2.ResolveRequest(
        namespace=namespace,
        interfaces=[name.name for name in names if name.kind == "interface"],
        applications=[name.name for name in names if name.kind == "application"],
    )
    try:
        answer = discovery_pb2_grpc.DiscoveryStub(channel).Resolve(request, timeout=CALL_TIMEOUT)
    except grpc.RpcError as failure:
        raise RegistryError(failure) from None

    # The answer is one batch of a watch that subscribed to nothing.
    replica = Replica()
    for topic in answer.interfaces:
        replica.receive(discovery_pb2.WatchResponse(interface=topic))
    for topic in answer.applications:
        replica.receive(discovery_pb2.WatchResponse(application=topic))
    replica.receive(discovery_pb2.WatchResponse(sync=answer.sync))
    return replica.view


class Watcher:
    """Follows names until nothing is left to follow or the server refuses for good.

    A stream that breaks, or brings no Sync for a while, is followed by another one, which goes on
    from the view. Three streams begin without a token: the first, the one after OUT_OF_RANGE, and
    the one after a broken promise.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        names: Iterable[TopicName],
        client: str = "",
        silence: float = 30.0,
    ) -> None:
        """client tells operators who asks; silence is in seconds, three bookmark intervals."""
        self._stub = discovery_pb2_grpc.DiscoveryStub(channel)
        self._subscriptions = dict(enumerate(dict.fromkeys(names), start=1))
        self._client = client
        self._silence = silence
        self._replica = Replica()

    @property
    def view(self) -> View:
        return self._replica.view

    def run(self) -> Iterator[Event]:
        """Iterate once; closing the iterator ends the stream. Raises a refusal that is final."""
        backoff = Backoff()
        resume = True
        has_failed = False
        while self._subscriptions:
            opening = self._replica.begin(self._subscriptions, resume)
            opening.client = self._client
            connected = False
            with _Stream(self._stub, opening, self._silence, wait_for_ready=has_failed) as stream:
                try:
                    for message in stream:
                        batch = self._replica.receive(message)
                        if batch is None:
                            continue
                        stream.heard()
                        for name in batch.damaged:
                            stream.request_snapshot(name)
                        for end in batch.ended:
                            name = self._subscriptions.pop(end.id, None)
                            if name is not None:
                                yield Ended(name, end.reason, end.message)
                        if batch.view is not batch.before:
                            if not connected:
                                connected = resume = True
                                backoff.reset()
                                yield Connected(batch.view, opening.HasField("token"))
                            yield Changed(batch.before, batch.view)
                        if not self._subscriptions:
                            return
                        stream.listen()
                    cause = "the server ended the stream"
                except ProtocolError as breach:
                    cause = str(breach)
                    resume = False
                except grpc.RpcError as failure:
                    error = RegistryError(failure)
                    cause = str(error)
                    if stream.fell_silent:
                        cause = f"no Sync for {self._silence:g} s"
                    elif error.status is grpc.StatusCode.OUT_OF_RANGE:
                        resume = False
                    elif not error.may_pass:
                        raise error from None
            has_failed = True
            wait = backoff.next()
            yield Interrupted(cause, wait)
            time.sleep(wait)


class _Stream(contextlib.AbstractContextManager):
    """One call of Watch. It is cancelled when its reader has waited for a Sync for too long."""

    def __init__(
        self,
        stub: discovery_pb2_grpc.DiscoveryStub,
        opening: discovery_pb2.Open,
        silence: float,
        wait_for_ready: bool,
    ) -> None:
        self.fell_silent = False
        self._silence = silence
        self._listening_since: Optional[float] = time.monotonic()
        self._over = threading.Event()
        # gRPC takes requests from here in a thread of its own; None ends them.
        self._requests: "queue.SimpleQueue[Optional[discovery_pb2.WatchRequest]]" = (
            queue.SimpleQueue()
        )
        self._requests.put(discovery_pb2.WatchRequest(open=opening))
        self._call = stub.Watch(iter(self._requests.get, None), wait_for_ready=wait_for_ready)
        threading.Thread(target=self._guard, name="registry watch guard", daemon=True).start()

    def __iter__(self) -> Iterator[discovery_pb2.WatchResponse]:
        return self._call

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._requests.put(None)
        self._call.cancel()

    def request_snapshot(self, name: TopicName) -> None:
        wanted = discovery_pb2.RequestSnapshot(topic=name.to_wire())
        self._requests.put(discovery_pb2.WatchRequest(request_snapshot=wanted))

    def heard(self) -> None:
        """A Sync came. The time until listen() is the reader's own."""
        self._listening_since = None

    def listen(self) -> None:
        self._listening_since = time.monotonic()

    def _guard(self) -> None:
        while not self._over.wait(self._silence / 10):
            since = self._listening_since
            if since is not None and time.monotonic() - since > self._silence:
                self.fell_silent = True
                self._call.cancel()
                return
