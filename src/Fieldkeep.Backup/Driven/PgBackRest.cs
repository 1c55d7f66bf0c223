using System.Text.Json;
using System.Text.RegularExpressions;
using Fieldkeep.Backup.Clusters;

namespace Fieldkeep.Backup.Driven;

/// <summary>The program pgBackRest, which copies a large database: all of it, then what changed since. Its configuration on this machine is never read.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Version">2.45 or newer.</param>
public sealed partial record PgBackRest(string Path, Version Version)
{
    /// <summary>The name of its program.</summary>
    public const string Program = "pgbackrest";

    /// <summary>What it calls the database, in each chain's own repository.</summary>
    internal const string Stanza = "fieldkeep";

    private const string Advice = "install it (Debian: apt-get install pgbackrest); 2.45 or newer must be on the PATH";

    private const string PassSetting = "PGBACKREST_REPO1_CIPHER_PASS";

    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(10);

    private static readonly Version Oldest = new(2, 45);

    /// <summary>Finds it on the PATH.</summary>
    /// <param name="what">Why it is needed, the beginning of a sentence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BackupException">ToolFailed: it is not on this machine, or too old.</exception>
    public static async Task<PgBackRest> FindAsync(string what, CancellationToken cancellationToken)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(System.IO.Path.IsPathRooted).Select(folder => System.IO.Path.Combine(folder, Program)).FirstOrDefault(File.Exists)
            ?? throw new BackupException(BackupTrouble.ToolFailed, $"{what} needs the program {Program}, which is not on this machine", Advice);
        ToolResult said;
        try
        {
            said = await ToolProcess.RunAsync([path, "version"], cancellationToken);
        }
#pragma warning disable CA1031 // Whatever keeps it from being run is told.
        catch (Exception unusable) when (unusable is not OperationCanceledException)
#pragma warning restore CA1031
        {
            throw new BackupException(BackupTrouble.ToolFailed, $"{path} cannot be run: {unusable.Message}", Advice, unusable);
        }

        if (!said.Succeeded || !Version.TryParse(Number().Match(said.Output).Value, out var version))
        {
            throw new BackupException(BackupTrouble.ToolFailed, $"{path} does not say its version: {said.LastLine}", Advice);
        }

        return version >= Oldest
            ? new PgBackRest(path, version)
            : throw new BackupException(BackupTrouble.ToolFailed, $"{what} needs pgBackRest {Oldest} or newer, and {path} is {version}", Advice);
    }

    /// <summary>Runs one of its commands upon a repository. The key goes by the environment only: arguments are for everybody to read.</summary>
    /// <param name="command">Such as <c>backup</c>.</param>
    /// <param name="work">A folder of this server alone, for its locks.</param>
    /// <param name="repository">Its repository.</param>
    /// <param name="pass">The key of that.</param>
    /// <param name="options">More options.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackupException">ToolFailed.</exception>
    internal async Task<string> RunAsync(
        string command, DrivenFolder work, string repository, string pass, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        // Without it “info”, too, opens a lock in /tmp, where others may have put what never answers; “verify” has none, and refuses the option.
        IReadOnlyList<string> locks = command == "verify" ? [] : [$"--lock-path={work.Locks}"];
        var done = await ToolProcess.RunAsync(
            [
                Path, "--no-config", $"--stanza={Stanza}", $"--repo1-path={repository}", "--repo1-cipher-type=aes-256-cbc", $"--log-path={work.Log}", .. locks,
                "--log-level-file=off", "--log-level-console=warn", "--log-level-stderr=off", "--no-log-timestamp", .. options, command,
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { [PassSetting] = pass },
            cancellationToken);
        return done.Succeeded
            ? done.Output
            : throw new BackupException(
                BackupTrouble.ToolFailed, $"pgBackRest could not do “{command}”: {WordsOf(done)}", "see its complaint; what it left unfinished counts as no backup");
    }

    /// <summary>Tells the backup that a repository got last.</summary>
    /// <exception cref="BackupException">ToolFailed.</exception>
    internal async Task<DrivenBackup> FindLastAsync(DrivenFolder work, string repository, string pass, TimeProvider clock, CancellationToken cancellationToken)
    {
        var told = await AskAsync(work, repository, pass, clock, cancellationToken);
        try
        {
            using var read = JsonDocument.Parse(told);
            var last = read.RootElement[0].GetProperty("backup").EnumerateArray().Last();
            var references = last.GetProperty("reference");
            return new DrivenBackup(
                last.GetProperty("label").GetString() ?? "",
                references.ValueKind == JsonValueKind.Array ? [.. references.EnumerateArray().Select(one => one.GetString() ?? "")] : [],
                last.GetProperty("lsn").GetProperty("start").GetString() ?? "",
                last.GetProperty("lsn").GetProperty("stop").GetString() ?? "",
                last.GetProperty("archive").GetProperty("start").GetString() ?? "",
                last.GetProperty("info").GetProperty("size").GetInt64(),
                last.GetProperty("error").ValueKind == JsonValueKind.True);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new BackupException(BackupTrouble.ToolFailed, "pgBackRest does not say which backup it took", "see its complaint", unreadable);
        }
    }

    /// <summary>Requires that a backup holds together as pgBackRest itself sees it: every file there, and what its own list says. Its exit code tells nothing.</summary>
    /// <exception cref="BackupException">Damaged; ToolFailed.</exception>
    internal async Task RequireValidAsync(DrivenFolder work, string repository, string pass, string label, CancellationToken cancellationToken)
    {
        var told = await RunAsync("verify", work, repository, pass, ["--output=text", "--verbose"], cancellationToken);
        if (!told.Split('\n').Any(line => line.Trim().StartsWith($"backup: {label}, status: valid,", StringComparison.Ordinal)))
        {
            throw BackupException.Damaged($"pgBackRest itself does not find its backup {label} valid");
        }
    }

    // It reads one small file: where that takes long, it never ends, and nothing else would be backed up meanwhile.
    private async Task<string> AskAsync(DrivenFolder work, string repository, string pass, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(LongestAnswer, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await RunAsync("info", work, repository, pass, ["--output=json"], ending.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, $"pgBackRest did not say within {LongestAnswer.TotalMinutes:0} minutes which backups are in {repository}", "does the disk answer?");
        }
    }

    // Its complaint begins with the first such line; what follows it are particulars.
    private static string WordsOf(ToolResult done) =>
        (done.Output + "\n" + done.Errors).Split('\n').FirstOrDefault(line => line.Contains("ERROR:", StringComparison.Ordinal))?.Trim() ?? done.LastLine;

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}

/// <summary>A backup as pgBackRest tells of it.</summary>
/// <param name="Label">Its name there.</param>
/// <param name="References">The earlier ones whose files it needs.</param>
/// <param name="Start">Where in the log replaying begins.</param>
/// <param name="Stop">From where on it is consistent.</param>
/// <param name="FirstSegment">The segment of <paramref name="Start"/>.</param>
/// <param name="DatabaseBytes">The database, as it was.</param>
/// <param name="HasDamagedPages">Whether pages of it had wrong checksums.</param>
internal sealed record DrivenBackup(
    string Label, IReadOnlyList<string> References, string Start, string Stop, string FirstSegment, long DatabaseBytes, bool HasDamagedPages);
