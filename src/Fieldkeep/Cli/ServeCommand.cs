using System.CommandLine;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Server;
using Fieldkeep.Serving;
using Fieldkeep.Tls;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep serve</c>: runs the server and its PostgreSQL until told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "serve",
            "Run the server and its PostgreSQL. Prints one line “ready https://localhost:PORT” on stdout when it serves, and “sealed https://localhost:PORT” "
            + "while it waits for its root key: see “fieldkeep unseal”.");
        HelpWithExitCodes.Note(
            command,
            ExitCodes.PortTaken, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable,
            ExitCodes.FolderClosed, ExitCodes.CertificateUnusable, ExitCodes.Refused, ExitCodes.BackupWrongFolder, ExitCodes.BackupDamaged, ExitCodes.ServedElsewhere,
            ExitCodes.KeyUnusable, ExitCodes.ToolFailed, ExitCodes.OtherVersion, ExitCodes.MigrationFailed);
        foreach (var option in ServeOptions.All)
        {
            command.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    // Whoever starts it anew would have it go on by what one of the others wrote, before anybody decided which is right: services do not, with this code.
    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(parsed, cancellationToken);
        }
        catch (VaultException forked) when (forked.Reason == VaultFailure.KeyringForked)
        {
            throw new CommandException(ExitCodes.Refused, forked.Message, "docs/operations/failover.md says what to do about a keyring that went two ways");
        }
    }

    private static async Task<int> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        ServeOptions.Require(parsed);
        var pgBackRest = await BackupWith.FindAsync(parsed, cancellationToken);
        var listen = ServeOptions.ListenOf(parsed);
        listen.RequireFree();
        using var held = DataLock.Take(Settings.DataDirectoryOf(parsed));
        SharedHome.Enter(held.Folders, ServeOptions.SharedOf(parsed), ServeOptions.RootKeyOf(parsed));
        await BackupHome.ClearAsync(held.Folders.Root);
        var (certificates, fingerprint) = ServeOptions.OpenCertificate(parsed, held.Folders.Root, clock);
        // Keys first: a database without its keys must not be given new ones.
        var keys = new OpenKeys(held.Folders, ServeOptions.RootKeyOf(parsed), clock);
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
            var end = await ServeAsync(new Serving(parsed, held, keyring, listen, certificates, fingerprint, control, by, pgBackRest), cancellationToken);
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
        var (parsed, held, keyring, listen, certificates, fingerprint, control, by, pgBackRest) = serving;
        var clock = TimeProvider.System;
        var journal = ServeOptions.JournalOf(parsed, held.Folders.Root);
        await using var database = await UpgradeHome.OpenAsync(
            held, Settings.TextOf(parsed, Settings.Database), ServeOptions.WithoutSnapshot(parsed), keyring, clock, cancellationToken);
        await using var backup = await BackupHome.OpenAsync(database, held.Folders.Root, ServeOptions.BackupOf(parsed) with { PgBackRest = pgBackRest }, keyring, clock, cancellationToken);
        var settings = ServeOptions.SettingsOf(parsed, held.Folders.Root, journal, database.ConnectionString, keyring, clock) with
        {
            CertificateEnds = () => new DateTimeOffset(certificates.Current.TargetCertificate.NotAfter),
            Backup = backup.Follow,
            Aside = AsideHome.Of(backup.Follow, held.Folders.Root, keyring, clock),
            OwnsDatabase = database.Cluster is not null,
        };
        using var telemetry = Telemetry.Start(ServeOptions.CollectorOf(parsed), keyring);
        await using var app = ServerHost.Build(settings, listen, certificates, telemetry);
        await app.TakeDatabaseAsync(settings.OwnsDatabase, cancellationToken);
        foreach (var migration in await app.MigrateAsync(cancellationToken))
        {
            Terminal.Tell($"database: applied {migration}");
        }

        UpgradeHome.NoteMigrated(held.Folders.Root, FieldkeepServer.LastMigration, clock);
        await app.EnterAsync(cancellationToken);
        await app.DrainAgainAsync(cancellationToken);
        var isFirstRun = await app.IsSetupNeededAsync(cancellationToken);
        var port = await ServerHost.ListenAsync(app, listen, cancellationToken);
        if (isFirstRun)
        {
            Terminal.Tell($"first run: open https://localhost:{port}/ and answer the questions");
            Terminal.Tell($"from another machine it asks for this set-up code: {settings.SetupCode}");
        }

        var answers = new AnswerWhileOpen(app.Services);
        if (by is not null)
        {
            await answers.NoteUnsealAsync(by, cancellationToken);
        }

        using var sealing = new CancellationTokenSource();
        if (control is not null)
        {
            control.Answer = (request, token) => answers.RunAsync(request, sealing, token);
        }

        backup.Start();
        Say(parsed, "ready", port, fingerprint);

        // A part of the server that dies stops the host: then the process ends too, and is started anew by whoever watches it.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping, sealing.Token);
        var beside = Task.WhenAll(
            LeftRecovery.ClearAsync(held.Folders.Root, app.Services, ending.Token),
            UpgradeHome.WatchAsync(held.Folders.Root, database.ConnectionString, keyring, clock, ending.Token));
        await UntilCancelledAsync(ending.Token);

        // Whoever seals in a hurry must not wait for it.
        await Task.WhenAny(beside, Task.Delay(LeftRecovery.Patience, clock, CancellationToken.None));
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

        if (!sealing.IsCancellationRequested)
        {
            // Whoever seals waits for no collector.
            telemetry?.Flush();
        }

        if (!cancellationToken.IsCancellationRequested && !sealing.IsCancellationRequested)
        {
            keyring.RequireOneWay();
        }

        return cancellationToken.IsCancellationRequested ? (ExitCodes.Success, port) : sealing.IsCancellationRequested ? (null, port)
            : (app.HasLostDatabase() ? ExitCodes.ServedElsewhere : ExitCodes.Unexpected, port);
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
        string? By,
        PgBackRest? PgBackRest);
}
