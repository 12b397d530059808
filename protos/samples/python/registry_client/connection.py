"""A channel, errors that say more than a status, and patience."""

from __future__ import annotations

import hashlib
import random
from typing import Iterable, Optional

import grpc

# For one answer, in seconds. A call without a deadline can wait for ever.
CALL_TIMEOUT = 5.0

_CHANNEL_OPTIONS = [
    # A server that vanished without a word is found within 15 s, calls or no calls.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # Who calls decides how often to try. By default a server that is back may stay unreachable for
    # two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # How long one attempt to connect may take. In Python a channel makes progress only while a
    # call waits on it, so this has to be longer than the pauses between our calls.
    ("grpc.min_reconnect_backoff_ms", 6_000),
    # A proxy of the environment is meant for the web.
    ("grpc.enable_http_proxy", 0),
]

_MAY_PASS = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
    # How a broken connection, a reset stream or a server that fails by itself shows.
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
}


# Calls after a failed one say wait_for_ready: they wait for the connection instead of failing at
# once because the last attempt to connect did. Failing at once, they would leave the channel no
# time to connect.


def connect(address: str, ca_file: Optional[str] = None) -> grpc.Channel:
    """A channel to host:port, over TLS if given a file of trusted certificates."""
    if ca_file is None:
        return grpc.insecure_channel(address, options=_CHANNEL_OPTIONS)
    with open(ca_file, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    return grpc.secure_channel(address, credentials, options=_CHANNEL_OPTIONS)


class RegistryError(Exception):
    """A call that failed: status, and the reason and field that the trailers name."""

    def __init__(self, failure: grpc.RpcError) -> None:
        trailers = dict(failure.trailing_metadata() or ())
        self.status: grpc.StatusCode = failure.code()
        self.reason: str = trailers.get("registry-reason", "")
        self.field: str = trailers.get("registry-field", "")
        parts = [self.status.name, self.reason]
        super().__init__(" ".join(part for part in parts if part) + f": {failure.details()}")

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later without anybody changing anything."""
        if self.status is grpc.StatusCode.RESOURCE_EXHAUSTED:
            # A full log and a slow reader pass; a limit stays until somebody removes something.
            return not self.reason.startswith("LIMIT_")
        return self.status in _MAY_PASS


class Backoff:
    """Waiting times between attempts, in seconds.

    They grow, and are drawn at random, so that clients that lost their server together do not come
    back together.
    """

    def __init__(self, shortest: float = 0.1, longest: float = 5.0) -> None:
        self._shortest = shortest
        self._longest = longest
        self._last = shortest

    def next(self) -> float:
        self._last = min(self._longest, random.uniform(self._shortest, self._last * 3))
        return self._last

    def reset(self) -> None:
        self._last = self._shortest


def build_id(interfaces: Iterable[str]) -> str:
    """The id of the build that serves exactly these interfaces. The server computes it too."""
    names = sorted({name.encode("ascii") for name in interfaces})
    return hashlib.sha256(b"".join(name + b"\n" for name in names)).hexdigest()
