namespace Registry.Cli.Manifest;

/// <summary>A manifest in a file, or on standard input.</summary>
internal static class ManifestFile
{
    /// <summary>What stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <exception cref="ManifestException">It can't be read, or is no manifest.</exception>
    public static async Task<ManifestDocument> ReadAsync(string file, Stream input, CancellationToken cancellationToken)
    {
        try
        {
            if (file == StandardInput)
            {
                using var text = new MemoryStream();
                await input.CopyToAsync(text, cancellationToken);
                return ManifestReader.Read("stdin", text.ToArray());
            }

            return ManifestReader.Read(file, await File.ReadAllBytesAsync(file, cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException($"{file}: {exception.Message}");
        }
    }
}
