using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Limits;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>Copies of projects that do not come to their end.</summary>
public sealed class LeftCopyTests(TestServer server) : IClassFixture<TestServer>
{
    private readonly RecoveringStage _stage = new(server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_that_does_not_come_to_its_end_is_erased_whatever_it_failed_by()
    {
        var (_, project, phone) = await _stage.ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _stage.RecoverAsync(project, word =>
            {
                if (word.StartsWith("form “village”: 1 of 1", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException();
                }
            }));

        var copy = await _stage.CopyOfAsync(project);
        await _stage.ShouldBeErasedAsync(copy);
        await server.ShouldHoldAsync();
    }

    [Theory]
    [InlineData(nameof(Door.CommandLine))]
    [InlineData(nameof(Door.Job))]
    public async Task A_copy_of_which_something_is_erased_meanwhile_is_erased_for_good(string door)
    {
        var (_, project, phone) = await _stage.ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var keyring = server.Services.GetRequiredService<Keyring>();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });

        var refused = await Assert.ThrowsAsync<ProblemException>(() => _stage.RecoverAsync(project, word =>
        {
            if (word.StartsWith("form “village”: 1 of 1", StringComparison.Ordinal))
            {
                keyring.NoteErased(key, [row]);
            }
        }, door: Enum.Parse<Door>(door)));

        Assert.Equal("recovery.erased_meanwhile", refused.Code);
        var copy = await _stage.CopyOfAsync(project);
        await _stage.ShouldBeErasedAsync(copy);

        // Whoever tries again gets all but that.
        var again = await _stage.RecoverAsync(project);
        Assert.Equal((0, 1), (again.Submissions.Here, again.Erased));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_that_holds_what_was_erased_and_cannot_be_erased_is_told_by_its_number()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var keyring = server.Services.GetRequiredService<Keyring>();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });
        var words = new List<string>();

        var refused = await Assert.ThrowsAsync<ProblemException>(() => _stage.RecoverAsync(project, word =>
        {
            words.Add(word);
            if (word.StartsWith("form “village”: 1 of 1", StringComparison.Ordinal))
            {
                // Somebody works in it, deletes it, and the submission is erased in the living project.
                var copied = _stage.CopyOfAsync(project).GetAwaiter().GetResult();
                admin.SendAsync(HttpMethod.Patch, Scripts.SubmissionOf(copied, id), new { reviewState = "approved" }).GetAwaiter().GetResult().Dispose();
                admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{copied}").GetAwaiter().GetResult().Dispose();
                keyring.NoteErased(key, [row]);
            }
        }, door: Door.Job));

        var copy = await _stage.CopyOfAsync(project);
        Assert.Equal("recovery.erased_left", refused.Code);
        Assert.Contains($"Erase project {copy} for good", refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, word => word.StartsWith($"the copy {copy} ", StringComparison.Ordinal));
        Assert.Equal("true|false", await server.QueryAsync<string>(RecoveringStage.TrashOf, new { copy }));

        // Nor does it keep the next from its end, and that tells it again.
        words.Clear();
        Assert.Equal(1, (await _stage.RecoverAsync(project, words.Add)).Erased);
        Assert.Contains(words, word => word.StartsWith($"the copy {copy} ", StringComparison.Ordinal) && word.Contains("NOT erased", StringComparison.Ordinal));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_in_which_somebody_worked_is_not_erased_and_one_that_was_left_half_made_is()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        var copy = (await _stage.RecoverAsync(project)).Project;
        await (await server.PhoneAsync(admin, copy)).SendAsync(Village.Instance(Village.NewId()));
        var system = Actor.System(Door.CommandLine);

        Assert.False(await server.Services.GetRequiredService<AbandonCopy>().RunAsync(system, new ProjectId(copy), "Tried"));

        Assert.Equal("true|false", await server.QueryAsync<string>(RecoveringStage.TrashOf, new { copy }));

        // As a killed one leaves it: with the entry of its beginning, and none of its end.
        var left = await admin.ProjectAsync();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @left", new { left });
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var begun = new Change("project.recover", new ProjectRef(new ProjectId(left), key), "project", $"{left}", null, new { from = project });
            await server.Services.GetRequiredService<ChangeLog>().AppendAsync(tx, system, begun, Token);
            await tx.CommitAsync(Token);
        }

        // Not while operators have suspended it: they may have done so to keep it.
        await server.SuspendByRowAsync(Scope.Of(new ProjectId(left)));
        Assert.False(await server.Services.GetRequiredService<AbandonCopy>().RunAsync(system, new ProjectId(left), "Tried"));
        Assert.Equal("true|false", await server.QueryAsync<string>(RecoveringStage.TrashOf, new { copy = left }));
        await server.QueryAsync<long>("delete from access.suspensions where scope_id = @left and scope_kind = 'project' returning id", new { left });

        var words = new List<string>();
        var whole = (await _stage.RecoverAsync(project, words.Add)).Project;

        Assert.Contains(words, word => word.StartsWith($"the copy {left} ", StringComparison.Ordinal));
        await _stage.ShouldBeErasedAsync(left);
        Assert.Equal("false|false", await server.QueryAsync<string>(RecoveringStage.TrashOf, new { copy = whole }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_that_was_being_made_at_the_moment_a_server_was_restored_to_goes_to_the_trash_and_no_further()
    {
        var (admin, project, _) = await _stage.ArrangeAsync();
        var left = await admin.ProjectAsync();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @left", new { left });
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var (system, log) = (Actor.System(Door.CommandLine), server.Services.GetRequiredService<ChangeLog>());
            await log.AppendAsync(tx, system, new Change("project.recover", new ProjectRef(new ProjectId(left), key), "project", $"{left}", null, new { from = project }), Token);
            await log.AppendAsync(tx, system, new Change("ledger.restore", null, "installation", "", null, new { checkpoint = long.MaxValue }), Token);
            await tx.CommitAsync(Token);
        }

        var words = new List<string>();
        await _stage.RecoverAsync(project, words.Add);

        Assert.Contains(words, word => word.StartsWith($"the copy {left} ", StringComparison.Ordinal) && word.Contains("NOT erased", StringComparison.Ordinal));
        Assert.Equal("true|false", await server.QueryAsync<string>(RecoveringStage.TrashOf, new { copy = left }));
        Assert.NotNull(server.Services.GetRequiredService<Keyring>().FindProjectKeys(key));
        Assert.Equal("recovery.half_made", (await Assert.ThrowsAsync<ProblemException>(() => _stage.RecoverAsync(left))).Code);
    }
}
