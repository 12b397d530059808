using System.Collections.Immutable;
using Grpc.Core;
using Registry.Cli.Applying;
using Registry.Cli.CommandLine;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Cli.Once;

/// <summary>
/// Registers without a lease what differs from what is registered, and with it removes what the holder keeps beside that. Nothing is
/// done twice: run again, it finds nothing to do, or the rest of what a failure left.
/// </summary>
internal sealed class OnceRun(CliContext context, Globals globals, RegistryConnection connection, string holder)
{
    /// <param name="applications">What the holder shall keep.</param>
    /// <param name="isManifest">They stand in a manifest, by whose paths a refusal is told; false: in the arguments.</param>
    /// <param name="prunes">Remove what it keeps beside that.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <param name="cancellationToken">Stops between requests.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> ApplyAsync(
        ImmutableArray<ApplicationManifest> applications, bool isManifest, bool prunes, bool isDryRun, CancellationToken cancellationToken)
    {
        var wishes = await FindAsync(applications, isManifest, prunes, cancellationToken);
        var report = new OnceReport(context, globals, holder, isDryRun);
        var isComplete = false;
        try
        {
            for (var i = 0; i < wishes.Length; i++)
            {
                var manifest = i < applications.Length ? applications[i] : null;
                await ApplyAsync(wishes[i], manifest, manifest is null ? null : new ManifestPlace(isManifest ? i : null, manifest), report, isDryRun, cancellationToken);
            }

            isComplete = true;
        }
        catch (ApplyRefusedException refusal)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of(refusal.Fault, globals.Server));
            return ErrorLine.ExitCodeOf(refusal.Fault);
        }
        finally
        {
            await report.EndAsync(isComplete);
        }

        return isDryRun && report.Differs ? ExitCode.Differs : ExitCode.Ok;
    }

    private async Task<ImmutableArray<ApplicationWish>> FindAsync(
        ImmutableArray<ApplicationManifest> applications, bool isManifest, bool prunes, CancellationToken cancellationToken)
    {
        try
        {
            return await new HolderDifference(connection, globals.Namespace, holder, context.Time).FindAsync(applications, prunes, cancellationToken);
        }
        catch (RpcException exception) when (RegistryFault.From(exception) is { Code: StatusCode.InvalidArgument } fault && fault.Field.StartsWith("applications[", StringComparison.Ordinal))
        {
            // The names are read in the order of the manifest, so the index is the one there.
            var message = ErrorLine.WithoutField(fault.Message, fault.Field);
            throw new UsageException(ErrorLine.Describe(fault with { Field = isManifest ? fault.Field + ".name" : "application", Message = message }, globals.Server));
        }
    }

    private async Task ApplyAsync(
        ApplicationWish wish, ApplicationManifest? manifest, ManifestPlace? place, OnceReport report, bool isDryRun, CancellationToken cancellationToken)
    {
        if (!isDryRun && !wish.IsEmpty)
        {
            await RegisterAsync(wish, manifest, place, report, cancellationToken);
        }

        report.Unchanged(wish.Unchanged);
        foreach (var (name, build) in wish.Builds)
        {
            await report.BuildAsync(wish.Application, name, build);
        }

        foreach (var instance in wish.Instances.Where(instance => instance.Kind != ChangeKind.Removed))
        {
            await report.InstanceAsync(wish.Application, instance);
        }

        foreach (var batch in wish.Instances.Where(instance => instance.Kind == ChangeKind.Removed).Chunk(LeasedApplication.MaxPerRequest))
        {
            foreach (var instance in isDryRun ? batch : await RemoveAsync(wish.Application, batch, report, cancellationToken))
            {
                await report.InstanceAsync(wish.Application, instance);
            }
        }
    }

    private async Task RegisterAsync(
        ApplicationWish wish, ApplicationManifest? manifest, ManifestPlace? place, OnceReport report, CancellationToken cancellationToken)
    {
        var ids = wish.Instances.Where(instance => instance.Kind != ChangeKind.Removed).Select(instance => instance.Wanted.Id).ToHashSet(StringComparer.Ordinal);
        List<string> sent = [];
        try
        {
            // With instances go all builds of the manifest, one of which may have been retired since we looked.
            IReadOnlyList<Build> builds = ids.Count > 0 ? manifest!.Builds : [.. wish.Builds.Select(build => build.Build)];
            if (ids.Count == 0 || builds.Count > LeasedApplication.MaxPerRequest || builds.Sum(build => build.CalculateSize()) > RequestBatches.MaxBytes / 2)
            {
                foreach (var batch in RequestBatches.Of(builds))
                {
                    var request = new DeclareBuildsRequest { Namespace = globals.Namespace, Application = wish.Application, Builds = { batch } };
                    report.Revision = (await connection.Registration.DeclareBuildsAsync(request, cancellationToken: cancellationToken)).Revision;
                }

                builds = [];
            }

            foreach (var batch in RequestBatches.Of(manifest?.Instances.Where(spec => ids.Contains(spec.Id)) ?? []))
            {
                sent = [.. batch.Select(spec => spec.Id)];
                var request = new RegisterRequest
                {
                    Namespace = globals.Namespace,
                    Application = wish.Application,
                    Holder = holder,
                    Instances = { batch },
                    Builds = { builds },
                };
                report.Revision = (await connection.Registration.RegisterAsync(request, cancellationToken: cancellationToken)).Revision;
                builds = [];
            }
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var fault = RegistryFault.From(exception);
            throw new ApplyRefusedException(place?.Locate(fault, sent) ?? fault);
        }
    }

    // By incarnation: what somebody else has taken over since we looked is theirs and stays.
    private async Task<IReadOnlyList<InstanceWish>> RemoveAsync(
        string application, InstanceWish[] instances, OnceReport report, CancellationToken cancellationToken)
    {
        var request = new DeregisterRequest { Namespace = globals.Namespace, Application = application };
        request.Instances.AddRange(instances.Select(instance => new InstanceRef { Id = instance.Wanted.Id, Incarnation = instance.Wanted.Incarnation }));
        try
        {
            report.Revision = (await connection.Registration.DeregisterAsync(request, cancellationToken: cancellationToken)).Revision;
            return instances;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition && instances.Length > 1)
        {
            // One of them; all or none is how a request is carried out.
            List<InstanceWish> removed = [];
            foreach (var instance in instances)
            {
                removed.AddRange(await RemoveAsync(application, [instance], report, cancellationToken));
            }

            return removed;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of($"{application}/{instances[0].Wanted.Id} was taken over by somebody else meanwhile and stays"));
            return [];
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ApplyRefusedException(RegistryFault.From(exception));
        }
    }
}
