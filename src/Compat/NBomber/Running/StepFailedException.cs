using NBomber.Contracts;

namespace NBomber.Running;

/// <summary>Ends an iteration whose step failed, and carries how.</summary>
#pragma warning disable CA1032 // Thrown in one place only, always with a response.
internal sealed class StepFailedException(string stepName, IResponse response) : Exception($"The step {stepName} failed.")
#pragma warning restore CA1032
{
    public IResponse Response { get; } = response;
}
