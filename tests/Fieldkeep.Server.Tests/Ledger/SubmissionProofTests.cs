using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

public sealed class SubmissionProofTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_phone_that_kept_the_leaf_of_its_answer_proves_it_with_what_anyone_can_fetch()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var (id, edit) = (Village.NewId(), Village.NewId());
        var first = await LeafOfAsync(phone, Village.Instance(id));
        var second = await LeafOfAsync(phone, Village.Instance(edit, "Other", deprecatedId: id));
        Assert.Null(await LeafOfAsync(phone, Village.Instance(edit, "Other", deprecatedId: id)));
        await server.SealAllAsync();

        var proof = await admin.GetAsync($"/api/projects/{project}/forms/{Village.FormId}/submissions/{id}/proof");

        var entries = proof["entries"]!.AsArray(); // the answer has it
        Assert.Equal([first, second], entries.Select(entry => Text(entry, "leaf")));
        Assert.Equal(["submission.create", "submission.edit"], entries.Select(entry => Text(entry, "action")));
        Assert.Equal([id, edit], entries.Select(entry => Text(entry, "subjectId")));
        Assert.All(entries, entry => AssertProved(proof, entry));
        Assert.Equal("fieldkeep-proof-1", Text(proof, "format"));

        var page = await admin.GetAsync("/api/ledger/checkpoints?limit=1");
        Assert.Equal(Text(proof, "publicKey"), Text(page, "publicKey"));
        Assert.Equal(Text(proof, "checkpoint"), Text(page["items"]?[0], "note"));
        if (page["next"] is { } next)
        {
            var older = await admin.GetAsync($"/api/ledger/checkpoints?before={next}");
            Assert.All(older["items"]!.AsArray(), item => Assert.True(item!["size"]!.GetValue<long>() < next.GetValue<long>())); // every item has a size
        }
    }

    [Fact]
    public async Task The_proof_of_another_projects_submission_is_refused()
    {
        var admin = await server.OrganisationAdminAsync();
        var (project, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var viewer = await server.SignedInAsync("viewer", other);

        using var foreign = await viewer.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/{Village.FormId}/submissions/{id}/proof");
        using var unknown = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/{Village.FormId}/submissions/uuid:none/proof");
        using var nobody = await new Browser(server.CreateClient()).SendAsync(HttpMethod.Get, "/api/ledger/checkpoints");

        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Fact]
    public async Task The_record_holds_after_a_project_was_erased_and_says_how_much_nobody_can_open()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        await phone.SendAsync(Village.Instance(Village.NewId()));

        await admin.PostAsync($"/api/projects/{project}/erasure", new { name = "Clinic of Arua", reason = "The families asked for it" });
        await server.SealAllAsync();
        var plan = new VerifyPlan(server.ConnectionString, server.DataFolder, server.Services.GetRequiredService<Keyring>());
        var report = await VerifyInstallation.RunAsync(plan, new Progress<string>(), TestContext.Current.CancellationToken);

        Assert.True(report.Holds, string.Join('\n', report.Findings));
        Assert.True(report.Erased > 1);
    }

    // As docs/formats/ledger.md tells a reader to.
    private static void AssertProved(JsonNode proof, JsonNode? entry)
    {
        var made = new List<byte> { 0 };
        string[] names = ["at", "actor", "door", "action", "project", "subjectKind", "subjectId", "row"];
        foreach (var part in names.Select(name => Encoding.UTF8.GetBytes(Text(entry, name))).Append(Convert.FromBase64String(Text(entry, "body"))))
        {
            made.AddRange(BitConverter.GetBytes(part.Length));
            made.AddRange(part);
        }

        var leaf = SHA256.HashData([.. made]);
        Assert.Equal(Text(entry, "leaf"), Convert.ToBase64String(leaf));
        var note = SignedCheckpoint.Read(Text(proof, "checkpoint")) ?? throw new InvalidOperationException("The checkpoint is no note.");
        Assert.True(note.IsSignedBy(Convert.FromBase64String(Text(proof, "publicKey"))));
        var path = entry!["path"]!.AsArray().Select(hash => Convert.FromBase64String(hash!.GetValue<string>())).ToList(); // it is sealed
        Assert.True(MerkleProof.IsIncluded(leaf, entry["leafIndex"]!.GetValue<long>(), note.Checkpoint.Size, path, note.Checkpoint.Root)); // as above
    }

    private static async Task<string?> LeafOfAsync(CollectClient phone, string instance)
    {
        using var answer = await phone.SubmitAsync(Encoding.UTF8.GetBytes(instance));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return answer.Headers.TryGetValues("X-Fieldkeep-Leaf", out var leaf) ? leaf.Single() : null;
    }

    private static string Text(JsonNode? of, string name) => of![name]!.GetValue<string>(); // the answer has it
}
