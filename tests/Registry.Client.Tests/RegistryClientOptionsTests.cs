namespace Registry.Client.Tests;

public sealed class RegistryClientOptionsTests
{
    public static TheoryData<string, Action<RegistryClientOptions>, string> WrongOnes => new()
    {
        { "Addresses[1]", options => Add(options, "127.0.0.1:7400", "ftp://x"), "is 'ftp://x', and must be an address such as http://127.0.0.1:7400" },
        { "CallTimeout", options => options.CallTimeout = TimeSpan.Zero, "is 00:00:00, and must be 00:00:00.1000000 to 00:05:00" },
        { "CallAttempts", options => options.CallAttempts = 0, "is 0, and must be 1 to 100" },
        { "LongestRetry", options => options.LongestRetry = TimeSpan.FromMilliseconds(1), "must be 00:00:00.1000000 to 00:05:00" },
        { "MaxTopics", options => options.MaxTopics = 0, "is 0, and must be 1 to 10000" },
        { "IdleTimeToLive", options => options.IdleTimeToLive = TimeSpan.FromSeconds(-1), "must be 00:00:00 to 1.00:00:00" },
        { "Name", options => options.Name = new string('x', 129), "is longer than 128 characters" },
        { "Namespace", options => options.Namespace = null!, "must not be null" },
        { "Balancing", options => options.Balancing = (BalancingPolicy)9, "must be WeightedRoundRobin or PowerOfTwoChoices" },
        { "Tls.CertificateAuthority", options => options.Tls.CertificateAuthority = "/nowhere/ca.pem", "names '/nowhere/ca.pem', which can't be used" },
        { "Tls.Key", options => options.Tls.Key = "/nowhere/key.pem", "is set without Tls.Certificate" },
    };

    [Theory]
    [MemberData(nameof(WrongOnes))]
    public void WrongOption_IsOneException_ThatNamesIt(string option, Action<RegistryClientOptions> configure, string why)
    {
        var options = new RegistryClientOptions();
        configure(options);
        var refusal = Assert.Throws<RegistryConfigurationException>(() => new RegistryClient(options));
        Assert.Equal(option, refusal.Option);
        Assert.Contains($"{option} ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Defaults_AreValid()
    {
        await using var client = new RegistryClient();
        Assert.Equal(RegistryConnectionState.Idle, client.Connection.State);
    }

    private static void Add(RegistryClientOptions options, params string[] addresses)
    {
        foreach (var address in addresses)
        {
            options.Addresses.Add(address);
        }
    }
}
