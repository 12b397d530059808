using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.Subscriptions;

public sealed class SubscriptionsCommandTests : ServerTest
{
    [Fact]
    public async Task Who_watches_what_is_listed()
    {
        var watch = Start("watch o.O o.P");
        await watch.Out.NextAsync("unknown");
        await watch.Out.NextAsync("unknown");

        var lines = await RunAsync("subs");

        Assert.Matches("^ID  CLIENT  +PEER  +OPEN  +STATE  +REVISION  SUBSCRIPTIONS  TOPICS$", lines[0]);
        Assert.Matches(@"^1   registry-cli [0-9.]+  127\.0\.0\.1:\d+ +[0-9.]+s? +\w+ +0 +2 +o\.O \+1$", Assert.Single(lines.Skip(1)));
    }

    [Fact]
    public async Task JSON_tells_all_topics()
    {
        var watch = Start("watch orders --application -n staging");
        await watch.Out.NextAsync("unknown");

        Assert.Matches(
            """^\{"streams":\[\{"id":1,"client":"registry-cli[0-9.]+","peer":"127\.0\.0\.1:\d+","connectedMillis":\d+,"state":"\w+","revision":0,"subscriptions":1,"followedTopics":1,"topics":\[\{"kind":"application","namespace":"staging","name":"orders"\}\]\}\]\}$""",
            string.Concat(await RunAsync("subs -o json")).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_is_a_head_alone() => Assert.Single(await RunAsync("subs"));
}
