using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Forms;

/// <summary>Real-world XForms, from <c>FIELDKEEP_CONFORMANCE</c> or <c>../shared/conformance</c> beside the repository.</summary>
public sealed class ReferenceFormsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly XNamespace Forms = "http://www.w3.org/2002/xforms";

    [Fact]
    public async Task Every_reference_XForm_is_accepted_and_listed_for_phones()
    {
        var folder = Find();
        Assert.SkipWhen(folder is null, "The conformance folder is not here; set FIELDKEEP_CONFORMANCE.");
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var refused = new List<string>();
        var ids = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "xlsform", "real"), "*.xml").Order(StringComparer.Ordinal))
        {
            // Several files define the same form id: each gets one of its own, as projects would.
            var (xml, id) = Rename(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), Path.GetFileName(file));
            using var answer = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(xml), "?publish=true");
            ids.Add(id);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                refused.Add($"{Path.GetFileName(file)}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }
        }

        Assert.True(refused.Count == 0, string.Join('\n', refused));
        Assert.Equal(208, ids.Count);
        var phone = await server.PhoneAsync(admin, project);
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await phone.ListFormsAsync()).Order(StringComparer.Ordinal));
    }

    private static (string Xml, string Id) Rename(string xml, string file)
    {
        var document = XDocument.Parse(xml, LoadOptions.PreserveWhitespace);
        var root = document.Descendants(Forms + "instance").First().Elements().First();
        var id = $"{root.Attribute("id")?.Value ?? "form"}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file)))[..8]}";
        root.SetAttributeValue("id", id);
        return (document.ToString(SaveOptions.DisableFormatting), id);
    }

    private static string? Find()
    {
        var given = Environment.GetEnvironmentVariable("FIELDKEEP_CONFORMANCE");
        if (given is { Length: > 0 })
        {
            return Directory.Exists(given) ? given : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared", "conformance");
            if (Directory.Exists(beside))
            {
                return beside;
            }
        }

        return null;
    }
}
