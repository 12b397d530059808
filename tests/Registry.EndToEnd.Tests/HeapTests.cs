using Xunit;

namespace Registry.EndToEnd.Tests;

/// <summary>Tests that look at the size of the heap, server and clients together: they run when no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HeapTests
{
    public const string Name = "Heap";
}
