using Registry.LoadTests.CommandLine;
using Spectre.Console;

// A file or a pipe gets plain text.
if (Console.IsOutputRedirected)
    AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });

return await LoadCommandLine.RunAsync(args);
