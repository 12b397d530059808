namespace Registry.Server.Health;

/// <summary>Readiness, and those who tell about it.</summary>
internal static class ReadinessSetup
{
    /// <summary>Adds readiness and the health service.</summary>
    public static void AddReadiness(this IServiceCollection services)
    {
        services.AddSingleton<ServerReadiness>();
        services.AddSingleton<HealthService>();
        services.AddHostedService<ServerLifecycle>();
    }
}
