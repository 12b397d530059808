#!/usr/bin/env python3
"""Prints what is there, then one line per change, until SIGINT or SIGTERM.

    python3 watch.py orders.v1.OrderService
    42 = orders.v1.OrderService orders/orders-1 grpc://10.0.0.1:50051 UP
    43 + orders.v1.OrderService orders/orders-2 grpc://10.0.0.2:50051 UP
    44 ~ orders.v1.OrderService orders/orders-1 grpc://10.0.0.1:50051 DRAINING (state)
    45 - orders.v1.OrderService orders/orders-1 grpc://10.0.0.1:50051 DRAINING

= is there at the start, + added, - removed or serves the interface no more, ~ changed, ! unknown,
without an instance, or available again. With --json the lines are those of `registry watch
--output json`.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any, List

import command_line
from registry.v1 import model_pb2
from registry_client import (
    Changed,
    Connected,
    Ended,
    Interrupted,
    RegistryError,
    TopicName,
    View,
    Watcher,
)

_MARKS = {"present": "=", "added": "+", "removed": "-", "changed": "~", "status": "!"}
_FIELDS = {
    "state": "state",
    "zone": "zone",
    "weight": "weight",
    "build_id": "buildId",
    "incarnation": "incarnation",
    "endpoints": "endpoints",
    "metadata": "metadata",
    "holder": "holder",
}


class Printer:
    """Prints how two views differ, so that a reconnect by itself prints nothing."""

    def __init__(self, names: List[TopicName], as_json: bool) -> None:
        self._names = names
        self._as_json = as_json

    def forget(self, name: TopicName) -> None:
        """The server does not follow it for us any more."""
        self._names.remove(name)

    def print(self, before: View, view: View) -> None:
        for name in self._names:
            is_first = not before.epoch
            old, new = before.instances(name), view.instances(name)
            if is_first:
                self._print_status(name, view)
            for key in sorted(old.keys() | new.keys()):
                if key not in old:
                    self._print_instance(
                        "present" if is_first else "added", name, view, key, new[key]
                    )
                elif key not in new:
                    self._print_instance("removed", name, view, key, old[key])
                else:
                    changes = differences(old[key], new[key])
                    if changes:
                        self._print_instance("changed", name, view, key, new[key], changes)
            if not is_first and before.status(name) != view.status(name):
                self._print_status(name, view)

    def _print_status(self, name: TopicName, view: View) -> None:
        status = view.status(name)
        content = view.topics.get(name)
        applications = (
            [name.name] if name.kind == "application" else sorted(content.items) if content else []
        )
        if self._as_json:
            self._write_json("status", name, view, status=status, applications=applications)
        else:
            print(f"{view.revision} ! {name.name} {status}", flush=True)

    def _print_instance(
        self, event: str, name: TopicName, view: View, key, instance, changes=()
    ) -> None:
        if self._as_json:
            more = {"changes": list(changes)} if event == "changed" else {}
            self._write_json(
                event, name, view, instance=command_line.instance_json(key, instance), **more
            )
        else:
            text = command_line.instance_text(key, instance)
            more = f" ({', '.join(changes)})" if changes else ""
            print(f"{view.revision} {_MARKS[event]} {name.name} {text}{more}", flush=True)

    @staticmethod
    def _write_json(event: str, name: TopicName, view: View, **more: Any) -> None:
        now = datetime.now(timezone.utc).isoformat()
        line = {
            "time": now,
            "revision": view.revision,
            "event": event,
            "kind": name.kind,
            "name": name.name,
            **more,
        }
        print(json.dumps(line, ensure_ascii=False, separators=(",", ":")), flush=True)


def differences(before: model_pb2.Instance, after: model_pb2.Instance) -> List[str]:
    """The fields that a consumer sees differently; the revision alone always differs."""
    return [
        shown
        for field, shown in _FIELDS.items()
        if getattr(before, field) != getattr(after, field)
    ]


def main() -> int:
    options = command_line.parser("Prints what is there, then one line per change.")
    options.add_argument("name", nargs="+")
    options.add_argument(
        "--application", action="store_true", help="the names are applications, not interfaces"
    )
    options.add_argument("--json", action="store_true", help="one object per line")
    options.add_argument(
        "--silence",
        type=float,
        default=30,
        metavar="SECONDS",
        help="reconnect after so long without a Sync",
    )
    given = options.parse_args()

    make = TopicName.application if given.application else TopicName.interface
    names = [make(name, given.namespace) for name in dict.fromkeys(given.name)]
    printer = Printer(names, given.json)
    command_line.stop_on_signals()
    with command_line.channel(given) as channel:
        watcher = Watcher(channel, names, client="watch.py 1", silence=given.silence)
        try:
            for event in watcher.run():
                if isinstance(event, Changed):
                    printer.print(event.before, event.view)
                elif isinstance(event, Connected):
                    how = "resumed" if event.resumed else "all told"
                    command_line.complain(f"connected at revision {event.view.revision}, {how}")
                elif isinstance(event, Interrupted):
                    command_line.complain(f"{event.cause}; trying again in {event.wait:.1f} s")
                elif isinstance(event, Ended):
                    printer.forget(event.name)
                    command_line.complain(f"{event.name.name}: {event.reason}: {event.message}")
        except RegistryError as error:
            command_line.fail(error)
    command_line.complain("nothing is left to watch")
    return 1


if __name__ == "__main__":
    sys.exit(main())
