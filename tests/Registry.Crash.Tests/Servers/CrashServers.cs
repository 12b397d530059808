using System.Globalization;
using Grpc.Net.Client;
using Registry.CrashServer.Deaths;
using Registry.CrashServer.Logs;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Servers;

/// <summary>How the suite starts servers.</summary>
internal static class CrashServers
{
    /// <summary>A server with its state in a directory, with segments and snapshots so small that both are made all the time.</summary>
    public static ServerLaunch OnDisk(string data, int logBytes = 4096) => new()
    {
        Program = "Registry.CrashServer.dll",
        Arguments = ["--storage", "disk", "--data", data],
        Environment = new Dictionary<string, string> { [SmallLog.SizeVariable] = logBytes.ToString(CultureInfo.InvariantCulture) },
    };

    /// <summary>The server as it ships.</summary>
    public static ServerLaunch AsShipped(string data) => new() { Arguments = ["--storage", "disk", "--data", data] };

    public static ServerLaunch With(this ServerLaunch launch, string variable, string value) =>
        launch with { Environment = new Dictionary<string, string>(launch.Environment) { [variable] = value } };

    public static ServerLaunch Set(this ServerLaunch launch, string option) => launch with { Arguments = [.. launch.Arguments, "--set", option] };

    /// <summary>Has the server die when a point is reached for the n-th time.</summary>
    public static ServerLaunch DyingAt(this ServerLaunch launch, string point, long hit) =>
        launch.With(DeathAtPoint.PointVariable, point).With(DeathAtPoint.HitVariable, hit.ToString(CultureInfo.InvariantCulture));

    /// <summary>A connection of its own.</summary>
    public static GrpcChannel Connect(this RegistryProcess server) =>
        GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false }, DisposeHttpClient = true });
}
