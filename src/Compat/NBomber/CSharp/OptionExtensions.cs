using System.Diagnostics.CodeAnalysis;
using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>Asks whether a response brought something.</summary>
public static class OptionExtensions
{
    /// <summary>Whether there is a value.</summary>
    public static bool IsSome<T>([NotNullWhen(true)] this Payload<T>? option) => option is not null;

    /// <summary>Whether there is no value.</summary>
    public static bool IsNone<T>([NotNullWhen(false)] this Payload<T>? option) => option is null;
}
