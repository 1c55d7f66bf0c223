using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Decryption;

public sealed class PassphraseExportsTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Passphrase = "nine dry camels by the well";
    private const string Planted = "PLANTED-SECRET-93d1";

    [Fact]
    public async Task A_preview_opens_no_keys_and_tries_no_passphrase()
    {
        var (admin, project, key) = await ArrangeAsync();

        for (var attempt = 0; attempt < 11; attempt++)
        {
            var preview = await admin.PostAsync($"{FormOf(project)}/exports/preview", Wanted(key, "no such camels"));
            Assert.Equal(1, preview["submissions"]?.GetValue<int>());
        }
    }

    [Fact]
    public async Task Passphrases_are_not_tried_without_end_from_many_networks()
    {
        var (admin, project, key) = await ArrangeAsync();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var refused = await From(admin, $"127.0.7.{attempt + 1}").SendAsync(
                HttpMethod.Post, $"{FormOf(project)}/exports", Wanted(key, "no such camels"));
            await refused.ShouldBeProblemAsync(400, "key.wrong_passphrase");
        }

        using var tooMany = await From(admin, "127.0.8.1").SendAsync(HttpMethod.Post, $"{FormOf(project)}/exports", Wanted(key, Passphrase));

        await tooMany.ShouldBeProblemAsync(429, "session.too_many_attempts");
    }

    private Browser From(Browser browser, string address) =>
        new(server.CreateClient(address)) { Cookie = browser.Cookie, Csrf = browser.Csrf };

    private static string FormOf(long project) => $"/api/projects/{project}/forms/village";

    private static object Wanted(long key, string passphrase) =>
        new { format = "csv", passphrases = new Dictionary<string, string> { [$"{key}"] = passphrase } };

    private async Task<(Browser Admin, long Project, long Key)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var enabled = await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase = Passphrase });
        var form = await phone.DownloadAsync(Village.FormId);
        var id = Village.NewId();
        await phone.SendAsync(EncryptingPhone.Encrypt(form, id, Village.Instance(id, Planted, version: form.Version)));
        return (admin, project, enabled["keyId"]?.GetValue<long>() ?? 0);
    }
}
