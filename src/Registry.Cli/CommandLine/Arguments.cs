using System.CommandLine;

namespace Registry.Cli.CommandLine;

/// <summary>Arguments that refuse what looks like an option: a mistyped one would pass for a name or a file.</summary>
internal static class Arguments
{
    public static Argument<T> RefusingOptions<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value is ['-', _, ..])
                {
                    result.AddError($"unknown option {token.Value}");
                }
            }
        });
        return argument;
    }
}
