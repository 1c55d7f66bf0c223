using System.Net;
using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>What the journal has and the database cannot take: it is kept, holds up nothing, and comes back when a person says so.</summary>
public sealed class SetAsideTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("update organisations.projects set key_id = gen_random_uuid() where id = @project", FindBelonging.NoProject)]
    [InlineData("update forms.versions set created_at = created_at + interval '1 day' where form_id in (select id from forms.forms where project_id = @project)", FindBelonging.NoForm)]
    [InlineData("update accounts.actors set created_at = created_at + interval '1 day' where id = (select max(actor_id) from accounts.app_users where project_id = @project)", FindBelonging.NoSender)]
    [InlineData("delete from deployments.stages where deployment_id in (select id from deployments.deployments where project_id = @project); delete from deployments.deployments where project_id = @project", FindBelonging.NoDeployment)]
    public async Task What_belongs_to_nothing_here_is_set_aside_and_never_stored(string change, string why)
    {
        var deployed = await Deployed.ArrangeAsync(server, stages: 1);
        var (phone, _) = await deployed.PhoneAsync();
        var project = deployed.Project;
        var id = Village.NewId();
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SendLeftAsync(held, phone, Village.Instance(id));
            await held.RunAsync(change.Replace("@project", $"{project}", StringComparison.Ordinal));
        }

        await DrainedAsync();

        Assert.Equal(0, await CountAsync(id));
        Assert.Equal(why, (await QuarantineAsync())[^1].Reason);
    }

    [Fact]
    public async Task What_the_database_can_never_hold_is_set_aside_what_may_pass_waits_and_neither_holds_up_others()
    {
        var (_, project, phone) = await ArrangeAsync();
        var (bad, early, good) = (Village.NewId(), Village.NewId(), Village.NewId());
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SendLeftAsync(held, phone, Village.Instance(bad, "Amina"));
            await SendLeftAsync(held, phone, Village.Instance(early));
            await SendLeftAsync(held, phone, Village.Instance(good));
            await held.RunAsync($"alter table submissions.submissions add constraint never check (instance_id <> '{bad}') not valid");
            await held.RunAsync($"""
                create function submissions.not_yet() returns trigger language plpgsql as
                $$ begin if new.instance_id = '{early}' then raise 'not yet' using errcode = '42501'; end if; return new; end $$;
                create trigger not_yet before insert on submissions.submissions for each row execute function submissions.not_yet()
                """);
        }

        await DrainedAsync(but: 1);

        Assert.Equal((0, 0, 1), (await CountAsync(bad), await CountAsync(early), await CountAsync(good)));
        var waiting = Assert.Single(server.Services.GetRequiredService<DrainIntake>().Failures);
        Assert.Contains("42501", waiting.Value, StringComparison.Ordinal);
        var aside = Assert.Single(await QuarantineAsync(), record => record.Reason == "database.23514");
        var desk = server.Services.GetRequiredService<SetAside>();
        var told = await desk.TellAsync(Token);
        Assert.Contains($"{aside.Id:n}  received", told, StringComparison.Ordinal);
        Assert.Contains(waiting.Value, told, StringComparison.Ordinal);
        Assert.DoesNotContain("Amina", told, StringComparison.Ordinal);
        await server.Services.GetRequiredService<DrainIntake>().RunAsync(Token);
        Assert.Contains("lie in the quarantine", server.Log.Text, StringComparison.Ordinal);

        // Its cause mended, a person gives it back.
        await server.QueryAsync<int>("drop trigger not_yet on submissions.submissions");
        await server.QueryAsync<int>("alter table submissions.submissions drop constraint never");
        Assert.Equal(0, await desk.GiveBackAsync("nothing", Token));
        Assert.Equal(1, await desk.GiveBackAsync($"{aside.Id:n}", Token));
        await DrainedAsync();
        Assert.Equal((1, 1), (await CountAsync(bad), await CountAsync(early)));
        Assert.DoesNotContain(await QuarantineAsync(), record => record.Id == aside.Id);
    }

    [Fact]
    public async Task Of_a_project_whose_keys_are_gone_nothing_is_stored_and_nothing_set_aside()
    {
        var (_, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        var before = (await QuarantineAsync()).Count;
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SendLeftAsync(held, phone, Village.Instance(id));
            var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
            server.Services.GetRequiredService<Keyring>().DestroyProjectKeys(key);
        }

        await DrainedAsync();

        Assert.Equal(0, await CountAsync(id));
        Assert.Equal(before, (await QuarantineAsync()).Count);
    }

    /// <summary>Lets a server drain its journal, but for so many.</summary>
    internal static async Task DrainedAsync(TestServer server, int but = 0)
    {
        var drain = server.Services.GetRequiredService<DrainIntake>();
        drain.Forget();
        await drain.RunAsync(Token);
        Assert.Equal(but, server.Services.GetRequiredService<OpenedIntake>().Journal?.State.WaitingRecords);
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    /// <summary>Sends what the journal alone acknowledges.</summary>
    internal static async Task SendLeftAsync(HeldTable held, CollectClient phone, string xml, params (string Name, byte[] Content)[] files)
    {
        using var sent = await held.AnswerAsync(phone.SubmitAsync(xml, files));
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
    }

    private Task<long> CountAsync(string id) => server.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @id", new { id });

    private Task<List<QuarantinedRecord>> QuarantineAsync() => QuarantineAsync(server);

    /// <summary>What lies in quarantine, the oldest first.</summary>
    internal static async Task<List<QuarantinedRecord>> QuarantineAsync(TestServer server)
    {
        var records = new List<QuarantinedRecord>();
        var journal = server.Services.GetRequiredService<OpenedIntake>().Journal ?? throw new InvalidOperationException("It is closed.");
        await foreach (var record in journal.ReadQuarantineAsync(Token))
        {
            records.Add(record);
        }

        return [.. records.OrderBy(record => record.QuarantinedAt)];
    }

    private Task DrainedAsync(int but = 0) => DrainedAsync(server, but);
}
