using System.CommandLine;
using System.Globalization;
using System.Net;
using Fieldkeep.Backup;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Cli;

/// <summary>Declares the settings several commands share, and reads each from its flag, else from the environment.</summary>
internal static class Settings
{
    public const int DefaultPort = 8443;

    /// <summary>The folder of everything the server keeps.</summary>
    public static Option<string?> Data { get; } = new("--data")
    {
        Description = $"The data directory. FIELDKEEP_DATA. Default: {DefaultDataDirectory}",
        HelpName = "DIR",
    };

    /// <summary>A PostgreSQL of one's own instead of the private cluster.</summary>
    public static Option<string?> Database { get; } = new("--database")
    {
        Description = "A connection string without a password, to use a PostgreSQL (15 or newer) of your own; "
            + "the password belongs in PGPASSFILE. FIELDKEEP_DATABASE. Default: a private PostgreSQL in the data directory",
        HelpName = "CONNECTION",
    };

    /// <summary>How long the older keys of a project open after it was sealed anew; whoever finishes that needs it, the server or a command.</summary>
    public static Option<string?> OldKeyDays { get; } = new("--old-key-days")
    {
        Description = "Days that a project's older data keys open after everything was sealed anew: as long as backups of before are to be good for. "
            + "FIELDKEEP_OLD_KEY_DAYS. Default: 90",
        HelpName = "N",
    };

    /// <summary>Where an object store answers that is not AWS's own.</summary>
    public static Option<string?> StoreEndpoint { get; } = new("--backup-store-endpoint")
    {
        Description = "Where the object store answers: https://HOST[:PORT]; http:// on this machine only. FIELDKEEP_BACKUP_STORE_ENDPOINT. Default: AWS in the region",
        HelpName = "URL",
    };

    /// <summary>The region of an object store.</summary>
    public static Option<string?> StoreRegion { get; } = new("--backup-store-region")
    {
        Description = $"The region of the object store. FIELDKEEP_BACKUP_STORE_REGION. Default: {ObjectStoreOptions.DefaultRegion}",
        HelpName = "REGION",
    };

    /// <summary>Who may write to or read from an object store.</summary>
    public static Option<string?> StoreCredentials { get; } = new("--backup-store-credentials")
    {
        Description = "A file with AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…, each on a line. FIELDKEEP_BACKUP_STORE_CREDENTIALS. Default: the variables of these names",
        HelpName = "FILE",
    };

    /// <summary>Asks for machine-readable output.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON" };

    private static string DefaultDataDirectory
    {
        get
        {
            if (Environment.IsPrivilegedProcess)
            {
                return "/var/lib/fieldkeep";
            }

            var share = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } given
                ? given
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
            return Path.Combine(share, "fieldkeep");
        }
    }

    /// <summary>The data directory of a command, absolute.</summary>
    public static string DataDirectoryOf(ParseResult parsed) => Path.GetFullPath(TextOf(parsed, Data) ?? DefaultDataDirectory);

    /// <summary>The text of a setting: its flag, else <c>FIELDKEEP_NAME</c>, else null.</summary>
    public static string? TextOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { Length: > 0 } given ? given : Variable(option);

    /// <summary>The TCP port of a setting: its flag, else its variable, else null.</summary>
    /// <exception cref="CommandException">It is no port number.</exception>
    public static int? PortOf(ParseResult parsed, Option<string?> option)
    {
        if (TextOf(parsed, option) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new CommandException(
                ExitCodes.Usage, $"“{text}” given for {option.Name} is no port", "give a number from 0 to 65535; 0 takes any free port");
    }

    /// <summary>The networks of a setting: addresses and networks separated by commas, from its flag, else its variable; else none.</summary>
    /// <exception cref="CommandException">One of them is neither.</exception>
    public static IReadOnlyList<IPNetwork> NetworksOf(ParseResult parsed, Option<string?> option) =>
    [
        .. (TextOf(parsed, option) ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => NetworkOf(text, option.Name)),
    ];

    /// <summary>The whole days of a setting: its flag, else its variable, else null.</summary>
    /// <exception cref="CommandException">It is no number from 1 to 3660.</exception>
    public static TimeSpan? DaysOf(ParseResult parsed, Option<string?> option, int fewest = 1, int most = 3660) =>
        NumberOf(parsed, option, fewest, most, "number of days") is { } days ? TimeSpan.FromDays(days) : null;

    /// <summary>The whole number of a setting: its flag, else its variable, else null.</summary>
    /// <exception cref="CommandException">It is none, or beyond the bounds.</exception>
    public static int? NumberOf(ParseResult parsed, Option<string?> option, int fewest, int most, string what = "whole number that fits")
    {
        if (TextOf(parsed, option) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= fewest && number <= most
            ? number
            : throw new CommandException(
                ExitCodes.Usage, $"“{text}” given for {option.Name} is no {what}", $"give a whole number from {fewest} to {most}");
    }

    /// <summary>An object store with its settings.</summary>
    /// <param name="address">Like <c>s3://BUCKET/PREFIX</c>.</param>
    /// <exception cref="BackupException">WrongFolder: one of the settings cannot be used.</exception>
    public static ObjectStoreOptions StoreOf(ParseResult parsed, string address) =>
        ObjectStoreOptions.Read(address, TextOf(parsed, StoreEndpoint), TextOf(parsed, StoreRegion), TextOf(parsed, StoreCredentials));

    /// <summary>How long older keys are to open: the setting, else ninety days.</summary>
    /// <exception cref="CommandException">It is no number of days.</exception>
    public static TimeSpan OldKeysForOf(ParseResult parsed) => DaysOf(parsed, OldKeyDays) ?? TimeSpan.FromDays(90);

    /// <summary>
    /// The root key file of a command that opens keys; null when its holder is to be asked. The same setting names the holder for <c>serve</c>: what
    /// names a provider is none of the command's business, what is a path is the file.
    /// </summary>
    public static string? RootKeyFileOf(ParseResult parsed, Option<string?> option) =>
        TextOf(parsed, option) is { } given && !RootKeyProviders.IsName(given) ? given : null;

    private static IPNetwork NetworkOf(string text, string option)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }

        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new CommandException(
                ExitCodes.Usage,
                $"“{text}” given for {option} is neither an address nor a network",
                "give addresses such as 10.0.0.5, or networks such as 10.0.0.0/24 whose last bits are zero, separated by commas");
    }

    private static string? Variable(Option option) =>
        Environment.GetEnvironmentVariable("FIELDKEEP_" + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant()) is { Length: > 0 } value
            ? value
            : null;
}
