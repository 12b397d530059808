using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Registry.Client.Hosting;

/// <summary>
/// Healthy while what is known of the registry is kept up to date, or nothing is asked of it; degraded while it is not. Never unhealthy: a
/// service that has lost its registry still works with what it knows, and must not be restarted for it.
/// </summary>
internal sealed class RegistryHealthCheck(RegistryClient client) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var connection = client.Connection;
        var data = new Dictionary<string, object>
        {
            ["state"] = connection.State.ToString(),
            ["seconds"] = connection.Since.TotalSeconds,
            ["staleTopics"] = client.StaleTopics,
        };
        return Task.FromResult(connection.State switch
        {
            RegistryConnectionState.Idle => HealthCheckResult.Healthy("nothing is asked of the registry", data),
            RegistryConnectionState.Connected when client.StaleTopics == 0 => HealthCheckResult.Healthy("up to date with the registry", data),
            RegistryConnectionState.Connected => HealthCheckResult.Degraded("waiting for the registry's first answer about some topics", data: data),
            _ => HealthCheckResult.Degraded($"not up to date with the registry: {connection.Fault ?? "no answer yet"}", data: data),
        });
    }
}
