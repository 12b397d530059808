namespace Registry.Client.Tests.Scale;

/// <summary>Tests that measure the whole process, or fill the machine: one at a time, and nothing beside them.</summary>
[CollectionDefinition(nameof(AloneTests), DisableParallelization = true)]
public sealed class AloneTests;
