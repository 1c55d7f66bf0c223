using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Contents;

public sealed class SealedRowsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_too_large_for_their_row_are_a_block_each()
    {
        var (_, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        for (var at = 0; at < 3; at++)
        {
            await phone.SendAsync(Village.Instance(Village.NewId(), name: new string('x', 1024 * 1024)));
        }

        await phone.SendAsync(Village.Instance(Village.NewId()));

        Assert.Equal([2, 1, 1, 1], await BlocksAsync(project));
    }

    [Fact]
    public async Task Encrypted_answers_count_as_much_as_their_file_is_large()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase = "seven wet goats on the ferry" });
        var form = await phone.DownloadAsync(Village.FormId);
        for (var at = 0; at < 4; at++)
        {
            var id = Village.NewId();
            var xml = Village.Instance(id, name: new string('x', 150 * 1024), version: form.Version);
            await phone.SendAsync(EncryptingPhone.Encrypt(form, id, xml));
        }

        Assert.Equal([2, 2], await BlocksAsync(project));
    }

    private async Task<List<int>> BlocksAsync(long project)
    {
        var id = new ProjectId(project);
        var form = await server.Services.GetRequiredService<FormQueries>().GetAsync(id, Village.FormId, Token);
        var set = new SubmissionSet(
            await server.Services.GetRequiredService<ProjectRefs>().GetRefAsync(id, Token), form.Id, Village.FormId, IsDraft: false, RowLimits.All);
        var rows = new List<int>();
        var all = server.Services.GetRequiredService<SealedRows>().ReadAsync(
            set, RowRange.Below(SubmissionCursor.Newest), long.MaxValue, Token);
        await foreach (var block in all)
        {
            using (block)
            {
                rows.Add(block.Rows.Count);
            }
        }

        return rows;
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }
}
