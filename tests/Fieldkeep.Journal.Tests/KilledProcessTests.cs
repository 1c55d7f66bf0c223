using System.Security.Cryptography;
using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests;

/// <summary>R1 in small: a real process that appends is killed twenty times, on a real disk.</summary>
public sealed class KilledProcessTests
{
    private const int Kills = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_that_is_killed_while_it_appends_loses_nothing_that_it_acknowledged()
    {
        using var folder = new ScratchFolder();
        var acknowledged = new List<Guid>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = AppendingProcess.Start(folder.Path);
            acknowledged.AddRange(await process.KillAfterAsync(1 + RandomNumberGenerator.GetInt32(200), Token));
        }

        await using var journal = IntakeJournal.Open(Options(folder), Some.Seal.Key, Some.Installation, TimeProvider.System);
        var found = new HashSet<Guid>();
        await foreach (var record in journal.ReadUndrainedAsync(Token))
        {
            Assert.True(found.Add(record.Id), $"{record.Id} is there twice");
            Assert.True(record.Content.Span.SequenceEqual(Some.Bytes(record.Id, record.Content.Length)));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{acknowledged.Count} acknowledged, {found.Count} found");
        Assert.Empty(acknowledged.Except(found));
        Assert.Empty(journal.State.Damage);
        Assert.True(acknowledged.Count >= Kills, "Hardly anything was acknowledged.");
    }

    [Fact]
    public async Task A_journal_that_another_process_has_is_refused_until_that_one_is_killed()
    {
        using var folder = new ScratchFolder();
        using (var process = AppendingProcess.Start(folder.Path))
        {
            await process.ReadyAsync(Token);
            var refusal = Assert.Throws<JournalException>(() => IntakeJournal.Open(Options(folder), Some.Seal.Key, Some.Installation, TimeProvider.System));
            Assert.Equal(JournalTrouble.InUse, refusal.Reason);
        }

        await using var journal = IntakeJournal.Open(Options(folder), Some.Seal.Key, Some.Installation, TimeProvider.System);
        Assert.True(journal.State.WaitingRecords > 0);
    }

    private static JournalOptions Options(ScratchFolder folder) => new(folder.Path) { MinFreeBytes = 0 };
}
