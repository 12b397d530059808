namespace Registry.Crash.Tests.Kills;

/// <summary>How a life is to end.</summary>
/// <param name="Point">The named point at which it ends; null: at a random moment.</param>
/// <param name="Hit">Which time that the point is reached.</param>
/// <param name="Acknowledgements">After how many acknowledgements it ends at the latest, from outside.</param>
internal sealed record Death(string? Point, long Hit, int Acknowledgements);
