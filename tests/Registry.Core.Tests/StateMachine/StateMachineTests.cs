using FsCheck;
using FsCheck.Experimental;
using FsCheck.Fluent;
using Registry.Core.Tests.Linearizability;
using Registry.TestKit.Linearizability;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.StateMachine;

/// <summary>
/// Generated sequences against a picture of the registry; and generated beginnings with two or three continuations that run at the same
/// time, of which the linearizability checker says whether they make sense. A failure comes shrunk, with what repeats it.
/// </summary>
[Trait("Suite", "StateMachine")]
public sealed class StateMachineTests(ITestOutputHelper output)
{
    private const int Sequences = 1_000;
    private const int ParallelCases = 40;

    // How threads meet is nobody's choice, so each case is run more than once.
    private const int Repetitions = 10;

    private static readonly TimeSpan TimeBox = TimeSpan.FromSeconds(10);

    [Fact]
    public void Sequences_AnswerAsThePictureSays()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Sequences), new RegistryMachine(core => core, 40).ToProperty());
        output.WriteLine($"proof: sequences checked: {Sequences}");
    }

    [Fact]
    public void Sequences_OfARegistryThatLies_AreFoundOut()
    {
        Func<IRegistryClient, IRegistryClient>[] lies = [core => new StaleResolve(core), core => new LostUpdate(core), core => new RenewalAfterTheEnd(core), core => new Ghost(core)];
        foreach (var lie in lies)
            Assert.ThrowsAny<Exception>(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(Sequences), new RegistryMachine(lie, 40).ToProperty()));
        output.WriteLine($"proof: registries that lie found out by sequences: {lies.Length} of {lies.Length}");
    }

    [Fact]
    public void ParallelSuffixes_AreLinearizable()
    {
        var runs = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(ParallelCases), Prop.ForAll(ParallelCase.Arbitrary(), parallel =>
        {
            for (var i = 0; i < Repetitions; i++, runs++)
            {
                using var core = new CoreClient(stripes: 256);
                var result = parallel.Run(core).Check(TimeBox);
                if (result.Verdict != Verdict.Ok)
                    return Prop.Label(false, result.ToString());
            }

            return Prop.Label(true, "");
        }));
        output.WriteLine($"proof: beginnings with parallel continuations checked: {ParallelCases}, in {runs} runs");
    }

    [Fact]
    public void ParallelSuffixes_OfARegistryThatLies_AreFoundOut()
    {
        Func<IRegistryClient, IRegistryClient>[] lies = [core => new StaleResolve(core), core => new LostUpdate(core), core => new Ghost(core)];
        foreach (var lie in lies)
        {
            Assert.ThrowsAny<Exception>(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(Sequences), Prop.ForAll(ParallelCase.Arbitrary(), parallel =>
            {
                using var core = new CoreClient(stripes: 256);
                return parallel.Run(lie(core)).Check(TimeBox).Verdict == Verdict.Ok;
            })));
        }

        output.WriteLine($"proof: registries that lie found out by parallel continuations: {lies.Length} of {lies.Length}");
    }

    /// <summary>A beginning, and what two or three clients then do at once.</summary>
    private sealed record ParallelCase((int Instance, RegistryOperation Operation)[] Prefix, (int Instance, RegistryOperation Operation)[][] Suffixes)
    {
        private const int Leases = 2;

        public static Arbitrary<ParallelCase> Arbitrary()
        {
            var generated =
                from prefix in Gen.Choose(0, 10).SelectMany(n => RegistryMachine.Asked(Leases).ArrayOf(n))
                from clients in Gen.Choose(2, 3)
                from suffixes in Gen.Choose(2, 8).SelectMany(n => RegistryMachine.Asked(Leases).ArrayOf(n)).ArrayOf(clients)
                select new ParallelCase(prefix, suffixes);
            return Arb.From(generated, parallel => parallel.Smaller());
        }

        public RegistryHistory Run(IRegistryClient registry)
        {
            var history = new RegistryHistory(registry, CoreClient.Ttl);
            for (var i = 0; i < Leases; i++)
                history.Grant();

            // Over half of the TTL before and over half of it meanwhile: leases end under the continuations unless they were renewed.
            var step = CoreClient.Ttl * 0.6;
            history.Advance(step);
            Do(history, 0, Prefix);
            StartingGate.Run([.. Suffixes.Select((suffix, i) => (Action)(() => Do(history, i + 1, suffix))), () => history.Advance(step)]);

            // What is left says which of the writes were made.
            for (var instance = 0; instance < RegistryMachine.Instances; instance++)
                history.Do(0, instance, new RegistryOperation(RegistryAction.Resolve));
            return history;
        }

        public override string ToString() =>
            $"first {string.Join(", ", Prefix)}; then at once {string.Join(" | ", Suffixes.Select(s => string.Join(", ", s)))}";

        // Contents are made unique here: a history in which two writes write the same explains too much.
        private static void Do(RegistryHistory history, int client, (int Instance, RegistryOperation Operation)[] operations)
        {
            for (var i = 0; i < operations.Length; i++)
            {
                var (instance, asked) = operations[i];
                history.Do(client, instance, asked.Content.Length > 0 ? asked with { Content = $"{client}.{i}" } : asked);
                Thread.SpinWait(20 * (client + i));
            }
        }

        // One operation less, anywhere.
        private IEnumerable<ParallelCase> Smaller()
        {
            for (var i = 0; i < Prefix.Length; i++)
                yield return this with { Prefix = Without(Prefix, i) };
            for (var s = 0; s < Suffixes.Length; s++)
            {
                for (var i = 0; i < Suffixes[s].Length; i++)
                    yield return this with { Suffixes = [.. Suffixes.Select((suffix, index) => index == s ? Without(suffix, i) : suffix)] };
            }
        }

        private static T[] Without<T>(T[] items, int index) => [.. items.Where((_, i) => i != index)];
    }
}
