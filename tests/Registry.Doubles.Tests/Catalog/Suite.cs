using System.Reflection;

namespace Registry.Doubles.Tests.Catalog;

/// <summary>A test class, or one test of it, of another project.</summary>
/// <param name="Project">The project.</param>
/// <param name="Class">The class, without the project's namespace.</param>
/// <param name="Method">One test; null: all.</param>
public sealed record Suite(string Project, string Class, string? Method = null)
{
    public static readonly Suite WriteRaces = InCore("Changes.WriteRaceTests");
    public static readonly Suite Builds = InCore("Changes.BuildTests");
    public static readonly Suite AttachRaces = InCore("Leases.AttachRaceTests");
    public static readonly Suite Leases = InCore("Leases.LeaseTests");
    public static readonly Suite LeaseLists = InCore("Leases.LeaseListTests");
    public static readonly Suite LeaseWords = InCore("Leases.LeaseWordTests");
    public static readonly Suite Holders = InCore("Leases.HolderTests");
    public static readonly Suite ProtectedExpiry = InCore("Leases.ProtectedExpiryTests");
    public static readonly Suite GetOrCreate = InCore("Tables.GetOrCreateTests");
    public static readonly Suite BlockedSinks = InCore("Watching.BlockedSinkTests");
    public static readonly Suite Encoding = InCore("Watching.EncodeOnceTests");
    public static readonly Suite Following = InCore("Watching.FollowTests");
    public static readonly Suite Leaving = InCore("Watching.LeavingTests");
    public static readonly Suite PumpWaking = InCore("Watching.PumpWakingTests");
    public static readonly Suite ReadsTogether = InCore("Watching.ReadTogetherTests");
    public static readonly Suite Resuming = InCore("Watching.ResumeTests");
    public static readonly Suite Streams = InCore("Watching.StreamTests");
    public static readonly Suite Windows = InCore("Watching.WindowTests");
    public static readonly Suite Stress = InCore("Stress.RegistryStressTests");
    public static readonly Suite Recorded = InCore("Guarantees.RecordedStressTests");
    public static readonly Suite Linearizability = InCore("Linearizability.RegistryLinearizabilityTests");
    public static readonly Suite Sequences = InCore("StateMachine.StateMachineTests", "Sequences_AnswerAsThePictureSays");
    public static readonly Suite ParallelSuffixes = InCore("StateMachine.StateMachineTests", "ParallelSuffixes_AreLinearizable");

    // Each of the seeded races is a suite of its own.
    public static readonly Suite RaceOfWriters = Race("TwoWriters_OfOneInterface_LeaveNoWatcherOnTheOlderValue");
    public static readonly Suite RaceWithThePumpsSleep = Race("Change_ThatComesWhileThePumpGoesToSleep_IsToldAllTheSame");
    public static readonly Suite RaceOfRenewalAndExpiry = Race("RenewalAgainstExpiry_ExactlyOneWins");
    public static readonly Suite RaceOfAttachAndExpiry = Race("AttachAgainstExpiry_LeavesNoInstanceOnADeadLease");
    public static readonly Suite RaceOfAttachAndRevocation = Race("AttachAgainstRevocation_LeavesNoInstanceOnADeadLease");
    public static readonly Suite RaceOfTwoLeases = Race("TwoLeases_ThatTakeOneInstanceFromEachOther_LeaveItWithOneOfThem");
    public static readonly Suite RaceOfHolderAndLeasesEnd = Race("Holder_ThatTakesOverWhileTheLeaseEnds_KeepsTheInstance");
    public static readonly Suite RaceOfSuspicionAndRenewal = Race("SuspicionAndRenewal_EndWithTheLeasesLastWord");
    public static readonly Suite RaceOfReadAndWrites = Race("ReadOfSeveralTopics_StandsAtItsRevision");
    public static readonly Suite RaceOfImageAndWrites = Race("ImageOfTheRegistry_IsTheRegistryAtOneRevision");
    public static readonly Suite RaceOfEncoders = Race("RacingEncoders_EncodeOnce");

    public static readonly Suite PowerCuts = new("Registry.Storage.Tests", "PowerCuts.PowerCutTests", "EveryPowerCut_LeavesWhatWasAcknowledged_AndNothingByHalf");
    public static readonly Suite StateSnapshots = new("Registry.Storage.Tests", "Snapshots.SnapshotTests");
    public static readonly Suite DamagedLogs = new("Registry.Storage.Tests", "Recovery.DamageTests");
    public static readonly Suite LogWriting = new("Registry.Storage.Tests", "Logs.WritingTests");

    public static readonly Suite Sinks = new("Registry.Server.Tests", "Discovery.StreamSinkTests");

    /// <summary>All of them: a suite that catches no double is not one.</summary>
    public static IEnumerable<Suite> All =>
        typeof(Suite).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (Suite)f.GetValue(null)!);

    /// <summary>The class with its namespace.</summary>
    public string FullClass => $"{Project}.{Class}";

    /// <inheritdoc/>
    public override string ToString() => Class[(Class.LastIndexOf('.') + 1)..] + (Method is null ? "" : $".{Method}");

    private static Suite InCore(string @class, string? method = null) => new("Registry.Core.Tests", @class, method);

    private static Suite Race(string method) => InCore("Interleaving.InterleavingTests", method);
}
