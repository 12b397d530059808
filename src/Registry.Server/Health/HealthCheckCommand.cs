using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.Protocol.Health.V1;
using Registry.Server.Hosting;

namespace Registry.Server.Health;

/// <summary>
/// <c>healthcheck</c>: asks a server whether it serves, for containers whose image has no other client. With the server's own
/// configuration around it, it needs no argument.
/// </summary>
internal static class HealthCheckCommand
{
    /// <summary>The command; <paramref name="settings"/> gives the configuration that a server started likewise would have.</summary>
    public static Command Define(Func<ParseResult, ServerSettings> settings)
    {
        var grpc = new Option<string>(OptionNames.Grpc)
        {
            HelpName = "ADDR",
            Description = "The server, HOST:PORT or http(s)://HOST:PORT [default: the configured address]",
        };
        var service = new Option<string>("--service")
        {
            HelpName = "NAME",
            Description = "A service, such as registry.v1.Discovery [default: the whole server]",
        };
        var timeout = new Option<double>("--timeout")
        {
            HelpName = "SECONDS",
            Description = "How long to wait for the answer, 0.1 to 60",
            DefaultValueFactory = _ => 3,
        };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && (!double.TryParse(token.Value, CultureInfo.InvariantCulture, out var seconds) || seconds is not (>= 0.1 and <= 60)))
            {
                result.AddError($"--timeout: '{token.Value}' is not from 0.1 to 60 seconds.");
            }
        });

        var command = new Command("healthcheck", "Asks a server whether it serves; exit code 0 if it does, 1 if not");
        command.Add(grpc);
        command.Add(service);
        command.Add(timeout);
        command.SetAction((parsed, cancellation) =>
        {
            var patience = TimeSpan.FromSeconds(parsed.GetValue(timeout));
            return RunAsync(settings(parsed), parsed.GetValue(grpc), parsed.GetValue(service) ?? "", patience, cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ServerSettings settings, string? server, string service, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var configuration = new ConfigurationManager();
            settings.AddTo(configuration);
            var options = OptionsReader.Read(configuration);
            var certificate = ServerCertificate.Load(options.Grpc.Tls);
            var address = AddressOf(server, options.Grpc.Address, tls: certificate is not null);
            var (serving, line) = await AskAsync(address, certificate, service, timeout, cancellation);
            await Console.Out.WriteLineAsync(line);
            return serving ? ExitCode.Stopped : ExitCode.Failed;
        }
        catch (InvalidSettingsException wrong)
        {
            return await ServerProcess.FailAsync(ExitCode.WrongUsage, wrong.Message);
        }
        catch (CannotStartException wrong)
        {
            return await ServerProcess.FailAsync(ExitCode.Failed, wrong.Message);
        }
    }

    private static Uri AddressOf(string? given, ListenAddress configured, bool tls)
    {
        var host = configured.IsAny ? $"127.0.0.1:{configured.Port.ToString(CultureInfo.InvariantCulture)}" : configured.ToString();
        var text = given ?? host;
        if (!text.Contains("://", StringComparison.Ordinal))
            text = (tls ? "https://" : "http://") + text;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && HasPort(text)
            ? address
            : throw new InvalidSettingsException($"{OptionNames.Grpc}: '{given}' is not HOST:PORT or http(s)://HOST:PORT");
    }

    // "7400" alone would be the host 0.0.28.232, and port 80 is nobody's registry.
    private static bool HasPort(string text) => text.LastIndexOf(':') > text.IndexOf("://", StringComparison.Ordinal);

    private static async Task<(bool Serving, string Line)> AskAsync(
        Uri address, ServerCertificate? certificate, string service, TimeSpan timeout, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler { ConnectTimeout = timeout, UseProxy = false };
        if (certificate is not null)
        {
            // The probe may dial an address that the certificate does not name. It knows the certificate itself, which is better.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
                presented?.GetCertHashString() == certificate.Certificate.GetCertHashString();
        }

        using var channel = GrpcChannel.ForAddress(address, new() { HttpHandler = handler });
        var shown = $"{address.GetLeftPart(UriPartial.Authority)}{(service.Length == 0 ? "" : $" {service}")}";
        try
        {
            var client = new Protocol.Health.V1.Health.HealthClient(channel);
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + timeout;
            var answer = await client.CheckAsync(new() { Service = service }, deadline: deadline, cancellationToken: cancellation);
            var serving = answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
            return (serving, $"{shown}: {(serving ? "serving" : "not serving")}");
        }
        catch (RpcException error)
        {
            // The client's own words are "error connecting to subchannel"; the cause is what an operator can use.
            var cause = error.Status.DebugException?.GetBaseException().Message ?? error.Status.Detail;
            return (false, $"{shown}: {error.StatusCode}, {cause.ReplaceLineEndings(" ")}");
        }
    }
}
