using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Telling;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>Looking at the checks: each gives an answer, and none keeps another from it.</summary>
public sealed class LookTests(TestCluster cluster)
{
    private readonly FakeClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_that_hangs_or_breaks_is_failing_and_keeps_no_other_from_being_looked_at()
    {
        var (hanging, broken, sound) = (new Probe("hangs"), new Probe("breaks"), new Probe("sound"));
        using var end = new ManualResetEventSlim();

        // As a call to a disk does that hangs: it waits, and gives no task.
        hanging.Act = () =>
        {
            end.Wait(Token);
            return Task.CompletedTask;
        };
        broken.Act = () => throw new InvalidOperationException("an answer of somebody");
        var told = new ToldLines();
        var look = new LookAtChecks([hanging, broken, sound], _clock, told) { Limit = TimeSpan.FromSeconds(4) };

        var seen = (await look.LookAllAsync(Token)).ToDictionary(one => one.Name, one => one.Outcome.Code, StringComparer.Ordinal);
        Assert.Equal(("check.hangs", "check.failed", "disk.ok"), (seen["hangs"], seen["breaks"], seen["sound"]));
        Assert.DoesNotContain("somebody", string.Join(' ', look.Seen.SelectMany(one => one.Outcome.Words.Values)), StringComparison.Ordinal);

        // Not asked again beside itself.
        await look.LookAllAsync(Token);
        Assert.Equal((1, 2), (hanging.Looks, sound.Looks));
        end.Set();

        // How a check failed is told once, with the place and without what it said.
        Assert.Contains("InvalidOperationException", Assert.Single(told.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", told.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_nobody_looks_any_more_all_is_failing()
    {
        var look = new LookAtChecks([new Probe("disk")], _clock, new ToldLines());
        await look.LookAllAsync(Token);
        Assert.Equal((false, "disk.ok"), (look.IsStale, look.Seen[0].Outcome.Code));

        _clock.Advance(TimeSpan.FromMinutes(3));

        Assert.True(look.IsStale);
        Assert.Equal((CheckState.Failing, "check.stale"), (look.Seen[0].Outcome.State, look.Seen[0].Outcome.Code));
    }

    [Fact]
    public async Task Without_a_mail_server_a_letter_reaches_nobody_and_what_the_journal_set_aside_is_failing()
    {
        var plain = new TestServer(cluster);
        await using (plain)
        {
            await plain.InitializeAsync();
            await plain.OrganisationAdminAsync();
            var tell = plain.Services.GetRequiredService<TellAlerts>();
            await tell.RememberAsync(Token);
            var reached = new HashSet<string>(StringComparer.Ordinal);
            Assert.False(await tell.SendNowAsync(new AlertTelling(TellingKind.Failing, "disk", CheckOutcome.Failing("disk.full"), plain.Clock.GetUtcNow()), reached, Token));
            Assert.Empty(reached);

            var journal = plain.Services.GetServices<ICheck>().Single(one => one.Name == "journal");
            Assert.Equal("journal.ok", (await journal.LookAsync(Token)).Code);
            var opened = plain.Services.GetRequiredService<OpenedIntake>().Journal ?? throw new InvalidOperationException("The journal is closed.");
            await opened.AppendAsync(Guid.CreateVersion7(), "no record"u8.ToArray(), Token);
            await Sealing.UntilAsync(() => Task.FromResult(opened.State.Quarantined > 0));
            var seen = await journal.LookAsync(Token);
            Assert.Equal((CheckState.Failing, "journal.set_aside", "1"), (seen.State, seen.Code, seen.Words["count"]));
        }
    }

    [Fact]
    public async Task The_checks_of_a_server_all_give_an_answer()
    {
        var plain = new TestServer(cluster);
        await using (plain)
        {
            await plain.InitializeAsync();
            var seen = await plain.Services.GetRequiredService<LookAtChecks>().LookAllAsync(Token);

            Assert.Equal(17, seen.Count);
            Assert.All(seen, one => Assert.True(one.Outcome.Code is not ("check.failed" or "check.hangs"), $"{one.Name} {one.Outcome.Code} {string.Join(' ', one.Outcome.Words)}"));
            Assert.Equal(("database.ok", "backup.own_tools", "certificate.elsewhere", "clock.ok"), (CodeOf("database"), CodeOf("backup"), CodeOf("certificate"), CodeOf("clock")));
            plain.Clock.Advance(TimeSpan.FromHours(1));
            // What a server keeps below its data directory is gone with that.
            var settings = plain.Services.GetRequiredService<ServerSettings>();
            var near = Path.Combine(settings.DataDirectory, "backups");
            Directory.CreateDirectory(Path.Combine(near, "backups", $"{plain.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-00000000"));
            settings.Keyring.CopyTo(KeyringTargets.KeyringPathsIn(near));
            KeyringTargets.Add(KeyringFiles.Below(settings.DataDirectory).KeyringPaths, near);
            seen = await plain.Services.GetRequiredService<LookAtChecks>().LookAllAsync(Token);
            Assert.Equal(("clock.apart", "backup.same_disk"), (CodeOf("clock"), CodeOf("backup")));

            string CodeOf(string name) => seen.Single(one => one.Name == name).Outcome.Code;
        }
    }

    private sealed class ToldLines : ILogger<LookAtChecks>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
