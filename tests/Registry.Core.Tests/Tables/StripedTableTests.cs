using Registry.Core.Instances;
using Registry.Core.Tables;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Tables;

public sealed class StripedTableTests
{
    private readonly StripedTable<ApplicationSnapshot> _table = new(2, LockLevel.ApplicationStripe);

    [Fact]
    public void Absence_IsForgotten_OnlyOnceItsRevisionHasBeenSeenByAll()
    {
        var absent = Put(revision: 5);

        _table.Forget(absent.Name, seenByAll: 4);
        Assert.Same(absent, _table.Read(absent.Name));
        _table.Forget(absent.Name, seenByAll: 5);
        Assert.Null(_table.Read(absent.Name));
        _table.Forget(absent.Name, seenByAll: 6);
        Assert.Equal(0, _table.CountEntries());
    }

    [Fact]
    public void Absence_IsNotListed() => Assert.DoesNotContain(Put(revision: 5), _table.ReadAll());

    [Fact]
    public void EqualNames_MeetInTheSameStripe()
    {
        for (var i = 0; i < 100; i++)
            Assert.Same(_table.StripeOf(Given.Name($"a{i}")), _table.StripeOf(Given.Name(new string($"a{i}"))));
    }

    private ApplicationSnapshot Put(long revision)
    {
        var absent = ApplicationSnapshot.Absent(Given.Name("orders"));
        absent.Stamp(revision);
        var stripe = _table.StripeOf(absent.Name);
        using var held = stripe.Enter();
        stripe.FindOrAdd(absent.Name, ApplicationSnapshot.Absent).Current = absent;
        return absent;
    }
}
