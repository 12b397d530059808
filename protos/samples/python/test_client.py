"""The rules that matter when a server misbehaves, which the real one does not do on request.

    python3 -m unittest test_client
"""

from __future__ import annotations

import queue
import unittest
from concurrent import futures
from typing import Iterator, List

import grpc

from registry.v1 import discovery_pb2 as wire
from registry.v1 import discovery_pb2_grpc, model_pb2
from registry_client import (
    Changed,
    Connected,
    Interrupted,
    ProtocolError,
    Replica,
    TopicName,
    Watcher,
    build_id,
    connect,
)

ORDERS = TopicName.application("orders")
API = TopicName.interface("orders.v1.OrderService")


def application(*ids: str, base: int = -1, to: int = 1, **more) -> wire.WatchResponse:
    """A message about the instances of orders: a delta if it has a base, else a snapshot."""
    kind = wire.TOPIC_MESSAGE_KIND_SNAPSHOT if base < 0 else wire.TOPIC_MESSAGE_KIND_DELTA
    instances = [
        model_pb2.Instance(id=name, revision=to, build_id=more.pop("build", "b1")) for name in ids
    ]
    topic = wire.ApplicationTopic(
        namespace="default", application="orders", kind=kind, to=to, instances=instances, **more
    )
    if base >= 0:
        setattr(topic, "from", base)
    return wire.WatchResponse(application=topic)


def sync(revision: int, epoch: str = "e1") -> wire.WatchResponse:
    return wire.WatchResponse(sync=wire.Sync(epoch=epoch, revision=revision))


def subscribed(number: int = 1) -> wire.WatchResponse:
    return wire.WatchResponse(subscribed=wire.Subscribed(id=number))


class BuildId(unittest.TestCase):
    def test_the_known_answer_of_the_readme(self) -> None:
        names = [
            "orders.v1.OrderService",
            "grpc.health.v1.Health",
            "orders.v1.Audit",
            "orders.v1.Audit",
        ]
        self.assertEqual(
            "a3c3fe8c6af3a68681b67362e6c37333f4b0529b000592c50b940ac120834260", build_id(names)
        )

    def test_no_interface(self) -> None:
        self.assertEqual(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", build_id([])
        )


class ReplicaRules(unittest.TestCase):
    def setUp(self) -> None:
        self.replica = Replica()
        self.replica.begin({1: ORDERS}, resume=True)

    def feed(self, *messages: wire.WatchResponse):
        batch = None
        for message in messages:
            batch = self.replica.receive(message) or batch
        return batch

    def ids(self) -> List[str]:
        return [key for _, key in sorted(self.replica.view.instances(ORDERS))]

    def test_a_batch_counts_at_its_sync_and_leaves_no_trace_without_it(self) -> None:
        self.feed(subscribed(), application("a", to=1), sync(1))
        self.feed(application("b", base=1, to=2))
        self.assertEqual(["a"], self.ids())

        opening = self.replica.begin({1: ORDERS}, resume=True)
        self.assertEqual(("e1", 1), (opening.token.epoch, opening.token.revision))
        self.assertEqual([ORDERS.to_wire()], list(opening.held))
        self.feed(subscribed(), sync(2))
        self.assertEqual(["a"], self.ids())

    def test_a_delta_applies_on_every_base_from_its_from_to_below_its_to(self) -> None:
        self.feed(subscribed(), application("a", to=1), sync(5))
        self.feed(application("b", base=3, to=6), application("c", base=6, to=7), sync(9))
        self.assertEqual(["a", "b", "c"], self.ids())
        self.assertEqual(9, self.replica.view.revision)

    def test_a_delta_that_does_not_apply_holds_the_view_until_the_snapshot(self) -> None:
        self.feed(subscribed(), application("a", to=1), sync(1))
        batch = self.feed(application("c", base=2, to=3), sync(3))
        self.assertEqual(([ORDERS], 1), (batch.damaged, batch.view.revision))

        # What comes for a damaged topic does not apply either, even if its numbers fit, and is not
        # asked for twice.
        batch = self.feed(application("d", base=3, to=4), sync(4))
        self.assertEqual(([], 1), (batch.damaged, batch.view.revision))
        self.feed(application("b", "c", "d", to=4), sync(5))
        self.assertEqual(["b", "c", "d"], self.ids())
        self.assertEqual(5, self.replica.view.revision)

    def test_a_snapshot_that_does_not_come_breaks_a_promise(self) -> None:
        self.feed(
            subscribed(), application("a", to=1), sync(1), application("c", base=2, to=3), sync(3)
        )
        with self.assertRaises(ProtocolError):
            self.feed(sync(4), sync(5), sync(6), sync(7))

    def test_parts_are_one_message(self) -> None:
        self.feed(
            subscribed(),
            application("a", to=1, more=True),
            application("b", to=1, more=True, continued=True),
            application("c", to=1, continued=True),
            sync(1),
        )
        self.assertEqual(["a", "b", "c"], self.ids())
        self.feed(
            application("d", base=1, to=2, more=True),
            application(base=1, to=2, continued=True, removed_instances=["a", "b"]),
            sync(2),
        )
        self.assertEqual(["c", "d"], self.ids())

    def test_half_a_message_at_a_sync_is_damage(self) -> None:
        batch = self.feed(subscribed(), application("a", to=1, more=True), sync(1))
        self.assertEqual([ORDERS], batch.damaged)
        self.assertEqual("", self.replica.view.epoch)

    def test_the_view_waits_for_all_acknowledgements(self) -> None:
        self.replica.begin({1: ORDERS, 2: API}, resume=True)
        self.feed(subscribed(1), application("a", to=1), sync(1))
        self.assertEqual("", self.replica.view.epoch)
        ended = wire.WatchResponse(
            subscription_ended=wire.SubscriptionEnded(id=2, reason="LIMIT_TOPICS")
        )
        batch = self.feed(ended, sync(2))
        self.assertEqual((["a"], "LIMIT_TOPICS"), (self.ids(), batch.ended[0].reason))

    def test_dropped_is_forgotten_and_what_is_not_known_is_skipped(self) -> None:
        self.feed(subscribed(), application("a", to=1), sync(1))
        self.feed(
            wire.WatchResponse(),
            wire.WatchResponse(dropped=wire.Dropped(topic=ORDERS.to_wire())),
            sync(2),
        )
        self.assertEqual("unknown", self.replica.view.status(ORDERS))
        self.assertNotIn(ORDERS, self.replica.view.topics)

    def test_a_revision_that_falls_breaks_a_promise_but_not_in_another_epoch(self) -> None:
        self.feed(subscribed(), application("a", to=5), sync(5))
        self.replica.begin({1: ORDERS}, resume=True)
        self.feed(subscribed(), application("b", to=2), sync(2, epoch="e2"))
        self.assertEqual((["b"], 2), (self.ids(), self.replica.view.revision))
        with self.assertRaises(ProtocolError):
            self.feed(sync(1, epoch="e2"))

    def test_the_join_keeps_the_instances_that_run_a_mapped_build(self) -> None:
        mapped = wire.MappedApplication(application="orders", build_ids=["b1", "b2"])
        snapshot = wire.InterfaceTopic(
            namespace="default",
            interface=API.name,
            kind=wire.TOPIC_MESSAGE_KIND_SNAPSHOT,
            to=1,
            applications=[mapped],
        )
        self.replica.begin({1: API}, resume=True)
        instances = application("a", to=1)
        instances.application.instances.add(id="b", build_id="b3")
        instances.application.instances.add(id="c", build_id="b2")
        instances.application.instances.add(id="d")
        self.feed(subscribed(), wire.WatchResponse(interface=snapshot), instances, sync(1))
        self.assertEqual(
            [("orders", "a"), ("orders", "c")], sorted(self.replica.view.instances(API))
        )


class ScriptedServer(discovery_pb2_grpc.DiscoveryServicer):
    """Answers one watch after the other by a script each, and keeps what it was asked."""

    def __init__(self, *scripts) -> None:
        self._scripts = list(scripts)
        self.asked: "queue.Queue[wire.WatchRequest]" = queue.Queue()

    def Watch(self, requests, context) -> Iterator[wire.WatchResponse]:
        yield from self._scripts.pop(0)(self, requests, context)

    def take(self, requests) -> wire.WatchRequest:
        request = next(requests)
        self.asked.put(request)
        return request


class WatcherRules(unittest.TestCase):
    def watch(self, *scripts) -> None:
        self.service = ScriptedServer(*scripts)
        server = grpc.server(futures.ThreadPoolExecutor(4))
        discovery_pb2_grpc.add_DiscoveryServicer_to_server(self.service, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(server.stop, None)
        channel = connect(f"127.0.0.1:{port}")
        self.addCleanup(channel.close)
        self.events = Watcher(channel, [ORDERS], silence=10).run()
        self.addCleanup(self.events.close)

    def test_out_of_range_begins_without_a_token(self) -> None:
        def first(service, requests, context):
            service.take(requests)
            yield from (subscribed(), application("a", to=7), sync(7))

        def ahead(service, requests, context):
            service.take(requests)
            context.abort(
                grpc.StatusCode.OUT_OF_RANGE, "a revision that this server has not reached"
            )
            yield

        def fresh(service, requests, context):
            service.take(requests)
            yield from (subscribed(), application("b", to=3), sync(3))
            next(requests, None)

        self.watch(first, ahead, fresh)
        kinds = []
        for event in self.events:
            kinds.append(type(event))
            if kinds.count(Changed) == 2:
                break
        self.assertEqual([Connected, Changed, Interrupted, Interrupted, Connected, Changed], kinds)
        tokens = [self.service.asked.get_nowait().open.HasField("token") for _ in range(3)]
        self.assertEqual([False, True, False], tokens)
        self.assertEqual([("orders", "b")], list(event.view.instances(ORDERS)))

    def test_a_delta_that_does_not_apply_is_answered_with_a_request(self) -> None:
        def damaging(service, requests, context):
            service.take(requests)
            yield from (
                subscribed(),
                application("a", to=1),
                sync(1),
                application("c", base=2, to=3),
                sync(3),
            )
            service.take(requests)
            yield from (application("b", "c", to=3), sync(3))
            next(requests, None)

        self.watch(damaging)
        views = []
        for event in self.events:
            if isinstance(event, Changed):
                views.append(sorted(key for _, key in event.view.instances(ORDERS)))
            if len(views) == 2:
                break
        self.assertEqual([["a"], ["b", "c"]], views)
        self.service.asked.get_nowait()
        self.assertEqual(ORDERS.to_wire(), self.service.asked.get_nowait().request_snapshot.topic)


if __name__ == "__main__":
    unittest.main()
