using System.Security.Cryptography;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Keeps what the door for submissions needs while the database is away: who may send, and the forms. Read every five seconds; written once a minute when it
/// changed, every five minutes, and at once when something was erased, for a server that loses its database right after its start. Sealed, in the folder
/// <c>kept</c>.
/// </summary>
internal sealed partial class KeepDoor(
    Db db, IEnumerable<KeptRows> rows, KeptForms forms, KeptFolder folder, WhileAway away, TimeProvider clock, ILogger<KeepDoor> log)
    : BackgroundRounds(TimeSpan.FromSeconds(5))
{
    private const string Name = "rows";
    private const int Layout = 2;

    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WritesChanges = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WritesAgain = TimeSpan.FromMinutes(5);

    private byte[]? _hash;
    private DateTimeOffset? _writtenAt;
    private bool _isLoaded;
    private bool _isUnwritten;
    private bool _isWanted;

    /// <summary>Reads and writes once more, if the database is there: a server that stops leaves nothing behind that was taken away since.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        away.WantWritten();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(LastPatience);
        try
        {
            await RunAsync(end.Token);
        }
#pragma warning disable CA1031 // The server stops, whatever the database does.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Tell(problem);
        }
    }

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (!_isLoaded)
        {
            _isLoaded = true;
            Load();
        }

        var at = clock.GetUtcNow();
        _isWanted |= away.TakeWanted();
        var read = new List<(KeptRows Rows, KeptJson Json)>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var one in rows)
        {
            var json = await one.ReadAsync(db, cancellationToken);
            read.Add((one, json));
            hash.AppendData(json.Steady);
        }

        var now = hash.GetHashAndReset();
        var isChanged = !now.AsSpan().SequenceEqual(_hash);
        read.ForEach(one => one.Rows.Use(one.Json.Whole));

        // Before anything is written: a disk that is full makes what was just read no older. A version whose XForm is not kept is asked to wait by itself.
        away.Renew(at, isHeard: true);
        if (isChanged)
        {
            await forms.KeepXFormsAsync(db, cancellationToken);
        }

        _hash = now;
        _isUnwritten |= isChanged;
        if (_isWanted || _writtenAt is not { } written || at - written >= (_isUnwritten ? WritesChanges : WritesAgain))
        {
            Write(at, read);
            (_writtenAt, _isUnwritten, _isWanted) = (at, false, false);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem)
    {
        if (!DatabaseFailure.IsOutage(problem))
        {
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }
    }

    // What an earlier process kept; its age counts from when it was read.
    private void Load()
    {
        if (folder.Find(Name) is not { } json)
        {
            return;
        }

        try
        {
            if (JsonSerializer.Deserialize<KeptDoor>(json) is not { Layout: Layout } kept || rows.Any(one => !kept.Rows.ContainsKey(one.Name)))
            {
                return;
            }

            foreach (var one in rows)
            {
                one.Use(JsonSerializer.SerializeToUtf8Bytes(kept.Rows[one.Name]));
            }

            away.Renew(kept.At, isHeard: false);
        }
        catch (JsonException)
        {
            // Another version kept it; it is read anew when the database is there.
        }
    }

    private void Write(DateTimeOffset at, List<(KeptRows Rows, KeptJson Json)> read)
    {
        var all = read.ToDictionary(
            one => one.Rows.Name, one => JsonSerializer.Deserialize<JsonElement>(one.Json.Whole), StringComparer.Ordinal);
        folder.Put(Name, JsonSerializer.SerializeToUtf8Bytes(new KeptDoor(Layout, at, all)));
    }

    [LoggerMessage(1, LogLevel.Error, "what phones may send while the database is away is not kept ({Failure} {Code}): while it is away they are asked to wait")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    private sealed record KeptDoor(int Layout, DateTimeOffset At, Dictionary<string, JsonElement> Rows);
}
