#!/usr/bin/env python3
"""Registers one instance and holds it until SIGINT or SIGTERM.

    python3 provide.py orders orders-1 grpc://10.0.0.1:50051 --interface orders.v1.OrderService

Ends with 0 when told to, with 1 when the server refuses, and with 7 when another process has taken
the instance over or somebody has removed it: then nothing is left to hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from urllib.parse import urlsplit

import command_line
from registry.v1 import model_pb2
from registry_client import Provider, RegistryError

NOTHING_LEFT = 7


def endpoint(text: str) -> model_pb2.Endpoint:
    try:
        url = urlsplit(text)
        if url.scheme and url.hostname and url.port:
            return model_pb2.Endpoint(protocol=url.scheme, host=url.hostname, port=url.port)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"'{text}' is not protocol://host:port")


def pair(text: str) -> "tuple[str, str]":
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not KEY=VALUE")
    return key, value


def main() -> int:
    options = command_line.parser("Registers one instance and holds it until SIGINT or SIGTERM.")
    options.add_argument("application")
    options.add_argument("id", help="names the instance within its application")
    options.add_argument("endpoint", nargs="+", type=endpoint, help="protocol://host:port")
    options.add_argument("--interface", action="append", default=[], help="can be repeated")
    options.add_argument("--zone", default="")
    options.add_argument("--weight", type=int, help="default: 100")
    options.add_argument(
        "--metadata",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        type=pair,
        help="can be repeated",
    )
    options.add_argument(
        "--ttl",
        type=float,
        default=0,
        metavar="SECONDS",
        help="of the lease; default: the server's, 15",
    )
    options.add_argument(
        "--drain",
        type=float,
        default=0,
        metavar="SECONDS",
        help="be DRAINING for so long at the end",
    )
    given = options.parse_args()

    # weight is optional on the wire: not set means 100, and 0 means 0.
    spec = model_pb2.InstanceSpec(
        id=given.id,
        endpoints=given.endpoint,
        zone=given.zone,
        weight=given.weight,
        metadata=dict(given.metadata),
    )
    command_line.stop_on_signals()
    with command_line.channel(given) as channel:
        provider = Provider(
            channel,
            given.application,
            [spec],
            interfaces=given.interface,
            namespace=given.namespace,
            ttl=given.ttl,
            log=lambda line: print(line, flush=True),
        )
        provider.start()
        try:
            provider.wait()
        except SystemExit:
            if given.drain > 0:
                drain(provider, given.drain)
            raise
        finally:
            end(provider)
    if provider.error is not None:
        command_line.fail(provider.error)
    return NOTHING_LEFT


def drain(provider: Provider, seconds: float) -> None:
    """New calls go elsewhere from here on; what is under way may end."""
    try:
        provider.set_state(model_pb2.INSTANCE_STATE_DRAINING)
        print("draining", flush=True)
        time.sleep(seconds)
    except RegistryError as error:
        command_line.complain(error)


def end(provider: Provider) -> None:
    try:
        removed = provider.stop()
        print(f"removed {removed} instance{'' if removed == 1 else 's'}", flush=True)
    except RegistryError as error:
        command_line.complain(f"{error}; the lease runs out by itself")


if __name__ == "__main__":
    sys.exit(main())
