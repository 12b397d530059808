"""One call of the test service with a gRPC client that shares no code with the one for .NET.

Usage: probe_client.py TARGET SCENARIO ARGUMENT

With a certificate on standard input the call uses TLS, trusts that certificate only, and carries a token. Without one it goes
out in clear text. Prints one JSON object with what the client saw. There is no generated code: messages are encoded by hand, which for two
length-delimited fields takes a few lines.
"""

import json
import queue
import sys

import grpc

SERVICE = "/compat.test.v1.Probe/"

# No wait lasts longer than this, whatever goes wrong.
LIMIT = 30.0


def encode(text=b"", payload=b""):
    message = b""
    for field, value in ((1, text), (2, payload)):
        if value:
            message += bytes([field << 3 | 2]) + varint(len(value)) + value
    return message


def decode(message):
    fields = {1: b"", 2: b""}
    position = 0
    while position < len(message):
        field = message[position] >> 3
        length, position = read_varint(message, position + 1)
        fields[field] = message[position:position + length]
        position += length
    return {"text": fields[1].decode("utf-8"), "payload": len(fields[2])}


def varint(number):
    encoded = b""
    while number > 0x7F:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


def read_varint(message, position):
    number = shift = 0
    while True:
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7


def metadata_of(pairs):
    return {key: list(value) if isinstance(value, bytes) else value for key, value in pairs or ()}


def ending_of(call):
    return {
        "code": call.code().name,
        "details": call.details(),
        "headers": metadata_of(call.initial_metadata()),
        "trailers": metadata_of(call.trailing_metadata()),
    }


def unary(channel, argument):
    method = channel.unary_unary(SERVICE + "Echo", response_deserializer=decode)
    try:
        response, call = method.with_call(encode(argument.encode("utf-8")), timeout=LIMIT)
        return {"response": response, **ending_of(call)}
    except grpc.RpcError as error:
        return ending_of(error)


def headers(channel, _):
    method = channel.unary_unary(SERVICE + "Echo", response_deserializer=decode)
    sent = (("tag", "one"), ("tag", "two"), ("raw-bin", bytes(range(256))), ("none-bin", b""))
    _, call = method.with_call(encode(), timeout=LIMIT, metadata=sent)
    return ending_of(call)


def client_stream(channel, argument):
    method = channel.stream_unary(SERVICE + "Collect", response_deserializer=decode)
    requests = (encode(word.encode("utf-8")) for word in argument.split(" "))
    response, call = method.with_call(requests, timeout=LIMIT)
    return {"response": response, **ending_of(call)}


def server_stream(channel, argument):
    method = channel.unary_stream(SERVICE + "Expand", response_deserializer=decode)
    call = method(encode(argument.encode("utf-8")), timeout=LIMIT)
    seen = []
    try:
        for response in call:
            seen.append(response["text"])
    except grpc.RpcError:
        pass
    return {"responses": seen, **ending_of(call)}


def duplex(channel, argument):
    """Sends each word only when the answer to the one before is there."""
    method = channel.stream_stream(SERVICE + "Chat", response_deserializer=decode)
    requests = queue.SimpleQueue()
    call = method(iter(requests.get, None), timeout=LIMIT)
    seen = []
    try:
        for word in argument.split(" "):
            requests.put(encode(word.encode("utf-8")))
            seen.append(next(call)["text"])
    finally:
        requests.put(None)
    seen.extend(response["text"] for response in call)
    return {"responses": seen, **ending_of(call)}


def deadline(channel, argument):
    method = channel.unary_unary(SERVICE + "Echo", response_deserializer=decode)
    try:
        method(encode(), timeout=float(argument))
    except grpc.RpcError as error:
        return ending_of(error)
    return {}


def cancel(channel, _):
    method = channel.unary_stream(SERVICE + "Expand", response_deserializer=decode)
    call = method(encode(), timeout=LIMIT)
    first = next(call)["text"]
    call.cancel()
    return {"responses": [first], "code": call.code().name}


def large(channel, argument):
    method = channel.unary_unary(SERVICE + "Echo", response_deserializer=decode)
    response, call = method.with_call(encode(payload=bytes(int(argument))), timeout=LIMIT)
    return {"response": response, **ending_of(call)}


SCENARIOS = {
    "unary": unary,
    "headers": headers,
    "client_stream": client_stream,
    "server_stream": server_stream,
    "duplex": duplex,
    "deadline": deadline,
    "cancel": cancel,
    "large": large,
    "gzip": unary,
    "deflate": unary,
}


def open_channel(target, scenario, certificate):
    # A proxy of the environment would not know the way to a server on this machine.
    options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]
    compression = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}.get(scenario)
    if not certificate:
        return grpc.insecure_channel(target, options=options, compression=compression)
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(certificate), grpc.access_token_call_credentials("secret"))
    return grpc.secure_channel(target, credentials, options=options, compression=compression)


def main():
    target, scenario, argument = sys.argv[1:4]
    with open_channel(target, scenario, sys.stdin.buffer.read()) as channel:
        print(json.dumps(SCENARIOS[scenario](channel, argument)))


main()
