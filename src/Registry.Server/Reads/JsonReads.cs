using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Registry.Core;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Server.Discovery;
using Registry.Server.Errors;
using Registry.Server.Hosting;

namespace Registry.Server.Reads;

/// <summary>
/// Plain reads as JSON, for people with curl and for scripts. The server joins here: what is listed under an interface are the instances
/// that serve it.
/// </summary>
internal static class JsonReads
{
    /// <summary>Adds the reads.</summary>
    public static void MapJsonReads(this IEndpointRouteBuilder http)
    {
        http.MapGet("/v1/interfaces/{name}", ReadInterface);
        http.MapGet("/v1/applications/{name}", ReadApplication);
        http.MapGet("/v1/interfaces", ListInterfaces);
        http.MapGet("/v1/applications", ListApplications);
        http.MapGet("/v1/status", ReadStatus);

        // Made now: what it counts begins before anybody asks.
        http.ServiceProvider.GetRequiredService<ConnectionCounts>();
    }

    /// <summary>A refusal as JSON.</summary>
    public static JsonHttpResult<ErrorAnswer> Refuse(RegistryError error) =>
        TypedResults.Json(
            new ErrorAnswer(new ErrorDetail(StatusMap.StatusNameOf(error.Kind), error.Reason, error.Message, error.Field)),
            statusCode: StatusMap.HttpStatusOf(error.Kind));

    private static IResult ReadInterface(ServiceRegistry registry, string name, string? @namespace)
    {
        var key = new QualifiedName(Namespace(@namespace), name);
        if (NameRules.CheckTopic(Topic.OfInterface(key), "namespace", "name") is { } bad)
            return Refuse(bad);
        var topics = registry.ReadTogether([key], []);
        var mapping = topics.Mappings[0];
        if (mapping.IsAbsent)
            return Refuse(Unknown($"no application declares interface {name} in namespace {key.Namespace}"));
        return TypedResults.Json(new InterfaceAnswer(
            key.Namespace,
            name,
            registry.Epoch,
            topics.Revision,
            [.. mapping.Applications.Select(mapped => Join(mapped, topics))]));
    }

    private static MappedAnswer Join(MappedApplication mapped, TopicsAtRevision topics)
    {
        var application = topics.Applications.First(a => a.Name.Name == mapped.Application);
        return new MappedAnswer(
            mapped.Application,
            [.. mapped.Builds],
            [.. application.Instances.Where(i => mapped.Builds.Contains(i.Declaration.BuildId)).Select(InstanceAnswer.Of)]);
    }

    private static IResult ReadApplication(ServiceRegistry registry, string name, string? @namespace)
    {
        var key = new QualifiedName(Namespace(@namespace), name);
        if (NameRules.CheckTopic(Topic.OfApplication(key), "namespace", "name") is { } bad)
            return Refuse(bad);
        var topics = registry.ReadTogether([], [key]);
        var application = topics.Applications[0];
        if (application.IsAbsent)
            return Refuse(Unknown($"there is no application {name} in namespace {key.Namespace}"));
        return TypedResults.Json(new ApplicationAnswer(
            key.Namespace, name, registry.Epoch, topics.Revision, [.. application.Instances.Select(InstanceAnswer.Of)]));
    }

    private static IResult ListInterfaces(ServiceRegistry registry, string? @namespace, string? prefix, string? pageToken, string? pageSize)
    {
        if (Paging.TryRead(@namespace ?? "", prefix ?? "", pageToken ?? "", ReadSize(pageSize), Paging.FieldNames.Query, out var page) is { } bad)
            return Refuse(bad);
        var found = registry.ListInterfaces(page.Namespace, page.Prefix, page.After, page.Size);
        return TypedResults.Json(new InterfacesAnswer(
            page.Namespace, [.. found.Select(m => new InterfaceItem(m.Name.Name, m.Count, m.Revision))], page.NextToken(found)));
    }

    private static IResult ListApplications(ServiceRegistry registry, string? @namespace, string? prefix, string? pageToken, string? pageSize)
    {
        if (Paging.TryRead(@namespace ?? "", prefix ?? "", pageToken ?? "", ReadSize(pageSize), Paging.FieldNames.Query, out var page) is { } bad)
            return Refuse(bad);
        var found = registry.ListApplications(page.Namespace, page.Prefix, page.After, page.Size);
        return TypedResults.Json(new ApplicationsAnswer(
            page.Namespace,
            [.. found.Select(a => new ApplicationItem(a.Name.Name, a.Count, a.UpCount, a.BuildCount, a.Revision))],
            page.NextToken(found)));
    }

    private static JsonHttpResult<StatusAnswer> ReadStatus(ServiceRegistry registry, ConnectionCounts connections)
    {
        var watches = registry.WatchCounters;
        var leases = registry.LeaseCounters;
        return TypedResults.Json(new StatusAnswer(
            registry.Epoch,
            registry.Revision,
            registry.InstanceCount,
            new LeaseStatus(
                registry.LeaseCount,
                leases.GrantedTotal,
                leases.RenewedTotal,
                leases.ExpiredTotal,
                leases.ExpiredAfterProtectionTotal,
                leases.ProtectedTotal),
            new WatchStatus(
                watches.Streams,
                watches.Subscriptions,
                watches.CaughtUp,
                watches.CatchingUp,
                watches.Stalled,
                watches.BatchesTotal,
                watches.BookmarksTotal,
                watches.SnapshotsTotal,
                watches.DeltasTotal,
                watches.UnchangedOnResumeTotal,
                watches.StalledResetsTotal,
                TopicEncoder.Encodings),
            new ConnectionStatus(connections.Now, connections.Peak, connections.Total),
            new MemoryStatus(Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: false), GC.GetGCMemoryInfo().HeapSizeBytes)));
    }

    // Read here and not by the framework, whose refusal of what is no number has no body. What is none is no size either.
    private static long ReadSize(string? pageSize) =>
        string.IsNullOrEmpty(pageSize) ? 0
        : long.TryParse(pageSize, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size) ? size
        : -1;

    private static string Namespace(string? @namespace) => string.IsNullOrEmpty(@namespace) ? QualifiedName.Default : @namespace;

    private static RegistryError Unknown(string message) => new(ErrorKind.NotFound, ErrorReasons.NameUnknown, message, "name");
}
