using Google.Protobuf;
using Google.Protobuf.Reflection;
using Registry.Server.Reflection;
using Xunit;

namespace Registry.Server.Tests.Reflection;

/// <summary>The catalogue over files that have what ours lack: a diamond of imports, and extensions.</summary>
public sealed class ProtoCatalogTests
{
    private const FieldDescriptorProto.Types.Label Optional = FieldDescriptorProto.Types.Label.Optional;
    private const FieldDescriptorProto.Types.Type Int32 = FieldDescriptorProto.Types.Type.Int32;

    private static readonly ProtoCatalog Catalog = new([Diamond()]);

    [Fact]
    public void Imports_ComeTransitivelyEachOnceAndTheFileItselfFirst() =>
        Assert.Equal(["top.proto", "left.proto", "right.proto", "base.proto"], Names(Catalog.FileByName("top.proto")));

    [Theory]
    [InlineData("t.Base", "base.proto")]
    [InlineData("t.Base.field", "base.proto")]
    [InlineData("t.Base.choice", "base.proto")]
    [InlineData("t.Base.Nested", "base.proto")]
    [InlineData("t.Base.Nested.Kind", "base.proto")]
    [InlineData("t.Colour", "base.proto")]
    [InlineData("t.RED", "base.proto")]
    [InlineData("t.tag", "left.proto")]
    [InlineData("t.Holder.inner_tag", "right.proto")]
    [InlineData("t.Service", "top.proto")]
    [InlineData("t.Service.Call", "top.proto")]
    public void EverySymbol_LeadsToTheFileThatDeclaresIt(string symbol, string file) =>
        Assert.Equal(file, Names(Catalog.FileBySymbol(symbol))[0]);

    [Theory]
    [InlineData("t")]
    [InlineData("Base")]
    [InlineData(".t.Base")]
    [InlineData("t.base")]
    [InlineData("t.Base.")]
    [InlineData("")]
    public void OtherNames_LeadNowhere(string symbol) => Assert.Null(Catalog.FileBySymbol(symbol));

    [Fact]
    public void Extensions_AreFoundByMessageAndNumber()
    {
        Assert.Equal("left.proto", Names(Catalog.FileByExtension("t.Base", 100))[0]);
        Assert.Equal("right.proto", Names(Catalog.FileByExtension("t.Base", 101))[0]);
        Assert.Null(Catalog.FileByExtension("t.Base", 102));
        Assert.Null(Catalog.FileByExtension("t.Holder", 100));
        Assert.Equal([100, 101], Catalog.ExtensionNumbers("t.Base")!);
        Assert.Empty(Catalog.ExtensionNumbers("t.Holder")!);
        Assert.Null(Catalog.ExtensionNumbers("t.Nope"));
    }

    private static List<string> Names(IReadOnlyList<ByteString>? files)
    {
        Assert.NotNull(files);
        return [.. files.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name)];
    }

    private static FileDescriptor Diamond()
    {
        var bottom = new FileDescriptorProto
        {
            Name = "base.proto",
            Package = "t",
            Syntax = "proto2",
            MessageType =
            {
                new DescriptorProto
                {
                    Name = "Base",
                    Field = { new FieldDescriptorProto { Name = "field", Number = 1, Label = Optional, Type = Int32, OneofIndex = 0 } },
                    OneofDecl = { new OneofDescriptorProto { Name = "choice" } },
                    ExtensionRange = { new DescriptorProto.Types.ExtensionRange { Start = 100, End = 200 } },
                    NestedType =
                    {
                        new DescriptorProto
                        {
                            Name = "Nested",
                            EnumType = { Enum("Kind", "ONE") },
                        },
                    },
                },
            },
            EnumType = { Enum("Colour", "RED") },
        };
        var left = new FileDescriptorProto
        {
            Name = "left.proto",
            Package = "t",
            Syntax = "proto2",
            Dependency = { "base.proto" },
            Extension = { Extension("tag", 100) },
        };
        var right = new FileDescriptorProto
        {
            Name = "right.proto",
            Package = "t",
            Syntax = "proto2",
            Dependency = { "base.proto" },
            MessageType =
            {
                new DescriptorProto
                {
                    Name = "Holder",
                    Extension = { Extension("inner_tag", 101) },
                },
            },
        };
        var top = new FileDescriptorProto
        {
            Name = "top.proto",
            Package = "t",
            Syntax = "proto2",
            Dependency = { "left.proto", "right.proto" },
            MessageType = { new DescriptorProto { Name = "Top" } },
            Service =
            {
                new ServiceDescriptorProto
                {
                    Name = "Service",
                    Method = { new MethodDescriptorProto { Name = "Call", InputType = ".t.Top", OutputType = ".t.Top" } },
                },
            },
        };
        FileDescriptorProto[] files = [bottom, left, right, top];
        return FileDescriptor.BuildFromByteStrings(files.Select(file => file.ToByteString()))[^1];
    }

    private static EnumDescriptorProto Enum(string name, string value) =>
        new() { Name = name, Value = { new EnumValueDescriptorProto { Name = value, Number = 1 } } };

    private static FieldDescriptorProto Extension(string name, int number) =>
        new() { Name = name, Number = number, Label = Optional, Type = Int32, Extendee = ".t.Base" };
}
