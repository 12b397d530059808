using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using Xunit;

namespace Registry.Compat.Tests.References;

public sealed class OfficialReferenceTests
{
    private static readonly Definitions Definitions = new(typeof(Metadata).Assembly, typeof(ICompressionProvider).Assembly);

    public static TheoryData<Assembly> Official => [typeof(GrpcServiceOptions).Assembly, typeof(GrpcChannel).Assembly];

    [Theory]
    [MemberData(nameof(Official), DisableDiscoveryEnumeration = true)]
    public void EveryReference_OfAnOfficialAssembly_Resolves(Assembly official)
    {
        using var file = File.OpenRead(official.Location);
        Assert.Empty(ReferenceCheck.UnresolvedIn(file, Definitions));
    }

    [Theory]
    [MemberData(nameof(Official), DisableDiscoveryEnumeration = true)]
    public void TheCheck_SeesReferencesOfEveryKind(Assembly official)
    {
        // Without this, a reader that finds nothing would make the check above pass.
        using var file = File.OpenRead(official.Location);
        var references = ReferenceCheck.ReferencesOf(file, Definitions).ToList();
        Assert.Contains("[Grpc.Core.Api]Grpc.Core.Metadata/Entry", references);
        Assert.Contains("[Grpc.Core.Api]Grpc.Core.Metadata: instance Void Add(String, Byte[])", references);
        Assert.Contains(
            "[Grpc.Core.Api]Grpc.Core.Marshaller`1: "
                + "instance System.Func`2<[Grpc.Core.Api]Grpc.Core.DeserializationContext, !0> get_ContextualDeserializer()",
            references);
        Assert.Contains("[Grpc.Net.Common]Grpc.Net.Compression.ICompressionProvider: instance String get_EncodingName()", references);
    }

    [Theory]
    [MemberData(nameof(Official), DisableDiscoveryEnumeration = true)]
    public void EveryType_OfAnOfficialAssembly_Loads(Assembly official)
    {
        // What references cannot show: that every abstract member is implemented.
        Assert.NotEmpty(official.GetTypes());
    }

    [Theory]
    [MemberData(nameof(Official), DisableDiscoveryEnumeration = true)]
    public void EveryOverride_InAnOfficialAssembly_OverridesSomething(Assembly official)
    {
        using var file = File.OpenRead(official.Location);
        Assert.Empty(ReferenceCheck.LostOverridesIn(file, Definitions));
    }
}
