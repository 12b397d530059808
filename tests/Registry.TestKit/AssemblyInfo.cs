using System.Runtime.CompilerServices;

// The contract suites speak of types that the rooms keep to themselves.
[assembly: InternalsVisibleTo("Registry.Core.Tests")]
[assembly: InternalsVisibleTo("Registry.Storage.Tests")]
