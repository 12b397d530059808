using System.Text;
using System.Text.Json;
using Grpc.Core;
using Registry.Client.Connecting;

namespace Registry.Cli.Output;

/// <summary>Failures as people and scripts read them: one line, whatever the server sent.</summary>
internal static class ErrorLine
{
    public static string Of(string message) => "registry: " + Printable(message);

    /// <summary>Status, reason, field, sentence; what is not there is left out.</summary>
    public static string Of(RegistryFault fault, ServerAddress server) => Of(Describe(fault, server));

    /// <summary>The same without the leading name, to be part of a longer line.</summary>
    public static string Describe(RegistryFault fault, ServerAddress server)
    {
        var text = new StringBuilder(StatusName(fault.Code));
        if (fault.Reason.Length > 0)
        {
            text.Append(' ').Append(fault.Reason);
        }

        if (fault.Field.Length > 0)
        {
            text.Append(": ").Append(fault.Field);
        }

        // Without a reason it was not a registry that answered, so the address is the first thing to look at.
        if (fault.Reason.Length == 0 && fault.IsTransient)
        {
            text.Append(": ").Append(server);
        }

        var message = WithoutField(fault.Message, fault.Field);
        if (message.Length > 0)
        {
            text.Append(": ").Append(message);
        }

        return Printable(text.ToString());
    }

    /// <summary>A server's sentence without the field that it begins with, which is told beside it.</summary>
    public static string WithoutField(string message, string field) =>
        field.Length > 0 && message.StartsWith(field + ": ", StringComparison.Ordinal) ? message[(field.Length + 2)..] : message;

    public static int ExitCodeOf(RegistryFault fault) => fault.Code switch
    {
        StatusCode.InvalidArgument => ExitCode.Usage,
        StatusCode.NotFound => ExitCode.NotFound,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ExitCode.Unavailable,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated => ExitCode.Denied,
        _ => ExitCode.Failed,
    };

    /// <summary>The status as the protocol's documents write it, such as NOT_FOUND.</summary>
    public static string StatusName(StatusCode code) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());

    /// <summary>Text from elsewhere, without anything that could move a terminal's cursor or start another line.</summary>
    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
