"""What is known at one revision, and how messages become that. No I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Mapping, NamedTuple, Optional, Set, Tuple, Union

from registry.v1 import discovery_pb2, model_pb2

TopicMessage = Union[discovery_pb2.InterfaceTopic, discovery_pb2.ApplicationTopic]
Item = Union[discovery_pb2.MappedApplication, model_pb2.Instance]

# A snapshot that was asked for comes with the next batch. After this many without it the stream is
# given up.
_PATIENCE_IN_BATCHES = 3


class ProtocolError(Exception):
    """The stream broke a promise. Begin another one without a token."""


class TopicName(NamedTuple):
    """What can be watched: the mapping of an interface, or the instances of an application."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def interface(cls, name: str, namespace: str = "") -> TopicName:
        return cls("interface", namespace or "default", name)

    @classmethod
    def application(cls, name: str, namespace: str = "") -> TopicName:
        return cls("application", namespace or "default", name)

    def to_wire(self) -> model_pb2.Topic:
        return model_pb2.Topic(**{"namespace": self.namespace, self.kind: self.name})

    def to_subscribe(self, subscription_id: int) -> discovery_pb2.Subscribe:
        return discovery_pb2.Subscribe(
            **{"id": subscription_id, "namespace": self.namespace, self.kind: self.name}
        )


@dataclass(frozen=True)
class Content:
    """One topic as it stands. The items: mapped applications or instances, by name."""

    revision: int
    absent: bool
    items: Mapping[str, Item]


@dataclass(frozen=True)
class View:
    """All that is followed, at one revision. Never changes."""

    epoch: str = ""
    revision: int = 0
    topics: Mapping[TopicName, Content] = field(default_factory=dict)

    def instances(self, name: TopicName) -> Dict[Tuple[str, str], model_pb2.Instance]:
        """The instances of an application, or those that serve an interface.

        The join: a mapped application's instances serve the interface if they run one of the
        builds listed there. In a rolling upgrade an application runs several builds, and some of
        its instances do not serve what others do.
        """
        content = self.topics.get(name)
        if content is None:
            return {}
        if name.kind == "application":
            return {(name.name, key): instance for key, instance in content.items.items()}
        found = {}
        for mapped in content.items.values():
            application = self.topics.get(
                TopicName("application", name.namespace, mapped.application)
            )
            for key, instance in application.items.items() if application else ():
                if instance.build_id in mapped.build_ids:
                    found[(mapped.application, key)] = instance
        return found

    def status(self, name: TopicName) -> str:
        """available; noInstance: the name is known and has no instance at present; unknown."""
        content = self.topics.get(name)
        if content is None or content.absent:
            return "unknown"
        return "available" if self.instances(name) else "noInstance"


@dataclass(frozen=True)
class Batch:
    """What a Sync has brought."""

    # Before and after. The same if the view could not move yet.
    before: View
    view: View
    ended: List[discovery_pb2.SubscriptionEnded]
    # Topics of which a message did not apply: ask for a snapshot.
    damaged: List[TopicName]


class Replica:
    """Makes views from the messages of watch streams, one stream after the other.

    A batch is kept until its Sync and applied as a whole. The view moves when everything fits: all
    that the stream subscribed to in its first message has been acknowledged, and no topic waits
    for a snapshot. So the view is also what a new stream can go on from, and a stream that ends
    early leaves no trace.
    """

    def __init__(self) -> None:
        self.view = View()
        self._pending: List[discovery_pb2.WatchResponse] = []
        self._topics: Dict[TopicName, Content] = {}
        self._damaged: Dict[TopicName, int] = {}
        self._unacknowledged: Set[int] = set()
        self._epoch = ""
        self._revision = 0

    def begin(self, subscriptions: Mapping[int, TopicName], resume: bool) -> discovery_pb2.Open:
        """Starts a stream, from the view if it resumes; returns its first message."""
        base = self.view if resume else View()
        self._pending = []
        self._topics = dict(base.topics)
        self._damaged = {}
        self._unacknowledged = set(subscriptions)
        self._epoch, self._revision = base.epoch, base.revision

        opening = discovery_pb2.Open(
            subscriptions=[name.to_subscribe(i) for i, name in sorted(subscriptions.items())]
        )
        if base.epoch:
            opening.token.epoch, opening.token.revision = base.epoch, base.revision
            opening.held.extend(name.to_wire() for name in base.topics)
        return opening

    def receive(self, message: discovery_pb2.WatchResponse) -> Optional[Batch]:
        """Takes the next message of the stream; returns something at each Sync."""
        kind = message.WhichOneof("kind")
        if kind == "sync":
            return self._apply(message.sync)
        if kind is not None:
            # None is a message of a later version: to be skipped.
            self._pending.append(message)
        return None

    def _apply(self, sync: discovery_pb2.Sync) -> Batch:
        if sync.epoch == self._epoch and sync.revision < self._revision:
            raise ProtocolError(f"the revision fell from {self._revision} to {sync.revision}")

        # By topic: parts of a message that is not whole yet, and the revision that this batch has
        # brought it to.
        parts: Dict[TopicName, List[TopicMessage]] = {}
        brought: Dict[TopicName, int] = {}
        ended = []
        pending, self._pending = self._pending, []
        for message in pending:
            kind = message.WhichOneof("kind")
            if kind == "interface":
                name = TopicName.interface(
                    message.interface.interface, message.interface.namespace
                )
                self._receive(name, message.interface, parts, brought)
            elif kind == "application":
                name = TopicName.application(
                    message.application.application, message.application.namespace
                )
                self._receive(name, message.application, parts, brought)
            elif kind == "dropped":
                topic = message.dropped.topic
                topic_kind = topic.WhichOneof("kind")
                name = TopicName(
                    topic_kind, topic.namespace or "default", getattr(topic, topic_kind)
                )
                for known in (self._topics, self._damaged, parts, brought):
                    known.pop(name, None)
            elif kind == "subscribed":
                self._unacknowledged.discard(message.subscribed.id)
            elif kind == "subscription_ended":
                self._unacknowledged.discard(message.subscription_ended.id)
                ended.append(message.subscription_ended)
        for name in parts:
            self._damaged.setdefault(name, 0)
        self._epoch, self._revision = sync.epoch, sync.revision

        damaged = [name for name, age in self._damaged.items() if age == 0]
        for name in self._damaged:
            self._damaged[name] += 1
            if self._damaged[name] > _PATIENCE_IN_BATCHES:
                raise ProtocolError(
                    f"a snapshot of {name.kind} {name.name} was asked for and did not come"
                )

        before = self.view
        if not self._damaged and not self._unacknowledged:
            self.view = View(sync.epoch, sync.revision, dict(self._topics))
        return Batch(before, self.view, ended, damaged)

    def _receive(
        self,
        name: TopicName,
        message: TopicMessage,
        parts: Dict[TopicName, List[TopicMessage]],
        brought: Dict[TopicName, int],
    ) -> None:
        if not message.continued:
            parts[name] = []
        elif name not in parts:
            self._damaged.setdefault(name, 0)
            return
        parts[name].append(message)
        if message.more:
            return

        # The base that a delta meets. A damaged topic is behind it, whatever the last Sync says.
        base = None if name in self._damaged else brought.get(name, self._revision)
        content = _combine(self._topics.get(name), base, parts.pop(name))
        if content is None:
            self._damaged.setdefault(name, 0)
        else:
            self._topics[name] = content
            self._damaged.pop(name, None)
            brought[name] = message.to


def _combine(
    held: Optional[Content], base: Optional[int], parts: List[TopicMessage]
) -> Optional[Content]:
    """The content after a message, given in parts. None: it does not apply."""
    first = parts[0]
    if first.kind == discovery_pb2.TOPIC_MESSAGE_KIND_SNAPSHOT:
        items: Dict[str, Item] = {}
    elif first.kind != discovery_pb2.TOPIC_MESSAGE_KIND_DELTA:
        # A kind of a later version. What it would have changed is unknown.
        return None
    elif held is None or base is None or not getattr(first, "from") <= base < first.to:
        return None
    else:
        items = dict(held.items)

    for part in parts:
        if isinstance(part, discovery_pb2.InterfaceTopic):
            for removed in part.removed_applications:
                items.pop(removed, None)
            items.update((mapped.application, mapped) for mapped in part.applications)
        else:
            for removed in part.removed_instances:
                items.pop(removed, None)
            items.update((instance.id, instance) for instance in part.instances)
    return Content(first.to, first.absent, items)
