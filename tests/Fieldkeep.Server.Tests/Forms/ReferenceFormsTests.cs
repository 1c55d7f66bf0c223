using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Forms;

public sealed class ReferenceFormsTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Every_reference_XForm_is_accepted_and_listed_for_phones()
    {
        var folder = ReferenceForms.Find();
        Assert.SkipWhen(folder is null, ReferenceForms.Absent);
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var refused = new List<string>();
        var ids = new List<string>();
        foreach (var form in ReferenceForms.In(folder))
        {
            using var answer = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(form.Xml), "?publish=true");
            ids.Add(form.Id);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                refused.Add($"{form.File}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }
        }

        Assert.True(refused.Count == 0, string.Join('\n', refused));
        Assert.Equal(ReferenceForms.Floor, ids.Count);
        var phone = await server.PhoneAsync(admin, project);
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await phone.ListFormsAsync()).Order(StringComparer.Ordinal));
    }
}
