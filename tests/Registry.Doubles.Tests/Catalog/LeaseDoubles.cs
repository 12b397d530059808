namespace Registry.Doubles.Tests.Catalog;

/// <summary>Leases, their words, their lists and their budget.</summary>
internal static class LeaseDoubles
{
    private const string Lease = "src/Registry.Core/Leases/Lease.cs";
    private const string Budget = "src/Registry.Core/Leases/ProtectionBudget.cs";
    private const string Suspicion = "src/Registry.Core/Changes/Commands/RefreshSuspicionCommand.cs";

    public static readonly BrokenDouble RenewalStores = new()
    {
        Name = nameof(RenewalStores),
        Story = "A renewal stores the word instead of comparing: an end that came between its look and its store is undone, after the instances were removed.",
        Edits =
        [
            new(
                Lease,
                """
                if (TryChange(seen, renewed))
                    return true;
                """,
                """
                Volatile.Write(ref _word, renewed.Bits);
                return true;
                """),
        ],
        IsStatistical = true,
        CaughtBy = [Suite.LeaseWords, Suite.RaceOfRenewalAndExpiry],
    };

    public static readonly BrokenDouble AttachWithoutLeaf = new()
    {
        Name = nameof(AttachWithoutLeaf),
        Story = "A register does not hold its lease's lock over the commit: the lease ends meanwhile with an empty list, and the instance stays for ever.",
        Edits = [new("src/Registry.Core/Changes/Applier.cs", "using var held = attachTo.EnterForAttach();", "")],
        CaughtBy = [Suite.AttachRaces, Suite.RaceOfAttachAndExpiry, Suite.RaceOfAttachAndRevocation],
    };

    public static readonly BrokenDouble DetachAnyLife = new()
    {
        Name = nameof(DetachAnyLife),
        Story = "A late detach does not look which life of the instance it is about, and takes the new one off the list: no expiry finds it.",
        Edits =
        [
            new(
                Lease,
                """
                if (_held.TryGetValue((application, instanceId), out var present) && present != incarnation)
                    return;
                """,
                ""),
        ],
        CaughtBy = [Suite.LeaseLists, Suite.RaceOfTwoLeases],
    };

    public static readonly BrokenDouble SuspicionCarriesAValue = new()
    {
        Name = nameof(SuspicionCarriesAValue),
        Story = "\"Suspect\" is decided when the command is made: one that was held up marks a lease that was renewed meanwhile.",
        Edits =
        [
            new(
                Suspicion,
                """
                : Command(application, lease.Owner)
                {
                """,
                """
                : Command(application, lease.Owner)
                {
                    private readonly LeaseState _state = lease.Word.State;
                """),
            new(Suspicion, "var state = lease.Word.State;", "var state = _state;"),
        ],
        CaughtBy = [Suite.ProtectedExpiry],
    };

    public static readonly BrokenDouble SuspicionNotTakenBack = new()
    {
        Name = nameof(SuspicionNotTakenBack),
        Story = "A renewal that ends an overdue time tells nobody: its instances stay suspect for as long as the lease lives.",
        Edits =
        [
            new("src/Registry.Core/ServiceRegistry.cs", "if (wasOverdue)\n_expiry.RefreshSuspicion(lease);", ""),
        ],
        CaughtBy = [Suite.ProtectedExpiry, Suite.RaceOfSuspicionAndRenewal],
    };

    public static readonly BrokenDouble ApplicationBudgetNotCharged = new()
    {
        Name = nameof(ApplicationBudgetNotCharged),
        Story = "What expires is not charged to its application: a small one may lose all its instances at once within the registry's large budget.",
        Edits =
        [
            new(
                Budget,
                """
                foreach (var (application, window) in windows)
                    _applications[application] = window;
                """,
                ""),
        ],
        CaughtBy = [Suite.ProtectedExpiry],
    };

    public static readonly BrokenDouble RegistryBudgetNotCharged = new()
    {
        Name = nameof(RegistryBudgetNotCharged),
        Story = "What expires is not charged to the whole registry: many applications lose one instance each, and together that is most of them.",
        Edits = [new(Budget, "_registry = registry with { Used = registry.Used + all };", "_registry = registry;")],
        CaughtBy = [Suite.ProtectedExpiry],
    };

    public static readonly BrokenDouble HolderEnlargesTheBudget = new()
    {
        Name = nameof(HolderEnlargesTheBudget),
        Story = "Instances without a lease count for the share that may expire: beside enough of them all leased ones of an application go at once.",
        Edits =
        [
            new(
                "src/Registry.Core/ServiceRegistry.cs",
                "_applications.Read(application) is { } snapshot ? snapshot.Instances.Length - snapshot.UnleasedCount : 0;",
                "_applications.Read(application) is { } snapshot ? snapshot.Instances.Length : 0;"),
        ],
        CaughtBy = [Suite.Holders],
    };

    public static readonly BrokenDouble HolderEnlargesTheRegistrysBudget = new()
    {
        Name = nameof(HolderEnlargesTheRegistrysBudget),
        Story = "As above, in all: the last instances on leases of many applications go at once.",
        Edits =
        [
            new(
                "src/Registry.Core/ServiceRegistry.cs",
                "_leases, _leaseClock, options.Leases, _leaseAuthority, _order, LeasedOf, () => _commits.InstanceCount - _commits.UnleasedCount, LeaseCounters);",
                "_leases, _leaseClock, options.Leases, _leaseAuthority, _order, LeasedOf, () => _commits.InstanceCount, LeaseCounters);"),
        ],
        CaughtBy = [Suite.Holders],
    };

    public static readonly BrokenDouble EndOfALeaseTakesWhatAHolderHas = new()
    {
        Name = nameof(EndOfALeaseTakesWhatAHolderHas),
        Story = "The end of a lease does not look whose an instance is by now: one that a holder has taken over in between is removed.",
        Edits =
        [
            new(
                "src/Registry.Core/Changes/Commands/RemoveHeldCommand.cs",
                "if (current.TryGetInstance(id, out var instance) && instance.Lease == lease.Id)",
                "if (current.TryGetInstance(id, out var instance) && instance.Owner == lease.Owner)"),
        ],
        CaughtBy = [Suite.RaceOfHolderAndLeasesEnd],
    };

    public static readonly BrokenDouble PauseLosesALook = new()
    {
        Name = nameof(PauseLosesALook),
        Story = "Of a pause of the process, the interval that passes between two looks anyhow is not given: leases end before their time.",
        Edits =
        [
            new("src/Registry.Core/Leases/LeaseExpiry.cs", "_clock.AddPause(gap);", "_clock.AddPause(gap - _options.ScanInterval.Ticks);"),
        ],
        CaughtBy = [Suite.Leases],
    };
}
