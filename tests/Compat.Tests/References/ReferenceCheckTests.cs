using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.References;

/// <summary>Shows that the check fails when it should, with assemblies that refer to one thing each.</summary>
public sealed class ReferenceCheckTests
{
    private static readonly Definitions Definitions = new(typeof(Metadata).Assembly);

    [Fact]
    public void AMissingType_IsReported() =>
        Assert.Equal(["[Grpc.Core.Api]Grpc.Core.NoSuchType"], Check("NoSuchType", null, null));

    [Fact]
    public void AMissingMember_IsReported() =>
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.Metadata: instance String NoSuchMember(String)"],
            Check("Metadata", "NoSuchMember", StringToString));

    [Fact]
    public void AMemberWithAnotherSignature_IsReported() =>
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.Metadata: instance Int32 GetValue(String)"],
            Check(
                "Metadata",
                "GetValue",
                (encoder, _) => Method(encoder, result => result.Type().Int32(), parameter => parameter.Type().String())));

    [Fact]
    public void AStaticMember_WhereAnInstanceIsMeant_IsReported() =>
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.Metadata: static String GetValue(String)"],
            Check(
                "Metadata",
                "GetValue",
                (encoder, _) => Method(
                    encoder, result => result.Type().String(), parameter => parameter.Type().String(), isInstance: false)));

    [Fact]
    public void APrivateMember_IsReported() =>
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.Status: field String _detail"],
            Check("Status", "_detail", (encoder, _) => encoder.Field().Type().String()));

    [Fact]
    public void AMissingField_IsReported() =>
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.Metadata: field String NoSuchField"],
            Check("Metadata", "NoSuchField", (encoder, _) => encoder.Field().Type().String()));

    [Fact]
    public void AMemberThatIsThere_IsNotReported() => Assert.Empty(Check("Metadata", "GetValue", StringToString));

    [Fact]
    public void AMemberOfTheBase_IsFoundThroughTheDerivedType() =>
        Assert.Empty(Check(
            "ClientBase`1",
            "get_CallInvoker",
            (encoder, typeNamed) => Method(encoder, result => result.Type().Type(typeNamed("CallInvoker"), isValueType: false))));

    [Fact]
    public void AnOverrideOfNothing_IsReported()
    {
        using var assembly = AssemblyThatOverrides("ServiceBinderBase", "NoSuchMember");
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.ServiceBinderBase: instance String NoSuchMember()"],
            ReferenceCheck.LostOverridesIn(assembly, Definitions));
    }

    [Fact]
    public void AnOverrideOfAMethodThatIsNotVirtual_IsReported()
    {
        using var assembly = AssemblyThatOverrides("ServerCallContext", "get_Method");
        Assert.Equal(
            ["[Grpc.Core.Api]Grpc.Core.ServerCallContext: instance String get_Method()"],
            ReferenceCheck.LostOverridesIn(assembly, Definitions));
    }

    [Theory]
    [InlineData("get_MethodCore")]
    [InlineData("ToString")]
    public void AnOverrideThatFindsItsMethod_IsNotReported(string method)
    {
        using var assembly = AssemblyThatOverrides("ServerCallContext", method);
        Assert.Empty(ReferenceCheck.LostOverridesIn(assembly, Definitions));
    }

    private static void StringToString(BlobEncoder encoder, Func<string, EntityHandle> typeNamed) =>
        Method(encoder, result => result.Type().String(), parameter => parameter.Type().String());

    private static void Method(
        BlobEncoder encoder, Action<ReturnTypeEncoder> result, Action<ParameterTypeEncoder>? parameter = null, bool isInstance = true) =>
        encoder.MethodSignature(isInstanceMethod: isInstance).Parameters(
            parameter is null ? 0 : 1,
            result,
            parameters => parameter?.Invoke(parameters.AddParameter()));

    private static string[] Check(string type, string? member, Action<BlobEncoder, Func<string, EntityHandle>>? signature)
    {
        using var assembly = AssemblyThatRefersTo(type, member, signature);
        return [.. ReferenceCheck.UnresolvedIn(assembly, Definitions)];
    }

    private static MemoryStream AssemblyThatRefersTo(
        string type, string? member, Action<BlobEncoder, Func<string, EntityHandle>>? signature) => Assembly((metadata, typeNamed) =>
    {
        var owner = typeNamed(type);
        if (member is null || signature is null)
            return;
        var blob = SignatureOf(metadata, encoder => signature(encoder, typeNamed));
        metadata.AddMemberReference(owner, metadata.GetOrAddString(member), blob);
    });

    /// <summary>An assembly with a class whose only method returns a text and claims to override one of the base class.</summary>
    private static MemoryStream AssemblyThatOverrides(string baseType, string method) => Assembly((metadata, typeNamed) =>
    {
        var handle = metadata.AddMethodDefinition(
            MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Abstract,
            MethodImplAttributes.IL,
            metadata.GetOrAddString(method),
            SignatureOf(metadata, encoder => Method(encoder, result => result.Type().String())),
            bodyOffset: -1,
            MetadataTokens.ParameterHandle(1));
        metadata.AddTypeDefinition(
            TypeAttributes.Public | TypeAttributes.Abstract,
            default,
            metadata.GetOrAddString("Derived"),
            typeNamed(baseType),
            MetadataTokens.FieldDefinitionHandle(1),
            handle);
    });

    private static BlobHandle SignatureOf(MetadataBuilder metadata, Action<BlobEncoder> encode)
    {
        var blob = new BlobBuilder();
        encode(new BlobEncoder(blob));
        return metadata.GetOrAddBlob(blob);
    }

    private static MemoryStream Assembly(Action<MetadataBuilder, Func<string, EntityHandle>> fill)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString("probe.dll"), metadata.GetOrAddGuid(Guid.Empty), default, default);
        metadata.AddAssembly(metadata.GetOrAddString("probe"), new Version(1, 0), default, default, 0, AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(
            default,
            default,
            metadata.GetOrAddString("<Module>"),
            default,
            MetadataTokens.FieldDefinitionHandle(1),
            MetadataTokens.MethodDefinitionHandle(1));
        var api = metadata.AddAssemblyReference(
            metadata.GetOrAddString("Grpc.Core.Api"), new Version(2, 0, 0, 0), default, default, default, default);
        fill(metadata, name => metadata.AddTypeReference(api, metadata.GetOrAddString("Grpc.Core"), metadata.GetOrAddString(name)));
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(image);
        var stream = new MemoryStream();
        image.WriteContentTo(stream);
        stream.Position = 0;
        return stream;
    }
}
