using Xunit;

namespace Registry.Core.Tests;

public sealed class ReferencesTests
{
    [Fact]
    public void Core_ReferencesNothingButTheBaseLibrary()
    {
        // What the base library is made of lies beside the one that holds string; a package's assembly does not.
        var home = Path.GetDirectoryName(typeof(string).Assembly.Location)!;
        var strangers = typeof(ServiceRegistry).Assembly.GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(name => !File.Exists(Path.Combine(home, name + ".dll")));

        Assert.Empty(strangers);
    }
}
