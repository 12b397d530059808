using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class CredentialsContractTests
{
    private static readonly CallCredentials Some = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);

    [Fact]
    public void Composing_TakesAtLeastTwo()
    {
        Assert.Throws<ArgumentException>(() => CallCredentials.Compose());
        Assert.Throws<ArgumentException>(() => CallCredentials.Compose(Some));
        Assert.NotNull(CallCredentials.Compose(Some, Some));
    }

    [Fact]
    public void AnInterceptor_IsNeeded() => Assert.Throws<ArgumentNullException>(() => CallCredentials.FromInterceptor(null!));

    [Fact]
    public void ChannelCredentials_TakeCallCredentialsOnce()
    {
        var composed = ChannelCredentials.Create(ChannelCredentials.SecureSsl, Some);
        Assert.Throws<ArgumentException>(() => ChannelCredentials.Create(composed, Some));
        Assert.Throws<ArgumentNullException>(() => ChannelCredentials.Create(null!, Some));
        Assert.Throws<ArgumentNullException>(() => ChannelCredentials.Create(ChannelCredentials.SecureSsl, null!));
    }

    [Fact]
    public void TheConfigurator_LearnsWhatTheCredentialsAre()
    {
        var pair = new KeyCertificatePair("certificate", "key");
        VerifyPeerCallback verify = _ => true;
        var configurator = new NotingConfigurator();
        var state = new object();
        ChannelCredentials.Insecure.InternalPopulateConfiguration(configurator, state);
        ChannelCredentials.SecureSsl.InternalPopulateConfiguration(configurator, state);
        new SslCredentials("roots", pair, verify).InternalPopulateConfiguration(configurator, state);
        var inner = ChannelCredentials.Insecure;
        ChannelCredentials.Create(inner, Some).InternalPopulateConfiguration(configurator, state);
        Assert.Equal(
            [
                [state],
                [state, null, null, null],
                [state, "roots", pair, verify],
                [state, inner, Some],
            ],
            configurator.Seen);
    }

    [Fact]
    public void TheSettingsOfTls_CanBeRead()
    {
        var pair = new KeyCertificatePair("certificate", "key");
        var credentials = new SslCredentials("roots", pair);
        Assert.Equal("roots", credentials.RootCertificates);
        Assert.Equal("certificate", credentials.KeyCertificatePair?.CertificateChain);
        Assert.Equal("key", credentials.KeyCertificatePair?.PrivateKey);
        Assert.Null(new SslCredentials().RootCertificates);
        Assert.Null(new SslCredentials("roots").KeyCertificatePair);
    }

    [Fact]
    public void AnAuthContext_FindsPropertiesByName()
    {
        var alice = AuthProperty.Create("name", "älice"u8.ToArray());
        var context = new AuthContext("name", new() { ["name"] = [alice], ["size"] = [AuthProperty.Create("size", [1, 2])] });
        Assert.True(context.IsPeerAuthenticated);
        Assert.Equal("name", context.PeerIdentityPropertyName);
        Assert.Equal("älice", Assert.Single(context.PeerIdentity).Value);
        Assert.Equal([1, 2], Assert.Single(context.FindPropertiesByName("size")).ValueBytes);
        Assert.Empty(context.FindPropertiesByName("none"));
        Assert.Equal(2, context.Properties.Count());
        Assert.False(new AuthContext(null, []).IsPeerAuthenticated);
    }

    [Fact]
    public void AnAuthProperty_KeepsACopyOfItsValue()
    {
        byte[] value = [1];
        var property = AuthProperty.Create("name", value);
        value[0] = 2;
        property.ValueBytes[0] = 2;
        Assert.Equal([1], property.ValueBytes);
    }

    private sealed class NotingConfigurator : ChannelCredentialsConfiguratorBase
    {
        public List<object?[]> Seen { get; } = [];

        public override void SetInsecureCredentials(object? state) => Seen.Add([state]);

        public override void SetSslCredentials(
            object? state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback) =>
            Seen.Add([state, rootCertificates, keyCertificatePair, verifyPeerCallback]);

        public override void SetCompositeCredentials(
            object? state, ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
            Seen.Add([state, channelCredentials, callCredentials]);
    }
}
