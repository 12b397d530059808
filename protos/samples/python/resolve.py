#!/usr/bin/env python3
"""Prints who serves an interface, and where.

    python3 resolve.py orders.v1.OrderService

Ends with 3 if a name is unknown, with 6 if all are known and at least one has no instance at
present.
"""

from __future__ import annotations

import json
import sys

import command_line
from registry_client import RegistryError, TopicName, resolve


def main() -> int:
    options = command_line.parser("Prints who serves an interface, and where.")
    options.add_argument("name", nargs="+")
    options.add_argument(
        "--application", action="store_true", help="the names are applications, not interfaces"
    )
    options.add_argument("--json", action="store_true", help="one object per name")
    given = options.parse_args()

    make = TopicName.application if given.application else TopicName.interface
    names = [make(name, given.namespace) for name in given.name]
    with command_line.channel(given) as channel:
        try:
            view = resolve(channel, names, given.namespace)
        except RegistryError as error:
            command_line.fail(error)

    for name in names:
        instances = sorted(view.instances(name).items())
        if given.json:
            found = [command_line.instance_json(key, instance) for key, instance in instances]
            line = {
                "revision": view.revision,
                "kind": name.kind,
                "name": name.name,
                "status": view.status(name),
            }
            print(json.dumps({**line, "instances": found}, ensure_ascii=False))
        elif not instances:
            print(f"{name.name} {view.status(name)}")
        else:
            for key, instance in instances:
                print(f"{name.name} {command_line.instance_text(key, instance)}")

    statuses = {view.status(name) for name in names}
    return 3 if "unknown" in statuses else 6 if "noInstance" in statuses else 0


if __name__ == "__main__":
    sys.exit(main())
