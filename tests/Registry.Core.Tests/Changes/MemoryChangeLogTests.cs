using Registry.Core.Changes;
using Registry.TestKit.Changes;

namespace Registry.Core.Tests.Changes;

public sealed class MemoryChangeLogTests : ChangeLogContract
{
    internal override IChangeLog Create() => new MemoryChangeLog();
}
