namespace Registry.LoadTests.Siblings.Running;

/// <summary>A seed failure in little: the shape of the original's mistake beside the type of ours that stands in its place.</summary>
/// <param name="Seed">Where it happened.</param>
/// <param name="Mistake">What was wrong, in a few words.</param>
/// <param name="Rule">What prevents it.</param>
/// <param name="Twin">One round with the mistake: what went wrong; null: nothing.</param>
/// <param name="Ours">What ships, at the same job.</param>
internal sealed record Sibling(string Seed, string Mistake, string Rule, Func<string?> Twin, Subject Ours);

/// <summary>A type that ships.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Round">One round, of the same kind as the twin's: what went wrong; null: nothing.</param>
internal sealed record Subject(string Type, Func<string?> Round);
