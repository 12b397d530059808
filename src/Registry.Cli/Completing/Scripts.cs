namespace Registry.Cli.Completing;

/// <summary>What the shells load.</summary>
internal static class Scripts
{
    // The program's own name is taken off the line, and off the position in it. The library also offers words that only contain what
    // is typed; zsh and fish drop those, bash has to be told.
    private const string Bash =
        """
        # Completes registry in bash.
        _registry_complete() {
            local line=${COMP_LINE#* } before=${COMP_LINE%% *}
            local at=$(( COMP_POINT - ${#before} - 1 ))
            local IFS=$'\n'
            COMPREPLY=( $(compgen -W "$(registry "[suggest:$at]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -F _registry_complete registry
        """;

    private const string Zsh =
        """
        #compdef registry
        # Completes registry in zsh.
        _registry() {
            local line="${BUFFER#* }" before="${BUFFER%% *}"
            local at=$(( CURSOR - ${#before} - 1 ))
            local -a words_found
            words_found=( ${(f)"$(registry "[suggest:$at]" "$line" 2>/dev/null)"} )
            compadd -a words_found
        }
        compdef _registry registry
        """;

    private const string Fish =
        """
        # Completes registry in fish.
        function __registry_complete
            set -l line (commandline -cp)
            set -l rest (string replace -r '^\S+ ?' '' -- $line)
            registry "[suggest:"(string length -- $rest)"]" "$rest" 2>/dev/null
        end
        complete -c registry -f -a '(__registry_complete)'
        """;

    /// <summary>Of each shell the script, and how to load it.</summary>
    public static IReadOnlyList<(string Shell, string Script, string Hint)> All { get; } =
    [
        ("bash", Bash, "eval \"$(registry completion bash)\" in ~/.bashrc."),
        ("zsh", Zsh, "eval \"$(registry completion zsh)\" in ~/.zshrc, after compinit."),
        ("fish", Fish, "registry completion fish > ~/.config/fish/completions/registry.fish"),
    ];
}
