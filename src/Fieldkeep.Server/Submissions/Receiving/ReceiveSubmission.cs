using System.Globalization;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Submissions.Limiting;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Where a submission is to go.</summary>
/// <param name="Project">The project.</param>
/// <param name="XmlFormId">The form it must be of; null when the instance says.</param>
/// <param name="IsDraft">Whether it tests the form's draft.</param>
internal sealed record SubmissionTarget(ProjectRef Project, string? XmlFormId, bool IsDraft)
{
    /// <summary>What the sender says it is doing.</summary>
    public SubmissionIntent Intent { get; init; }

    /// <summary>For an edit, the submission it must edit, by the id that one was first sent with.</summary>
    public string? EditOf { get; init; }

    /// <summary>What the sender remarks about it, for the submission's history; null when nothing.</summary>
    public string? Notes { get; init; }

    /// <summary>For an edit that brings back an earlier version, the number of that; null for every other.</summary>
    public int? RevertedTo { get; init; }

    /// <summary>For an edit that brings back an earlier version, the instance id of that: its confidential answers come back with it.</summary>
    public string? RevertedFrom { get; init; }
}

/// <summary>Says what the sender of an instance means by it.</summary>
internal enum SubmissionIntent
{
    /// <summary>OpenRosa: new, the same again, or an edit, as the instance itself says.</summary>
    AsSent,

    /// <summary>Certainly new, whatever it names as <c>deprecatedID</c>.</summary>
    New,

    /// <summary>Certainly an edit.</summary>
    Edit,
}

/// <summary>A submission that is safely stored.</summary>
/// <param name="Form">Its form.</param>
/// <param name="InstanceId">Its id.</param>
/// <param name="IsNew">False when it was here already and nothing, or only files, were added.</param>
/// <param name="InstanceName">The name it gives itself; null when it has none. An answer: not for logs.</param>
/// <param name="Leaf">The leaf of its entry in the ledger, which its sender may keep as a witness; null unless it is new.</param>
internal sealed record ReceivedSubmission(FormDefinition Form, string InstanceId, bool IsNew, string? InstanceName, byte[]? Leaf);

/// <summary>
/// Receives one filled form with its files: reads it once, seals it, stores it, and returns only after the commit.
/// </summary>
/// <remarks>
/// OpenRosa Form Submission API. The same instance sent again is accepted and changes nothing; files may come over
/// several requests; an instance that names a <c>deprecatedID</c> is an edit of that version.
/// </remarks>
internal sealed class ReceiveSubmission(
    MaySend maySend,
    FormCatalogue catalogue,
    SealedContents contents,
    BlobStore blobs,
    ChangeLog changes,
    SubmissionEvents events,
    CompleteSubmission complete,
    SplitReceived split,
    KeepIntake intake,
    StageGate gate,
    MatchConditions conditions,
    TakePlace takePlace,
    SubmissionLimits limits,
    Measures measures,
    TimeProvider clock)
{
    /// <summary>Reads all parts, then stores them together; a refused submission leaves nothing.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>form.not_found</c>, <c>form.no_such_version</c>, <c>form.not_accepting</c>, and the
    /// problems of <see cref="SubmissionProblems"/>.
    /// </exception>
    public async Task<ReceivedSubmission> RunAsync(
        Actor actor,
        SubmissionTarget target,
        IAsyncEnumerable<SubmissionPart> parts,
        SenderFacts sender,
        CancellationToken cancellationToken)
    {
        var (submission, form, head, received) = await WhileAway.JudgeAsync(() => ReadAsync(actor, target, parts, sender, cancellationToken));
        using (received)
        {
            var (isNew, leaf) = await StoreAsync(submission, received, cancellationToken);
            measures.CountSubmission(isNew ? "stored" : "again");
            return new ReceivedSubmission(form, submission.InstanceId, isNew, head.InstanceName, leaf);
        }
    }

    // Whoever calls it disposes of the parts.
    private async ValueTask<(NewSubmission Submission, FormDefinition Form, InstanceHead Head, ReceivedParts Parts)> ReadAsync(
        Actor actor, SubmissionTarget target, IAsyncEnumerable<SubmissionPart> parts, SenderFacts sender, CancellationToken cancellationToken)
    {
        await maySend.RequireAsync(actor, target, cancellationToken);
        var now = clock.GetUtcNow();
        var id = new SubmissionId(Guid.CreateVersion7(now));
        var received = new ReceivedParts(target.Project, id, contents, blobs, limits, clock);
        try
        {
            await received.ReadAsync(parts, cancellationToken);
            var (form, head) = await ReadHeadAsync(actor, target, received, cancellationToken);
            var confidential = await SplitAsync(actor, target, id, form, head, received, cancellationToken);
            head = confidential?.Head ?? head;
            RequireFilesNamed(confidential?.Nameable ?? head.AttachmentNames.ToHashSet(StringComparer.Ordinal), received);
            EncryptionRules.RequireFitting(form, head, received);
            if (target.Intent == SubmissionIntent.Edit && head.DeprecatedId is null)
            {
                throw SubmissionProblems.NoDeprecatedId();
            }

            var submission = Prepare(actor, target, id, form, head, confidential, received, sender, now);
            if (submission.DeprecatedId is null)
            {
                submission = await PlaceAsync(submission, cancellationToken);
                submission = submission with
                {
                    Matches = await conditions.OfNewAsync(
                        submission, received.XmlBlob is null ? received.Xml : null, cancellationToken),
                };
            }

            // Last of all: the database may have gone at any question before.
            return (submission with { AllowedAt = WhileAway.UsedAt }, form, head, received);
        }
        catch (Exception problem)
        {
            received.Discard();
            received.Dispose();
            measures.CountSubmission(problem is ProblemException ? "refused" : "failed");
            throw;
        }
    }

    // What was taken once is taken again, and its late files too, though its deployment takes nothing new any more.
    private async Task<NewSubmission> PlaceAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        if (submission.IsDraft)
        {
            return submission;
        }

        var place = await gate.OfNewAsync(submission.Submitter, submission.Project.Id, submission.Form, cancellationToken);
        if (place.Refusal is { } refusal)
        {
            return await complete.IsHereAsync(submission, cancellationToken) ? submission with { IsAgain = true } : throw refusal;
        }

        return submission with { Deployment = place.Deployment, IsFinalAtOnce = place.IsFinal };
    }

    private async Task<(FormDefinition Form, InstanceHead Head)> ReadHeadAsync(
        Actor actor, SubmissionTarget target, ReceivedParts received, CancellationToken cancellationToken)
    {
        try
        {
            var root = InstanceReader.ReadRoot(received.Xml.Span);
            var form = await FindFormAsync(actor, target, root, cancellationToken);
            return (form, await received.ReadHeadAsync(form.AttachmentPaths, cancellationToken));
        }
        catch (InstanceException problem)
        {
            throw SubmissionProblems.Unreadable(problem);
        }
    }

    // What a phone encrypted holds nothing that could be told apart here.
    private async Task<SplitInstance?> SplitAsync(
        Actor actor,
        SubmissionTarget target,
        SubmissionId id,
        FormDefinition form,
        InstanceHead head,
        ReceivedParts received,
        CancellationToken cancellationToken)
    {
        if (form.Confidential.IsEmpty || head.IsEncrypted)
        {
            if (form.ConfidentialNumber > 0)
            {
                await split.BringUpAsync(target, form, head, cancellationToken);
            }

            return null;
        }

        try
        {
            return await split.RunAsync(actor, target, id, form, head, received, cancellationToken);
        }
        catch (InstanceException problem)
        {
            throw SubmissionProblems.Unreadable(problem);
        }
    }

    private async Task<FormDefinition> FindFormAsync(
        Actor actor, SubmissionTarget target, InstanceRoot root, CancellationToken cancellationToken)
    {
        if (target.XmlFormId is { } expected && expected != root.FormId)
        {
            throw SubmissionProblems.OtherForm(expected, root.FormId);
        }

        var form = await catalogue.FindAsync(target.Project.Id, root.FormId, cancellationToken)
            ?? throw FormProblems.NotFound(root.FormId);
        await maySend.RequireAsync(actor, target, form.Id, cancellationToken);
        if (target.IsDraft)
        {
            return await catalogue.GetDefinitionAsync(
                form.Draft ?? throw FormProblems.NoDraft(root.FormId), cancellationToken);
        }

        if (form.State == FormState.Closed)
        {
            throw FormProblems.NotAccepting(root.FormId);
        }

        var version = root.Version ?? "";
        return form.Versions.TryGetValue(version, out var versionId)
            ? await catalogue.GetDefinitionAsync(versionId, cancellationToken)
            : throw FormProblems.NoSuchVersion(root.FormId, version);
    }

    private static void RequireFilesNamed(IReadOnlySet<string> named, ReceivedParts received)
    {
        foreach (var name in received.Files.Keys)
        {
            if (!named.Contains(name))
            {
                throw SubmissionProblems.FileNotNamed(name);
            }
        }
    }

    private NewSubmission Prepare(
        Actor actor,
        SubmissionTarget target,
        SubmissionId id,
        FormDefinition form,
        InstanceHead head,
        SplitInstance? confidential,
        ReceivedParts received,
        SenderFacts sender,
        DateTimeOffset now)
    {
        var project = target.Project;
        var sha256 = received.XmlSha256 ?? throw SubmissionProblems.NoInstance();
        var mac = contents.ContentMac(project, sha256);
        var after = VersionEntry.Of(form.Form.Value, 1, null, mac, confidential?.Part, isDraft: target.IsDraft);
        return new NewSubmission
        {
            Id = id,
            Project = project,
            Form = form.Form,
            FormVersion = form.VersionId,
            IsDraft = target.IsDraft,
            InstanceId = head.InstanceId,
            DeprecatedId = target.Intent == SubmissionIntent.New ? null : head.DeprecatedId,
            EditOf = target.EditOf,
            Submitter = actor,
            ContentMac = mac,
            Xml = received.XmlBlob is null ? contents.SealXml(project, id, 1, received.Xml.Span) : null,
            XmlBlob = received.XmlBlob,
            Meta = sender is { DeviceId: null, UserAgent: null } ? null : contents.SealMeta(project, id, 1, sender),
            Size = checked((int)received.XmlSize),
            ReceivedAt = now,
            Files = FilesOf(project, head, confidential?.Files, received, now),
            Confidential = confidential?.Part,
            EncryptedOrdinal = EncryptionRules.OrdinalOf(head),
            Change = changes.Prepare(
                actor, new Change("submission.create", project, "submission", head.InstanceId, null, after)),
            Event = target is { Notes: null, RevertedTo: null }
                ? null
                : events.Prepare(project, actor, SubmissionEvents.Sent, new EventBody(target.Notes, target.RevertedTo?.ToString(CultureInfo.InvariantCulture))),
        };
    }

    private List<NamedFile> FilesOf(
        ProjectRef project, InstanceHead head, IReadOnlySet<string>? confidential, ReceivedParts received, DateTimeOffset now)
    {
        var files = new List<NamedFile>(head.AttachmentNames.Count);
        foreach (var name in head.AttachmentNames)
        {
            var file = received.Files.GetValueOrDefault(name);
            var row = file?.Row ?? Guid.CreateVersion7(now);
            var isConfidential = confidential?.Contains(name) == true;
            files.Add(new NamedFile(
                name, contents.NameMac(project, name), row, contents.SealName(project, row, name, isConfidential), file, isConfidential));
        }

        return files;
    }

    // Gives whether it was new, and the leaf of what the ledger tells of it.
    private async Task<(bool IsNew, byte[]? Leaf)> StoreAsync(NewSubmission submission, ReceivedParts received, CancellationToken cancellationToken)
    {
        TakenPlace? taken;
        try
        {
            (submission, taken) = await takePlace.RunAsync(submission, cancellationToken);
        }
        catch (Exception problem)
        {
            received.Discard();
            measures.CountSubmission(problem is ProblemException ? "refused" : "failed");
            throw;
        }

        // From here on the caller hanging up changes nothing: the submission is stored or refused as a whole. Files are
        // deleted only when the outcome is certain: a lost connection may hide a commit.
        try
        {
            var stored = await intake.StoreAsync(submission);
            if (stored.Taken is { } rows)
            {
                received.Discard(rows);
            }

            taken?.Keep(stored.Leaf is not null, BytesOf(submission, stored));
            return (stored.Leaf is not null, stored.Leaf);
        }
        catch (Exception problem)
        {
            // Counted too little when it is stored nevertheless: its phone sends it again, and must find room.
            taken?.GiveBack();
            if (problem is ProblemException { Code: not IntakeProblems.UnsureCode })
            {
                received.Discard();
            }

            throw;
        }
    }

    // What of it was stored: of what was here already no instance, and of its files those that were taken.
    private static long BytesOf(NewSubmission submission, StoredSubmission stored) =>
        (stored.Leaf is null ? 0 : submission.Size)
        + submission.Files.Sum(file => file.Received is { } received && stored.Taken?.Contains(received.Row) != false ? received.Size : 0);
}
