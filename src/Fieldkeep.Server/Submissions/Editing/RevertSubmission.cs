using System.Buffers;
using System.Runtime.CompilerServices;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>
/// Brings a submission back to an earlier version: its answers and files are received once more, as the next version.
/// Nothing is taken away, so that this can be undone in the same way.
/// </summary>
internal sealed class RevertSubmission(
    FormAccess access,
    ReadSubmissionVersion versions,
    SubmissionQueries submissions,
    SealedContents contents,
    ConfidentialSight sight,
    FormCatalogue catalogue,
    ReceiveSubmission receive,
    TimeProvider clock)
{
    /// <summary>Makes the version that <paramref name="place"/> names the next one, and gives the instance id of that.</summary>
    /// <param name="seen">The instance id of the version that whoever asks took for the current one.</param>
    /// <param name="reason">Why, for the history; null when nothing was said.</param>
    /// <exception cref="ProblemException">
    /// <c>submission.is_current</c>, <c>submission.outdated</c>, <c>submission.cannot_revert_encrypted</c>, <c>submission.confidential</c>, the problems of
    /// <see cref="ReadSubmissionVersion"/> and, as with any edit, those of <see cref="ReceiveSubmission"/>.
    /// </exception>
    public async Task<string> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, string seen, string? reason, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.SubmissionUpdate, project.Id, place.XmlFormId, cancellationToken);
        var opened = await versions.RunAsync(actor, project, place, ConfidentialWish.Masked, cancellationToken);
        if (opened.Row.CurrentInstanceId != seen)
        {
            throw SubmissionProblems.Outdated(seen);
        }

        if (opened.Version.Version == opened.Row.CurrentVersion)
        {
            throw SubmissionProblems.IsCurrent(opened.Version.InstanceId);
        }

        // Confidential answers come back with the others: that is to replace them.
        var form = await catalogue.GetDefinitionAsync(opened.Version.FormVersionId, cancellationToken);
        if (!form.Confidential.IsEmpty && !await sight.MayWriteAsync(actor, project.Id, opened.Set.Form, cancellationToken))
        {
            throw SubmissionProblems.Confidential();
        }

        if (InstanceReader.ReadRoot(opened.Xml).IsEncrypted)
        {
            throw SubmissionProblems.CannotRevertEncrypted();
        }

        var target = new SubmissionTarget(project, place.XmlFormId, place.IsDraft)
        {
            Intent = SubmissionIntent.Edit,
            EditOf = opened.Row.InstanceId,
            Notes = reason,
            RevertedTo = opened.Version.Version,
            RevertedFrom = opened.Version.InstanceId,
        };
        var xml = Next(opened, form);
        var parts = PartsAsync(project, opened, xml, cancellationToken);
        var received = await receive.RunAsync(actor, target, parts, new SenderFacts(null, null), cancellationToken);
        return received.InstanceId;
    }

    private byte[] Next(OpenedVersion opened, FormDefinition form)
    {
        var ids = new InstanceAnswers();
        ids.Set("/meta/instanceID", $"uuid:{Guid.CreateVersion7(clock.GetUtcNow())}");
        ids.Set("/meta/deprecatedID", opened.Row.CurrentInstanceId);
        var output = new ArrayBufferWriter<byte>(opened.Xml.Length + 256);
        InstanceEditor.Write(opened.Xml, form.XForm, ids, output);
        return output.WrittenSpan.ToArray();
    }

    // The files of that version, not of the current one: a name may have been given to other bytes since.
    private async IAsyncEnumerable<SubmissionPart> PartsAsync(
        ProjectRef project,
        OpenedVersion opened,
        byte[] xml,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SubmissionPart(SubmissionPart.InstanceName, "submission.xml", "text/xml", new MemoryStream(xml, writable: false));
        foreach (var file in await submissions.ListAllFilesAsync(project, opened.Row.Id, opened.Version.Version, cancellationToken))
        {
            if (file.Blob is { } blob)
            {
                await using var kept = await OpenAsync(project, opened, file, blob, cancellationToken);
                yield return new SubmissionPart(file.Name, file.Name, null, kept);
            }
        }
    }

    private async Task<Stream> OpenAsync(
        ProjectRef project, OpenedVersion opened, SubmissionFile file, byte[] blob, CancellationToken cancellationToken)
    {
        try
        {
            return await contents.OpenFileAsync(project, file.RowId, new BlobId(blob), file.IsSealedApart, cancellationToken);
        }
        catch (Exception problem) when (problem is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw SubmissionReadProblems.Damaged(opened.Row.InstanceId);
        }
    }
}
