namespace Registry.Server.Hosting;

/// <summary>The rules that tie several options together.</summary>
internal static class OptionRules
{
    /// <summary>Throws <see cref="InvalidSettingsException"/>, which names every broken rule.</summary>
    public static void Check(ServerOptions options)
    {
        var faults = options.Validate().Select(fault => $"{ServerOptions.Section}:{fault}").ToList();
        var (grpc, http) = (options.Grpc.Address, options.Http.Address);

        // Cleartext has no ALPN, and Kestrel can't tell the two protocols apart on one port.
        if (grpc.Port != 0 && grpc.Port == http.Port && Overlap(grpc, http))
        {
            faults.Add($"{OptionNames.Of("Registry:Grpc:Address")} {grpc} and {OptionNames.Of("Registry:Http:Address")} {http} "
                + "overlap: gRPC and HTTP need a port each");
        }

        var tls = options.Grpc.Tls;
        if (tls.Certificate is null && (tls.Key is not null || tls.Password is not null))
            faults.Add("Registry:Grpc:Tls: a Key or Password without a Certificate");

        if (options.Storage is { Mode: StorageMode.Disk, Directory: "" })
            faults.Add($"{OptionNames.Of("Registry:Storage:Directory")}: it must not be empty; say where the state is to be kept");

        if (!options.Insecure && !(grpc.IsLoopback && http.IsLoopback))
        {
            var exposed = grpc.IsLoopback ? ("Registry:Http:Address", http) : ("Registry:Grpc:Address", grpc);
            faults.Add($"{OptionNames.Of(exposed.Item1)} {exposed.Item2} is reachable from other machines, and there is no "
                + "authentication: anyone there could change the registry; say --insecure if that is meant");
        }

        if (faults.Count > 0)
            throw new InvalidSettingsException(string.Join("; ", faults));
    }

    private static bool Overlap(ListenAddress one, ListenAddress other) =>
        one.IsAny || other.IsAny || one.Address.Equals(other.Address)
        || (one.IsBothLoopbacks && other.IsLoopback) || (other.IsBothLoopbacks && one.IsLoopback);
}
