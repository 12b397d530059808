using FsCheck;
using FsCheck.Experimental;
using FsCheck.Fluent;
using Registry.TestKit.Linearizability;

namespace Registry.Core.Tests.StateMachine;

/// <summary>Random sequences of operations on the registry, each answer and all that is there compared with the picture.</summary>
internal sealed class RegistryMachine(Func<IRegistryClient, IRegistryClient> wrap, int maxOperations) : Machine<RegistryMachine.Actual, RegistryPicture>(maxOperations)
{
    public const int Instances = 3;
    private const int Leases = 2;

    public override Arbitrary<Setup<Actual, RegistryPicture>> Setup => Gen.Constant<Setup<Actual, RegistryPicture>>(new Start(wrap)).ToArbitrary();

    public override Gen<Operation<Actual, RegistryPicture>> Next(RegistryPicture model) => Gen.Frequency(
        (8, Asked(model.Deadlines.Length).Select(Operation<Actual, RegistryPicture> (a) => new Ask(a.Instance, a.Operation))),
        (2, Gen.Choose(1, 12).Select(Operation<Actual, RegistryPicture> (n) => new Pass(TimeSpan.FromMilliseconds(50 * n)))),
        (1, Gen.Constant<Operation<Actual, RegistryPicture>>(new Take())));

    /// <summary>Any operation on any instance. Contents come from a few, so that writing what is there already happens too.</summary>
    public static Gen<(int Instance, RegistryOperation Operation)> Asked(int leases) =>
        from action in Gen.Elements(RegistryAction.Register, RegistryAction.Register, RegistryAction.Update, RegistryAction.Deregister, RegistryAction.Resolve, RegistryAction.Renew)
        from instance in Gen.Choose(0, Instances - 1)
        from lease in Gen.Choose(0, leases - 1)
        from content in Gen.Elements("a", "b", "c", "d")
        select (instance, new RegistryOperation(action)
        {
            Lease = lease,
            Content = action is RegistryAction.Register or RegistryAction.Update ? content : "",
        });

    /// <summary>The registry, which the first operation makes and <see cref="TearDown"/> ends.</summary>
    internal sealed class Actual(Func<IRegistryClient, IRegistryClient> wrap)
    {
        public CoreClient Core { get; } = new(stripes: 1);

        public IRegistryClient Client => field ??= wrap(Core);
    }

    public override TearDown<Actual> TearDown => new End();

    private sealed class Start(Func<IRegistryClient, IRegistryClient> wrap) : Setup<Actual, RegistryPicture>
    {
        public override Actual Actual()
        {
            var actual = new Actual(wrap);
            for (var i = 0; i < Leases; i++)
                actual.Core.Grant();
            return actual;
        }

        public override RegistryPicture Model() => RegistryPicture.Empty(Leases);
    }

    private sealed class End : TearDown<Actual>
    {
        public override void Actual(Actual actual) => actual.Core.Dispose();
    }

    private abstract class Step : Operation<Actual, RegistryPicture>
    {
        public sealed override Property Check(Actual actual, RegistryPicture model)
        {
            var answered = Do(actual);
            var there = Enumerable.Range(0, Instances).Select(i => (i, actual.Core.Do(i, new RegistryOperation(RegistryAction.Resolve)))).ToArray();
            var isRight = model.Expected is null || (answered!.Answer == model.Expected.Answer && answered.Content == model.Expected.Content);
            var hasAll = there.All(t => model.Instances.TryGetValue(t.i, out var expected) ? t.Item2.Content == expected.Content : t.Item2.Answer == RegistryAnswer.NotThere);
            return Prop.Label(isRight && hasAll, $"{this}: answered {answered}, expected {model.Expected}; there is {string.Join("; ", there)}, expected {string.Join("; ", model.Instances)}");
        }

        protected abstract RegistryOperation? Do(Actual actual);
    }

    private sealed class Ask(int instance, RegistryOperation asked) : Step
    {
        public override RegistryPicture Run(RegistryPicture model) => model.After(instance, asked);

        // A shrunk run may have lost the grant of this lease.
        public override bool Pre(RegistryPicture model) => asked.Lease < model.Deadlines.Length;

        public override string ToString() => $"{instance}: {asked}";

        protected override RegistryOperation Do(Actual actual) => actual.Client.Do(instance, asked);
    }

    private sealed class Pass(TimeSpan by) : Step
    {
        public override RegistryPicture Run(RegistryPicture model) => model.Later(by);

        public override string ToString() => $"{by.TotalMilliseconds} ms pass";

        protected override RegistryOperation? Do(Actual actual)
        {
            actual.Core.Advance(by);
            return null;
        }
    }

    private sealed class Take : Step
    {
        public override RegistryPicture Run(RegistryPicture model) => model.WithLease();

        public override string ToString() => "grant";

        protected override RegistryOperation? Do(Actual actual)
        {
            actual.Core.Grant();
            return null;
        }
    }
}
