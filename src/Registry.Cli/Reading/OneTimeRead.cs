using System.Collections.Immutable;
using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Client.Connecting;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Reading;

/// <summary>Reads topics once, all at one revision, however large they are.</summary>
internal static class OneTimeRead
{
    /// <summary>What one request may name, as the protocol states it.</summary>
    public const int MaxNames = 1_000;

    /// <param name="connection">The server.</param>
    /// <param name="topics">All of one namespace; at most <see cref="MaxNames"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<RegistryView> ReadAsync(
        RegistryConnection connection, ImmutableArray<TopicName> topics, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = new ResolveRequest { Namespace = topics[0].Namespace };
        foreach (var topic in topics)
        {
            (topic.Kind == TopicKind.Interface ? request.Interfaces : request.Applications).Add(topic.Name);
        }

        try
        {
            var answer = await connection.Discovery.ResolveAsync(request, cancellationToken: cancellationToken);
            return ViewBuilder.Read(answer);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
        {
            // Too much for one message. A watch sends the same in pieces; its first whole view is the answer.
            return await ReadByWatchAsync(connection, topics, time, cancellationToken);
        }
    }

    private static async Task<RegistryView> ReadByWatchAsync(
        RegistryConnection connection, ImmutableArray<TopicName> topics, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new WatchSession(
            connection.Discovery, topics, new WatchOptions { Client = ProgramName.WithVersion, SignOfLife = connection.CallTimeout }, time, Random.Shared);
        await foreach (var @event in session.RunAsync(cancellationToken))
        {
            switch (@event)
            {
                case WatchEvent.Changed changed when topics.All(changed.View.Covers):
                    return changed.View;
                case WatchEvent.Interrupted interrupted:
                    throw new RpcException(new Status(interrupted.Fault.Code, interrupted.Fault.Message));
                case WatchEvent.Ended ended:
                    throw new RpcException(new Status((StatusCode)ended.Cause.Code, ended.Cause.Message));
                default:
                    break;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }
}
