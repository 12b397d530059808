using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>Stands on a generated service base class and tells where its <c>BindService</c> is.</summary>
[AttributeUsage(AttributeTargets.Class)]
[SuppressMessage("Performance", "CA1813:Avoid unsealed attributes", Justification = "The contract leaves it open.")]
public class BindServiceMethodAttribute : Attribute
{
    // The method is found by reflection, so trimming must not remove it.
    private const DynamicallyAccessedMemberTypes AnyMethod =
        DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods;

    /// <summary>Names the method.</summary>
    /// <param name="bindType">The class with the method.</param>
    /// <param name="bindMethodName">
    /// The method's name. It is static and takes a <see cref="ServiceBinderBase"/> and an instance of the service, which may be
    /// <see langword="null"/>.
    /// </param>
    public BindServiceMethodAttribute([DynamicallyAccessedMembers(AnyMethod)] Type bindType, string bindMethodName)
    {
        BindType = bindType;
        BindMethodName = bindMethodName;
    }

    /// <summary>The class with the method.</summary>
    [DynamicallyAccessedMembers(AnyMethod)]
    public Type BindType { get; }

    /// <summary>The method's name.</summary>
    public string BindMethodName { get; }
}
