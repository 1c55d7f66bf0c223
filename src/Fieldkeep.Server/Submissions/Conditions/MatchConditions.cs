using System.Security.Cryptography;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Asks the conditions of a form of one submission while it is written, so that what is found commits with it.</summary>
internal sealed class MatchConditions(
    FormConditions conditions, RowFactsOf facts, SealedContents contents, StoredXml stored, WhileAway away)
{
    private const string Stored = """
        select instance_id, submitter_id, created_at, current_version, deployment_id
        from submissions.submissions where id = @id
        """;

    /// <summary>Asks a new submission, before its transaction begins.</summary>
    /// <param name="xml">The instance in the clear; null when it lies in a file, so that it is asked in the background.</param>
    public async Task<IReadOnlyList<RowMatch>> OfNewAsync(
        NewSubmission submission, InstanceBytes? xml, CancellationToken cancellationToken)
    {
        if (submission.IsDraft || xml is null)
        {
            return [];
        }

        // While the database is away nothing is asked of it: it is asked in the background, once it is stored.
        return await away.AskAsync(() => AskAsync(submission, xml, cancellationToken), () => []);
    }

    private async Task<IReadOnlyList<RowMatch>> AskAsync(NewSubmission submission, InstanceBytes xml, CancellationToken cancellationToken)
    {
        if (await conditions.FindAsync(submission.Project, submission.Form, cancellationToken) is not { } bound)
        {
            return [];
        }

        var origin = new RowOrigin(
            submission.Submitter.Id,
            submission.ReceivedAt,
            submission.IsFinalAtOnce ? StandingRows.ReviewOfFinal : null,
            submission.Deployment?.Value);
        var known = await facts.FindAsync(bound, origin, cancellationToken);
        return bound.Match(xml.Span, known);
    }

    /// <summary>Asks an edit, which is still sealed as version 1 of a submission of its own.</summary>
    /// <param name="origin">Where the submission comes from that is edited.</param>
    public async Task<IReadOnlyList<RowMatch>> OfEditAsync(NewSubmission edit, RowOrigin origin, CancellationToken cancellationToken)
    {
        if (edit.IsDraft || await conditions.FindAsync(edit.Project, edit.Form, cancellationToken) is not { } bound)
        {
            return [];
        }

        var known = await facts.FindAsync(bound, origin, cancellationToken);
        var xml = await OpenAsync(edit, cancellationToken);
        try
        {
            return bound.Match(xml, known);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(xml);
        }
    }

    /// <summary>
    /// Asks a stored submission, in the trash or not, as it would be with another review state; null when no condition asks that.
    /// </summary>
    /// <param name="sql">The transaction of whoever holds it, so that it is asked as it is there.</param>
    public async Task<IReadOnlyList<RowMatch>?> OfReviewAsync(
        Sql sql, ProjectRef project, FormId form, SubmissionId id, string? reviewState, CancellationToken cancellationToken)
    {
        if (await conditions.FindAsync(project, form, cancellationToken) is not { } bound || !bound.Asks(RowFact.ReviewState))
        {
            return null;
        }

        return await OfStoredAsync(sql, project, bound, id, reviewState, cancellationToken);
    }

    /// <summary>Asks a stored submission again, because its answers were replaced where they are; nothing for a form without conditions.</summary>
    /// <param name="sql">The transaction of whoever replaced them.</param>
    public async Task<IReadOnlyList<RowMatch>> OfRewrittenAsync(
        Sql sql, ProjectRef project, FormId form, SubmissionId id, string? reviewState, CancellationToken cancellationToken) =>
        await conditions.FindAsync(project, form, cancellationToken) is { } bound
            ? await OfStoredAsync(sql, project, bound, id, reviewState, cancellationToken)
            : [];

    private async Task<IReadOnlyList<RowMatch>> OfStoredAsync(
        Sql sql, ProjectRef project, BoundConditions bound, SubmissionId id, string? reviewState, CancellationToken cancellationToken)
    {
        // Read again: it may have been edited before the caller held it.
        var row = await sql.GetAsync<StoredRow>(Stored, new { id }, cancellationToken);
        var origin = new RowOrigin(row.SubmitterId, row.CreatedAt, reviewState, row.DeploymentId);
        var known = await facts.FindAsync(bound, origin, cancellationToken);
        byte[] xml;
        try
        {
            xml = await stored.GetAsync(sql, project, id, row.CurrentVersion, row.InstanceId, cancellationToken);
        }
        catch (ProblemException)
        {
            return bound.MatchUnknown(known);
        }

        try
        {
            return bound.Match(xml, known);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(xml);
        }
    }

    private async Task<byte[]> OpenAsync(NewSubmission edit, CancellationToken cancellationToken)
    {
        if (edit.XmlBlob is not { } blob)
        {
            return contents.OpenXml(edit.Project, edit.Id, 1, edit.Xml);
        }

        await using var stream = await contents.OpenXmlBlobAsync(edit.Project, edit.Id, 1, blob.Id, cancellationToken);
        var xml = new byte[stream.Length];
        await stream.ReadExactlyAsync(xml, cancellationToken);
        return xml;
    }

    private sealed record StoredRow(string InstanceId, ActorId SubmitterId, DateTimeOffset CreatedAt, int CurrentVersion, long? DeploymentId);
}
