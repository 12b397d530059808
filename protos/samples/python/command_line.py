"""What the three programs share: options, signals, and how an instance is shown."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any, Dict, NoReturn, Tuple

import grpc

from registry.v1 import model_pb2
from registry_client import RegistryError, connect


def parser(description: str) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=description)
    server = os.environ.get("REGISTRY_SERVER", "127.0.0.1:7400")
    options.add_argument(
        "--server",
        metavar="HOST:PORT",
        default=server,
        help="default: REGISTRY_SERVER, else %(default)s",
    )
    options.add_argument(
        "--ca", metavar="FILE", help="speak TLS and trust these certificates (PEM)"
    )
    options.add_argument("--namespace", default="", help="default: the namespace 'default'")
    return options


def channel(options: argparse.Namespace) -> grpc.Channel:
    return connect(options.server.replace("http://", "").replace("https://", ""), options.ca)


def stop_on_signals() -> None:
    """SIGINT and SIGTERM raise SystemExit in the main thread: `finally` and `with` clean up.

    A second one cuts that short. SIGINT is set explicitly, because a shell starts background jobs
    with it ignored.
    """

    def stop(*_: object) -> NoReturn:
        sys.exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def complain(message: object) -> None:
    print(f"registry: {message}", file=sys.stderr, flush=True)


def fail(error: RegistryError) -> NoReturn:
    complain(error)
    sys.exit(1)


def state_name(state: int) -> str:
    """UP, DRAINING, ...; a state of a later version is UNSPECIFIED."""
    if state not in model_pb2.InstanceState.values():
        state = model_pb2.INSTANCE_STATE_UNSPECIFIED
    return model_pb2.InstanceState.Name(state).replace("INSTANCE_STATE_", "", 1)


def endpoint_text(endpoint: model_pb2.Endpoint) -> str:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"{endpoint.protocol}://{host}:{endpoint.port}"


def instance_text(key: Tuple[str, str], instance: model_pb2.Instance) -> str:
    endpoints = ",".join(endpoint_text(endpoint) for endpoint in instance.endpoints)
    return f"{'/'.join(key)} {endpoints} {state_name(instance.state)}"


def instance_json(key: Tuple[str, str], instance: model_pb2.Instance) -> Dict[str, Any]:
    return {
        "application": key[0],
        "id": instance.id,
        "state": state_name(instance.state),
        "zone": instance.zone,
        "weight": instance.weight,
        "buildId": instance.build_id,
        "incarnation": instance.incarnation,
        "revision": instance.revision,
        "endpoints": [
            {"protocol": endpoint.protocol, "host": endpoint.host, "port": endpoint.port}
            for endpoint in instance.endpoints
        ],
        "metadata": dict(sorted(instance.metadata.items())),
        "holder": instance.holder,
    }
