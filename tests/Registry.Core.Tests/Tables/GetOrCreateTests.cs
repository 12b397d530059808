using System.Collections.Concurrent;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Core.Tables;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.Core.Tests.Tables;

/// <summary>What is made when it is first asked for is made once per key, however many ask at that moment, and all get that one.</summary>
public sealed class GetOrCreateTests
{
    private const int Threads = 8;
    private const int Keys = 500;

    [Fact]
    public void Table_MakesOneEntryPerName_UnderRacingCallers()
    {
        // One stripe, so that all names meet, and one thread's adding grows the dictionary under another one's reading.
        var table = new StripedTable<ApplicationSnapshot>(1, LockLevel.ApplicationStripe);
        var names = Names("app");
        var made = new ConcurrentDictionary<QualifiedName, int>();
        var got = new StripedTable<ApplicationSnapshot>.Entry[Threads][];

        StartingGate.Run(Threads, t => got[t] = [.. names.Select(name =>
        {
            // What is found without the lock is what the lock's holder has made.
            var stripe = table.StripeOf(name);
            var seen = stripe.Find(name);
            using var held = stripe.Enter();
            var entry = stripe.FindOrAdd(name, absent =>
            {
                made.AddOrUpdate(absent, 1, (_, count) => count + 1);
                return ApplicationSnapshot.Absent(absent);
            });
            Assert.True(seen is null || ReferenceEquals(seen, entry));
            return entry;
        })]);

        Assert.Equal(Keys, made.Count);
        Assert.All(made, m => Assert.Equal(1, m.Value));
        Assert.All(got, entries => Assert.Equal(got[0], entries));
        Assert.Equal(Keys, got[0].Distinct().Count());
        Assert.Equal(Keys, table.CountEntries());
    }

    [Fact]
    public void FirstRegistrations_MakeOneApplicationAndOneMappingPerName_UnderRacingCallers()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromHours(1));

        // Each thread brings an instance of its own to every application, all of which serve one interface of that name and one in common.
        StartingGate.Run(Threads, t =>
        {
            for (var k = 0; k < Keys / 10; k++)
            {
                driven.Do(new RegisterCommand(
                    Given.Name($"app-{k}"), "", lease, [Given.Instance($"i-{t}")], [Given.Build($"x.I{k}", "x.Common")]));
            }
        });

        driven.Pump.Run();
        Assert.Equal(Keys / 10, driven.Registry.Applications.CountEntries());
        Assert.Equal((Keys / 10) + 1, driven.Registry.Interfaces.CountEntries());
        Assert.Equal(Keys / 10, driven.Registry.ReadInterface(Given.Name("x.Common")).Applications.Length);
        for (var k = 0; k < Keys / 10; k++)
        {
            var application = driven.Registry.ReadApplication(Given.Name($"app-{k}"));
            Assert.Equal(Enumerable.Range(0, Threads).Select(t => $"i-{t}"), application.Instances.Select(i => i.Id));
            Assert.Single(application.Builds);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pump_MakesOneFeedPerTopic_UnderRacingSubscribers(bool isKnown)
    {
        // The pump runs on whichever thread comes by: half of them subscribe and half of them run it.
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromHours(1));
        var topics = Names("app").Take(Keys / 10).Select(Topic.OfApplication).ToArray();
        if (isKnown)
        {
            foreach (var topic in topics)
                driven.Register(lease, topic.Name.Name, Given.Instance("a"));
        }

        var sinks = new RecordingSink[Threads];
        var left = Threads / 2;
        StartingGate.Run(Threads, t =>
        {
            if (t % 2 == 1)
            {
                do
                    driven.Pump.Run();
                while (Volatile.Read(ref left) > 0);
                return;
            }

            sinks[t] = new RecordingSink();
            sinks[t].Open(driven.Registry, new WatchOpening { Subscriptions = [.. topics.Select((topic, i) => ((ulong)i + 1, topic))] });
            Interlocked.Decrement(ref left);
        });
        driven.Pump.Run();

        Assert.Equal(topics.Length, driven.Registry.Pump.FeedCount);
        var told = sinks.Where(sink => sink is not null).Select(Told).ToArray();
        Assert.Equal(Threads / 2, told.Length);
        Assert.All(told, messages => Assert.Equal(topics.Length, messages.Count));

        // One object per topic for all of them, of names that nobody knows too; and of the next step again one.
        Assert.All(topics, topic => Assert.Single(told.Select(messages => messages[topic]).Distinct(ReferenceEqualityComparer.Instance)));
        foreach (var topic in topics)
            driven.Register(lease, topic.Name.Name, Given.Instance("b"));
        driven.Pump.Run();
        told = [.. sinks.Where(sink => sink is not null).Select(Told)];
        Assert.All(topics, topic => Assert.Single(told.Select(messages => messages[topic]).Distinct(ReferenceEqualityComparer.Instance)));
    }

    [Fact]
    public void Message_HasOneEncodedForm_UnderRacingStreams()
    {
        var messages = Names("app").Select(ApplicationSnapshot.Absent).ToArray();
        var encodings = 0;
        var got = new Form[Threads][];

        StartingGate.Run(Threads, t => got[t] = [.. messages.Select(message =>
        {
            Form? encoded;
            while (!message.TryGetEncoded(_ => new Form(Interlocked.Increment(ref encodings)), out encoded))
                Thread.Yield();
            return encoded;
        })]);

        Assert.Equal(Keys, encodings);
        Assert.All(got, forms => Assert.True(forms.SequenceEqual(got[0], ReferenceEqualityComparer.Instance)));
    }

    private static QualifiedName[] Names(string prefix) => [.. Enumerable.Range(0, Keys).Select(i => Given.Name($"{prefix}-{i}"))];

    // The newest that a client was told of each topic.
    private static Dictionary<Topic, TopicMessage> Told(RecordingSink sink)
    {
        var told = new Dictionary<Topic, TopicMessage>();
        foreach (var item in sink.Batches.SelectMany(batch => batch.Items).Where(item => item.Message is not null))
            told[item.Message!.Topic] = item.Message;
        return told;
    }

    private sealed class Form(int number)
    {
        public int Number => number;
    }
}
