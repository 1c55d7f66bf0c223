using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>Copies projects out of a server that stands for the restored installation, too.</summary>
internal sealed class RecoveringStage(TestServer server)
{
    public const string TrashOf = "select (deleted_at is not null) || '|' || (erased_at is not null) from organisations.projects where id = @copy";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public RecoverySource Source => server.Services.GetRequiredService<RecoverySource>();

    public static RecoveryOrder OrderOf(ProjectId project) => new(project, new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero), "20261122T100000Z-1f2e3d4c", null);

    public Task<RecoveryReport> RecoverAsync(long project, Action<string>? tell = null, DateTimeOffset? asOf = null, Door door = Door.CommandLine)
    {
        var order = OrderOf(new ProjectId(project));
        return server.Services.GetRequiredService<RecoverProject>()
            .RunAsync(Actor.System(door), Source, order with { AsOf = asOf ?? order.AsOf }, new Telling(tell), Token);
    }

    public static async Task<string> XmlAsync(Browser admin, long project, string id, string form = "village")
    {
        using var answer = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/{form}/submissions/{id}.xml");
        return await answer.Content.ReadAsStringAsync(Token);
    }

    public static Task<HttpResponseMessage> MarkAsync(Browser admin, long project, string form, string path) =>
        admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/forms/{form}/confidential/flags", new { path, kind = "marked" });

    public async Task ShouldBeErasedAsync(long copy)
    {
        Assert.Equal("true|true", await server.QueryAsync<string>(TrashOf, new { copy }));
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @copy", new { copy });
        Assert.Null(server.Services.GetRequiredService<Keyring>().FindProjectKeys(key));
    }

    public Task<long> CopyOfAsync(long project) =>
        server.QueryAsync<long>("select max(id) from organisations.projects where id > @project", new { project });

    public string BlobPath(string blob) => Path.Combine(server.DataFolder, "blobs", blob[..2], blob[2..4], blob);

    public async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    /// <summary>Tells at once, on the caller's thread.</summary>
    public sealed class Telling(Action<string>? tell) : IProgress<string>
    {
        public void Report(string value) => tell?.Invoke(value);
    }
}
