using System.Globalization;
using Registry.Cli.Output;
using Registry.Storage.Backups;

namespace Registry.Cli.Snapshots;

/// <summary>What a backup or a data directory holds, in words.</summary>
internal static class StateText
{
    public static string Of(StateDescription state) => string.Create(
        CultureInfo.InvariantCulture,
        $"revision {state.Revision}, epoch {state.Epochs[^1].Epoch}, {Plural.Of(state.Applications, "application")}, {Plural.Of(state.Instances, "instance")}, {Plural.Of(state.Bytes, "byte")}");

    /// <summary>A range of revisions; 0: there is none.</summary>
    public static string Range(long first, long last) => last == 0 ? "" : first == last ? Number(last) : $"{Number(first)} to {Number(last)}";

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
