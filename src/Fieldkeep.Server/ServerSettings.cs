using System.Buffers.Binary;
using System.Net;
using Fieldkeep.Backup;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Mail;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server;

/// <summary>What the server needs from the one who starts it.</summary>
public sealed record ServerSettings
{
    private const string CodeLetters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";

    /// <summary>The data directory; blobs lie in its folder <c>blobs</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>What other servers on the database call this one; null for the name in its data directory.</summary>
    public string? ServerName { get; init; }

    /// <summary>Whether other servers may serve on the same database.</summary>
    public bool IsOneOfSeveral { get; init; }

    /// <summary>The folder of keys and files that those servers share, which <c>keys</c> and <c>blobs</c> in the data directory lead to; null for a server that is alone.</summary>
    public string? SharedDirectory { get; init; }

    /// <summary>The folder of the intake journal, best on another filesystem than the database; null for where it was last, or <c>journal</c> in the data directory.</summary>
    public string? JournalDirectory { get; init; }

    /// <summary>The database, as an Npgsql connection string.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The opened keys. The server uses them; whoever opened them disposes them.</summary>
    public required Keyring Keyring { get; init; }

    /// <summary>The folder of the built web interface; null serves none.</summary>
    public string? WebRoot { get; init; }

    /// <summary>The code that first set-up asks of callers from other machines; null lets only this machine set up.</summary>
    public string? SetupCode { get; init; }

    /// <summary>Where people reach the server, such as <c>https://data.example.org</c>, for links in letters and codes; null to take where it listens.</summary>
    public Uri? PublicAddress { get; init; }

    /// <summary>How letters leave the server.</summary>
    public MailSettings Mail { get; init; } = new();

    /// <summary>The networks of the proxies in front of the server; only they are believed about a caller's address.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>How long older data keys of a project open after everything was sealed anew: as long as backups of before are to be good for.</summary>
    public TimeSpan OldKeysFor { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long the access log keeps network addresses before a pseudonym takes their place.</summary>
    public TimeSpan AddressesFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long the access log keeps pseudonyms of network addresses, and attempts at names that are nobody's.</summary>
    public TimeSpan PseudonymsFor { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Another provider that people may sign in with; null for none.</summary>
    public ExternalProviderSettings? ExternalProvider { get; init; }

    /// <summary>How long an administrator, and whoever else must have a second factor, may go on without one.</summary>
    public TimeSpan SecondFactorGrace { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long the removal of an account can be cancelled: 0 to 180 days.</summary>
    public TimeSpan RemovalGrace { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Of how many submissions somebody may be shown confidential answers of a form within an hour before its administrators are told.</summary>
    public int ConfidentialReadsAnHour { get; init; } = 200;

    /// <summary>Whether administrators see network addresses in the access logs of others; everyone sees their own.</summary>
    public bool AdministratorsSeeAddresses { get; init; }

    /// <summary>Whether webhooks may lead to this machine and to private networks.</summary>
    public bool PrivateWebhooks { get; init; }

    /// <summary>Tells when the certificate ends that the server shows; null when another program shows it.</summary>
    public Func<DateTimeOffset>? CertificateEnds { get; init; }

    /// <summary>The backup that runs beside the server; whoever started it ends it. Null when none runs.</summary>
    public FollowBackup? Backup { get; init; }

    /// <summary>Restores from that backup beside the living server, for a project that is recovered; null when none runs.</summary>
    public AsideRestores? Aside { get; init; }

    /// <summary>Whether the database is the server's own, in its data directory: only that is backed up by the server.</summary>
    public bool OwnsDatabase { get; init; }

    /// <summary>
    /// Gives the set-up code of an installation: 39 bits as eight letters and digits that cannot be mistaken for each other. Made of its keys, so that every server says
    /// the same, and after a new start as well.
    /// </summary>
    public static string SetupCodeOf(Keyring keyring)
    {
        var rest = BinaryPrimitives.ReadUInt64BigEndian(keyring.Pepper.Compute("setup.code", keyring.InstallationId.ToString()));
        var code = new char[8];
        for (var place = 0; place < code.Length; place++)
        {
            // Of 64 bits, the first 39 are as likely as any others to 2⁻²⁵.
            (rest, var letter) = Math.DivRem(rest, (ulong)CodeLetters.Length);
            code[place] = CodeLetters[(int)letter];
        }

        return new string(code).Insert(4, "-");
    }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
