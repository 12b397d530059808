"""A client of registry.v1 that follows the rules of protos/README.md.

    connection   the channel, errors, waiting between attempts, build ids
    provider     keeps instances registered: lease, register, renew, stop
    view         what is known at one revision, the join, and how messages become a view
    watcher      follows names over as many streams as it takes; resolve
"""

from .connection import Backoff, RegistryError, build_id, connect
from .provider import Provider
from .view import ProtocolError, Replica, TopicName, View
from .watcher import Changed, Connected, Ended, Interrupted, Watcher, resolve

__all__ = [
    "Backoff",
    "Changed",
    "Connected",
    "Ended",
    "Interrupted",
    "ProtocolError",
    "Provider",
    "RegistryError",
    "Replica",
    "TopicName",
    "View",
    "Watcher",
    "build_id",
    "connect",
    "resolve",
]
