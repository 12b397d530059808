using Registry.Core;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Server.Reads;

/// <summary>Which page of a list is asked for: the rules that gRPC and JSON share.</summary>
internal readonly record struct Paging(string Namespace, string Prefix, string After, int Size)
{
    private const int DefaultSize = 100;
    private const int MaxSize = 1_000;

    /// <summary>Reads a page's parameters; what is not given has its default.</summary>
    /// <param name="namespace">Empty: the default namespace.</param>
    /// <param name="prefix">Empty: all names.</param>
    /// <param name="token">Empty: from the start.</param>
    /// <param name="size">0: the default.</param>
    /// <param name="fields">What the caller calls them.</param>
    /// <param name="page">The page, if the answer is null.</param>
    public static RegistryError? TryRead(string @namespace, string prefix, string token, long size, FieldNames fields, out Paging page)
    {
        page = new Paging(@namespace.Length == 0 ? QualifiedName.Default : @namespace, prefix, token, size == 0 ? DefaultSize : (int)Math.Min(size, MaxSize));
        return NameRules.CheckName("namespace", page.Namespace)
            ?? CheckLength("prefix", prefix)
            ?? CheckLength(fields.Token, token)
            ?? (size is < 0 or > MaxSize
                ? new RegistryError(ErrorKind.InvalidArgument, ErrorReasons.InvalidField, $"{fields.Size}: is {size}; 1 to {MaxSize} is allowed", fields.Size)
                : null);
    }

    // A page begins after a name, and a prefix is the start of one.
    private static RegistryError? CheckLength(string field, string value) =>
        value.Length > NameRules.MaxInterfaceLength
            ? new RegistryError(
                ErrorKind.InvalidArgument,
                ErrorReasons.InvalidField,
                $"{field}: has {value.Length} characters; at most {NameRules.MaxInterfaceLength} are allowed",
                field)
            : null;

    /// <summary>The token of the page after one that was found; empty: there is none.</summary>
    public string NextToken<T>(IReadOnlyList<T> found)
        where T : TopicSnapshot => found.Count == Size ? found[^1].Topic.Name.Name : "";

    /// <summary>The names of a page's parameters.</summary>
    internal readonly record struct FieldNames(string Size, string Token)
    {
        /// <summary>In the protos.</summary>
        public static readonly FieldNames Proto = new("page_size", "page_token");

        /// <summary>In a query.</summary>
        public static readonly FieldNames Query = new("pageSize", "pageToken");
    }
}
