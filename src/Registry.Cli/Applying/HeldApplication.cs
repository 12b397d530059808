using Grpc.Core;
using Registry.Cli.Manifest;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Client.Retrying;

namespace Registry.Cli.Applying;

/// <summary>What came of a deregistration.</summary>
/// <param name="Removed">How many instances are gone by it.</param>
/// <param name="Fault">Why it failed; null if it did not.</param>
internal sealed record Removal(uint Removed, RegistryFault? Fault);

/// <summary>One application of a manifest while it is held: its lease, its instances and its place in the manifest.</summary>
internal sealed class HeldApplication
{
    private readonly ManifestPlace _place;
    private readonly ApplicationManifest _manifest;
    private readonly ApplyReport _report;
    private readonly TimeProvider _time;
    private readonly LeaseOptions _options;
    private readonly LeasedApplication _leased;
    private readonly LeaseHolder _holder;

    public HeldApplication(
        RegistryConnection connection, string @namespace, int? index, ApplicationManifest manifest, ApplyReport report, TimeProvider time)
    {
        _place = new ManifestPlace(index, manifest);
        _manifest = manifest;
        _report = report;
        _time = time;
        _options = new LeaseOptions { TimeToLive = manifest.LeaseTtl };
        _leased = new LeasedApplication(
            connection.Registration, @namespace, manifest.Name, manifest.Instances, manifest.Builds, report);
        _holder = new LeaseHolder(connection.Registration, _leased, _options, time, Random.Shared);
    }

    /// <summary>An application without instances needs no lease: its builds are declared and that is all.</summary>
    public bool HasLease => _manifest.Instances.Length > 0;

    /// <summary>Holds until cancelled, or until nothing is left to hold.</summary>
    /// <exception cref="ApplyRefusedException">The server refuses it for good.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (HasLease)
            {
                await _holder.RunAsync(cancellationToken);
            }
            else
            {
                await DeclareAsync(cancellationToken);
            }
        }
        catch (RpcException exception)
        {
            throw new ApplyRefusedException(_place.Locate(RegistryFault.From(exception), _leased.LastSent));
        }
    }

    /// <summary>Removes what is registered. Never throws for what the server or the network does.</summary>
    public async Task<Removal> DeregisterAsync()
    {
        try
        {
            return new Removal(await _holder.RevokeAsync(CancellationToken.None) ?? 0, null);
        }
        catch (RpcException exception)
        {
            return new Removal(0, RegistryFault.From(exception));
        }
    }

    private async Task DeclareAsync(CancellationToken cancellationToken)
    {
        var backoff = new DecorrelatedBackoff(_options.ShortestRetry, _options.LongestRetry, Random.Shared);
        while (true)
        {
            try
            {
                var revision = await _leased.DeclareAsync(cancellationToken);
                _leased.OnSuccess();
                _report.OnDeclared(_manifest.Name, _manifest.Builds.Length, revision);
                return;
            }
            catch (RpcException exception) when (RegistryFault.From(exception) is { IsTransient: true } fault)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _leased.OnFailure(fault);
            }

            await Task.Delay(backoff.Next(), _time, cancellationToken);
        }
    }
}
