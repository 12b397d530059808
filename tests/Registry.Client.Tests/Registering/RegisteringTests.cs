using Grpc.Core;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.TestKit;

namespace Registry.Client.Tests.Registering;

/// <summary>What a process registers stays registered, as it is wanted, once.</summary>
public sealed class RegisteringTests : ClientTest
{
    [Fact]
    public async Task InstancesOfSeveralApplications_HangOnOneLease()
    {
        var client = NewClient();
        var instances = new[] { Instance("orders", 1), Instance("orders", 2), Instance("billing", 3) }.Select(client.Register).ToArray();
        await Task.WhenAll(instances.Select(instance => instance.Settled));
        Assert.Equal(1, await StatusAsync("leases.active"));
        Assert.Equal(3, await StatusAsync("instances"));
    }

    [Fact]
    public async Task ManyInstancesAtOnce_AreAllRegistered()
    {
        var client = NewClient();
        var instances = Enumerable.Range(1, 300).Select(port => client.Register(Instance("orders", port, "orders.v1.Orders"))).ToArray();
        await Task.WhenAll(instances.Select(instance => instance.Settled));
        Assert.Equal(300, (await client.ResolveAsync(client.Interface("orders.v1.Orders"))).Instances.Length);
    }

    [Fact]
    public async Task Drain_IsConfirmed_AndSeen_AndSurvivesAnotherLease()
    {
        var client = NewClient();
        var instance = client.Register(Instance("orders", 1));
        await instance.Settled;
        using var watch = client.Watch(client.Application("orders"));
        await watch.FirstAsync();
        await instance.DrainAsync();
        await Within.BecomesAsync("the watch", InstanceStatus.Draining, () => watch.Current!.Instances[0].Status);

        await instance.SetStatusAsync(InstanceStatus.Up);
        await instance.SetWeightAsync(7);
        await Within.BecomesAsync("the watch", (InstanceStatus.Up, 7), () => (watch.Current!.Instances[0].Status, watch.Current.Instances[0].Weight));
    }

    [Fact]
    public async Task Disposed_IsGone_AndTheLastOneTakesTheLeaseAlong()
    {
        var client = NewClient(options => options.LeaseTtl = TimeSpan.FromSeconds(1));
        var one = client.Register(Instance("orders", 1));
        var two = client.Register(Instance("orders", 2));
        await Task.WhenAll(one.Settled, two.Settled);
        await one.DisposeAsync();
        Assert.Equal(1, await StatusAsync("instances"));
        await two.DisposeAsync();
        Assert.Equal(0, await StatusAsync("instances"));
        await ServerShowsAsync("leases.active", 0);

        // And another one comes with a lease of its own.
        await client.Register(Instance("orders", 3)).Settled;
        Assert.Equal(1, await StatusAsync("instances"));
    }

    [Fact]
    public async Task AllInstancesOfAnApplication_MayLeaveAtOnce()
    {
        var client = NewClient();
        var instances = Enumerable.Range(1, 20).Select(port => client.Register(Instance("orders", port))).ToArray();
        await Task.WhenAll(instances.Select(instance => instance.Settled));
        await Within.DeadlineAsync(Task.WhenAll(instances.Select(instance => instance.DeregisterAsync())), "all", "gone");
        Assert.Equal(0, await StatusAsync("instances"));
    }

    [Fact]
    public async Task RefusedInstance_SaysWhy_AndTakesNobodyAlong()
    {
        var client = NewClient();
        var good = Enumerable.Range(1, 5).Select(port => client.Register(Instance("orders", port))).ToList();
        var bad = client.Register(new InstanceRegistration
        {
            Application = "orders",
            InstanceId = "bad",
            Endpoints = [new ServiceEndpoint("grpc", "0.0.0.0", 80)],
        });
        var worse = client.Register(Instance("orders", 99, "no..such name"));
        good.AddRange(Enumerable.Range(6, 5).Select(port => client.Register(Instance("orders", port))));

        var refusal = await Assert.ThrowsAsync<RegistryException>(() => bad.Settled);
        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal("instances[0].endpoints[0].host", refusal.Field);
        Assert.Contains("orders/bad", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RegistryException>(() => worse.Settled)).Code);
        await Task.WhenAll(good.Select(instance => instance.Settled));
        Assert.Equal(10, await StatusAsync("instances"));
        Assert.True(bad.Ended.IsCompleted);

        // The name is free again, and the build that was refused is not sent along.
        await client.Register(Instance("orders", 99)).Settled;
    }

    [Fact]
    public async Task InstanceOfTheSameName_TwiceInOneProcess_IsRefusedAtOnce()
    {
        var client = NewClient();
        var first = client.Register(Instance("orders", 1));
        Assert.Throws<InvalidOperationException>(() => client.Register(Instance("orders", 1)));
        await first.DisposeAsync();
        await client.Register(Instance("orders", 1)).Settled;
    }

    [Fact]
    public async Task InstanceThatAnotherProcessTakesOver_IsLost_AndNotTakenBack()
    {
        var ours = NewClient(options => options.LeaseTtl = TimeSpan.FromSeconds(3));
        var instance = ours.Register(Instance("orders", 1));
        var sibling = ours.Register(Instance("orders", 2));
        await Task.WhenAll(instance.Settled, sibling.Settled);

        // Another address of the same server is another registry to the library: another process would look like this.
        var theirs = NewClient(options => options.Addresses.Add($"http://localhost:{Host.GrpcAddress.Port}"));
        var twin = theirs.Register(Instance("orders", 1));
        await twin.Settled;

        await Within.DeadlineAsync(instance.Ended, "the older one", "lost");
        Assert.Contains("another process", Assert.IsType<RegistryException>(instance.Loss).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RegistryException>(() => instance.DrainAsync());
        await instance.DisposeAsync();
        Assert.False(twin.Ended.IsCompleted);
        Assert.False(sibling.Ended.IsCompleted);
        Assert.Equal(2, await StatusAsync("instances"));
    }

    [Fact]
    public async Task UpdateOfAnInstanceThatIsNotOursAnyMore_IsALoss_NotATakeover()
    {
        var ours = NewClient(options => options.LeaseTtl = TimeSpan.FromHours(1));
        var instance = ours.Register(Instance("orders", 1));
        await instance.Settled;
        var theirs = NewClient(options => options.Addresses.Add($"http://localhost:{Host.GrpcAddress.Port}"));
        await theirs.Register(Instance("orders", 1)).Settled;

        var refusal = await Assert.ThrowsAsync<RegistryException>(() => instance.DrainAsync());
        Assert.Contains("another process", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(InstanceStatus.Up, (await theirs.ResolveAsync(theirs.Application("orders"))).Instances.Single().Status);
    }

    [Fact]
    public async Task ClientThatIsDisposed_LeavesNothingBehind()
    {
        var client = NewClient();
        await client.Register(Instance("orders", 1)).Settled;
        await client.ResolveAsync(client.Application("orders"));
        await client.DisposeAsync();
        Assert.Equal(0, await StatusAsync("instances"));
        await ServerShowsAsync("watches.streams", 0);
        Assert.Throws<ObjectDisposedException>(() => client.Register(Instance("orders", 1)));
        Assert.Throws<ObjectDisposedException>(() => client.Watch(client.Application("orders")));
    }

    [Fact]
    public void RegistrationThatSaysNothingUseful_IsRefusedBeforeItIsSent()
    {
        var client = NewClient();
        Assert.Equal("Endpoints", Assert.Throws<RegistryConfigurationException>(() => client.Register(Instance("orders", 1) with { Endpoints = [] })).Option);
        Assert.Equal("Weight", Assert.Throws<RegistryConfigurationException>(() => client.Register(Instance("orders", 1) with { Weight = -1 })).Option);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Register(Instance("orders", 1) with { Status = InstanceStatus.Suspect }));
    }
}
