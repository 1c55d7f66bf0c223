using System.Net;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>What phones go on to do with a deployment that takes nothing new any more, and what comes of one that is gone.</summary>
public sealed class ClosedDeploymentTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_taken_once_is_taken_again_with_its_late_files_and_nothing_new_is()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var (phone, _) = await at.PhoneAsync();
        var id = Village.NewId();
        var xml = Village.Instance(id, "Arua", "a.jpg");
        await StatusAsync(phone, HttpStatusCode.Created, xml);
        await at.Admin.PostAsync($"{at.Path}/close", new { });

        await StatusAsync(phone, HttpStatusCode.Created, xml);
        await StatusAsync(phone, HttpStatusCode.Created, xml, ("a.jpg", [7]));
        await StatusAsync(phone, HttpStatusCode.Conflict, Village.Instance(id, "Another"));
        await StatusAsync(phone, HttpStatusCode.Conflict, Village.Instance(Village.NewId()));

        Assert.Equal([7], await at.Admin.SendAsync(HttpMethod.Get, $"{Scripts.SubmissionOf(at.Project, id)}/attachments/a.jpg").BytesAsync());
        Assert.Equal([id], await at.SeenAsync(at.Admin));
    }

    [Fact]
    public async Task Whoever_came_to_collect_for_two_still_completes_what_they_sent_before()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var beside = await at.BesideAsync(0);
        var enumerator = await at.PersonAsync("enumerator");
        var id = Village.NewId();
        var submissions = $"/v1/projects/{at.Project}/submission";
        using var first = await enumerator.SendAsync(HttpMethod.Post, submissions, Multipart(id));
        await beside.AddAsync("enumerator", enumerator.AccountId);

        using var again = await enumerator.SendAsync(HttpMethod.Post, submissions, Multipart(id));
        using var another = await enumerator.SendAsync(HttpMethod.Post, submissions, Multipart(Village.NewId()));

        Assert.Equal(
            [HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict],
            new[] { first, again, another }.Select(response => response.StatusCode));
    }

    [Fact]
    public async Task Two_who_add_a_phone_to_two_deployments_at_once_wait_for_each_other()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var beside = await at.BesideAsync(0);
        var (phone, _) = await at.Admin.AppUserAsync(at.Project);
        Task<HttpResponseMessage> adding;
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await tx.ExecuteAsync("select from deployments.deployments where id = @id for update", new { id = beside.Id }, Token);
            adding = at.SetAsync("people", "enumerator", phone);
            var waiting = server.WaitingAsync("%deployments.deployments%for update%");
            Assert.Same(waiting, await Task.WhenAny(adding, waiting));
        }

        using var added = await adding;
        using var twice = await beside.SetAsync("people", "enumerator", phone);
        Assert.True(added.IsSuccessStatusCode);
        await twice.ShouldBeProblemAsync(409, "deployment.app_user_elsewhere");
    }

    [Fact]
    public async Task What_came_to_a_deployment_that_is_gone_is_its_senders_no_more()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var sender = await server.SignedInAsync("collector", at.Project);
        await at.AddAsync("enumerator", sender.AccountId);
        var id = await sender.SendVillageAsync(at.Project, "Arua", "a.jpg");
        using var deleted = await at.Admin.SendAsync(HttpMethod.Delete, at.Path);
        var path = Scripts.SubmissionOf(at.Project, id);
        var mended = Village.Instance(Village.NewId(), "Mended", deprecatedId: id);

        await sender.SendXmlAsync(HttpMethod.Put, path, mended).RefusedAsync(404, 404.1m);
        await sender.SendBytesAsync(HttpMethod.Post, $"{path}/attachments/a.jpg", [1]).RefusedAsync(404, 404.1m);
        await at.Admin.SendXmlAsync(HttpMethod.Put, path, mended).JsonAsync();
    }

    private static MultipartFormDataContent Multipart(string id)
    {
        var instance = new StringContent(Village.Instance(id), System.Text.Encoding.UTF8, "text/xml");
        return new MultipartFormDataContent { { instance, "xml_submission_file", "submission.xml" } };
    }

    private static async Task StatusAsync(CollectClient phone, HttpStatusCode status, string xml, params (string Name, byte[] Content)[] files)
    {
        using var response = await phone.SubmitAsync(xml, files);
        Assert.True(response.StatusCode == status, await response.Content.ReadAsStringAsync(Token));
    }
}
