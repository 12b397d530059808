using Registry.Client.Tests.Fakes;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Watching;

/// <summary>The join: who serves an interface.</summary>
public sealed class RegistryViewTests
{
    private static readonly TopicName Orders = TopicName.Interface("default", "orders.v1.Orders");

    [Fact]
    public void Only_instances_whose_build_is_mapped_serve_the_interface()
    {
        var view = View(
            Wire.Mapping(Orders.Name, 1, "orders:new"),
            Wire.Instances("orders", 1, Wire.Instance("old-1", "old"), Wire.Instance("new-1", "new"), Wire.Instance("none-1", "")));

        var resolved = view.Resolve(Orders);

        Assert.Equal(["new-1"], resolved.Instances.Select(instance => instance.Instance.Id));
        Assert.Equal(ResolvedStatus.Available, resolved.Status);
        Assert.Equal(["orders"], resolved.Applications);
    }

    [Fact]
    public void During_a_rolling_upgrade_all_mapped_builds_count()
    {
        var view = View(
            Wire.Mapping(Orders.Name, 1, "orders:old,new"),
            Wire.Instances("orders", 1, Wire.Instance("a", "old"), Wire.Instance("b", "new")));

        Assert.Equal(["a", "b"], view.Resolve(Orders).Instances.Select(instance => instance.Instance.Id));
    }

    [Fact]
    public void A_build_of_the_same_id_in_another_application_does_not_count()
    {
        var view = View(
            Wire.Mapping(Orders.Name, 1, "orders:b1"),
            Wire.Instances("orders", 1, Wire.Instance("a")),
            Wire.Instances("billing", 1, Wire.Instance("b")));

        Assert.Equal(["orders"], view.Resolve(Orders).Instances.Select(instance => instance.Application));
    }

    [Fact]
    public void Instances_come_in_the_order_of_application_and_id()
    {
        var view = View(
            Wire.Mapping(Orders.Name, 1, "orders:b1", "Orders:b1"),
            Wire.Instances("orders", 1, Wire.Instance("b"), Wire.Instance("a"), Wire.Instance("B")),
            Wire.Instances("Orders", 1, Wire.Instance("z")));

        Assert.Equal(
            ["Orders/z", "orders/B", "orders/a", "orders/b"],
            view.Resolve(Orders).Instances.Select(instance => $"{instance.Application}/{instance.Instance.Id}"));
    }

    [Fact]
    public void Unknown_is_told_from_mapped_without_instance()
    {
        Assert.Equal(ResolvedStatus.Unknown, View(Wire.NoMapping(Orders.Name)).Resolve(Orders).Status);

        var mapped = View(Wire.Mapping(Orders.Name, 1, "orders:b1"), Wire.Instances("orders", 1)).Resolve(Orders);
        Assert.Equal(ResolvedStatus.NoInstance, mapped.Status);
        Assert.Equal(["orders"], mapped.Applications);
    }

    [Fact]
    public void An_application_whose_instances_run_other_builds_has_no_instance_of_the_interface()
    {
        var view = View(Wire.Mapping(Orders.Name, 1, "orders:new"), Wire.Instances("orders", 1, Wire.Instance("a", "old")));

        Assert.Equal(ResolvedStatus.NoInstance, view.Resolve(Orders).Status);
    }

    [Fact]
    public void What_has_not_arrived_is_neither_unknown_nor_empty()
    {
        Assert.Equal(ResolvedStatus.NotLoaded, RegistryView.Empty.Resolve(Orders).Status);

        var mappingOnly = View(Wire.Mapping(Orders.Name, 1, "orders:b1"));
        Assert.Equal(ResolvedStatus.NotLoaded, mappingOnly.Resolve(Orders).Status);
        Assert.False(mappingOnly.Covers(Orders));
    }

    [Fact]
    public void An_application_asked_for_by_name_gives_all_of_its_instances()
    {
        var topic = TopicName.Application("default", "orders");
        var view = View(Wire.Instances("orders", 1, Wire.Instance("a", "b1"), Wire.Instance("b", ""), Wire.Instance("c", "b2")));

        Assert.Equal(["a", "b", "c"], view.Resolve(topic).Instances.Select(instance => instance.Instance.Id));
        Assert.Equal(ResolvedStatus.Unknown, View(Wire.NoApplication("orders")).Resolve(topic).Status);
        Assert.Equal(ResolvedStatus.NoInstance, View(Wire.Instances("orders", 1)).Resolve(topic).Status);
    }

    [Fact]
    public void An_empty_namespace_is_the_default_one()
    {
        Assert.Equal(TopicName.Interface("default", "x"), TopicName.Interface("", "x"));
        Assert.Equal(TopicName.Application("default", "x"), TopicName.From(new Topic { Application = "x" }));
    }

    [Fact]
    public void Differences_are_what_came_what_went_and_what_is_not_as_it_was()
    {
        var before = View(
            Wire.Mapping(Orders.Name, 1, "orders:b1", "billing:b1"),
            Wire.Instances("billing", 1, Wire.Instance("x")),
            Wire.Instances("orders", 1, Wire.Instance("a"), Wire.Instance("b"), Wire.Instance("c")));
        var after = View(
            Wire.Mapping(Orders.Name, 1, "orders:b1"),
            Wire.Instances("orders", 1, Wire.Instance("b"), Wire.Instance("c", state: InstanceState.Draining), Wire.Instance("d")));

        var changes = InstanceChange.Between(before.Resolve(Orders), after.Resolve(Orders));

        Assert.Equal(
            ["billing x-", "orders a-", "orders c~", "orders d+"],
            changes.Select(change => change switch
            {
                { After: null } => $"{change.Application} {change.Before!.Id}-",
                { Before: null } => $"{change.Application} {change.After.Id}+",
                _ => $"{change.Application} {change.After.Id}~",
            }));
    }

    private static RegistryView View(params WatchResponse[] messages)
    {
        var builder = new ViewBuilder();
        builder.Begin([]);
        foreach (var message in messages)
        {
            builder.Receive(message);
        }

        builder.Receive(Wire.Sync(10));
        return builder.View;
    }
}
