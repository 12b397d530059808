"""Keeps instances registered for as long as the process lives."""

from __future__ import annotations

import threading
from typing import Callable, Dict, Optional, Sequence

import grpc

from registry.v1 import model_pb2, registration_pb2, registration_pb2_grpc

from .connection import CALL_TIMEOUT, Backoff, RegistryError


class _Stopped(Exception):
    """The provider was told to stop while it worked."""


class Provider:
    """The instances of one application on one lease.

    A thread of its own grants the lease, registers, and renews at a third of the time to live. If
    the server does not know the lease any more, the thread starts over with a new one. What
    another process has taken over, or somebody has removed, it never registers again: two twins
    would take the instance from each other for ever. When nothing is left it ends by itself.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        application: str,
        instances: Sequence[model_pb2.InstanceSpec],
        interfaces: Sequence[str] = (),
        namespace: str = "",
        ttl: float = 0.0,
        log: Callable[[str], None] = print,
    ) -> None:
        """At most 64 instances, which all run one build. A ttl of 0: the server's default."""
        self._stub = registration_pb2_grpc.RegistrationStub(channel)
        self._application = application
        # Declared with the instances, so that both appear in one revision. The only build is the
        # build of all of them.
        self._builds = [model_pb2.Build(interfaces=interfaces)] if interfaces else []
        self._namespace = namespace
        self._log = log

        # Guards the two below, and is held over the calls that change the registration, so that
        # they arrive in order.
        self._changing = threading.Lock()
        self._instances: Dict[str, model_pb2.InstanceSpec] = {spec.id: spec for spec in instances}
        self._incarnations: Dict[str, int] = {}

        # Only the thread uses these, and stop() after the thread has ended.
        self._asked_ttl = ttl
        self._ttl = ttl
        self._lease: Optional[bytes] = None
        self._backoff = Backoff(longest=3.0)
        self._has_failed = False

        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="registry provider", daemon=True)
        self.error: Optional[RegistryError] = None

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Waits until the provider ends by itself: nothing is left, or it was refused (error)."""
        # An exception of a signal handler comes between two rounds, on every platform.
        while self._thread.is_alive():
            self._thread.join(timeout=0.5)

    def set_state(self, state: "model_pb2.InstanceState.ValueType") -> None:
        """Makes all instances UP, DRAINING or DOWN, now and when they are registered again."""
        with self._changing:
            for spec in self._instances.values():
                spec.state = state
            for instance_id, incarnation in list(self._incarnations.items()):
                patch = registration_pb2.InstancePatch(
                    id=instance_id, incarnation=incarnation, state=state
                )
                request = registration_pb2.UpdateRequest(
                    namespace=self._namespace, application=self._application, instances=[patch]
                )
                try:
                    self._stub.Update(request, timeout=CALL_TIMEOUT)
                except grpc.RpcError as failure:
                    error = RegistryError(failure)
                    if error.reason != "INCARNATION_SUPERSEDED":
                        raise error from None
                    self._forget(instance_id, "another process has taken it over")

    def stop(self) -> int:
        """Ends the lease, which removes what is left on it, and returns how many that were."""
        self._stopping.set()
        self._thread.join()
        if self._lease is None:
            return 0
        try:
            request = registration_pb2.RevokeLeaseRequest(lease_id=self._lease)
            return self._stub.RevokeLease(request, timeout=CALL_TIMEOUT).removed_instances
        except grpc.RpcError as failure:
            raise RegistryError(failure) from None

    def _run(self) -> None:
        try:
            while self._instances:
                self._grant()
                try:
                    self._register()
                    while self._instances:
                        self._pause(self._ttl / 3)
                        self._renew()
                except RegistryError as error:
                    if error.reason != "LEASE_UNKNOWN":
                        raise
                    self._log("the server does not know the lease any more: registering again")
                    # After a restart of the server everybody comes to this line at the same time.
                    self._pause(self._backoff.next())
        except _Stopped:
            pass
        except RegistryError as error:
            self.error = error

    def _grant(self) -> None:
        request = registration_pb2.GrantLeaseRequest(ttl_millis=int(self._asked_ttl * 1000))
        answer = self._insist(self._stub.GrantLease, request)
        self._lease = answer.lease_id
        self._ttl = answer.ttl_millis / 1000
        with self._changing:
            self._incarnations.clear()

    def _register(self) -> None:
        while self._instances:
            with self._changing:
                request = registration_pb2.RegisterRequest(
                    namespace=self._namespace,
                    application=self._application,
                    lease_id=self._lease,
                    instances=self._instances.values(),
                    builds=self._builds,
                )
                answer = self._attempt(self._stub.Register, request)
                if answer is not None:
                    for instance in answer.instances:
                        self._incarnations[instance.id] = instance.incarnation
            if answer is not None:
                for instance in answer.instances:
                    where = f"incarnation {instance.incarnation} at revision {answer.revision}"
                    self._log(f"registered {self._application}/{instance.id} {where}")
                return

            # The attempt may have arrived all the same, and another process may have taken an
            # instance over since. To register it again would take it back, so ask first what is
            # left.
            self._pause(self._backoff.next())
            self._renew()

    def _renew(self) -> None:
        request = registration_pb2.RenewLeaseRequest(lease_id=self._lease)
        # Only the server knows whether the lease still stands, so the same lease is tried until it
        # answers.
        answer = self._insist(self._stub.RenewLease, request)
        self._ttl = answer.ttl_millis / 1000
        with self._changing:
            for lost in answer.lost:
                # A loss is reported for as long as the lease lives, so it may be of an earlier
                # life.
                if lost.incarnation >= self._incarnations.get(lost.instance_id, 0):
                    taken_over = lost.cause == registration_pb2.LostInstance.CAUSE_TAKEN_OVER
                    self._forget(
                        lost.instance_id,
                        "another process has taken it over"
                        if taken_over
                        else "it was deregistered",
                    )

    def _forget(self, instance_id: str, why: str) -> None:
        self._incarnations.pop(instance_id, None)
        if self._instances.pop(instance_id, None) is not None:
            self._log(f"lost {self._application}/{instance_id}: {why}")

    def _insist(self, method: grpc.UnaryUnaryMultiCallable, request):
        """Calls until there is an answer. Raises what the server refuses for good."""
        answer = self._attempt(method, request)
        while answer is None:
            self._pause(self._backoff.next())
            answer = self._attempt(method, request)
        return answer

    def _attempt(self, method: grpc.UnaryUnaryMultiCallable, request):
        """One call. None: it failed and may succeed later. Raises a refusal that is final."""
        if self._stopping.is_set():
            raise _Stopped
        try:
            # A call that hangs must not use up the time to live of the lease.
            timeout = max(0.5, min(CALL_TIMEOUT, self._ttl / 3)) if self._lease else CALL_TIMEOUT
            answer = method(request, timeout=timeout, wait_for_ready=self._has_failed)
        except grpc.RpcError as failure:
            error = RegistryError(failure)
            if not error.may_pass:
                raise error from None
            self._log(f"{error}; trying again")
            self._has_failed = True
            return None
        self._has_failed = False
        self._backoff.reset()
        return answer

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise _Stopped
