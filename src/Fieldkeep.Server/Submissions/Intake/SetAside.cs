using System.Globalization;
using Fieldkeep.Journal;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Shows the operator at the machine how the journal stands and what it set aside, and lets that be tried again. No answers, no names.</summary>
internal sealed class SetAside(OpenedIntake opened, DrainIntake drain)
{
    private const int MostLines = 60;

    /// <summary>Tells in lines how the journal stands and what lies in its quarantine.</summary>
    public async Task<string> TellAsync(CancellationToken cancellationToken)
    {
        if (opened.Journal is not { } journal)
        {
            return $"the intake journal is closed: {opened.Problem}";
        }

        var state = journal.State;
        var lines = new List<string>
        {
            Invariant($"the intake journal in {opened.Folder} is open: {state.WaitingRecords} submissions wait for the database, {state.UndrainedBytes >> 20} of {state.MaxUndrainedBytes >> 20} MiB; {state.KeptSegments} segments are kept"),
        };
        if (state.OldestWaitingAt is { } oldest)
        {
            lines.Add(Invariant($"the oldest waits since {oldest:u}"));
        }

        if (state.Trouble is { } trouble)
        {
            lines.Add(Invariant($"it has trouble since {trouble.Since:u}: {trouble.Message}"));
        }

        lines.AddRange(state.Damage.Take(MostLines).Select(damage => Invariant($"damaged: {damage.File} at {damage.Offset} ({damage.Kind})")));
        lines.AddRange(drain.Failures.Take(MostLines).Select(failed => Invariant($"waits: {failed.Key} ({failed.Value})")));
        lines.Add(Invariant($"{state.Quarantined} set aside"));
        await foreach (var record in journal.ReadQuarantineAsync(cancellationToken))
        {
            if (lines.Count >= 2 * MostLines)
            {
                lines.Add("and more");
                break;
            }

            lines.Add(Invariant($"{NameOf(record.File)}  received {record.At:u}  {record.Reason}"));
        }

        return string.Join('\n', lines);
    }

    /// <summary>Gives back what was set aside, to be tried again at once; gives how many.</summary>
    /// <param name="name">As told by <see cref="TellAsync"/>; null for all.</param>
    /// <param name="cancellationToken">Gives up between two.</param>
    /// <exception cref="JournalException">The journal cannot write; those given back before are.</exception>
    public async Task<int> GiveBackAsync(string? name, CancellationToken cancellationToken)
    {
        var given = await opened.WithoutMovesAsync(() => GiveBackStillAsync(name, cancellationToken), cancellationToken);
        drain.Forget();
        return given;
    }

    private async Task<int> GiveBackStillAsync(string? name, CancellationToken cancellationToken)
    {
        if (opened.Journal is not { } journal)
        {
            return 0;
        }

        var files = new List<string>();
        await foreach (var record in journal.ReadQuarantineAsync(cancellationToken))
        {
            if (name is null || NameOf(record.File) == name)
            {
                files.Add(record.File);
            }
        }

        var given = 0;
        foreach (var file in files)
        {
            given += await journal.ReleaseAsync(file, cancellationToken) ? 1 : 0;
        }

        return given;
    }

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
