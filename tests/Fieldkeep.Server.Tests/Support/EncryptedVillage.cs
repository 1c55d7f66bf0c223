using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>The village's form with a key, what a phone encrypts to it, and its exports.</summary>
internal static class EncryptedVillage
{
    /// <summary>The passphrase of every key.</summary>
    public const string Passphrase = "seven wet goats on the ferry";

    /// <summary>An answer that can be searched for.</summary>
    public const string Planted = "PLANTED-ENCRYPTED-4c1d";

    /// <summary>A photo that can be searched for.</summary>
    public static byte[] Photo { get; } = [0xFF, 0xD8, .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Planted, 9))), 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A project with the published form and a phone; its key is not turned on yet.</summary>
    public static async Task<(Browser Admin, long Project, CollectClient Phone)> EncryptedVillageAsync(this TestServer server)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    /// <summary>Turns the key on and gives its number.</summary>
    public static async Task<long> EnableAsync(Browser admin, long project, string? hint = null)
    {
        var answer = await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase = Passphrase, hint });
        Assert.Equal(project, (long?)answer["id"]);
        return (long?)answer["keyId"] ?? throw new InvalidOperationException("There is no key.");
    }

    /// <summary>Fills in and encrypts a submission, as a phone does.</summary>
    public static async Task<(EncryptedSubmission Sent, string Id)> EncryptAsync(CollectClient phone)
    {
        var form = await phone.DownloadAsync(Village.FormId);
        var id = Village.NewId();
        return (EncryptingPhone.Encrypt(form, id, Village.Instance(id, Planted, "p.jpg", form.Version), ("p.jpg", Photo)), id);
    }

    /// <summary>Sends one with all its files.</summary>
    public static async Task<(EncryptedSubmission Sent, string Id)> SendEncryptedAsync(CollectClient phone)
    {
        var (sent, id) = await EncryptAsync(phone);
        await phone.SendAsync(sent);
        return (sent, id);
    }

    /// <summary>A public key that nobody here has the private one of.</summary>
    public static string OwnKey()
    {
        using var rsa = RSA.Create(2048);
        return Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The form with a key of its own.</summary>
    public static string WithKey(string form, string key) =>
        form.Replace("<model>", $"<model><submission base64RsaPublicKey=\"{key}\"/>", StringComparison.Ordinal);

    /// <summary>Where the export is.</summary>
    public static string PathOf(long project) => $"/v1/projects/{project}/forms/village/submissions.csv.zip";

    /// <summary>Where the keys are listed.</summary>
    public static string KeysOf(long project) => $"/v1/projects/{project}/forms/village/submissions/keys";

    /// <summary>Text as JSON.</summary>
    public static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    /// <summary>Exports with passphrases.</summary>
    public static async Task<Dictionary<string, byte[]>> PostZipAsync(Browser admin, long project, string passphrases)
    {
        using var response = await admin.SendAsync(HttpMethod.Post, PathOf(project), Json(passphrases));
        return await UnzipAsync(response);
    }

    /// <summary>Opens an export that must have come with success.</summary>
    public static async Task<Dictionary<string, byte[]>> UnzipAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        return await Zips.UnzipAsync(await response.Content.ReadAsByteArrayAsync(Token));
    }
}
