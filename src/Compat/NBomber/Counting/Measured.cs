namespace NBomber.Counting;

/// <summary>One iteration, or one run of a step, that ended.</summary>
internal readonly record struct Measured(bool IsError, string StatusCode, string Message, long SizeBytes, TimeSpan Latency);
