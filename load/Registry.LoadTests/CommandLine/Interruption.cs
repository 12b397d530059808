using System.Runtime.InteropServices;

namespace Registry.LoadTests.CommandLine;

/// <summary>
/// Ctrl-C and SIGTERM, as a token: the run ends by itself, and takes the servers that it started along. The command line's own handling
/// ends the process instead.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _interrupted = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interruption()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, End), PosixSignalRegistration.Create(PosixSignal.SIGTERM, End)];

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            _ = _interrupted.CancelAsync();
        }
    }

    /// <summary>Cancelled when somebody wants an end.</summary>
    public CancellationToken Token => _interrupted.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _interrupted.Dispose();
    }
}
