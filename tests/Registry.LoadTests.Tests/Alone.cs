namespace Registry.LoadTests.Tests;

/// <summary>Tests that need the console or the processors for themselves.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
