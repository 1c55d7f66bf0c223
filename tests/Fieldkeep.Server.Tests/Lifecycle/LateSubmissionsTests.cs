using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>What came before an order and is stored after it is no exception to it. Its server's ledger tells of rows that these tests take away.</summary>
public sealed class LateSubmissionsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] NamePath = ["/name"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waited_for_the_database_while_answers_were_replaced_is_replaced_once_when_it_is_stored()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var (here, late, masked, after) = (Village.NewId(), Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(here, "Amina Diallo"));
        await phone.SendAsync(Village.Instance(late, "Amina Diallo"));
        await phone.SendAsync(Village.Instance(masked, "Bakary"));
        await admin.PostAsync(
            $"/api/projects/{project}/forms/{Village.FormId}/erasure",
            new { instanceIds = new[] { masked }, questions = NamePath, confirm = 1, reason = "They asked for it" });

        // The database lacks two that the journal has.
        await server.QueryAsync<int>("delete from submissions.versions v using submissions.submissions s where s.id = v.submission_id and s.instance_id in (@late, @masked)", new { late, masked });
        await server.QueryAsync<int>("delete from submissions.submissions where instance_id in (@late, @masked)", new { late, masked });
        var questions = new object[] { new { path = "/name", method = "pseudonym" }, new { path = "/water", method = "hash" } };
        await admin.PostAsync($"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation", new { questions, confirm = 1 });
        var work = server.Services.GetRequiredService<DoDueWork>();
        await work.RunAsync(Token);
        Assert.Equal(2, await server.Services.GetRequiredService<DrainAgain>().RunAsync(Token));
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        await phone.SendAsync(Village.Instance(after, "Amina Diallo"));
        await work.RunAsync(Token);
        await work.RunAsync(Token);

        var replaced = PersonTests.Answers(await PersonTests.XmlAsync(admin, project, here));
        Assert.StartsWith("P-", replaced.Name, StringComparison.Ordinal);
        Assert.Equal(replaced, PersonTests.Answers(await PersonTests.XmlAsync(admin, project, late)));
        Assert.DoesNotContain("Bakary", await PersonTests.XmlAsync(admin, project, masked), StringComparison.Ordinal);
        Assert.Equal("Amina Diallo", PersonTests.Answers(await PersonTests.XmlAsync(admin, project, after)).Name);
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from lifecycle.rewrites_left l join lifecycle.rewrites r on r.id = l.rewrite_id where r.project_id = @project", new { project }));
    }
}
