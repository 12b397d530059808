using Grpc.Core;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>What is larger than a message may be.</summary>
public sealed class LargeTests : WatchServerTest
{
    [Fact]
    public async Task LargeApplication_ComesInParts_AndWhole()
    {
        // About 6 MB. The follower checks the length of every part, their order, and that no Sync comes between.
        var lease = await GrantAsync();
        var revision = await RegisterManyAsync(lease, "large", 3_000, 1_900, "", "x.X");
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"));
        await follower.ReachesAsync(revision);
        Assert.Equal(3_000, follower.Instances("large").Count);
        Assert.InRange(follower.Parts, 90, 200);
        await AssertSameAsReadAsync("large", follower);

        var large = await RefusedAsync(
            Discovery.ResolveAsync(new ResolveRequest { Applications = { "large" } }).ResponseAsync, StatusCode.ResourceExhausted, "LIMIT_ANSWER_SIZE");
        Assert.Contains("use Watch", large.Status.Detail, StringComparison.Ordinal);

        // A step of it is a step, and the whole in one delta is in parts too.
        var parts = follower.Parts;
        await follower.ReachesAsync((await RegisterAsync(lease, "large", "one-more")).Revision);
        Assert.Equal(parts + 1, follower.Parts);
        var request = new RegisterRequest { Application = "large", LeaseId = lease };
        for (var i = 0; i < 64; i++)
        {
            var spec = Declare.Instance($"i-{i:00000}");
            for (var k = 0; k < 3; k++)
                spec.Metadata[$"n{k}"] = new string('w', 4_000);
            request.Instances.Add(spec);
        }

        parts = follower.Parts;
        await follower.ReachesAsync((await Registration.RegisterAsync(request)).Revision);
        Assert.InRange(follower.Parts - parts, 12, 20);
        Assert.Equal(1 + 1 + 1, follower.Deltas + follower.Snapshots - 1);
        await AssertSameAsReadAsync("large", follower);
    }

    [Fact]
    public async Task AnswerJustBelowTheLimit_FitsIntoWhatClientsTake()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "large", 1_500, 2_000);
        var answer = await Discovery.ResolveAsync(new ResolveRequest { Applications = { "large" } });
        Assert.InRange(answer.CalculateSize(), 2_900_000, 3 * 1024 * 1024 + 100);

        // In parts, one after the other, of one topic.
        Assert.True(answer.Applications.Count > 40);
        Assert.Equal([.. Enumerable.Repeat(true, answer.Applications.Count - 1), false], answer.Applications.Select(p => p.More));
        Assert.Equal([false, .. Enumerable.Repeat(true, answer.Applications.Count - 1)], answer.Applications.Select(p => p.Continued));
        Assert.Equal(1_500, answer.Applications.SelectMany(p => p.Instances).Select(i => i.Id).Distinct().Count());
    }

    [Fact]
    public async Task ThousandsOfSmallTopics_ComeInOneBatch()
    {
        var lease = await GrantAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await RegisterAsync(lease, $"app-{i:0000}", "a", "x.X"));
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"));
        await follower.UntilAsync("first answer", "all topics", f => f.Held.Count == 2_001);
        Assert.Equal(1, follower.Syncs);
        Assert.Equal(2_000, follower.Revision);
    }
}
