using System.Collections.Concurrent;
using System.Threading.Channels;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Locking.Strategies;

/// <summary>
/// One writer behind a channel: a thread of its own carries out all writes, one after the other; readers take no lock. Keeps every
/// promise by itself but one: an answer has to wait until the writer has come to it, since a registry acknowledges what is visible. So
/// each write is a handover to another thread and back. Here the caller blocks for it; a server would await, at about the cost of the
/// hop and without the thread. Reads of several names see several revisions.
/// </summary>
internal sealed class OneWriter : IRegistryTables
{
    private readonly ConcurrentDictionary<QualifiedName, StripedTable<ApplicationSnapshot>.Entry> _applications = new();
    private readonly ConcurrentDictionary<QualifiedName, StripedTable<MappingSnapshot>.Entry> _interfaces = new();
    private readonly Publication _publication = new();
    private readonly Channel<Order> _orders = Channel.CreateUnbounded<Order>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ThreadLocal<Order> _mine = new(() => new Order(), trackAllValues: true);
    private readonly Func<QualifiedName, StripedTable<MappingSnapshot>.Entry> _findInterface;
    private readonly Thread _writer;

    public OneWriter()
    {
        _findInterface = name => _interfaces[name];
        _writer = new Thread(CarryOut) { IsBackground = true, Name = "writer" };
        _writer.Start();
    }

    public long Revision => _publication.Revision;

    public void Load(Population population)
    {
        foreach (var application in population.Applications)
            _applications[application.Name] = new StripedTable<ApplicationSnapshot>.Entry(application);
        foreach (var mapping in population.Mappings)
            _interfaces[mapping.Name] = new StripedTable<MappingSnapshot>.Entry(mapping);
    }

    public Resolved Resolve(QualifiedName name) => Resolving.Resolve(this, name);

    public long Write(in Write write)
    {
        var order = _mine.Value!;
        order.Write = write;
        order.Done.Reset();
        if (!_orders.Writer.TryWrite(order))
            throw new InvalidOperationException("the writer has ended");
        order.Done.Wait();
        return order.Revision;
    }

    public ApplicationSnapshot? ReadApplication(QualifiedName name) =>
        _applications.TryGetValue(name, out var entry) ? entry.Current : null;

    public MappingSnapshot? ReadInterface(QualifiedName name) =>
        _interfaces.TryGetValue(name, out var entry) ? entry.Current : null;

    public void Dispose()
    {
        _orders.Writer.Complete();
        _writer.Join();
        foreach (var order in _mine.Values)
            order.Done.Dispose();
        _mine.Dispose();
    }

    private void CarryOut()
    {
        var reader = _orders.Reader;
#pragma warning disable VSTHRD002 // The thread has nothing else to do.
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
#pragma warning restore VSTHRD002
        {
            while (reader.TryRead(out var order))
            {
                var application = _applications[order.Write.Application];
                order.Revision = _publication.Commit(Building.Prepare(order.Write, application, _findInterface));
                order.Done.Set();
            }
        }
    }

    // One per calling thread: it has one write under way at a time.
    private sealed class Order
    {
        public Write Write { get; set; }

        public long Revision { get; set; }

        public ManualResetEventSlim Done { get; } = new();
    }
}
