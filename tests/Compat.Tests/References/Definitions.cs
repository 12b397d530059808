using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Registry.Compat.Tests.References;

/// <summary>Everything that some assemblies define and that other assemblies can reach.</summary>
internal sealed class Definitions
{
    private readonly Dictionary<string, DefinedType> _types = new(StringComparer.Ordinal);

    public Definitions(params Assembly[] assemblies)
    {
        Assemblies = assemblies.Select(assembly => assembly.GetName().Name!).ToHashSet(StringComparer.Ordinal);
        Signatures = new SignatureReader(Assemblies);
        foreach (var assembly in assemblies)
        {
            using var file = File.OpenRead(assembly.Location);
            using var image = new PEReader(file);
            Read(image.GetMetadataReader());
        }
    }

    public IReadOnlySet<string> Assemblies { get; }

    public SignatureReader Signatures { get; }

    public bool HasType(string type) => _types.ContainsKey(type);

    /// <summary>Whether a type or one of its bases has a member with exactly this signature.</summary>
    public bool HasMember(string type, string signature) =>
        WithBases(type).Any(defined => defined.Members.Contains(signature));

    /// <summary>Whether a type or one of its bases has a method with exactly this signature that can be overridden.</summary>
    public bool HasVirtualMethod(string type, string signature) =>
        WithBases(type).Any(defined => defined.VirtualMethods.Contains(signature));

    private static bool IsReachable(MetadataReader reader, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem =>
            IsReachable(reader, reader.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    private static bool IsReachable(MethodAttributes attributes) => (attributes & MethodAttributes.MemberAccessMask)
        is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static bool IsReachable(FieldAttributes attributes) => (attributes & FieldAttributes.FieldAccessMask)
        is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private IEnumerable<DefinedType> WithBases(string? type)
    {
        while (type is not null && _types.TryGetValue(type, out var defined))
        {
            yield return defined;
            type = defined.Base;
        }
    }

    private void Read(MetadataReader reader)
    {
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (!IsReachable(reader, type))
                continue;
            var members = new HashSet<string>(StringComparer.Ordinal);
            var virtualMethods = new HashSet<string>(StringComparer.Ordinal);
            foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition).Where(method => IsReachable(method.Attributes)))
            {
                var signature = SignatureReader.Describe(reader.GetString(method.Name), method.DecodeSignature(Signatures, null));
                members.Add(signature);
                if ((method.Attributes & (MethodAttributes.Virtual | MethodAttributes.Final)) == MethodAttributes.Virtual)
                    virtualMethods.Add(signature);
            }

            foreach (var field in type.GetFields().Select(reader.GetFieldDefinition).Where(field => IsReachable(field.Attributes)))
                members.Add(SignatureReader.Describe(reader.GetString(field.Name), field.DecodeSignature(Signatures, null)));
            var name = Signatures.GetTypeFromDefinition(reader, handle, 0).Text;
            _types.Add(name, new DefinedType(BaseOf(reader, type), members, virtualMethods));
        }
    }

    private string? BaseOf(MetadataReader reader, TypeDefinition type) => type.BaseType switch
    {
        { IsNil: true } => null,
        { Kind: HandleKind.TypeDefinition } handle => Signatures.GetTypeFromDefinition(reader, (TypeDefinitionHandle)handle, 0).Definition,
        { Kind: HandleKind.TypeReference } handle => Signatures.GetTypeFromReference(reader, (TypeReferenceHandle)handle, 0).Definition,
        // The members of a generic base would need their type parameters replaced first. Compilers refer to them through
        // the base itself, so that is never needed.
        _ => null,
    };

    private sealed record DefinedType(string? Base, HashSet<string> Members, HashSet<string> VirtualMethods);
}
