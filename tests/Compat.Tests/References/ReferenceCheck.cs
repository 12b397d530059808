using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Registry.Compat.Tests.References;

/// <summary>Compares what an assembly refers to with what is defined.</summary>
internal static class ReferenceCheck
{
    private static readonly string[] MethodsOfObject =
        ["instance String ToString()", "instance Boolean Equals(Object)", "instance Int32 GetHashCode()", "instance Void Finalize()"];

    /// <summary>Every type and member that the assembly refers to in the defined assemblies, as text.</summary>
    public static IEnumerable<string> ReferencesOf(Stream assembly, Definitions definitions) =>
        Read(assembly, definitions).Select(reference => reference.ToString());

    /// <summary>Those of the references that are not defined, or not within reach.</summary>
    public static IEnumerable<string> UnresolvedIn(Stream assembly, Definitions definitions) =>
        Read(assembly, definitions)
            .Where(reference => !reference.IsIn(definitions))
            .Select(reference => reference.ToString());

    /// <summary>
    /// Methods that are meant to override one of a defined class but find none there. The runtime takes such a method for a new one, so
    /// the type loads and the override is never called.
    /// </summary>
    public static IEnumerable<string> LostOverridesIn(Stream assembly, Definitions definitions)
    {
        using var image = new PEReader(assembly, PEStreamOptions.LeaveOpen);
        var reader = image.GetMetadataReader();
        return [.. reader.TypeDefinitions.Select(reader.GetTypeDefinition).SelectMany(type => LostOverridesOf(type, reader, definitions))];
    }

    private static IEnumerable<string> LostOverridesOf(TypeDefinition type, MetadataReader reader, Definitions definitions)
    {
        if (type.BaseType.Kind != HandleKind.TypeReference || type.BaseType.IsNil)
            return [];
        var parent = definitions.Signatures.GetTypeFromReference(reader, (TypeReferenceHandle)type.BaseType, 0).Definition;
        if (!definitions.HasType(parent))
            return [];
        return type.GetMethods()
            .Select(reader.GetMethodDefinition)
            .Where(method => (method.Attributes & (MethodAttributes.Virtual | MethodAttributes.NewSlot)) == MethodAttributes.Virtual)
            .Select(method => SignatureReader.Describe(reader.GetString(method.Name), method.DecodeSignature(definitions.Signatures, null)))
            .Where(signature => !definitions.HasVirtualMethod(parent, signature) && !MethodsOfObject.Contains(signature))
            .Select(signature => $"{parent}: {signature}");
    }

    private static List<Reference> Read(Stream assembly, Definitions definitions)
    {
        using var image = new PEReader(assembly, PEStreamOptions.LeaveOpen);
        var reader = image.GetMetadataReader();
        var types = reader.TypeReferences.Select(handle =>
            new Reference(definitions.Signatures.GetTypeFromReference(reader, handle, 0).Definition, null));
        var members = reader.MemberReferences.Select(handle => ReadMember(reader, handle, definitions.Signatures));
        return [.. types.Concat(members).Where(reference => reference.IsInto(definitions.Assemblies))];
    }

    private static Reference ReadMember(MetadataReader reader, MemberReferenceHandle handle, SignatureReader signatures)
    {
        var member = reader.GetMemberReference(handle);
        var name = reader.GetString(member.Name);
        var parent = member.Parent.Kind switch
        {
            HandleKind.TypeReference => signatures.GetTypeFromReference(reader, (TypeReferenceHandle)member.Parent, 0),
            HandleKind.TypeSpecification =>
                signatures.GetTypeFromSpecification(reader, null, (TypeSpecificationHandle)member.Parent, 0),
            _ => new TypeText(""),
        };
        var signature = member.GetKind() == MemberReferenceKind.Method
            ? SignatureReader.Describe(name, member.DecodeMethodSignature(signatures, null))
            : SignatureReader.Describe(name, member.DecodeFieldSignature(signatures, null));
        return new Reference(parent.Definition, signature);
    }

    private sealed record Reference(string Type, string? Member)
    {
        public bool IsInto(IReadOnlySet<string> assemblies) =>
            assemblies.Any(name => Type.StartsWith($"[{name}]", StringComparison.Ordinal));

        public bool IsIn(Definitions definitions) => Member is null ? definitions.HasType(Type) : definitions.HasMember(Type, Member);

        public override string ToString() => Member is null ? Type : $"{Type}: {Member}";
    }
}
