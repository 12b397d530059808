using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Core.Restoring;
using Registry.Storage.Backups;
using Registry.Storage.Devices;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit.Audits;
using Registry.TestKit.Core;
using Registry.TestKit.Time;

namespace Registry.Storage.Tests.Backups;

/// <summary>Backups as files of a simulated disk, and registries on one that write when they are told to.</summary>
internal static class GivenBackup
{
    public const string Name = "backup.state";

    public static DurableRegistry Open(SimulatedDisk disk, LogOptions? options = null) =>
        DurableRegistry.Open(disk.Mount(), new RegistryOptions(), options ?? new LogOptions(), new DrivenClock(), item => item.Execute(), ownThread: false);

    public static async Task<LeaseId> GrantAsync(ServiceRegistry registry) =>
        (await registry.GrantLeaseAsync(TimeSpan.FromHours(1), "", CancellationToken.None)).Id;

    /// <summary>Registers an instance that hangs on a lease, and makes it durable.</summary>
    public static void Register(DurableRegistry live, LeaseId lease, string application, string id, int port = 1)
    {
        Start(live.Registry, new RegisterCommand(Given.Name(application), "", lease, [Given.Instance(id, port)], [Given.Build("x.X", $"y.{application}")]));
        live.Log.RunOnce();
    }

    /// <summary>Has a command decided; what it waits for is the log.</summary>
    public static void Start(ServiceRegistry registry, Command command) => _ = registry.ExecuteAsync(command, CancellationToken.None).AsTask();

    /// <summary>A small registry of three applications, one of them kept by a holder, and two epochs.</summary>
    public static async Task<SimulatedDisk> DiskAsync()
    {
        var disk = new SimulatedDisk();
        using (var live = Open(disk))
            Register(live, await GrantAsync(live.Registry), "orders", "a");
        using (var live = Open(disk))
        {
            Register(live, await GrantAsync(live.Registry), "payments", "a");
            Start(live.Registry, new RegisterCommand(Given.Name("edge"), "", "pipeline", [Given.Instance("held")], []));
            live.Log.RunOnce();
        }

        return disk;
    }

    public static async Task<byte[]> BytesAsync()
    {
        using var live = Open(await DiskAsync());
        return Bytes(live.TakeBackup());
    }

    public static byte[] Bytes(StateBackup backup, int pieceBytes = 100) => [.. backup.Read(pieceBytes).SelectMany(piece => piece.Bytes.ToArray())];

    /// <summary>A file of its own with these bytes.</summary>
    public static IStorageFile File(byte[] bytes)
    {
        var file = new SimulatedDisk().Mount().Create(Name);
        file.Write(bytes, 0);
        return file;
    }

    public static StateDescription Check(byte[] bytes) => BackupReading.Check(File(bytes), $"/simulated/{Name}", listener: null);

    public static RestoredState Restore(byte[] bytes, SimulatedDisk onto)
    {
        BackupRestore.RefuseContent("/simulated", onto.Names);
        using var device = onto.Mount();
        return BackupRestore.Run(File(bytes), $"/simulated/{Name}", Check(bytes), device, progress: null);
    }

    // How old a mapping is, a state snapshot does not say.
    public static IReadOnlyList<string> Describe(ServiceRegistry registry) => WithoutMappingAges(TableDescription.Of(registry));

    public static IReadOnlyList<string> Describe(StateRestore state) =>
        WithoutMappingAges(TableDescription.Of(state.Applications.ReadAll(), state.Interfaces.ReadAll()));

    private static IReadOnlyList<string> WithoutMappingAges(IReadOnlyList<string> lines) =>
    [
        .. lines.Select(line => line.StartsWith("interface", StringComparison.Ordinal)
            ? line[..line.IndexOf('@', StringComparison.Ordinal)] + line[line.IndexOf(':', StringComparison.Ordinal)..]
            : line),
    ];
}
