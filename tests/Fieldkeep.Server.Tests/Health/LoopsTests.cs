using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Checks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>Work in the background is seen when it fails, hangs or stops.</summary>
public sealed class LoopsTests
{
    private readonly FakeClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Everything_that_runs_for_as_long_as_the_server_does_tells_how_it_goes() => Assert.Empty(
        typeof(LoopsCheck).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(BackgroundService)) && !type.IsAbstract && !type.IsAssignableTo(typeof(IWatchedLoop)))
            .Select(type => type.Name));

    [Fact]
    public void A_round_fails_from_the_first_failure_on_and_hangs_when_it_comes_no_step_further()
    {
        var watch = new RoundWatch(_clock);
        Assert.Null(watch.FailingFor);
        watch.End(isDone: false);
        _clock.Advance(TimeSpan.FromMinutes(3));
        watch.End(isDone: false);
        Assert.Equal(3, watch.FailingFor?.TotalMinutes ?? 0, precision: 2);
        watch.End(isDone: true);
        Assert.Null(watch.FailingFor);

        watch.Move();
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Null(watch.FailingFor);
        watch.Move();
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(31, watch.FailingFor?.TotalMinutes ?? 0, precision: 2);
        watch.End(isDone: true);
        Assert.Null(watch.FailingFor);
    }

    [Fact]
    public async Task What_a_long_round_commits_is_a_step_of_it_and_of_nothing_after_it()
    {
        var watch = new RoundWatch(_clock);
        watch.Move();
        for (var batch = 0; batch < 4; batch++)
        {
            _clock.Advance(TimeSpan.FromMinutes(20));
            await Task.Run(RoundWatch.Step, Token);
            Assert.Null(watch.FailingFor);
        }

        watch.End(isDone: true);
        RoundWatch.Step();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(watch.FailingFor);
    }

    [Fact]
    public async Task Loops_that_fail_are_told_and_what_failed_without_a_database_has_its_time_when_it_is_back()
    {
        using var loop = new Loop();
        var check = new LoopsCheck(new BackgroundLoops(() => [loop]), _clock);
        Assert.Equal("loops.ok", (await check.LookAsync(Token)).Code);
        loop.FailingFor = TimeSpan.FromHours(1);

        // The database was away: the check was not looked at.
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("loops.ok", (await check.LookAsync(Token)).Code);

        var states = new List<CheckState>();
        for (var minute = 0; minute < 31; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            states.Add((await check.LookAsync(Token)).State);
        }

        Assert.Equal((CheckState.Ok, CheckState.Warning, CheckState.Failing), (states[3], states[5], states[30]));
    }

    [Fact]
    public void A_machine_keeps_its_name_whatever_its_host_is_called_later()
    {
        var data = Directory.CreateTempSubdirectory("fieldkeep-machine-");
        try
        {
            var machine = Machine.Of(data.FullName);

            Assert.StartsWith($"{Environment.MachineName}-", machine.Name, StringComparison.Ordinal);
            Assert.Equal(machine, Machine.Of(data.FullName));
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private sealed class Loop : BackgroundService, IWatchedLoop
    {
        public TimeSpan? FailingFor { get; set; }

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
