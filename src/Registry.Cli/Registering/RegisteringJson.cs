using System.Collections.Immutable;

namespace Registry.Cli.Registering;

/// <summary>What <c>deregister --output json</c> writes: one document.</summary>
/// <param name="Namespace">Where.</param>
/// <param name="Application">The application.</param>
/// <param name="Asked">How many instances were named.</param>
/// <param name="Removed">How many of them were there and are gone.</param>
/// <param name="Revision">The revision at which they are gone; 0: the application was not there at all.</param>
internal sealed record DeregisterJson(string Namespace, string Application, int Asked, uint Removed, long Revision);

/// <summary>What <c>drain</c> and <c>undrain</c> write with <c>--output json</c>: one document.</summary>
/// <param name="Namespace">Where.</param>
/// <param name="Application">The application.</param>
/// <param name="State">The state that was declared: <c>DRAINING</c> or <c>UP</c>.</param>
/// <param name="Instances">The instances, in the order in which they were named; with --all in the order of their ids.</param>
/// <param name="Revision">The revision at which they have it.</param>
internal sealed record StateChangeJson(string Namespace, string Application, string State, ImmutableArray<string> Instances, long Revision);
