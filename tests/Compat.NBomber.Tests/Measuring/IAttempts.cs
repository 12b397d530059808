namespace NBomber.Tests.Measuring;

/// <summary>Something that counts attempts: what ships, or one of the doubles that are wrong on purpose.</summary>
internal interface IAttempts
{
    void Ok();

    void Fail(string kind);

    (long All, long Ok, IReadOnlyDictionary<string, long> FailedByKind) Totals();
}
