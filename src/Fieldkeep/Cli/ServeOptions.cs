using System.CommandLine;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Server;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Serving;
using Fieldkeep.Tls;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Cli;

/// <summary>Declares what <c>fieldkeep serve</c> may be told, and reads it.</summary>
internal static class ServeOptions
{
    private static readonly Option<string?> Port = new("--port")
    {
        Description = $"The HTTPS port; 0 takes any free one. FIELDKEEP_PORT. Default: {Settings.DefaultPort}",
        HelpName = "N",
    };

    private static readonly Option<string?> Bind = new("--bind")
    {
        Description = "Who may connect: localhost, * for every network, or an address of this machine. FIELDKEEP_BIND. Default: localhost",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string?> Host = new("--host")
    {
        Description = "Names and addresses phones and browsers use for this server, separated by commas, for its certificate. FIELDKEEP_HOST",
        HelpName = "NAMES",
    };

    private static readonly Option<string?> Certificate = new("--certificate")
    {
        Description = "A certificate of your own, PEM with chain or PFX (its password in the file named by "
            + "FIELDKEEP_CERTIFICATE_PASSWORD_FILE). FIELDKEEP_CERTIFICATE. Default: one signed by a local authority in DATA/tls",
        HelpName = "FILE",
    };

    private static readonly Option<string?> CertificateKey = new("--certificate-key")
    {
        Description = "The key of a PEM certificate, when it is in a file of its own. FIELDKEEP_CERTIFICATE_KEY",
        HelpName = "FILE",
    };

    private static readonly Option<string?> TrustedProxies = new("--trusted-proxies")
    {
        Description = "Addresses and networks of the proxies in front of this server, separated by commas: only they are believed "
            + "about who calls (X-Forwarded-For, -Proto, -Host). FIELDKEEP_TRUSTED_PROXIES. Default: none",
        HelpName = "NETWORKS",
    };

    private static readonly Option<string?> AddressDays = new("--address-days")
    {
        Description = "Days that the access log keeps network addresses before a pseudonym takes their place. "
            + "FIELDKEEP_ADDRESS_DAYS. Default: 30",
        HelpName = "N",
    };

    private static readonly Option<string?> PseudonymDays = new("--pseudonym-days")
    {
        Description = "Days until the pseudonyms of network addresses go, too. FIELDKEEP_PSEUDONYM_DAYS. Default: 365",
        HelpName = "N",
    };

    private static readonly Option<string?> RemovalDays = new("--removal-grace-days")
    {
        Description = "Days that the removal of an account can be cancelled, 0 to 180. FIELDKEEP_REMOVAL_GRACE_DAYS. Default: 14",
        HelpName = "N",
    };

    private static readonly Option<string?> ConfidentialReads = new("--confidential-reads")
    {
        Description = "Of how many submissions somebody may be shown confidential answers of a form within an hour before its administrators get a letter, 1 to 1000000. "
            + "FIELDKEEP_CONFIDENTIAL_READS. Default: 200",
        HelpName = "N",
    };

    private static readonly Option<string?> GraceDays = new("--second-factor-grace-days")
    {
        Description = "Days that an administrator, and whoever else must have a second factor, may go on without one. "
            + "FIELDKEEP_SECOND_FACTOR_GRACE_DAYS. Default: 7",
        HelpName = "N",
    };

    private static readonly Option<string?> AdministratorsSeeAddresses = new("--administrators-see-addresses")
    {
        Description = "yes shows administrators the network addresses in others' access logs. "
            + "FIELDKEEP_ADMINISTRATORS_SEE_ADDRESSES. Default: no",
        HelpName = "YES",
    };

    private static readonly Option<string?> PrivateWebhooks = new("--private-webhooks")
    {
        Description = "yes lets webhooks lead to this machine and to private networks; whoever may set one reaches those through it then. "
            + "FIELDKEEP_PRIVATE_WEBHOOKS. Default: no",
        HelpName = "YES",
    };

    private static readonly Option<string?> Journal = new("--journal")
    {
        Description = "Folder of the intake journal, best on another disk than the database: what phones sent is kept there until the database has it, and seven days longer. "
            + "FIELDKEEP_JOURNAL. Default: DATA/journal",
        HelpName = "DIR",
    };

    private static readonly Option<bool> LeaveOldJournal = new("--leave-old-journal")
    {
        Description = "Begin a journal though the one used before is gone, or in another folder and holds submissions that the database lacks: they stay there",
    };

    private static readonly Option<string?> Collector = new("--telemetry")
    {
        Description = "A collector of OpenTelemetry, such as http://localhost:4318, that measurements, traces and logs are sent to: never a name, an address or an answer. "
            + "FIELDKEEP_TELEMETRY. Default: none",
        HelpName = "URL",
    };

    private static readonly Option<string?> RootKey = new("--root-key")
    {
        Description = "Who is to hold the root key of a new installation: file, env:NAME, mount:PATH, passphrase, aws-kms:ARN or vault:URL. An older one "
            + "is moved with “keys move”, and passes this over. FIELDKEEP_ROOT_KEY. Default: file",
        HelpName = "PROVIDER",
    };

    internal static readonly Option<string?> Backup = new("--backup")
    {
        Description = "Where every change is kept once more as it is made, and a base backup each day: a directory, best on another disk or mounted from elsewhere; "
            + "“none” keeps nothing. FIELDKEEP_BACKUP. Default: DATA/backups, which is lost with the disk of the data",
        HelpName = "DIR|none",
    };

    private static readonly Option<string?> BackupDays = new("--backup-days")
    {
        Description = "Days that base backups are kept, with the changes after them: all of the last week, then one a week; two stay in any case. "
            + "FIELDKEEP_BACKUP_DAYS. Default: 30",
        HelpName = "N",
    };

    private static readonly Option<string?> BackupWait = new("--backup-wait")
    {
        Description = "no acknowledges changes before a backup directory on another disk has them; one on the disk of the data is never waited for. "
            + "FIELDKEEP_BACKUP_WAIT. Default: yes",
        HelpName = "NO",
    };

    internal static readonly Option<string?> BackupStore = new("--backup-store")
    {
        Description = "An S3-compatible object store that everything in the backup directory is carried to as it comes, and that nothing is deleted or overwritten in: "
            + "s3://BUCKET/PREFIX. FIELDKEEP_BACKUP_STORE. Default: none",
        HelpName = "ADDRESS",
    };

    private static readonly Option<bool> NoSnapshot = new("--no-snapshot")
    {
        Description = "Upgrade a database of an earlier version without a snapshot of it, because you have one of your own: “fieldkeep rollback” goes back to none then",
    };

    private static readonly Option<string?> Shared = new("--shared")
    {
        Description = "A folder that several servers on one --database have in common, on a file system that all of them reach: their keys and files. Each has a --data of its "
            + "own, and a --certificate that clients know. FIELDKEEP_SHARED. Default: none, and one server serves the database",
        HelpName = "DIR",
    };

    private static readonly Option<string?> RehearseDays = new("--rehearse-days")
    {
        Description = "Days after which the server tries out a restore beside its data, verifies it and removes it; 0 for never by itself. "
            + "FIELDKEEP_REHEARSE_DAYS. Default: 7",
        HelpName = "N",
    };

    /// <summary>All of them, as <c>--help</c> lists them.</summary>
    public static IEnumerable<Option> All =>
    [
        Settings.Data, Port, Bind, Host, Certificate, CertificateKey, TrustedProxies, AddressDays, PseudonymDays,
        AdministratorsSeeAddresses, GraceDays, RemovalDays, ConfidentialReads, Settings.OldKeyDays, PrivateWebhooks, Collector, Journal, LeaveOldJournal, RootKey,
        Backup, BackupDays, BackupWait, BackupWith.Option, BackupStore, Settings.StoreEndpoint, Settings.StoreRegion, Settings.StoreCredentials, RehearseDays, NoSnapshot, Settings.Database, Shared,
        Settings.Json, .. MailOptions.All, .. ProviderOptions.All,
    ];

    /// <summary>Reads what can be wrong in itself, before anything is made: a wrong setting is told at once.</summary>
    /// <exception cref="CommandException">A setting is unusable.</exception>
    public static void Require(ParseResult parsed)
    {
        _ = (MailOptions.AddressOf(parsed), MailOptions.Of(parsed), ProviderOptions.Of(parsed), CollectorOf(parsed), BackupWith.IsDriven(parsed), StoreOf(parsed));
        if (SharedOf(parsed) is not { } shared)
        {
            return;
        }

        if (Settings.TextOf(parsed, Settings.Database) is null)
        {
            throw new CommandException(ExitCodes.Usage, "--shared is for several servers on one database, and a private one is this server's", "give the --database that all of them use");
        }

        if (Settings.TextOf(parsed, Certificate) is null)
        {
            throw new CommandException(
                ExitCodes.Usage, "--shared needs a --certificate: of several servers each would have an authority of its own, and phones trust one", "give one that clients know");
        }

        if (IsWithin(shared, Settings.DataDirectoryOf(parsed)) || IsWithin(Settings.DataDirectoryOf(parsed), shared))
        {
            throw new CommandException(ExitCodes.Usage, "--shared and --data lie in each other", "give each server a --data of its own, outside of the folder that they share");
        }
    }

    /// <summary>The folder that several servers have in common, absolute; null for a server that is alone.</summary>
    public static string? SharedOf(ParseResult parsed) =>
        Settings.TextOf(parsed, Shared) is { } folder ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) : null;

    /// <summary>Where the server listens.</summary>
    public static ListenAddresses ListenOf(ParseResult parsed) =>
        new(Settings.TextOf(parsed, Bind) ?? "localhost", Settings.PortOf(parsed, Port) ?? Settings.DefaultPort);

    /// <summary>The collector of measurements; null for none.</summary>
    public static Uri? CollectorOf(ParseResult parsed) => Telemetry.AddressOf(Settings.TextOf(parsed, Collector));

    /// <summary>Who is to hold the root key of a new installation; null for a file.</summary>
    public static string? RootKeyOf(ParseResult parsed) => Settings.TextOf(parsed, RootKey);

    /// <summary>The folder of the intake journal.</summary>
    public static string JournalOf(ParseResult parsed, string dataDirectory) => JournalPlace.Choose(
        dataDirectory, Settings.TextOf(parsed, Journal) is { } folder ? Path.GetFullPath(folder) : null, parsed.GetValue(LeaveOldJournal));

    /// <summary>Whether a database of an earlier version is upgraded without a snapshot.</summary>
    public static bool WithoutSnapshot(ParseResult parsed) => parsed.GetValue(NoSnapshot);

    /// <summary>What is to be backed up, and where.</summary>
    public static BackupWish BackupOf(ParseResult parsed) => new(
        Settings.TextOf(parsed, Backup), Settings.NumberOf(parsed, BackupDays, 1, 3660) ?? 30, Settings.TextOf(parsed, BackupWait) != "no",
        Settings.NumberOf(parsed, RehearseDays, 0, 366) ?? 7,
        StoreOf(parsed));

    /// <summary>The object store that it is carried to; null for none.</summary>
    private static ObjectStoreOptions? StoreOf(ParseResult parsed) =>
        Settings.TextOf(parsed, BackupStore) is { } address ? Settings.StoreOf(parsed, address) : null;

    /// <summary>The server's certificate, and the fingerprint of its authority where that is its own.</summary>
    public static (ICertificateSource Source, string? Fingerprint) OpenCertificate(ParseResult parsed, string dataDirectory, TimeProvider clock)
    {
        if (Settings.TextOf(parsed, Certificate) is { } file)
        {
            return (CertificateFile.Open(file, Settings.TextOf(parsed, CertificateKey), clock), null);
        }

        var names = (Settings.TextOf(parsed, Host) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var authority = LocalAuthority.Open(Path.Combine(dataDirectory, "tls"), names, clock);
        Terminal.Tell($"certificate authority of this server: {authority.AuthorityFile}");
        Terminal.Tell($"its SHA-256 fingerprint: {authority.Fingerprint}");
        return (authority, authority.Fingerprint);
    }

    private static bool IsWithin(string folder, string other) =>
        (folder + "/").StartsWith(Path.TrimEndingDirectorySeparator(other) + "/", StringComparison.Ordinal);

    /// <summary>The settings of a server as they were given.</summary>
    public static ServerSettings SettingsOf(ParseResult parsed, string dataDirectory, string journal, string connectionString, Keyring keyring, TimeProvider clock) => new()
    {
        DataDirectory = dataDirectory,
        JournalDirectory = journal,
        IsOneOfSeveral = SharedOf(parsed) is not null,
        SharedDirectory = SharedOf(parsed),
        ConnectionString = connectionString,
        Keyring = keyring,
        WebRoot = WebFolder.Find(),
        SetupCode = ServerSettings.SetupCodeOf(keyring),
        TrustedProxies = Settings.NetworksOf(parsed, TrustedProxies),
        AddressesFor = Settings.DaysOf(parsed, AddressDays) ?? TimeSpan.FromDays(30),
        PrivateWebhooks = Settings.TextOf(parsed, PrivateWebhooks) == "yes",
        AdministratorsSeeAddresses = Settings.TextOf(parsed, AdministratorsSeeAddresses) == "yes",
        PseudonymsFor = Settings.DaysOf(parsed, PseudonymDays) ?? TimeSpan.FromDays(365),
        SecondFactorGrace = Settings.DaysOf(parsed, GraceDays) ?? TimeSpan.FromDays(7),
        RemovalGrace = Settings.DaysOf(parsed, RemovalDays, 0, 180) ?? TimeSpan.FromDays(14),
        ConfidentialReadsAnHour = Settings.NumberOf(parsed, ConfidentialReads, 1, 1_000_000) ?? 200,
        OldKeysFor = Settings.OldKeysForOf(parsed),
        Clock = clock,
        PublicAddress = MailOptions.AddressOf(parsed),
        Mail = MailOptions.Of(parsed),
        ExternalProvider = ProviderOptions.Of(parsed),
    };
}
