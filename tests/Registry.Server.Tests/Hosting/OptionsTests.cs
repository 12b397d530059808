using Microsoft.Extensions.Configuration;
using Registry.Server.Hosting;
using Xunit;

namespace Registry.Server.Tests.Hosting;

/// <summary>Every option is checked before anything starts, and the message names it.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void NoConfiguration_GivesTheDocumentedDefaults()
    {
        var options = Read();

        Assert.Equal("127.0.0.1:7400", options.Grpc.Address.ToString());
        Assert.Equal("127.0.0.1:7401", options.Http.Address.ToString());
        Assert.Null(options.Grpc.Tls.Certificate);
        Assert.Equal(StorageMode.Disk, options.Storage.Mode);
        Assert.Equal("registry", Path.GetFileName(options.Storage.Directory));
        Assert.True(Path.IsPathFullyQualified(options.Storage.Directory));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromHours(1)), (options.Storage.CommitInterval, options.Storage.SnapshotInterval));
        Assert.Equal((64 << 20, 32 << 20, 64 << 20), (options.Storage.SnapshotLogBytes, options.Storage.SegmentBytes, options.Storage.QueueBytes));
        Assert.False(options.Insecure);
        Assert.Equal(10_000, options.MaxConnections);
        Assert.Equal(TimeSpan.FromSeconds(25), options.ShutdownTimeout);
    }

    [Fact]
    public void Values_AreRead()
    {
        var options = Read(
            ("grpc:address", "[::1]:1"), ("Http:Address", "127.0.0.1:2"), ("Grpc:Tls:Certificate", "a.pem"), ("Storage:Mode", "memory"),
            ("Storage:Directory", "elsewhere"), ("Insecure", "true"), ("MaxConnections", "5"), ("ShutdownTimeout", "00:00:01.5"));

        Assert.Equal("[::1]:1", options.Grpc.Address.ToString());
        Assert.Equal("127.0.0.1:2", options.Http.Address.ToString());
        Assert.Equal("a.pem", options.Grpc.Tls.Certificate);
        Assert.Equal(Path.GetFullPath("elsewhere"), options.Storage.Directory);
        Assert.True(options.Insecure);
        Assert.Equal(5, options.MaxConnections);
        Assert.Equal(TimeSpan.FromSeconds(1.5), options.ShutdownTimeout);
    }

    [Theory]
    [InlineData("Grpc:Adress", "127.0.0.1:1", "Registry:Grpc:Adress: there is no such option; Registry:Grpc has Address, Tls")]
    [InlineData("Grcp:Address", "127.0.0.1:1", "Registry:Grcp: there is no such option")]
    [InlineData("Grpc", "127.0.0.1:1", "Registry:Grpc: this is a group of options, not a value")]
    [InlineData("Insecure:Really", "true", "--insecure (Registry:Insecure): this is a value, not a group of options")]
    [InlineData("Grpc:Address", "nowhere", "--grpc (Registry:Grpc:Address): 'nowhere' is not an address to listen on")]
    [InlineData("Grpc:Address", "", "--grpc (Registry:Grpc:Address): '' is not an address to listen on")]
    [InlineData("Storage:Mode", "Disc", "--storage (Registry:Storage:Mode): 'Disc' is not one of: Disk, Memory")]
    [InlineData("Storage:Mode", "0", "--storage (Registry:Storage:Mode): '0' is not one of: Disk, Memory")]
    [InlineData("Storage:CommitInterval", "00:00:02", "Registry:Storage:CommitInterval: 00:00:02 is not from 00:00:00 to 00:00:01")]
    [InlineData("Storage:SnapshotInterval", "-00:00:01", "Registry:Storage:SnapshotInterval: -00:00:01 is not from 00:00:00 to 7.00:00:00")]
    [InlineData("Storage:SnapshotLogBytes", "1000", "Registry:Storage:SnapshotLogBytes: 1000 is not from 1048576 to 1099511627776")]
    [InlineData("Storage:SegmentBytes", "0", "Registry:Storage:SegmentBytes: 0 is not from 1048576 to 1073741824")]
    [InlineData("Storage:QueueBytes", "1", "Registry:Storage:QueueBytes: 1 is not from 4194304 to 1073741824")]
    [InlineData("Storage:BatchBytes", "1", "Registry:Storage:BatchBytes: there is no such option")]
    [InlineData("Insecure", "yes", "--insecure (Registry:Insecure): 'yes' is not true or false")]
    [InlineData("MaxConnections", "many", "Registry:MaxConnections: 'many' is not a whole number")]
    [InlineData("MaxConnections", "99999999999", "Registry:MaxConnections: '99999999999' is not a whole number in range")]
    [InlineData("MaxConnections", "0", "Registry:MaxConnections: 0 is not from 1 to 1000000")]
    [InlineData("MaxConnections", "1000001", "Registry:MaxConnections: 1000001 is not from 1 to 1000000")]
    [InlineData("ShutdownTimeout", "soon", "Registry:ShutdownTimeout: 'soon' is not a duration, hours:minutes:seconds")]
    [InlineData("ShutdownTimeout", "25", "Registry:ShutdownTimeout: 25.00:00:00 is not from 00:00:00 to 00:00:27")]
    [InlineData("ShutdownTimeout", "-00:00:01", "Registry:ShutdownTimeout: -00:00:01 is not from 00:00:00 to 00:00:27")]
    public void WhatIsWrong_IsNamed(string key, string value, string message)
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read((key, value)));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void SeveralFaults_AreAllNamed()
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read(("MaxConnections", "x"), ("Insecure", "x")));

        Assert.Contains("Registry:MaxConnections", error.Message, StringComparison.Ordinal);
        Assert.Contains("Registry:Insecure", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:1", "overlap")]
    [InlineData("127.0.0.1:1", "localhost:1", "overlap")]
    [InlineData("[::1]:1", "localhost:1", "overlap")]
    [InlineData("127.0.0.1:1", "[::1]:1", null)]
    [InlineData("127.0.0.1:0", "127.0.0.1:0", null)]
    [InlineData("localhost:1", "localhost:2", null)]
    [InlineData("0.0.0.0:1", "127.0.0.1:2", "--grpc (Registry:Grpc:Address) 0.0.0.0:1 is reachable")]
    [InlineData("127.0.0.1:1", "[::]:2", "--http (Registry:Http:Address) [::]:2 is reachable")]
    [InlineData("10.0.0.1:1", "10.0.0.1:2", "say --insecure")]
    public void Addresses_MustFitTogether(string grpc, string http, string? fault)
    {
        var options = Read(("Grpc:Address", grpc), ("Http:Address", http));

        var error = Record.Exception(() => OptionRules.Check(options));

        if (fault is null)
            Assert.Null(error);
        else
            Assert.Contains(fault, Assert.IsType<InvalidSettingsException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataDirectory_MustBeKnown_WhereItIsUsed()
    {
        OptionRules.Check(Read(("Storage:Directory", ""), ("Storage:Mode", "Memory")));

        var error = Assert.Throws<InvalidSettingsException>(() => OptionRules.Check(Read(("Storage:Directory", ""))));
        Assert.StartsWith("--data (Registry:Storage:Directory): it must not be empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Insecure_AllowsOtherMachinesAndNothingElse()
    {
        OptionRules.Check(Read(("Insecure", "true"), ("Grpc:Address", "*:1"), ("Http:Address", "*:2")));

        Assert.Throws<InvalidSettingsException>(() =>
            OptionRules.Check(Read(("Insecure", "true"), ("Grpc:Address", "*:1"), ("Http:Address", "127.0.0.1:1"))));
    }

    [Fact]
    public void KeyWithoutCertificate_IsAFault() =>
        Assert.Throws<InvalidSettingsException>(() => OptionRules.Check(Read(("Grpc:Tls:Key", "key.pem"))));

    private static ServerOptions Read(params (string Key, string Value)[] values) =>
        OptionsReader.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(values.ToDictionary(pair => $"Registry:{pair.Key}", pair => (string?)pair.Value))
            .Build());
}
