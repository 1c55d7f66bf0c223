using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Forms;

public sealed class FormCatalogueTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_read_while_a_form_changed_is_not_kept()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = new ProjectId(await admin.ProjectAsync());
        await admin.UploadAsync(project.Value, Village.Form());
        var catalogue = server.Services.GetRequiredService<FormCatalogue>();
        catalogue.Forget();
        var db = server.Services.GetRequiredService<Db>();
        await using var tx = await db.BeginAsync(Token);
        await tx.ExecuteAsync("lock table forms.versions in access exclusive mode", null, Token);

        // Has read the form as it was, and waits for its versions.
        var reading = catalogue.FindAsync(project, Village.FormId, Token).AsTask();
        while (await server.QueryAsync<long>("select count(*) from pg_locks where not granted and relation = 'forms.versions'::regclass") == 0)
        {
            await Task.Delay(5, Token);
        }

        await tx.ExecuteAsync("update forms.forms set state = 'closed' where project_id = @project", new { project }, Token);
        catalogue.Forget();
        await tx.CommitAsync(Token);

        Assert.Equal(FormState.Open, (await reading)?.State);
        Assert.Equal(FormState.Closed, (await catalogue.FindAsync(project, Village.FormId, Token))?.State);
    }
}
