using System.Text;
using System.Text.Json;
using Registry.Cli.Manifest;

namespace Registry.Cli.Tests.Manifest;

/// <summary>The sample is what it says, and the schema is what the reader reads.</summary>
public sealed class SamplesTests
{
    private static readonly string[] Services =
    [
        "adservice", "cartservice", "checkoutservice", "currencyservice", "emailservice", "frontend", "loadgenerator",
        "paymentservice", "productcatalogservice", "recommendationservice", "shippingservice",
    ];

    [Fact]
    public void The_Online_Boutique_has_its_eleven_services_with_two_or_three_instances_at_addresses_of_their_own()
    {
        var applications = ManifestReader.Read("online-boutique.json", Sample("online-boutique.json")).Applications;

        Assert.Equal(Services, applications.Select(application => application.Name));
        Assert.All(applications, application => Assert.InRange(application.Instances.Length, 2, 3));
        var hosts = applications.SelectMany(application => application.Instances).SelectMany(instance => instance.Endpoints).ToArray();
        Assert.Equal(hosts.Length, hosts.Select(endpoint => endpoint.Host).Distinct().Count());
    }

    [Fact]
    public void Every_gRPC_service_declares_its_interface_and_health()
    {
        var applications = ManifestReader.Read("online-boutique.json", Sample("online-boutique.json")).Applications;

        var interfaces = applications
            .Where(application => application.Builds.Length > 0)
            .Select(application => application.Builds.Single().Interfaces.ToArray())
            .ToArray();

        Assert.Equal(9, interfaces.Length);
        Assert.All(interfaces, names => Assert.Equal("grpc.health.v1.Health", names[0]));
        Assert.Equal(
            ["AdService", "CartService", "CheckoutService", "CurrencyService", "EmailService", "PaymentService",
                "ProductCatalogService", "RecommendationService", "ShippingService"],
            interfaces.Select(names => Assert.Single(names[1..]).Replace("hipstershop.", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", """{"applications":[]""")]
    [InlineData("application", """{"applications":[{"name":"a" """)]
    [InlineData("instance", """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"] """)]
    public void The_schema_names_exactly_the_properties_that_the_reader_knows(string definition, string before)
    {
        using var schema = JsonDocument.Parse(Sample("manifest.schema.json"));
        var described = definition.Length == 0
            ? schema.RootElement
            : schema.RootElement.GetProperty("$defs").GetProperty(definition);
        var names = described.GetProperty("properties").EnumerateObject()
            .Select(property => property.Name)
            .Where(name => name != "$schema")
            .ToArray();

        // The reader lists what it knows when it meets what it does not.
        var complaint = Assert.Throws<ManifestException>(
            () => ManifestReader.Read("m.json", Encoding.UTF8.GetBytes(before + ",\"nonsense\":[]"))).Message;

        Assert.Equal(names.Order(), complaint.Split("expected one of ")[1].Split(", ").Order());
        Assert.False(described.GetProperty("additionalProperties").GetBoolean());
    }

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));
}
