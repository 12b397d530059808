using System.CommandLine;

namespace Registry.Cli.CommandLine;

/// <summary>Options that are there or not. They take no value: the library's own may, and then completes values behind them for ever.</summary>
internal static class Flag
{
    public static Option<bool> Create(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };
}
