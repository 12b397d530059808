using System.Globalization;
using System.Runtime.InteropServices;

namespace Registry.Cli.CommandLine;

/// <summary>Asks a long-running command to come to an end.</summary>
internal interface IStopRequest : IDisposable
{
    CancellationToken Token { get; }
}

/// <summary>
/// SIGINT and SIGTERM as a request to stop in order. The second signal ends the process at once, for whoever does not want
/// to wait for a server that does not answer.
/// </summary>
internal sealed partial class StopSignals : IStopRequest
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>
    /// Makes SIGINT arrive even if the process was started with it ignored, as a shell without job control starts everything
    /// that runs in the background. Must come before anything else that touches signals or the console: the runtime looks
    /// at an ignored SIGINT once and then leaves it ignored.
    /// </summary>
    public static void AcceptIgnoredInterrupt()
    {
        const int Interrupt = 2;
        const ulong InterruptBit = 1UL << (Interrupt - 1);
        const nint Default = 0;
        if (OperatingSystem.IsLinux() && (IgnoredSignals() & InterruptBit) != 0)
        {
            _ = SetSignal(Interrupt, Default);
        }
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private static ulong IgnoredSignals()
    {
        const string Label = "SigIgn:";
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
            return line is null ? 0 : ulong.Parse(line.AsSpan(Label.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // No /proc: the shell's choice stands, and SIGTERM works as ever.
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    private void OnSignal(PosixSignalContext context)
    {
        if (!_stop.IsCancellationRequested)
        {
            context.Cancel = true;
            // Off this thread: it delivers signals, and what is cancelled runs for a while.
            _ = _stop.CancelAsync();
        }
    }
}
