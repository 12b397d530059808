using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Registry.Server.Reflection;

/// <summary>
/// Every name that a set of proto files declares, and the file that declares it. Built once and frozen; safe for concurrent reads.
/// </summary>
internal sealed class ProtoCatalog
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly HashSet<string> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, FileDescriptor>> _extensions = new(StringComparer.Ordinal);

    /// <summary>Takes in these files and all that they import.</summary>
    public ProtoCatalog(IEnumerable<FileDescriptor> files)
    {
        foreach (var file in files)
            Add(file);
    }

    /// <summary>The file of this name, with its imports; null if there is none.</summary>
    public IReadOnlyList<ByteString>? FileByName(string name) => WithImports(_files.GetValueOrDefault(name));

    /// <summary>The file that declares this fully qualified name, with its imports; null if none does.</summary>
    public IReadOnlyList<ByteString>? FileBySymbol(string symbol) => WithImports(_symbols.GetValueOrDefault(symbol));

    /// <summary>The file that declares the extension of a message with this field number, with its imports; null if none does.</summary>
    public IReadOnlyList<ByteString>? FileByExtension(string message, int number) =>
        WithImports(_extensions.GetValueOrDefault(message)?.GetValueOrDefault(number));

    /// <summary>The field numbers of a message's extensions, ascending; null if there is no such message.</summary>
    public IReadOnlyCollection<int>? ExtensionNumbers(string message) =>
        _extensions.TryGetValue(message, out var extensions) ? extensions.Keys
        : _messages.Contains(message) ? []
        : null;

    // The file that was asked for comes first, each file once.
    private static List<ByteString>? WithImports(FileDescriptor? file)
    {
        if (file is null)
            return null;

        var found = new List<FileDescriptor> { file };
        for (var next = 0; next < found.Count; next++)
            found.AddRange(found[next].Dependencies.Where(import => !found.Contains(import)).ToList());
        return found.ConvertAll(each => each.SerializedData);
    }

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
            return;

        foreach (var import in file.Dependencies)
            Add(import);
        foreach (var message in file.MessageTypes)
            Add(message);
        foreach (var type in file.EnumTypes)
            Add(type);
        foreach (var extension in file.Extensions.UnorderedExtensions)
            AddExtension(extension);
        foreach (var service in file.Services)
        {
            AddSymbol(service);
            foreach (var method in service.Methods)
                AddSymbol(method);
        }
    }

    private void Add(MessageDescriptor message)
    {
        AddSymbol(message);
        _messages.Add(message.FullName);
        foreach (var field in message.Fields.InDeclarationOrder())
            AddSymbol(field);
        foreach (var oneof in message.Oneofs)
            AddSymbol(oneof);
        foreach (var nested in message.NestedTypes)
            Add(nested);
        foreach (var type in message.EnumTypes)
            Add(type);
        foreach (var extension in message.Extensions.UnorderedExtensions)
            AddExtension(extension);
    }

    private void Add(EnumDescriptor type)
    {
        AddSymbol(type);

        // In protos a value is a sibling of its enum, as in C; FullName has it inside.
        var scope = type.FullName[..^type.Name.Length];
        foreach (var value in type.Values)
            _symbols[scope + value.Name] = value.File;
    }

    private void AddExtension(FieldDescriptor extension)
    {
        AddSymbol(extension);
        var message = extension.ExtendeeType.FullName;
        if (!_extensions.TryGetValue(message, out var numbers))
            _extensions.Add(message, numbers = []);
        numbers[extension.FieldNumber] = extension.File;
    }

    private void AddSymbol(IDescriptor symbol) => _symbols[symbol.FullName] = symbol.File;
}
