using System.Collections.Immutable;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Writing;

/// <summary>
/// What the writers call things. Applications and some interfaces are shared by several; each writer's instances are its own, and so are
/// its builds, because one interface of each is.
/// </summary>
internal static class WriterNames
{
    public const int Applications = 3;
    public const int BuildsPerWriter = 3;
    public const string Fleeting = "fleeting";

    private const int SharedInterfaces = 2;

    public static string ApplicationOf(int writer) => $"app-{writer % Applications}";

    public static string InstanceOf(int writer, int number) => $"w{writer}-{number}";

    /// <summary>Whose instance it is; -1: nobody's.</summary>
    public static int WriterOf(string instance) =>
        instance.StartsWith('w') && int.TryParse(instance.AsSpan(1, Math.Max(0, instance.IndexOf('-', StringComparison.Ordinal) - 1)), out var writer) ? writer : -1;

    public static ImmutableArray<string> InterfacesOf(int writer, int build) =>
        [OwnInterface(writer, build), $"crash.Shared{build % SharedInterfaces}"];

    public static string OwnInterface(int writer, int build) => $"crash.W{writer}.V{build}";

    public static string BuildId(int writer, int build) => Declare.BuildId(InterfacesOf(writer, build));

    public static Build Build(int writer, int build) => Declare.Build(InterfacesOf(writer, build));

    public static ImmutableArray<string> AllInterfaces(int writers) =>
    [
        .. Enumerable.Range(0, writers).SelectMany(writer => Enumerable.Range(0, BuildsPerWriter).SelectMany(build => InterfacesOf(writer, build))).Distinct(),
    ];

    public static ImmutableArray<string> AllApplications { get; } = [.. Enumerable.Range(0, Applications).Select(ApplicationOf)];
}
