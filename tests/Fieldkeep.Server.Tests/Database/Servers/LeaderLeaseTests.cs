using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Database.Servers;

/// <summary>Who does what only one server may do, and what becomes of whoever did it before.</summary>
public sealed class LeaderLeaseTests(TestCluster cluster)
{
    private const string RunOut = "update database.leases set until = now() - interval '1 second'";
    private const string Write = "insert into written (by) values (@by)";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_former_leader_still_has_in_hand_is_refused_and_its_turn_ends()
    {
        await using var db = await OpenAsync();
        using var first = Lease(db, "first");
        using var second = Lease(db, "second");
        await first.RenewAsync(Token);
        await second.RenewAsync(Token);
        Assert.Equal((true, false), (first.IsHeld, second.IsHeld));

        var (went, ended) = (0, false);
        await second.RunAsync(_ => Task.FromResult(went++), Token);
        Assert.Equal(0, went);

        await first.RunAsync(
            async token =>
            {
                await using (var tx = await db.BeginAsync(token))
                {
                    // The first hangs here until its time is over: whoever takes over waits for what it has begun.
                    await tx.ExecuteAsync(Write, new { by = "first" }, token);
                    await OutsideAsync(outside => db.ExecuteAsync(RunOut, null, outside));
                    await OutsideAsync(second.RenewAsync);
                    Assert.False(second.IsHeld);
                    await tx.CommitAsync(token);
                }

                await OutsideAsync(second.RenewAsync);
                Assert.True(second.IsHeld);
                Assert.False(token.IsCancellationRequested);
                Assert.Equal(1, await db.GetAsync<long>("select count(*) from written", null, token));
                try
                {
                    await db.ExecuteAsync(Write, new { by = "late" }, token);
                }
                finally
                {
                    ended = token.IsCancellationRequested;
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => db.BeginAsync(CancellationToken.None));
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => db.FindAsync<string>(
                        "insert into written (by) values ('later') returning by", null, CancellationToken.None));
                }
            },
            Token);

        Assert.True(ended);
        Assert.Equal(["first"], await db.ListAsync<string>("select by from written", null, Token));
        await first.RenewAsync(Token);
        Assert.False(first.IsHeld);

        // Whoever is under no lease writes as ever.
        await db.ExecuteAsync(Write, new { by = "request" }, Token);
    }

    [Fact]
    public async Task Who_lets_go_makes_room_at_once_and_a_folder_that_is_served_again_has_its_lease_at_once()
    {
        await using var db = await OpenAsync();
        using var first = Lease(db, "first");
        using var second = Lease(db, "second");
        await first.RenewAsync(Token);
        await first.LetGoAsync(Token);
        Assert.False(first.IsHeld);
        await second.RenewAsync(Token);
        Assert.True(second.IsHeld);

        // Killed, and started again.
        using var again = Lease(db, "second");
        await again.RenewAsync(Token);
        Assert.True(again.IsHeld);
        await second.RenewAsync(Token);
        Assert.False(second.IsHeld);
        Assert.Equal(3, await db.GetAsync<long>("select epoch from database.leases where name = 'background'", null, Token));
    }

    [Fact]
    public async Task A_turn_ends_when_its_lease_is_another_s()
    {
        await using var db = await OpenAsync();
        using var first = Lease(db, "first");
        await first.RenewAsync(Token);
        var waits = new TaskCompletionSource();
        var turn = first.RunAsync(
            async token =>
            {
                waits.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            },
            Token);
        await waits.Task;
        await db.ExecuteAsync("update database.leases set run = gen_random_uuid(), epoch = epoch + 1, until = now() + interval '10 seconds'", null, Token);

        await first.RenewAsync(Token);

        Assert.False(await turn);
        Assert.False(first.IsHeld);

        // A former process of the same server may have it: then nobody does it yet.
        Assert.False(await first.RunAsync(_ => Task.CompletedTask, Token));
        await db.ExecuteAsync("update database.leases set server = 'second'", null, Token);
        await first.RenewAsync(Token);

        // Whoever has it by now does it.
        Assert.True(await first.RunAsync(_ => Task.CompletedTask, Token));
    }

    [Fact]
    public async Task A_round_that_was_cut_off_counts_as_failed_and_comes_again_soon()
    {
        await using var db = await OpenAsync();
        using var lease = Lease(db, "first");
        await lease.RenewAsync(Token);
        using var rounds = new CutOnce(lease);
        await rounds.StartAsync(Token);
        await rounds.Begun.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);

        // Lost, and had again at once: nobody else did what was cut off.
        await db.ExecuteAsync("update database.leases set epoch = epoch + 1, until = '-infinity' where name = 'background'", null, Token);
        await lease.RenewAsync(Token);

        await rounds.Again.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.NotNull(rounds.FailingFor);
        rounds.Go.SetResult();
        await Sealing.UntilAsync(() => Task.FromResult(rounds.FailingFor is null));
        await rounds.StopAsync(Token);
    }

    [Fact]
    public async Task Steps_that_pass_over_their_end_are_cut_off_all_the_same()
    {
        await using var db = await OpenAsync();
        using var lease = Lease(db, "first");
        await lease.RenewAsync(Token);

        var isWhole = await lease.RunAsync(
            async token =>
            {
                await OutsideAsync(lease.LetGoAsync);
                await Sealing.UntilAsync(() => Task.FromResult(token.IsCancellationRequested));
            },
            Token);

        Assert.False(isWhole);
    }

    // The first round goes on until it is cut off, the second until it is told to end.
    private sealed class CutOnce(LeaderLease leader) : LeaderRounds(TimeSpan.FromHours(1), leader)
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Again { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override TimeSpan AfterFailure => TimeSpan.FromMilliseconds(10);

        protected override Task RoundAsync(CancellationToken cancellationToken)
        {
            if (Begun.TrySetResult())
            {
                return Task.Delay(Timeout.Infinite, cancellationToken);
            }

            Again.TrySetResult();
            return Go.Task;
        }

        protected override void Tell(Exception problem)
        {
        }
    }

    private async Task<Db> OpenAsync()
    {
        var db = Db.Open(await cluster.CreateDatabaseAsync());
        await db.ExecuteAsync("create table written (by text not null)", null, Token);
        return db;
    }

    private static LeaderLease Lease(Db db, string name)
    {
        var own = new OwnServer(name, isOneOfSeveral: false);
        return new LeaderLease(new LeaseRows(db, own), own);
    }

    // As another process does it: under no lease of this one.
    private static Task OutsideAsync(Func<CancellationToken, Task> act)
    {
        var token = Token;
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => act(token), token);
        }
    }
}
