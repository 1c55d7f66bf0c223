using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

public sealed class MeantByIntakeTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_and_keys_that_only_the_journal_means_are_kept()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var keyring = server.Services.GetRequiredService<Keyring>();
        var older = keyring.GetProjectKeys(key).Primary.Id;
        var rotations = server.Services.GetRequiredService<FinishRotations>();
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SetAsideTests.SendLeftAsync(held, phone, Village.Instance(id, photo: "a.jpg"), ("a.jpg", Photo));
            await held.RunAsync($"update organisations.projects set key_id = gen_random_uuid() where id = {project}");
        }

        await SetAsideTests.DrainedAsync(server);
        await server.QueryAsync<int>("update organisations.projects set key_id = @key where id = @project", new { key, project });

        // The server remembers which keys a project has for two seconds.
        server.Clock.Advance(TimeSpan.FromSeconds(3));

        // It is set aside. Later a sweep looks for strays, and the older keys' time comes.
        await admin.PostAsync($"/api/projects/{project}/keys/rotation", new { });
        foreach (var wait in new[] { TimeSpan.FromSeconds(31), TimeSpan.FromDays(91) })
        {
            server.Clock.Advance(wait);
            await rotations.RunAsync(Token);
            await rotations.RunAsync(Token);
        }

        Assert.NotNull(keyring.GetProjectKeys(key).Find(older));
        for (var folder = 0; folder < 256; folder++)
        {
            await server.Services.GetRequiredService<StrayBlobs>().FindAsync((byte)folder, Token);
        }

        server.Clock.Advance(StrayBlobs.KeptFor);
        await server.Services.GetRequiredService<DroppedBlobs>().SweepAsync(Token);

        // It comes back whole, and then the keys may go.
        var name = (await SetAsideTests.QuarantineAsync(server))[^1].Id;
        Assert.Equal(1, await server.Services.GetRequiredService<SetAside>().GiveBackAsync($"{name:n}", Token));
        await SetAsideTests.DrainedAsync(server);
        var blob = new BlobId(await server.QueryAsync<byte[]>(
            "select a.blob from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.instance_id = @id", new { id }) ?? []);
        await using (var file = server.Services.GetRequiredService<BlobStore>().OpenRead(blob))
        {
            Assert.True(file.Length > Photo.Length);
        }

        for (var round = 0; round < 4; round++)
        {
            server.Clock.Advance(TimeSpan.FromMinutes(11));
            await rotations.RunAsync(Token);
        }

        Assert.Null(keyring.GetProjectKeys(key).Find(older));
    }
}
