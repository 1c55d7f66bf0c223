using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Central's managed encryption: turned on for a project, and the keys that a form's submissions need.</summary>
internal static class KeysV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGroup("/projects/{projectId:long}").WithTags("Projects").MapPost("/key", EnableAsync)
            .Declare("setProjectKey", "Turn on managed encryption; there is no way back for what is sent then", Permission.ProjectUpdate)
            .Refuses(400, "key.no_passphrase", "key.passphrase_too_short", "key.passphrase_too_long", "key.hint_too_long")
            .Refuses(409, "key.already_managed");
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Submissions").Refuses(404, "form.not_found");
        MapTo(form);
        MapTo(form.MapGroup("/draft").WithTags("Drafts").MeansDraft());
    }

    /// <summary>Gives a project with the key that encryption was turned on with.</summary>
    public static async Task<ProjectV1> WithKeyAsync(this ProjectV1 project, FormKeys keys, CancellationToken cancellationToken) =>
        project with
        {
            KeyId = (await keys.ManagedOfAsync([project.Id], cancellationToken)).TryGetValue(project.Id, out var key) ? key : null,
        };

    private static void MapTo(RouteGroupBuilder form) =>
        form.MapGet("/submissions/keys", ListAsync)
            .Declare("listSubmissionKeys", "List the keys that submissions are encrypted to, the newest first", Permission.SubmissionRead);

    private static async Task<ProjectV1> EnableAsync(
        ProjectCall call, JsonBody<NewKeyV1> body, Policy policy, EnableEncryption enable, ProjectQueries projects)
    {
        await policy.RequireAsync(call.Actor, Permission.ProjectUpdate, Scope.Of(call.Project.Id), call.Aborted);
        var wanted = await body.ReadAsync();
        var key = await enable.RunAsync(call.Actor, call.Project, wanted.Passphrase, wanted.Hint, call.Aborted);
        return ProjectV1.Of(await projects.GetAsync(call.Actor, call.Project.Id, call.Aborted)) with { KeyId = key.Value };
    }

    private static async Task<IEnumerable<KeyV1>> ListAsync(FormCall call, FindSubmissions find, UsedKeys keys)
    {
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionRead, call.Project, call.FormId, call.IsDraft, call.Aborted);
        return (await keys.ListAsync(set, call.Aborted)).Select(KeyV1.Of);
    }
}

/// <summary>Managed encryption to be turned on.</summary>
/// <param name="Passphrase">At least 10 characters. It is kept nowhere: without it nobody can open what is sent.</param>
/// <param name="Hint">What reminds of the passphrase; shown to who may read submissions.</param>
internal sealed record NewKeyV1([property: Required] string? Passphrase, string? Hint);

/// <summary>An encryption key as Central's API shows it.</summary>
/// <param name="Public">The public key, base64.</param>
/// <param name="Managed">Whether the server made it and decrypts with its passphrase; false for a key that came with a form.</param>
internal sealed record KeyV1(long Id, string Public, bool Managed, string? Hint, DateTimeOffset CreatedAt)
{
    /// <summary>Shows a key.</summary>
    public static KeyV1 Of(FormKey key) => new(key.Id.Value, key.PublicKey, key.IsManaged, key.Hint, key.CreatedAt);
}
