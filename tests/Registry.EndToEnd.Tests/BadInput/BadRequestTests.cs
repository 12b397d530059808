using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.BadInput;

/// <summary>
/// Requests that parse and are wrong. The numbers are those of the project's catalogue of bad input. For each: the status, the field at
/// fault in message and trailer, nothing changed, and the connection goes on to serve.
/// </summary>
public sealed class BadRequestTests(BadRequestTests.Server server) : IClassFixture<BadRequestTests.Server>
{
    private const string Register = "/registry.v1.Registration/Register";
    private const string Update = "/registry.v1.Registration/Update";
    private const string Deregister = "/registry.v1.Registration/Deregister";
    private const string DeclareBuilds = "/registry.v1.Registration/DeclareBuilds";
    private const string WithdrawBuilds = "/registry.v1.Registration/WithdrawBuilds";
    private const string GrantLease = "/registry.v1.Registration/GrantLease";
    private const string RenewLease = "/registry.v1.Registration/RenewLease";
    private const string RevokeLease = "/registry.v1.Registration/RevokeLease";
    private const string Resolve = "/registry.v1.Discovery/Resolve";
    private const string ListInterfaces = "/registry.v1.Discovery/ListInterfaces";
    private const string ListApplications = "/registry.v1.Discovery/ListApplications";

    // Protobuf writes any string; what stands for bytes that are no text is replaced after that, in the same length.
    private const string Spoiled = "QZJX";

    private static readonly byte[][] NoText =
    [
        [0xff, 0xfe, 0xc3, 0x28],
        [0xed, 0xa0, 0x80, 0x41], // a surrogate on its own
        [0xc0, 0xaf, 0xc0, 0xae], // '/' and '.', longer than they need to be
    ];

    private static readonly Dictionary<string, Row> Table = BuildTable().ToDictionary(row => row.Name);

    public static TheoryData<string> Rows => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task BadRequest_IsRefusedByName_AndTheConnectionLives(string name)
    {
        var row = Table[name];
        var before = await server.RevisionAsync();
        var call = await server.Connection.UnaryAsync(row.Path, row.Request(server));
        Assert.True(call.GrpcStatus == row.Status, $"expected {row.Status}, actual: {call}");
        Assert.Equal(row.Reason, call["registry-reason"]);
        Assert.Equal(row.Field, call["registry-field"]);
        if (row is { Field: { } field, NamesField: true })
            Assert.Contains(field, call.GrpcMessage, StringComparison.Ordinal);
        Assert.All(call.GrpcMessage, c => Assert.True(c is >= ' ' and <= '~', $"U+{(int)c:X4} in the message: {call.GrpcMessage}"));
        Assert.Equal(before, await server.RevisionAsync());

        // The same connection, with a call that is right.
        var next = await server.Connection.UnaryAsync(Resolve, new ResolveRequest { Applications = { "orders" } }.ToByteArray());
        Assert.True(next.GrpcStatus == StatusCode.OK, $"the next call: {next}");
        Assert.Null(server.Connection.GoAwayCode);
    }

    private static IEnumerable<Row> BuildTable() =>
        [.. Names(), .. Texts(), .. Sizes(), .. Addresses(), .. Numbers(), .. References()];

    // 64, 65: every field that holds text, with everything that is no name.
    private static IEnumerable<Row> Names()
    {
        (string What, string Text)[] bad =
        [
            ("64 no UTF-8", Spoiled), ("64 NUL", "a\0b"), ("64 escape", "\u001b[31mred"), ("64 line feed", "a\nINFO forged"), ("64 right to left", "a\u202eb"),
            ("64 no width", "a\u200bb"), ("64 U+FFFD", "a\ufffd"), ("64 decomposed", "e\u0301"), ("64 composed", "\u00e9"), ("64 full width", "\uff41"),
            ("65 slash", "a/b"), ("65 dots", "a..b"), ("65 first dot", ".a"), ("65 space", "a b"), ("65 reserved _", "_a"), ("65 reserved $", "$a"),
            ("65 long", new string('a', 300)), ("65 percent", "a%2fb"), ("65 backslash", "a\\b"),
        ];
        (string Path, string Field, Func<string, Server, IMessage> Make, bool MayBeEmpty)[] fields =
        [
            (Register, "namespace", (t, s) => With(s, r => r.Namespace = t), true),
            (Register, "application", (t, s) => With(s, r => r.Application = t), false),
            (Register, "instances[0].id", (t, s) => With(s, r => r.Instances[0].Id = t), false),
            (Register, "instances[0].zone", (t, s) => With(s, r => r.Instances[0].Zone = t), true),
            (Register, "instances[0].build_id", (t, s) => With(s, r => r.Instances[0].BuildId = t), true),
            (Register, "instances[0].endpoints[0].protocol", (t, s) => With(s, r => r.Instances[0].Endpoints[0].Protocol = t), false),
            (Register, "instances[0].endpoints[0].host", (t, s) => With(s, r => r.Instances[0].Endpoints[0].Host = t), false),
            (Register, "instances[0].metadata", (t, s) => With(s, r => r.Instances[0].Metadata[t] = "v"), false),
            (Register, "builds[0].interfaces[1]", (t, s) => With(s, r => r.Builds.Add(Declare.Build("a.A", t))), false),
            (Update, "namespace", (t, _) => new UpdateRequest { Namespace = t, Application = "orders", Instances = { new InstancePatch { Id = "a" } } }, true),
            (Update, "application", (t, _) => new UpdateRequest { Application = t, Instances = { new InstancePatch { Id = "a" } } }, false),
            (Update, "instances[0].id", (t, _) => Patch(new InstancePatch { Id = t }), false),
            (Update, "instances[0].zone", (t, _) => Patch(new InstancePatch { Id = "a", Zone = t }), true),
            (Update, "instances[0].build_id", (t, _) => Patch(new InstancePatch { Id = "a", BuildId = t }), true),
            (Update, "instances[0].set_metadata", (t, _) => Patch(new InstancePatch { Id = "a", SetMetadata = { [t] = "v" } }), false),
            (Update, "instances[0].remove_metadata", (t, _) => Patch(new InstancePatch { Id = "a", RemoveMetadata = { t } }), false),
            (Update, "instances[0].endpoints[0].host", (t, _) => Patch(new InstancePatch { Id = "a", Endpoints = { new Endpoint { Protocol = "grpc", Host = t, Port = 1 } } }), false),
            (Deregister, "application", (t, _) => new DeregisterRequest { Application = t, Instances = { new InstanceRef { Id = "a" } } }, false),
            (Deregister, "instances[0].id", (t, _) => new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = t } } }, false),
            (DeclareBuilds, "application", (t, _) => new DeclareBuildsRequest { Application = t, Builds = { Declare.Build("a.A") } }, false),
            (DeclareBuilds, "builds[0].interfaces[0]", (t, _) => new DeclareBuildsRequest { Application = "orders", Builds = { Declare.Build(t) } }, false),
            (WithdrawBuilds, "build_ids[0]", (t, _) => new WithdrawBuildsRequest { Application = "orders", BuildIds = { t } }, false),
            (Resolve, "namespace", (t, _) => new ResolveRequest { Namespace = t, Applications = { "orders" } }, true),
            (Resolve, "interfaces[0]", (t, _) => new ResolveRequest { Interfaces = { t } }, false),
            (Resolve, "applications[1]", (t, _) => new ResolveRequest { Applications = { "orders", t } }, false),
            (ListInterfaces, "namespace", (t, _) => new ListInterfacesRequest { Namespace = t }, true),
            (ListApplications, "namespace", (t, _) => new ListApplicationsRequest { Namespace = t }, true),
        ];
        foreach (var (path, field, make, mayBeEmpty) in fields)
        {
            foreach (var (what, text) in bad)
            {
                // A metadata key may begin as it likes and hold slashes, the host rules have their own cases below, and what is too
                // long for a name is not yet so for one of these.
                if (field.EndsWith("metadata", StringComparison.Ordinal) && what is "65 slash" or "65 dots" or "65 first dot" or "65 reserved _")
                    continue;
                if (field.EndsWith("host", StringComparison.Ordinal) && what is "65 reserved _")
                    continue;
                if (field.EndsWith("protocol", StringComparison.Ordinal) && what is "65 dots" or "65 first dot")
                    continue;
                foreach (var bytes in text == Spoiled ? NoText : [[]])
                    yield return new Row($"{what}{(bytes.Length > 0 ? $" {Convert.ToHexString(bytes)}" : "")}: {Of(path)} {field}", path, s => Wire(make(text, s), bytes), Field: field);
            }

            if (!mayBeEmpty)
                yield return new Row($"65 empty: {Of(path)} {field}", path, s => Wire(make("", s)), Field: field);
        }

        yield return new Row(
            "65 not a hash: Register builds[0].id",
            Register,
            s => Wire(With(s, r => r.Builds.Add(new Build { Id = Spoiled, Interfaces = { "a.A" } })), NoText[0]),
            Reason: "BUILD_ID_MISMATCH",
            Field: "builds[0].id");
    }

    // 64: free text takes any script, and no text that lies.
    private static IEnumerable<Row> Texts()
    {
        (string What, string Text)[] bad =
        [
            ("no UTF-8", Spoiled), ("NUL", "a\0b"), ("escape", "\u001b[31m"), ("line feed", "a\nb"), ("C1 control", "a\u0085b"), ("right to left", "a\u202eb"),
            ("isolate", "a\u2066b"), ("no width", "a\u200bb"), ("soft hyphen", "a\u00adb"), ("line separator", "a\u2028b"), ("byte order mark", "\ufeffa"), ("U+FFFD", "a\ufffd"),
        ];
        foreach (var (what, text) in bad)
        {
            foreach (var bytes in text == Spoiled ? NoText : [[]])
            {
                var name = bytes.Length > 0 ? $"{what} {Convert.ToHexString(bytes)}" : what;
                yield return new Row(
                    $"64 {name}: Register metadata value", Register, s => Wire(With(s, r => r.Instances[0].Metadata["k"] = text), bytes), Field: "instances[0].metadata[k]");
                yield return new Row(
                    $"64 {name}: Update metadata value", Update, _ => Wire(Patch(new InstancePatch { Id = "a", SetMetadata = { ["k"] = text } }), bytes), Field: "instances[0].set_metadata[k]");
            }
        }
    }

    // 63 and the counts of the proto.
    private static IEnumerable<Row> Sizes()
    {
        yield return new Row("63 65 pairs", Register, s => Wire(With(s, r => Fill(r.Instances[0].Metadata, 65))), Field: "instances[0].metadata");
        yield return new Row("63 10,000 pairs", Register, s => Wire(With(s, r => Fill(r.Instances[0].Metadata, 10_000))), Field: "instances[0].metadata");
        yield return new Row("63 value of 1 MiB", Register, s => Wire(With(s, r => r.Instances[0].Metadata["k"] = new string('v', 1 << 20))), Field: "instances[0].metadata[k]");
        yield return new Row("63 value of 4,097 bytes", Register, s => Wire(With(s, r => r.Instances[0].Metadata["k"] = new string('é', 2048) + "x")), Field: "instances[0].metadata[k]");
        yield return new Row("63 instance of 17 KiB", Register, s => Wire(With(s, r => Fill(r.Instances[0].Metadata, 5, 3_500))), Field: "instances[0]");
        yield return new Row(
            "63 pairs added to 64", Update, s => Wire(new UpdateRequest { Application = "full", Instances = { new InstancePatch { Id = "a", SetMetadata = { ["one-more"] = "" } } } }), Field: "instances[0].metadata");
        yield return new Row(
            "63 65 keys to remove", Update, _ => Wire(Patch(new InstancePatch { Id = "a", RemoveMetadata = { Enumerable.Range(0, 65).Select(i => $"k{i}") } })), Field: "instances[0].remove_metadata");
        yield return new Row("63 no instances", Register, s => Wire(With(s, r => r.Instances.Clear())), Field: "instances");
        yield return new Row("63 65 instances", Register, s => Wire(With(s, r => r.Instances.Add(Enumerable.Range(0, 64).Select(i => Declare.Instance($"i{i}"))))), Field: "instances");
        yield return new Row("63 same id twice", Register, s => Wire(With(s, r => r.Instances.Add(Declare.Instance("new")))), Field: "instances[1].id");
        yield return new Row("63 no endpoints", Register, s => Wire(With(s, r => r.Instances[0].Endpoints.Clear())), Field: "instances[0].endpoints");
        yield return new Row("63 same endpoint twice", Register, s => Wire(With(s, r => r.Instances[0].Endpoints.Add(r.Instances[0].Endpoints[0]))), Field: "instances[0].endpoints[1]");
        yield return new Row(
            "63 17 endpoints",
            Register,
            s => Wire(With(s, r => r.Instances[0].Endpoints.Add(Enumerable.Range(1, 16).Select(i => new Endpoint { Protocol = "grpc", Host = "192.0.2.1", Port = (uint)i })))),
            Field: "instances[0].endpoints");
        yield return new Row("63 65 builds", DeclareBuilds, _ => Wire(new DeclareBuildsRequest { Application = "orders", Builds = { Enumerable.Range(0, 65).Select(i => Declare.Build($"i{i}")) } }), Field: "builds");
        yield return new Row("63 two million builds", DeclareBuilds, _ => [.. Wire(new DeclareBuildsRequest { Application = "orders" }), .. Repeat([0x1a, 0x00], 2_000_000)], Field: "builds");
        yield return new Row("63 1,001 interfaces", DeclareBuilds, _ => Wire(new DeclareBuildsRequest { Application = "orders", Builds = { Declare.Build(Enumerable.Range(0, 1_001).Select(i => $"i{i}")) } }), Field: "builds[0].interfaces");
        yield return new Row("63 no builds", DeclareBuilds, _ => Wire(new DeclareBuildsRequest { Application = "orders" }), Field: "builds");
        yield return new Row("63 1,001 names", Resolve, _ => Wire(new ResolveRequest { Interfaces = { Enumerable.Repeat("a.A", 501) }, Applications = { Enumerable.Repeat("a", 500) } }), Field: "interfaces");
        yield return new Row("63 page of 1,001", ListInterfaces, _ => Wire(new ListInterfacesRequest { PageSize = 1_001 }), Field: "page_size");
        yield return new Row("63 page of 4,294,967,295", ListApplications, _ => Wire(new ListApplicationsRequest { PageSize = uint.MaxValue }), Field: "page_size");
        yield return new Row("63 page token of 1 MiB", ListApplications, _ => Wire(new ListApplicationsRequest { PageToken = new string('a', 1 << 20) }), Field: "page_token");
        yield return new Row("63 prefix of 1 MiB", ListInterfaces, _ => Wire(new ListInterfacesRequest { Prefix = new string('a', 1 << 20) }), Field: "prefix");
        foreach (var length in new[] { 0, 15, 17, 1 << 20 })
        {
            yield return new Row($"63 lease id of {length} bytes: Register", Register, s => Wire(With(s, r => r.LeaseId = ByteString.CopyFrom(new byte[length]))), Field: "lease_id");
            yield return new Row($"63 lease id of {length} bytes: Renew", RenewLease, _ => Wire(new RenewLeaseRequest { LeaseId = ByteString.CopyFrom(new byte[length]) }), Field: "lease_id");
            yield return new Row($"63 lease id of {length} bytes: Revoke", RevokeLease, _ => Wire(new RevokeLeaseRequest { LeaseId = ByteString.CopyFrom(new byte[length]) }), Field: "lease_id");
        }
    }

    // 66. Names are taken without looking them up: the registry connects to nobody.
    private static IEnumerable<Row> Addresses()
    {
        string[] hosts =
        [
            "0.0.0.0", "::", "0.1.2.3", "255.255.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1", "ff02::1", "fe80::1", "169.254.169.254", "fe80::1%eth0", "[2001:db8::1]",
            "::ffff:192.0.2.1", "192.0.2.1:80", "010.0.0.1", "0x7f.1", "2130706433", "127.1", "1.2.3.4.5", "256.1.1.1", "a..b", "-a", "a-", ".", "a.", "grpc://a", "user@a", "a/b",
            new string('a', 64), string.Join('.', Enumerable.Repeat(new string('a', 60), 5)),
        ];
        foreach (var host in hosts)
        {
            yield return new Row(
                $"66 {(host.Length > 60 ? $"{host.Length} characters" : host)}", Register, s => Wire(With(s, r => r.Instances[0].Endpoints[0].Host = host)), Field: "instances[0].endpoints[0].host");
        }

        foreach (var port in new uint[] { 0, 65_536, 70_000, int.MaxValue, uint.MaxValue })
            yield return new Row($"66 port {port}", Register, s => Wire(With(s, r => r.Instances[0].Endpoints[0].Port = port)), Field: "instances[0].endpoints[0].port");
        foreach (var protocol in new[] { "GRPC", "grpc/1", new string('a', 33) })
            yield return new Row($"66 protocol {protocol}", Register, s => Wire(With(s, r => r.Instances[0].Endpoints[0].Protocol = protocol)), Field: "instances[0].endpoints[0].protocol");
    }

    // 67. TTL 0 is the default here, as the proto says; NaN has no form on this wire.
    private static IEnumerable<Row> Numbers()
    {
        foreach (var ttl in new[] { -1, 1, 999, 86_400_001, (long)TimeSpan.FromDays(3652).TotalMilliseconds, long.MaxValue, long.MinValue })
            yield return new Row($"67 TTL {ttl}", GrantLease, _ => Wire(new GrantLeaseRequest { TtlMillis = ttl }), Field: "ttl_millis");
        foreach (var weight in new uint[] { 10_001, uint.MaxValue })
        {
            yield return new Row($"67 weight {weight}: Register", Register, s => Wire(With(s, r => r.Instances[0].Weight = weight)), Field: "instances[0].weight");
            yield return new Row($"67 weight {weight}: Update", Update, _ => Wire(Patch(new InstancePatch { Id = "a", Weight = weight })), Field: "instances[0].weight");
        }

        foreach (var state in new[] { InstanceState.Suspect, (InstanceState)5, (InstanceState)(-1), (InstanceState)int.MaxValue })
        {
            yield return new Row($"67 state {state}: Register", Register, s => Wire(With(s, r => r.Instances[0].State = state)), Field: "instances[0].state");
            yield return new Row($"67 state {state}: Update", Update, _ => Wire(Patch(new InstancePatch { Id = "a", State = state })), Field: "instances[0].state");
        }

        yield return new Row("61 incarnation -1: Update", Update, _ => Wire(Patch(new InstancePatch { Id = "a", Incarnation = -1 })), Field: "instances[0].incarnation");
        yield return new Row("61 incarnation -1: Deregister", Deregister, _ => Wire(new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = "a", Incarnation = -1 } } }), Field: "instances[0].incarnation");
        yield return new Row("61 revision -1", Resolve, _ => Wire(new ResolveRequest { MinRevision = -1 }), Field: "min_revision");
        foreach (var revision in new[] { 1L << 40, long.MaxValue })
            yield return new Row($"54 revision {revision}", Resolve, _ => Wire(new ResolveRequest { MinRevision = revision }), StatusCode.OutOfRange, "REVISION_IN_FUTURE", "min_revision");
    }

    // 44, 45, 49 and what else is well formed and not there.
    private static IEnumerable<Row> References()
    {
        var nobody = ByteString.CopyFrom(new byte[16]);
        yield return new Row("44 renewal of an unknown lease", RenewLease, _ => Wire(new RenewLeaseRequest { LeaseId = nobody }), StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id", NamesField: false);
        yield return new Row("44 registering on an unknown lease", Register, s => Wire(With(s, r => r.LeaseId = nobody)), StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id", NamesField: false);
        yield return new Row(
            "45 incarnation before the present one", Update, _ => Wire(Patch(new InstancePatch { Id = "a", Incarnation = 1, Weight = 1 })), StatusCode.FailedPrecondition, "INCARNATION_SUPERSEDED", "instances[0].incarnation");
        yield return new Row("45 incarnation that never was", Update, _ => Wire(Patch(new InstancePatch { Id = "a", Incarnation = long.MaxValue, Weight = 1 })), StatusCode.NotFound, "INSTANCE_UNKNOWN", "instances[0]");
        yield return new Row("49 update of an unknown instance", Update, _ => Wire(Patch(new InstancePatch { Id = "nobody" })), StatusCode.NotFound, "INSTANCE_UNKNOWN", "instances[0]");
        yield return new Row("49 update of an unknown application", Update, _ => Wire(new UpdateRequest { Application = "nobody", Instances = { new InstancePatch { Id = "a" } } }), StatusCode.NotFound, "INSTANCE_UNKNOWN", "instances[0]");

        // Answered with OK on purpose: what is not there counts as removed. No change either way.
        yield return new Row("49 deregister of an unknown instance", Deregister, _ => Wire(new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = "nobody" } } }), StatusCode.OK, null);
        yield return new Row("49 deregister of an unknown application", Deregister, _ => Wire(new DeregisterRequest { Application = "nobody", Instances = { new InstanceRef { Id = "a" } } }), StatusCode.OK, null);
        yield return new Row("49 revoke of an unknown lease", RevokeLease, _ => Wire(new RevokeLeaseRequest { LeaseId = nobody }), StatusCode.OK, null);
        yield return new Row("49 withdraw of an unknown build", WithdrawBuilds, _ => Wire(new WithdrawBuildsRequest { Application = "orders", BuildIds = { Declare.BuildId("nobody") } }), StatusCode.OK, null);

        // 63: fields that nobody knows are ignored, as in every protobuf reader, and kept nowhere.
        yield return new Row(
            "63 unknown fields, 3 MiB", Resolve, _ => [.. Wire(new ResolveRequest { Applications = { "orders" } }), .. Repeat([0xfa, 0x3f, 0x08, 1, 2, 3, 4, 5, 6, 7, 8], 280_000)], StatusCode.OK, null);
        yield return new Row("63 unknown fields in a patch", Update, _ => [.. Wire(Patch(new InstancePatch { Id = "a" })), .. Repeat([0xf8, 0x3f, 0x01], 1_000_000)], StatusCode.OK, null);

        // 64: a prefix or page token is compared and never kept, so what is no text matches nothing.
        yield return new Row("64 prefix that is no text", ListInterfaces, _ => Wire(new ListInterfacesRequest { Prefix = Spoiled }, NoText[0]), StatusCode.OK, null);
        yield return new Row("64 page token that is no text", ListApplications, _ => Wire(new ListApplicationsRequest { PageToken = Spoiled }, NoText[0]), StatusCode.OK, null);
    }

    private static RegisterRequest With(Server server, Action<RegisterRequest> spoil)
    {
        var request = Declare.Request(server.Lease, "orders", "new");
        spoil(request);
        return request;
    }

    private static UpdateRequest Patch(InstancePatch patch) => new() { Application = "orders", Instances = { patch } };

    private static void Fill(MapField<string, string> metadata, int count, int length = 1)
    {
        for (var i = 0; i < count; i++)
            metadata[$"k{i}"] = new string('v', length);
    }

    private static byte[] Repeat(byte[] bytes, int times)
    {
        var all = new byte[bytes.Length * times];
        for (var i = 0; i < times; i++)
            bytes.CopyTo(all, i * bytes.Length);
        return all;
    }

    private static byte[] Wire(IMessage message, byte[]? instead = null)
    {
        var bytes = message.ToByteArray();
        if (instead is { Length: > 0 })
            instead.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Spoiled))));
        return bytes;
    }

    private static string Of(string path) => path[(path.LastIndexOf('/') + 1)..];

    private sealed record Row(
        string Name,
        string Path,
        Func<Server, byte[]> Request,
        StatusCode Status = StatusCode.InvalidArgument,
        string? Reason = "INVALID_FIELD",
        string? Field = null,
        bool NamesField = true);

    /// <summary>One server and one connection for all rows: what a row breaks, the next one meets.</summary>
    public sealed class Server : IAsyncLifetime
    {
        internal RegistryHost Host { get; private set; } = null!;

        internal RawConnection Connection { get; private set; } = null!;

        internal ByteString Lease { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Host = await RegistryHost.StartAsync();
            Connection = await RawConnection.ConnectAsync(Host.GrpcAddress);
            var client = new Registration.RegistrationClient(Host.CreateChannel());
            Lease = (await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 3_600_000 })).LeaseId;
            await client.RegisterAsync(Declare.Request(Lease, "before", "a"));
            await client.RegisterAsync(Declare.Request(Lease, "orders", "a"));
            var full = Declare.Request(Lease, "full", "a");
            Fill(full.Instances[0].Metadata, 64);
            await client.RegisterAsync(full);
        }

        public async ValueTask DisposeAsync()
        {
            await Connection.DisposeAsync();
            await Host.DisposeAsync();
            Assert.DoesNotContain(Host.Logs.All, record => record.Level >= LogLevel.Warning);
        }

        internal async Task<long> RevisionAsync()
        {
            var list = await Connection.UnaryAsync(ListInterfaces, new ListInterfacesRequest().ToByteArray());
            return ListInterfacesResponse.Parser.ParseFrom(list.Body.AsSpan(5)).Sync.Revision;
        }
    }
}
