using System.Diagnostics;
using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests.Writing;

/// <summary>A real filesystem of 3 MiB that fills up. Where this user may not mount one, it is not run.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_is_told_as_full_loses_nothing_and_is_used_again_when_it_has_room()
    {
        using var folder = new ScratchFolder();
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=3m", "none", folder.Path), "not run: this user may not mount a filesystem");
        try
        {
            await FillAsync(folder.Path);
        }
        finally
        {
            Run("umount", folder.Path);
        }
    }

    private static async Task FillAsync(string path)
    {
        var clock = new ManualClock();
        // Nothing has to stay free: it is the disk that refuses, and not the journal before it.
        var options = new JournalOptions(Path.Combine(path, "journal")) { SegmentBytes = 1 << 20, MinFreeBytes = -(1L << 40) };
        var ballast = Path.Combine(path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1 << 20], Token);
        var taken = new List<Guid>();
        await using (var journal = IntakeJournal.Open(options, Some.Seal.Key, Some.Installation, clock))
        {
            Assert.Equal(JournalTrouble.Full, await FillAsync(journal, clock, taken));
            var before = taken.Count;
            File.Delete(ballast);
            clock.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(JournalTrouble.Full, await FillAsync(journal, clock, taken));
            Assert.True(taken.Count > before + 10, $"{before} records were taken, and {taken.Count} with more room");
        }

        await using var again = IntakeJournal.Open(options, Some.Seal.Key, Some.Installation, clock);
        var found = new List<Guid>();
        await foreach (var record in again.ReadUndrainedAsync(Token))
        {
            Assert.True(record.Content.Span.SequenceEqual(Some.Bytes(record.Id, record.Content.Length)));
            found.Add(record.Id);
        }

        Assert.Empty(taken.Except(found));
        Assert.Empty(again.State.Damage);
    }

    // Appends until three refusals came one after the other, with pauses between them.
    private static async Task<JournalTrouble> FillAsync(IntakeJournal journal, ManualClock clock, List<Guid> taken)
    {
        for (var refusals = 0; ;)
        {
            var id = Some.Uuid($"{taken.Count} {refusals}");
            try
            {
                await journal.AppendAsync(id, Some.Bytes(id, 10_000), Token);
                taken.Add(id);
                refusals = 0;
            }
            catch (JournalException e)
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                if (++refusals == 3)
                {
                    return e.Reason;
                }
            }
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
