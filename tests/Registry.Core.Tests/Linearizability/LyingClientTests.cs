using Registry.TestKit.Linearizability;
using Xunit;

namespace Registry.Core.Tests.Linearizability;

/// <summary>The runs that find nothing wrong with the core find what is wrong with registries that lie, and soon.</summary>
[Trait("Suite", "Linearizability")]
public sealed class LyingClientTests(ITestOutputHelper output)
{
    private const int MaxHistories = 3_000;

    [Fact]
    public void RegistriesThatLie_AreFoundOut()
    {
        Func<IRegistryClient, IRegistryClient>[] lies =
        [
            right => new StaleResolve(right),
            right => new LostUpdate(right),
            right => new RenewalAfterTheEnd(right),
            right => new LostRenewal(right),
            right => new Ghost(right),
            right => new WrongLife(right),
            right => new TakeoverWithoutANewLife(right),
        ];
        var first = Random.Shared.Next(int.MaxValue / 2);
        var found = new List<string>();
        foreach (var lie in lies)
        {
            var histories = 0;
            var verdict = Verdict.Ok;
            var name = "";
            while (verdict != Verdict.Violated && histories < MaxHistories)
            {
                using var core = new CoreClient(stripes: 256);
                var liar = lie(core);
                name = liar.GetType().Name;
                var result = ConcurrentRun.Of(first + histories++).Against(liar, CoreClient.Ttl).Check(TimeSpan.FromSeconds(10));
                verdict = result.Verdict;
                if (verdict == Verdict.Violated)
                    Assert.NotEmpty(result.FailingPrefix);
            }

            Assert.True(verdict == Verdict.Violated, $"{name} was not found out in {histories} histories from seed {first}");
            found.Add($"{name} in {histories}");
        }

        output.WriteLine($"proof: registries that lie found out: {found.Count} of {lies.Length}, by histories: {string.Join(", ", found)}");
    }
}
