using Registry.Client.Channels;
using Registry.Client.Watching;

namespace Registry.Client.Tests.Channels;

public sealed class ServiceAddressTests
{
    [Theory]
    [InlineData("registry:///orders", TopicKind.Application, "shop", "orders", "grpc")]
    [InlineData("registry:///application/orders", TopicKind.Application, "shop", "orders", "grpc")]
    [InlineData("registry:///interface/orders.v1.OrderService", TopicKind.Interface, "shop", "orders.v1.OrderService", "grpc")]
    [InlineData("registry:///interface/orders.v1.OrderService?protocol=grpcs&namespace=other", TopicKind.Interface, "other", "orders.v1.OrderService", "grpcs")]
    [InlineData("registry:///orders?namespace=a%2Db", TopicKind.Application, "a-b", "orders", "grpc")]
    public void Address_NamesTopicAndProtocol(string text, TopicKind kind, string space, string name, string protocol)
    {
        var address = ServiceAddress.Parse(new Uri(text), "shop");
        Assert.Equal((kind, space, name, protocol), (address.Topic.Kind, address.Topic.Namespace, address.Topic.Name, address.Protocol));
    }

    [Theory]
    [InlineData("registry:///", "has no name")]
    [InlineData("registry:///interface/", "has no name")]
    [InlineData("registry://orders", "names the host 'orders'")]
    [InlineData("registry://me@orders/x", "names the host")]
    [InlineData("registry:///service/orders", "has 'service' where application or interface belongs")]
    [InlineData("registry:///interface/a/b", "has too many parts")]
    [InlineData("registry:///orders?zone=a", "has an unknown part 'zone'")]
    [InlineData("registry:///orders?namespace", "has 'namespace' without a value")]
    [InlineData("registry:///orders?protocol=", "has 'protocol' without a value")]
    [InlineData("registry:///orders#x", "has a fragment")]
    public void Address_ThatNamesNothing_IsRefused_AndSaysWhy(string text, string why)
    {
        var refusal = Assert.Throws<RegistryConfigurationException>(() => ServiceAddress.Parse(new Uri(text), "shop"));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
    }
}
