using System.CommandLine;
using System.CommandLine.Completions;
using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Cli.Completing;

/// <summary>Completes names with those that the server knows. A shell waits for it, so it gives up soon, and without a word.</summary>
internal static class NameCompletion
{
    private const uint MaxNames = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="argument">The argument; with a HelpName, or the help would list the completions, and ask for them.</param>
    /// <param name="globals">The server and the namespace.</param>
    /// <param name="isApplication">Whether the names of this command line are applications; interfaces if not.</param>
    public static Argument<T> CompletingNames<T>(this Argument<T> argument, GlobalOptions globals, Func<ParseResult, bool> isApplication)
    {
        argument.CompletionSources.Add(context => Find(context, globals, isApplication(context.ParseResult)));
        return argument;
    }

    private static IEnumerable<CompletionItem> Find(CompletionContext context, GlobalOptions globals, bool isApplication)
    {
        try
        {
            var settings = globals.Of(context.ParseResult);
            using var connection = new RegistryConnection(settings.Server, Patience);
            var names = isApplication
                ? connection.Discovery.ListApplications(
                    new ListApplicationsRequest { Namespace = settings.Namespace, Prefix = context.WordToComplete, PageSize = MaxNames }).Applications.Select(item => item.Name)
                : connection.Discovery.ListInterfaces(
                    new ListInterfacesRequest { Namespace = settings.Namespace, Prefix = context.WordToComplete, PageSize = MaxNames }).Interfaces.Select(item => item.Name);
            return [.. names.Select(name => new CompletionItem(name))];
        }
        catch (Exception exception) when (exception is RpcException or UsageException)
        {
            return [];
        }
    }
}
