using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Registry.Cli.CommandLine;

/// <summary>The usual help, followed by what it has no place for: notes on a command, and the exit codes.</summary>
internal sealed class HelpNotes : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string> Notes = new()
    {
        ["apply"] =
            """
            Held: the leases are kept until SIGINT or SIGTERM; then everything is
            deregistered. While the server is away it keeps trying. Another apply of the
            same instances takes them over: this one says so and holds what is left.
            With --once: + added, ~ changed, - removed. What is registered hangs on no
            lease, so nothing but apply --once --prune or deregister removes it.
            """,
        ["register"] =
            """
            Held until SIGINT or SIGTERM, like apply. With --once it exits, and the
            instance stays until deregister removes it.
            """,
        ["watch"] =
            """
            On a terminal: a table per name, drawn anew at each change. Else, with --lines:
            lines: time, revision, mark, name, instance, endpoints, state. Marks: = there
            at the start, + added, - removed, ~ changed, ! unknown, no instance, or
            available again. With --output json one object per line. While the server is
            away it keeps trying and says so on standard error; it ends with 4 if there is
            no first answer in time.
            """,
        ["save"] =
            """
            The server goes on: nobody waits for a backup. The file is called FILE.partial
            until it is whole, durable and read back. It holds the ids of leases: who has
            it can renew them. --timeout is for each piece.
            """,
        ["restore"] =
            """
            Start a server with --storage disk --data DIRECTORY then. It begins a new epoch:
            watches that were at the backup's revision go on, others get everything anew.
            Leases get their time as after any restart. Interrupted, the directory is not
            used by any server, and the same command makes it anew.
            """,
        ["inspect"] =
            """
            All of it is read and checked, as by verify. A directory that a server works on
            is refused: ask that server, with registry snapshot save.
            """,
        ["revoke"] =
            """
            A process that lives notices, takes a new lease and registers again; end it, or
            deregister its instances, if they are to stay away.
            """,
    };

    private readonly CommandLineAction _usual;

    private HelpNotes(CommandLineAction usual)
    {
        _usual = usual;
    }

    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpNotes(help.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var result = ((SynchronousCommandLineAction)_usual).Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (Notes.TryGetValue(parseResult.CommandResult.Command.Name, out var note))
        {
            output.WriteLine(note);
            output.WriteLine();
        }

        output.WriteLine(ExitCode.Help);
        return result;
    }
}
