namespace NBomber.Contracts;

/// <summary>How an iteration or a step ended. Made by <see cref="CSharp.Response"/>.</summary>
public interface IResponse
{
    /// <summary>The kind of the outcome; empty when none was given. Outcomes are counted by it.</summary>
    string StatusCode { get; }

    /// <summary>Whether it failed.</summary>
    bool IsError { get; }

    /// <summary>The bytes that were transferred; 0 when not given.</summary>
    long SizeBytes { get; }

    /// <summary>For people; empty when none was given. The report shows the first one of each status code.</summary>
    string Message { get; }
}
