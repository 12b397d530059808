namespace Registry.Core;

/// <summary>What there is in all namespaces. Counted topic by topic while writers go on, so it stands at no one revision.</summary>
/// <param name="Applications">With an instance or a build.</param>
/// <param name="Interfaces">Mapped ones.</param>
/// <param name="Up">Instances that are up.</param>
/// <param name="Draining">Instances that are draining.</param>
/// <param name="Suspect">Instances whose lease is overdue.</param>
/// <param name="Down">Instances that are down.</param>
/// <param name="Unleased">Instances, in whichever state, that hang on no lease.</param>
public sealed record RegistryCensus(int Applications, int Interfaces, int Up, int Draining, int Suspect, int Down, int Unleased)
{
    /// <summary>The instances in all states.</summary>
    public int Instances => Up + Draining + Suspect + Down;
}
