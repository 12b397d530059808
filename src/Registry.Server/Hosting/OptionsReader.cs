using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Registry.Server.Hosting;

/// <summary>
/// Turns configuration into <see cref="ServerOptions"/>, or into sentences about what is wrong with it. The framework's
/// binder alone passes over a mistyped key and speaks of CLR types when a value does not fit; so each key is looked up and
/// each value tried first, and the binder meets only what it can bind.
/// </summary>
internal static class OptionsReader
{
    /// <summary>
    /// Reads the options and checks each by itself. Throws <see cref="InvalidSettingsException"/>, which names every fault.
    /// </summary>
    public static ServerOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(ServerOptions.Section);
        var faults = new List<string>();
        CheckKeys(section, typeof(ServerOptions), faults);
        if (faults.Count == 0)
        {
            var options = section.Get<ServerOptions>() ?? new();
            CheckRanges(options, ServerOptions.Section, faults);
            if (faults.Count == 0)
            {
                if (options.Storage.Directory.Length > 0)
                    options.Storage.Directory = Path.GetFullPath(options.Storage.Directory);
                return options;
            }
        }

        throw new InvalidSettingsException(string.Join("; ", faults));
    }

    private static void CheckKeys(IConfigurationSection section, Type type, List<string> faults)
    {
        foreach (var child in section.GetChildren())
        {
            var property = type.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is not { CanWrite: true })
            {
                var known = type.GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Order(StringComparer.Ordinal);
                faults.Add($"{OptionNames.Of(child.Path)}: there is no such option; {section.Path} has {string.Join(", ", known)}");
            }
            else if (!IsValue(property.PropertyType))
            {
                if (child.Value is { Length: > 0 })
                    faults.Add($"{OptionNames.Of(child.Path)}: this is a group of options, not a value");
                if (!typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
                    CheckKeys(child, property.PropertyType, faults);
            }
            else if (child.Value is null)
            {
                // An explicit null in a file stands for "as if not written"; children under a value never make sense.
                if (child.GetChildren().Any())
                    faults.Add($"{OptionNames.Of(child.Path)}: this is a value, not a group of options");
            }
            else if (FaultOf(child.Value, property.PropertyType) is { } fault)
            {
                faults.Add($"{OptionNames.Of(child.Path)}: {fault}");
            }
        }
    }

    private static bool IsValue(Type type) =>
        type == typeof(string) || TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    private static string? FaultOf(string value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            // Enum.Parse takes numbers too, which no document mentions.
            return Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase)
                ? null
                : $"'{value}' is not one of: {string.Join(", ", Enum.GetNames(type))}";
        }

        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return null;
        }
        catch (FormatException wrong) when (type == typeof(ListenAddress))
        {
            return wrong.Message;
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return $"'{value}' is not {Expected(type)}";
        }
    }

    private static string Expected(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number in range",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(TimeSpan) => "a duration, hours:minutes:seconds such as 00:00:25",
        _ => $"a {type.Name}",
    };

    private static void CheckRanges(object options, string path, List<string> faults)
    {
        foreach (var property in options.GetType().GetProperties().Where(p => p.CanWrite))
        {
            var value = property.GetValue(options);
            var name = $"{path}:{property.Name}";
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (!rule.IsValid(value))
                    faults.Add($"{OptionNames.Of(name)}: {Describe(rule, value)}");
            }

            if (value is not null && !IsValue(property.PropertyType) && value is not IEnumerable)
                CheckRanges(value, name, faults);
        }
    }

    private static string Describe(ValidationAttribute rule, object? value) => rule switch
    {
        RangeAttribute range => $"{value} is not from {range.Minimum} to {range.Maximum}",
        RequiredAttribute => "it must not be empty",
        _ => rule.FormatErrorMessage("it"),
    };
}
