using System.CommandLine;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Journal;
using Fieldkeep.Server;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Serving;
using Fieldkeep.Tls;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep serve</c>: runs the server and its PostgreSQL until told to stop.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan NoteOfSeal = TimeSpan.FromSeconds(3);

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

    private static readonly Option<string?> Backup = new("--backup")
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

    private static readonly Option<string?> RehearseDays = new("--rehearse-days")
    {
        Description = "Days after which the server tries out a restore beside its data, verifies it and removes it; 0 for never by itself. "
            + "FIELDKEEP_REHEARSE_DAYS. Default: 7",
        HelpName = "N",
    };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "serve",
            "Run the server and its PostgreSQL. Prints one line “ready https://localhost:PORT” on stdout when it serves, and “sealed https://localhost:PORT” "
            + "while it waits for its root key: see “fieldkeep unseal”.")
        {
            Settings.Data, Port, Bind, Host, Certificate, CertificateKey, TrustedProxies, AddressDays, PseudonymDays,
            AdministratorsSeeAddresses, GraceDays, RemovalDays, ConfidentialReads, Settings.OldKeyDays, PrivateWebhooks, Collector, Journal, LeaveOldJournal, RootKey,
            Backup, BackupDays, BackupWait, RehearseDays, Settings.Database, Settings.Json,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.PortTaken, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable,
            ExitCodes.FolderClosed, ExitCodes.CertificateUnusable, ExitCodes.KeyUnusable);
        foreach (var option in MailOptions.All.Concat(ProviderOptions.All))
        {
            command.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var listen = new ListenAddresses(
            Settings.TextOf(parsed, Bind) ?? "localhost", Settings.PortOf(parsed, Port) ?? Settings.DefaultPort);
        // Before anything is made: a wrong setting is told at once.
        _ = (MailOptions.AddressOf(parsed), MailOptions.Of(parsed), ProviderOptions.Of(parsed), Telemetry.AddressOf(Settings.TextOf(parsed, Collector)));
        listen.RequireFree();
        using var held = DataLock.Take(Settings.DataDirectoryOf(parsed));
        var (certificates, fingerprint) = OpenCertificate(parsed, held.Folders.Root, clock);
        // Keys first: a database without its keys must not be given new ones.
        var keys = new OpenKeys(held.Folders, Settings.TextOf(parsed, RootKey), clock);
        var (opened, why) = await keys.TryAsync(cancellationToken);
        await using var control = ControlSocket.Open(held.Folders);
        var (by, isSealedByHand) = ((string?)null, false);
        while (true)
        {
            if (opened is null)
            {
                Terminal.Tell($"the server is sealed: {why}");
                var sealedServer = new SealedServer(keys, control, certificates, clock);
                (opened, by) = await sealedServer.RunAsync(
                    listen,
                    !isSealedByHand,
                    port =>
                    {
                        listen = listen with { Port = port };
                        Say(parsed, "sealed", port, fingerprint);
                    },
                    cancellationToken);
            }

            using var keyring = opened;
            var end = await ServeAsync(new Serving(parsed, held, keyring, listen, certificates, fingerprint, control, by), cancellationToken);
            if (end.ExitCode is { } code)
            {
                return code;
            }

            (opened, by, isSealedByHand, why, listen) = (null, null, true, "somebody sealed it", listen with { Port = end.Port });
        }
    }

    // Until the server stops, which gives an exit code, or is sealed.
    private static async Task<(int? ExitCode, int Port)> ServeAsync(Serving serving, CancellationToken cancellationToken)
    {
        var (parsed, held, keyring, listen, certificates, fingerprint, control, by) = serving;
        var clock = TimeProvider.System;
        var (address, mail, provider) = (MailOptions.AddressOf(parsed), MailOptions.Of(parsed), ProviderOptions.Of(parsed));
        var journal = JournalPlace.Choose(
            held.Folders.Root, Settings.TextOf(parsed, Journal) is { } folder ? Path.GetFullPath(folder) : null, parsed.GetValue(LeaveOldJournal));
        await using var database = await DatabaseHome.OpenAsync(held, Settings.TextOf(parsed, Settings.Database), clock, cancellationToken);
        var kept = new BackupWish(
            Settings.TextOf(parsed, Backup), Settings.NumberOf(parsed, BackupDays, 1, 3660) ?? 30, Settings.TextOf(parsed, BackupWait) != "no",
            Settings.NumberOf(parsed, RehearseDays, 0, 366) ?? 7);
        await using var backup = await BackupHome.OpenAsync(database, held.Folders.Root, kept, keyring, clock, cancellationToken);
        var settings = new ServerSettings
        {
            DataDirectory = held.Folders.Root,
            JournalDirectory = journal,
            ConnectionString = database.ConnectionString,
            Keyring = keyring,
            WebRoot = WebFolder.Find(),
            SetupCode = ServerSettings.CreateSetupCode(),
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
            PublicAddress = address,
            Mail = mail,
            ExternalProvider = provider,
            CertificateEnds = () => new DateTimeOffset(certificates.Current.TargetCertificate.NotAfter),
            Backup = backup.Follow,
            OwnsDatabase = database.Cluster is not null,
        };
        using var telemetry = Telemetry.Start(Telemetry.AddressOf(Settings.TextOf(parsed, Collector)), keyring);
        await using var app = ServerHost.Build(settings, listen, certificates, telemetry);
        foreach (var migration in await app.MigrateAsync(cancellationToken))
        {
            Terminal.Tell($"database: applied {migration}");
        }

        var isFirstRun = await app.IsSetupNeededAsync(cancellationToken);
        var port = await ServerHost.ListenAsync(app, listen, cancellationToken);
        if (isFirstRun)
        {
            Terminal.Tell($"first run: open https://localhost:{port}/ and answer the questions");
            Terminal.Tell($"from another machine it asks for this set-up code: {settings.SetupCode}");
        }

        var noteSeal = app.Services.GetRequiredService<NoteSeal>();
        var operatorAtMachine = Actor.System(Door.CommandLine);
        if (by is not null)
        {
            await noteSeal.RunAsync(operatorAtMachine, isSealed: false, by, cancellationToken);
        }

        using var sealing = new CancellationTokenSource();
        if (control is not null)
        {
            control.Answer = async (request, token) =>
            {
                if (request.Do is "journal" or "journal-retry")
                {
                    // A disk that hangs must not keep others from asking, least of all whoever seals.
                    var journal = app.Services.GetRequiredService<SetAside>();
                    return await Task.Run(() => AnswerOfJournalAsync(journal, request, token), token).WaitAsync(token);
                }

                if (request.Do != "seal")
                {
                    return new ControlAnswer(request.Do == "state", "open", "the server is open");
                }

                // Whoever seals in a hurry must not wait for a database, whatever ails it.
                using var brief = CancellationTokenSource.CreateLinkedTokenSource(token);
                brief.CancelAfter(NoteOfSeal);
                try
                {
                    // A commit that was sent is not called off: it is left to itself.
                    await noteSeal.RunAsync(operatorAtMachine, isSealed: true, null, brief.Token).WaitAsync(brief.Token);
                }
#pragma warning disable CA1031 // Whatever it is: the keys must go.
                catch (Exception problem)
#pragma warning restore CA1031
                {
                    Terminal.Tell($"the server is sealed without a note in the ledger: it could not be written ({problem.GetType().Name})");
                }
                finally
                {
                    await sealing.CancelAsync();
                }

                return new ControlAnswer(true, "sealed", "the server drops its keys");
            };
        }

        backup.Start();
        Say(parsed, "ready", port, fingerprint);

        // A part of the server that dies stops the host: then the process ends too, and is started anew by whoever watches it.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping, sealing.Token);
        await UntilCancelledAsync(ending.Token);
        if (control is not null)
        {
            control.Answer = ControlSocket.AnswerBusy;
        }

        Terminal.Tell(sealing.IsCancellationRequested ? "sealing" : "stopping");
        // The stop signal has come already: stopping in order must not be cut short by it.
        try
        {
            await app.StopAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // Whatever did not stop in time: who sealed was told that the keys go, and a process that ends with an error is started anew, open.
        catch (Exception problem) when (sealing.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Terminal.Tell($"not everything stopped in order before the keys went ({problem.GetType().Name})");
        }

        return cancellationToken.IsCancellationRequested ? (ExitCodes.Success, port) : sealing.IsCancellationRequested ? (null, port) : (ExitCodes.Unexpected, port);
    }

    private static async Task<ControlAnswer> AnswerOfJournalAsync(SetAside journal, ControlRequest request, CancellationToken cancellationToken)
    {
        if (request.Do == "journal")
        {
            return new ControlAnswer(true, "open", await journal.TellAsync(cancellationToken));
        }

        try
        {
            var given = await journal.GiveBackAsync(request.Record, cancellationToken);
            return given > 0
                ? new ControlAnswer(true, "open", $"{given} given back; they are tried now, and “fieldkeep journal” says what became of them")
                : new ControlAnswer(false, "open", request.Record is { } name ? $"nothing is set aside under “{name}”" : "nothing is set aside");
        }
        catch (JournalException problem)
        {
            return new ControlAnswer(false, "open", problem.Message);
        }
    }

    private static void Say(ParseResult parsed, string state, int port, string? fingerprint)
    {
        var url = $"https://localhost:{port}";
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new Dictionary<string, string?>(StringComparer.Ordinal) { [state] = url, ["authorityFingerprint"] = fingerprint });
        }
        else
        {
            Terminal.Print($"{state} {url}");
        }
    }

    private static (ICertificateSource Source, string? Fingerprint) OpenCertificate(ParseResult parsed, string dataDirectory, TimeProvider clock)
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

    private static async Task UntilCancelledAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }

    // What one time of being open needs; By tells with what somebody unsealed it.
    private sealed record Serving(
        ParseResult Parsed,
        DataLock Held,
        Keyring Keyring,
        ListenAddresses Listen,
        ICertificateSource Certificates,
        string? Fingerprint,
        ControlSocket? Control,
        string? By);
}
