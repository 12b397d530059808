using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core.Utils;

/// <summary>Checks of arguments and state that throw when they fail. Safe for concurrent use.</summary>
public static class GrpcPreconditions
{
    /// <summary>Checks a condition on an argument.</summary>
    /// <param name="condition">What has to be true.</param>
    /// <exception cref="ArgumentException">The condition is false.</exception>
    public static void CheckArgument([DoesNotReturnIf(false)] bool condition)
    {
        if (!condition)
            throw new ArgumentException("The argument is not valid.");
    }

    /// <summary>Checks a condition on an argument.</summary>
    /// <param name="condition">What has to be true.</param>
    /// <param name="errorMessage">The exception's message.</param>
    /// <exception cref="ArgumentException">The condition is false.</exception>
    public static void CheckArgument([DoesNotReturnIf(false)] bool condition, string errorMessage)
    {
        if (!condition)
            throw new ArgumentException(errorMessage);
    }

    /// <summary>Checks that a reference is there.</summary>
    /// <typeparam name="T">The type of the reference.</typeparam>
    /// <param name="reference">The reference.</param>
    /// <returns>The reference.</returns>
    /// <exception cref="ArgumentNullException">The reference is <see langword="null"/>.</exception>
    public static T CheckNotNull<T>([NotNull] T? reference) => CheckNotNull(reference, nameof(reference));

    /// <summary>Checks that an argument is there.</summary>
    /// <typeparam name="T">The type of the argument.</typeparam>
    /// <param name="reference">The argument.</param>
    /// <param name="paramName">Its name, for the exception.</param>
    /// <returns>The argument.</returns>
    /// <exception cref="ArgumentNullException">The argument is <see langword="null"/>.</exception>
    public static T CheckNotNull<T>([NotNull] T? reference, string paramName)
    {
        if (reference is null)
            throw new ArgumentNullException(paramName);
        return reference;
    }

    /// <summary>Checks a condition on the state of an object.</summary>
    /// <param name="condition">What has to be true.</param>
    /// <exception cref="InvalidOperationException">The condition is false.</exception>
    public static void CheckState([DoesNotReturnIf(false)] bool condition)
    {
        if (!condition)
            throw new InvalidOperationException("The object is not in a state for this.");
    }

    /// <summary>Checks a condition on the state of an object.</summary>
    /// <param name="condition">What has to be true.</param>
    /// <param name="errorMessage">The exception's message.</param>
    /// <exception cref="InvalidOperationException">The condition is false.</exception>
    public static void CheckState([DoesNotReturnIf(false)] bool condition, string errorMessage)
    {
        if (!condition)
            throw new InvalidOperationException(errorMessage);
    }
}
