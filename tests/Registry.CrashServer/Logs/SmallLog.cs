using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Registry.Server.Hosting;
using Registry.Server.Storage;
using Registry.Storage;
using Registry.Storage.Devices;
using Registry.Storage.Recovery;

namespace Registry.CrashServer.Logs;

/// <summary>A log whose segments and snapshots are small, so that what happens once an hour elsewhere happens many times a second.</summary>
internal sealed record SmallLog
{
    /// <summary>The variable of the environment for the size of a segment and of what lies between two snapshots, in bytes.</summary>
    public const string SizeVariable = "CRASH_LOG_BYTES";

    /// <summary>The variable that, set to anything, keeps the server from taking snapshots, and so from cutting the log.</summary>
    public const string UncutVariable = "CRASH_UNCUT";

    /// <summary>The variable that, set to anything, has the log acknowledge what it has not written. See <see cref="HastyDevice"/>.</summary>
    public const string HastyVariable = "CRASH_HASTY";

    /// <summary>Null: the server's own defaults.</summary>
    public int? Bytes { get; init; }

    public bool IsUncut { get; init; }

    public bool IsHasty { get; init; }

    public static SmallLog FromEnvironment() => new()
    {
        Bytes = Environment.GetEnvironmentVariable(SizeVariable) is { Length: > 0 } size ? int.Parse(size, CultureInfo.InvariantCulture) : null,
        IsUncut = Environment.GetEnvironmentVariable(UncutVariable) is { Length: > 0 },
        IsHasty = Environment.GetEnvironmentVariable(HastyVariable) is { Length: > 0 },
    };

    /// <summary>Puts this log in the place of the server's, if the server has one.</summary>
    public void Replace(IServiceCollection services)
    {
        if (!services.Any(service => service.ServiceType == typeof(OpenDurableRegistry)))
            return;
        services.RemoveAll<OpenDurableRegistry>();
        services.AddSingleton<OpenDurableRegistry>(provider =>
        {
            var options = provider.GetRequiredService<ServerOptions>();
            var time = provider.GetRequiredService<TimeProvider>();
            return progress => Open(options, time, progress);
        });
    }

    private DurableRegistry Open(ServerOptions options, TimeProvider time, RecoveryProgress progress)
    {
        if (Bytes is { } bytes)
            (options.Storage.SegmentBytes, options.Storage.SnapshotLogBytes) = (bytes, IsUncut ? long.MaxValue : bytes);
        IStorageDevice device = DiskDevice.OpenDirectory(options.Storage.Directory);
        return DurableRegistry.Open(
            IsHasty ? new HastyDevice(device) : device,
            options,
            options.Storage,
            new ImpatientTime(time),
            static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false),
            progress: progress);
    }
}
