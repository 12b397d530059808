using Google.Protobuf;
using Registry.LoadTests.Leases;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;
using Registry.TestKit.Time;

namespace Registry.LoadTests.Tests.Leases;

/// <summary>
/// What clients asked a server for, and what it acknowledged, as the test tells it. Leases last a second, and are granted and renewed in
/// no time.
/// </summary>
internal sealed class LeaseStory
{
    public const string Space = "space";
    public const string Interface = "x.A";
    public const string Epoch = "e";
    public const string Build = "b";

    private const long TtlMillis = 1_000;
    private static readonly LeaseTerms Terms = new(Grace: TimeSpan.FromSeconds(5), BuildRetention: TimeSpan.FromSeconds(2));

    private readonly DrivenClock _clock = new();

    public LeaseStory()
    {
        Log = new LeaseLog(_clock);
    }

    public LeaseLog Log { get; }

    /// <summary>What the checks say.</summary>
    public IReadOnlyList<string> Broken => Log.Check(Epoch, Terms).Broken;

    public KnownLease Grant() => Log.Granted(Log.Now, new GrantLeaseResponse { TtlMillis = TtlMillis });

    public void Renew(KnownLease lease) => lease.Renewed(Log.Now, Log.Now);

    /// <summary>An instance is registered, with the one build that serves the one interface.</summary>
    public Instance Register(long revision, KnownLease lease, string application, string id)
    {
        var request = Requests.Register(ByteString.Empty, application, id, Interface);
        request.Namespace = Space;
        var answer = new RegisterResponse { Epoch = Epoch, Revision = revision };
        answer.Instances.Add(new RegisteredInstance { Id = id, Incarnation = revision, BuildId = Build });
        Log.Registered(Log.Now, lease, request, answer);
        return Requests.Registered(request, answer);
    }

    public void Remove(long revision, string application, string id) => Log.Removed(Log.Now, revision, Space, application, id);

    /// <summary>Time passes; a little more than so many, because the clock rounds down.</summary>
    public void Pass(int milliseconds) => _clock.Advance(TimeSpan.FromMilliseconds(milliseconds) + TimeSpan.FromMicroseconds(1));

    /// <summary>Somebody who watches an application.</summary>
    public ToldWatcher Watch(string application) =>
        new(Log, $"watcher of {application}", new Subscribe { Id = 1, Namespace = Space, Application = application });

    /// <summary>Somebody who watches the interface, and with it the applications that it maps to.</summary>
    public ToldWatcher WatchInterface() =>
        new(Log, "watcher of the interface", new Subscribe { Id = 1, Namespace = Space, Interface = Interface });

    /// <summary>The same instance as the server makes it by itself.</summary>
    public static Instance As(Instance instance, InstanceState state, long revision)
    {
        var changed = instance.Clone();
        changed.State = state;
        changed.Revision = revision;
        return changed;
    }
}
