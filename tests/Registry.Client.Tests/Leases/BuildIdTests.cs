using Registry.Client.Leases;

namespace Registry.Client.Tests.Leases;

public sealed class BuildIdTests
{
    [Fact]
    public void The_id_is_the_hash_of_the_sorted_names_each_followed_by_a_line_feed()
    {
        // printf 'a.A\nb.B\n' | sha256sum
        Assert.Equal("c6c2fc889e06f9b624c24fe66477e1cedb5bb65ae6342e20123774b44344d52d", BuildId.Of(["b.B", "a.A"]));

        // printf '' | sha256sum
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", BuildId.Of([]));
    }

    [Fact]
    public void Order_and_repetition_make_no_difference() =>
        Assert.Equal(BuildId.Of(["a", "b"]), BuildId.Of(["b", "a", "b"]));

    [Fact]
    public void Upper_case_sorts_before_lower_case_as_its_bytes_do() =>
        Assert.Equal(["B", "a"], BuildId.Declare(["a", "B"]).Interfaces);
}
