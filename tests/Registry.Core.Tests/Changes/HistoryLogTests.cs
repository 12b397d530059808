using Registry.Core.Changes;
using Registry.TestKit.Changes;

namespace Registry.Core.Tests.Changes;

/// <summary>The log that the other tests look into is a log as well.</summary>
public sealed class HistoryLogTests : ChangeLogContract
{
    internal override IChangeLog Create() => new HistoryLog();
}
