using System.CommandLine;
using System.Globalization;
using Fieldkeep.Backup;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Objects;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>backup fetch</c> and <c>backup fetched</c>: a distant copy of a backup directory, which the server that writes it cannot reach.</summary>
internal static class FetchCommands
{
    private static readonly FetchOptions Defaults = new("", "");

    private static readonly Option<string> From = new("--from")
    {
        Description = "The backup directory that a server writes: mounted, or on this machine of another user; or the object store that it is carried to, s3://BUCKET/PREFIX. It is only read",
        HelpName = "SOURCE",
        Required = true,
    };

    private static readonly Option<string> To = new("--to")
    {
        Description = "The distant copy, which the user of the server must not be able to write to",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string> Copy = new("--from") { Description = "The distant copy", HelpName = "DIR", Required = true };

    private static readonly Option<bool> New = new("--new") { Description = "Begin a distant copy in DIR, once: without it, one that is not mounted is refused" };

    private static readonly Option<bool> Once = new("--once") { Description = "Look at SOURCE once and end; default: again and again" };

    private static readonly Option<int> Every = new("--every")
    {
        Description = "Seconds between looks",
        DefaultValueFactory = _ => (int)Defaults.LookEvery.TotalSeconds,
    };

    private static readonly Option<int> KeepDays = new("--keep-days")
    {
        Description = $"After so many days on which was fetched a base backup goes, counted from when it came; at least {FetchOptions.FewestKeepDays}, 0 to remove nothing",
        DefaultValueFactory = _ => Defaults.KeepDays,
    };

    private static readonly Option<string?> Until = new("--until")
    {
        Description = "Of an object store only what it got until then, by its own clock, such as 2026-11-22T10:00:00Z: before somebody took the server over",
        HelpName = "TIME",
    };

    private static readonly Option<bool> Accept = new("--accept") { Description = "You have looked at all that is listed: what is old goes again" };

    /// <summary>The commands, to stand below <c>backup</c>.</summary>
    public static IEnumerable<Command> Create()
    {
        Every.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 86_400)
            {
                result.AddError("--every takes 1 to 86400 seconds");
            }
        });
        Until.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && (text == "latest" || Instants.TryRead(text) is null))
            {
                result.AddError($"“{text}” is no instant: write it like {Instants.Example}");
            }
        });
        var fetch = new Command(
            "fetch",
            "Fetch what is new in a backup directory into a distant copy. Nothing there is overwritten or removed because of what happens at the source; "
            + "what somebody has to look at is told.")
        {
            From, To, New, Once, Every, KeepDays, Until, Settings.StoreEndpoint, Settings.StoreRegion, Settings.StoreCredentials, Settings.Json,
        };
        HelpWithExitCodes.Note(
            fetch, ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.BackupWrongFolder, ExitCodes.BackupDamaged, ExitCodes.KeyUnusable,
            ExitCodes.SourceSuspect);
        fetch.SetAction(FetchAsync);
        yield return fetch;
        var fetched = new Command("fetched", "Show how a distant copy stands, its base backups, and what somebody has to look at.") { Copy, Accept, Settings.Json };
        HelpWithExitCodes.Note(
            fetched, ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.BackupWrongFolder, ExitCodes.BackupDamaged, ExitCodes.SourceSuspect);
        fetched.SetAction(ShowAsync);
        yield return fetched;
    }

    // An object store is looked at once: it only ever has more, and whoever wants to follow it calls again.
    private static async Task<int> FetchStoreAsync(ParseResult parsed, string address, CancellationToken cancellationToken)
    {
        if (new Option[] { Every, KeepDays }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } unusable)
        {
            throw new CommandException(ExitCodes.Usage, $"{unusable.Name} is for a backup directory, not for an object store", "it is looked at once, and nothing of what came goes by itself");
        }

        var options = new StoreFetchOptions(Settings.StoreOf(parsed, address), parsed.GetRequiredValue(To))
        {
            IsNew = parsed.GetValue(New),
            Until = parsed.GetValue(Until) is { } text ? Instants.TryRead(text) : null,
        };
        return Answer(parsed, await new FetchStore(options, new StderrProgress(), TimeProvider.System).RunAsync(cancellationToken));
    }

    private static async Task<int> FetchAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetRequiredValue(From) is var from && ObjectStoreOptions.IsAddress(from))
        {
            return await FetchStoreAsync(parsed, from, cancellationToken);
        }

        if (parsed.GetValue(Until) is not null)
        {
            throw new CommandException(ExitCodes.Usage, "--until is for an object store, not for a backup directory", "restore to an instant with “fieldkeep restore --to”");
        }

        var options = new FetchOptions(parsed.GetRequiredValue(From), parsed.GetRequiredValue(To))
        {
            IsNew = parsed.GetValue(New),
            KeepDays = parsed.GetValue(KeepDays),
            LookEvery = TimeSpan.FromSeconds(parsed.GetValue(Every)),
        };
        var fetch = new FetchBackup(options, new StderrProgress(), TimeProvider.System);
        if (!parsed.GetValue(Once))
        {
            await fetch.RunAsync(
                report =>
                {
                    if (report.HasNews)
                    {
                        Print(parsed, report);
                    }
                },
                cancellationToken);
        }

        return Answer(parsed, await fetch.RunOnceAsync(cancellationToken));
    }

    private static int Answer(ParseResult parsed, FetchReport report)
    {
        Print(parsed, report);
        return report.Alarms.Count + report.MoreAlarms > 0 ? ExitCodes.SourceSuspect : report.Troubles.Count > 0 ? ExitCodes.FileTrouble : ExitCodes.Success;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var directory = parsed.GetRequiredValue(Copy);
        if (parsed.GetValue(Accept))
        {
            // Some may have come after they were listed.
            var (alarms, more) = await FetchBackup.AcceptAsync(directory, TimeProvider.System, cancellationToken);
            foreach (var alarm in alarms)
            {
                Terminal.Tell($"accepted: {alarm.Path}: {alarm.Words} (seen {At(alarm.At)})");
            }

            Terminal.Tell(string.Create(CultureInfo.InvariantCulture, $"{alarms.Count + more} were waiting to be looked at"));
        }

        var notes = FetchBackup.Describe(directory);
        var stale = notes.FindStale(TimeProvider.System.GetUtcNow());
        var backups = Directory.Exists(Path.Combine(directory, "backups")) ? ListBackups.Run(directory) : [];
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new
            {
                notes.Source,
                notes.Installation,
                notes.Day,
                notes.LookedAt,
                notes.WholeAt,
                notes.NewAt,
                notes.Troubles,
                Stale = stale,
                notes.Refused,
                Alarms = notes.Alarms.Where(alarm => !alarm.IsAccepted),
                notes.MoreAlarms,
                HeldKeyrings = notes.HeldKeyrings.Keys.Order(StringComparer.Ordinal),
                Backups = backups,
            });
        }
        else
        {
            Show(notes, stale, backups);
        }

        return notes.HasAlarm ? ExitCodes.SourceSuspect : notes.Troubles.Count + stale.Count > 0 ? ExitCodes.FileTrouble : ExitCodes.Success;
    }

    private static void Show(FetchNotes notes, IReadOnlyList<string> stale, IReadOnlyList<ListedBackup> backups)
    {
        Terminal.Print($"fetched from {notes.Source}: looked at last {At(notes.LookedAt)}, whole {At(notes.WholeAt)}, something new {At(notes.NewAt)}");
        foreach (var one in backups)
        {
            var day = notes.Arrived.TryGetValue(one.Name, out var arrived) ? notes.Day - arrived : 0;
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture, $"{one.Name}: {one.DatabaseBytes ?? 0} bytes, {one.BlobCount ?? 0} blobs, came {day} days of fetching ago"));
        }

        foreach (var name in notes.HeldKeyrings.OrderBy(held => held.Key, StringComparer.Ordinal))
        {
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture,
                $"{FetchNotes.Folder}/keyrings/{name.Key}: a keyring of before, destroyed after {Math.Max(0, FetchOptions.HeldKeyringDays - (notes.Day - name.Value))} more days of fetching"));
        }

        foreach (var words in stale)
        {
            Terminal.Print($"FOR TOO LONG: {words}");
        }

        foreach (var trouble in notes.Troubles)
        {
            Terminal.Print($"not now: {trouble}");
        }

        // Those that wait are listed below.
        foreach (var words in notes.Refused.Except(notes.Alarms.Where(alarm => !alarm.IsAccepted).Select(alarm => $"{alarm.Path}: {alarm.Words}"), StringComparer.Ordinal))
        {
            Terminal.Print($"accepted, and not taken: {words}");
        }

        foreach (var alarm in notes.Alarms.Where(alarm => !alarm.IsAccepted))
        {
            Terminal.Print($"LOOK AT {alarm.Path}: {alarm.Words} (seen {At(alarm.At)})");
        }

        if (notes.MoreAlarms > 0)
        {
            Terminal.Print(string.Create(CultureInfo.InvariantCulture, $"LOOK AT the source: {notes.MoreAlarms} more"));
        }
    }

    private static string At(DateTimeOffset? at) => at is { } instant ? string.Create(CultureInfo.InvariantCulture, $"{instant:yyyy-MM-dd HH:mm:ss}Z") : "never";

    private static void Print(ParseResult parsed, FetchReport report)
    {
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(report);
            return;
        }

        Terminal.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{At(report.At)}: {report.Backups.Count} base backups, {report.Files} files of the log and keys, {report.Blobs} blobs, {report.Bytes} bytes came; "
            + $"{report.Removed.Count} base backups were removed; {report.Troubles.Count} troubles, {report.Alarms.Count + report.MoreAlarms} to look at"));
    }
}
