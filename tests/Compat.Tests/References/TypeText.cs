namespace Registry.Compat.Tests.References;

/// <summary>A type in a signature: how it reads in full, and which type it is when its generic arguments are left off.</summary>
internal sealed record TypeText(string Text, string Definition)
{
    public TypeText(string text)
        : this(text, text)
    {
    }

    public override string ToString() => Text;
}
