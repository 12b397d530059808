using Microsoft.AspNetCore.Http.HttpResults;
using Registry.Core;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Server.Discovery;
using Registry.Server.Errors;

namespace Registry.Server.Reads;

/// <summary>
/// Plain reads as JSON, for people with curl and for scripts. The server joins here: what is listed under an interface are the instances
/// that serve it.
/// </summary>
internal static class JsonReads
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1_000;

    /// <summary>Adds the reads.</summary>
    public static void MapJsonReads(this IEndpointRouteBuilder http)
    {
        http.MapGet("/v1/interfaces/{name}", ReadInterface);
        http.MapGet("/v1/applications/{name}", ReadApplication);
        http.MapGet("/v1/interfaces", ListInterfaces);
        http.MapGet("/v1/applications", ListApplications);
        http.MapGet("/v1/status", ReadStatus);
    }

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

    private static IResult ListInterfaces(ServiceRegistry registry, string? @namespace, string? prefix, string? pageToken, int? pageSize)
    {
        if (CheckPage(@namespace, pageSize) is { } bad)
            return Refuse(bad);
        var size = pageSize ?? DefaultPageSize;
        var found = registry.ListInterfaces(Namespace(@namespace), prefix ?? "", pageToken ?? "", size);
        return TypedResults.Json(new InterfacesAnswer(
            Namespace(@namespace),
            [.. found.Select(m => new InterfaceItem(m.Name.Name, m.Count, m.Revision))],
            found.Count == size ? found[^1].Name.Name : null));
    }

    private static IResult ListApplications(ServiceRegistry registry, string? @namespace, string? prefix, string? pageToken, int? pageSize)
    {
        if (CheckPage(@namespace, pageSize) is { } bad)
            return Refuse(bad);
        var size = pageSize ?? DefaultPageSize;
        var found = registry.ListApplications(Namespace(@namespace), prefix ?? "", pageToken ?? "", size);
        return TypedResults.Json(new ApplicationsAnswer(
            Namespace(@namespace),
            [.. found.Select(a => new ApplicationItem(a.Name.Name, a.Count, a.Instances.Count(i => i.State == InstanceState.Up), a.BuildCount, a.Revision))],
            found.Count == size ? found[^1].Name.Name : null));
    }

    private static JsonHttpResult<StatusAnswer> ReadStatus(ServiceRegistry registry)
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
                TopicEncoder.Encodings)));
    }

    private static RegistryError? CheckPage(string? @namespace, int? pageSize) =>
        NameRules.CheckName("namespace", Namespace(@namespace))
        ?? (pageSize is < 1 or > MaxPageSize
            ? new RegistryError(
                ErrorKind.InvalidArgument, ErrorReasons.InvalidField, $"pageSize: is {pageSize}; 1 to {MaxPageSize} is allowed", "pageSize")
            : null);

    private static string Namespace(string? @namespace) => string.IsNullOrEmpty(@namespace) ? QualifiedName.Default : @namespace;

    private static RegistryError Unknown(string message) => new(ErrorKind.NotFound, "UNKNOWN_NAME", message, "name");

    private static JsonHttpResult<ErrorAnswer> Refuse(RegistryError error) =>
        TypedResults.Json(
            new ErrorAnswer(new ErrorDetail(StatusMap.StatusOf(error.Kind).ToString(), error.Reason, error.Message, error.Field)),
            statusCode: StatusMap.HttpStatusOf(error.Kind));
}
