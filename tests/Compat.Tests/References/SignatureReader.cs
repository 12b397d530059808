using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Registry.Compat.Tests.References;

/// <summary>
/// Writes signatures as text that is the same whether it is read off a reference or off the definition. A type of the assemblies
/// in question carries its assembly's name; any other type does not, as the framework's types move between assemblies.
/// </summary>
internal sealed class SignatureReader(IReadOnlySet<string> assemblies) : ISignatureTypeProvider<TypeText, object?>
{
    public static string Describe(string name, MethodSignature<TypeText> signature)
    {
        var kind = signature.Header.IsInstance ? "instance" : "static";
        var arity = signature.GenericParameterCount == 0 ? "" : $"`{signature.GenericParameterCount}";
        return $"{kind} {signature.ReturnType} {name}{arity}({string.Join(", ", signature.ParameterTypes)})";
    }

    public static string Describe(string name, TypeText fieldType) => $"field {fieldType} {name}";

    public TypeText GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = FullName(reader, type.Namespace, type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? new TypeText($"{GetTypeFromDefinition(reader, outer, 0)}/{name}")
            : new TypeText(Prefix(reader.GetString(reader.GetAssemblyDefinition().Name)) + name);
    }

    public TypeText GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        var name = FullName(reader, type.Namespace, type.Name);
        return type.ResolutionScope.Kind switch
        {
            HandleKind.TypeReference =>
                new TypeText($"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}/{name}"),
            HandleKind.AssemblyReference => new TypeText(Prefix(AssemblyName(reader, type)) + name),
            _ => new TypeText(name),
        };
    }

    public TypeText GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public TypeText GetGenericInstantiation(TypeText genericType, ImmutableArray<TypeText> typeArguments) =>
        new($"{genericType}<{string.Join(", ", typeArguments)}>", genericType.Definition);

    public TypeText GetPrimitiveType(PrimitiveTypeCode typeCode) => new(typeCode.ToString());

    public TypeText GetSZArrayType(TypeText elementType) => new($"{elementType}[]");

    public TypeText GetArrayType(TypeText elementType, ArrayShape shape) => new($"{elementType}[{new string(',', shape.Rank - 1)}]");

    public TypeText GetByReferenceType(TypeText elementType) => new($"{elementType}&");

    public TypeText GetPointerType(TypeText elementType) => new($"{elementType}*");

    public TypeText GetPinnedType(TypeText elementType) => new($"{elementType} pinned");

    public TypeText GetFunctionPointerType(MethodSignature<TypeText> signature) => new(Describe("", signature));

    public TypeText GetGenericTypeParameter(object? genericContext, int index) => new($"!{index}");

    public TypeText GetGenericMethodParameter(object? genericContext, int index) => new($"!!{index}");

    public TypeText GetModifiedType(TypeText modifier, TypeText unmodifiedType, bool isRequired) =>
        new($"{unmodifiedType} {(isRequired ? "modreq" : "modopt")}({modifier})");

    private static string AssemblyName(MetadataReader reader, TypeReference type) =>
        reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name);

    private static string FullName(MetadataReader reader, StringHandle space, StringHandle name) =>
        space.IsNil ? reader.GetString(name) : $"{reader.GetString(space)}.{reader.GetString(name)}";

    private string Prefix(string assembly) => assemblies.Contains(assembly) ? $"[{assembly}]" : "";
}
