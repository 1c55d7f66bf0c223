using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>A link with the token that nobody is shown again.</summary>
internal sealed record NewExportLink(ExportLink Link, string Token);

/// <summary>Makes an address that a program fetches a saved export from, for a limited time, with the rights of its maker.</summary>
internal sealed class CreateExportLink(
    Policy policy, FindSubmissions find, SavedExports saved, ChangeLog changes, AuditLog audit, Db db, TimeProvider clock)
{
    /// <summary>The longest a link can live.</summary>
    public const int MostDays = 366;

    private const int MostOfOne = 20;

    private const string Insert = """
        insert into exports.links (saved_id, token_hash, created_by, created_at, expires_at)
        values (@saved, @hash, @by, @now, @expires) returning id
        """;

    /// <summary>Gives the link; its token is in the answer and nowhere else.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>export.not_saved</c>, <c>export.bad_days</c>,
    /// <c>export.too_many_links</c>, <c>session.confirmation_needed</c>, <c>session.none</c>, <c>token.not_here</c>.
    /// </exception>
    public async Task<NewExportLink> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, Guid id, int days, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft: false, cancellationToken);
        if (actor.Bounds is not null)
        {
            // A link has the rights of its maker: it would outlive the token and know nothing of its bounds.
            throw TokenProblems.NotHere();
        }

        policy.RequireConfirmed(actor);
        if (days is < 1 or > MostDays)
        {
            throw ExportProblems.BadDays(MostDays);
        }

        var now = clock.GetUtcNow();
        var export = await saved.GetAsync(project, set.Form, id, cancellationToken);
        if (export.Links.Count(link => link.RevokedAt is null && link.ExpiresAt > now) >= MostOfOne)
        {
            throw ExportProblems.TooManyLinks(MostOfOne);
        }

        var token = SecretToken.Create();
        var expires = now.AddDays(days);
        await using var tx = await db.BeginAsync(cancellationToken);
        await LiveCredentials.RequireAsync(tx, actor, now, cancellationToken);
        var link = await tx.GetAsync<long>(
            Insert, new { saved = id, hash = SecretToken.HashOf(token), by = actor.Id, now, expires }, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("export_link.create", project, "export_link", $"{link}", null, new { saved = id, expires }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("export_link.create", project.Id, "form", set.XmlFormId, $"link {link} of {id}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return new NewExportLink(new ExportLink(link, id, actor.Id.Value, now, expires, null, null), token);
    }
}
