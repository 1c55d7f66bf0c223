using System.Security.Cryptography;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// Takes the confidential answers out of an instance before anything of it is written, so that what is stored, asked, shown and exported
/// later never held them (decision 0034).
/// </summary>
internal sealed class SplitReceived(Db db, ConfidentialContents confidential, ConfidentialSight sight, SealedContents contents, SplitStored stored)
{
    // Whoever edits without naming a submission edits the one that has such a version.
    private const string Edited = """
        select v.submission_id, v.version, v.form_version_id, v.confidential, v.encrypted_ordinal is not null as is_encrypted, s.submitter_id
        from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft limit 1
        """;

    /// <summary>Splits what was received; <paramref name="received"/> holds the masked instance afterwards.</summary>
    /// <returns>What was taken out, and the head of the whole instance but for its name.</returns>
    /// <exception cref="InstanceException">The instance is not well-formed.</exception>
    public async Task<SplitInstance> RunAsync(
        Actor actor,
        SubmissionTarget target,
        SubmissionId id,
        FormDefinition form,
        InstanceHead head,
        ReceivedParts received,
        CancellationToken cancellationToken)
    {
        var earlier = target.Intent == SubmissionIntent.New || head.DeprecatedId is null
            ? null
            : await FindEarlierAsync(target, form, head.DeprecatedId, cancellationToken);
        var edit = earlier is null ? null : await EditOfAsync(actor, target, form, earlier, cancellationToken);
        var (split, parts, shown, part) = await received.ReadWholeAsync(
            async xml =>
            {
                using var masked = new PooledBytes();
                var taken = confidential.Split(
                    target.Project, earlier?.SubmissionId ?? id, form.Confidential, xml.Span, edit?.Split, masked);
                var whole = ReadMerged(masked.Written.Span, taken, form);

                // Other bytes in place of a confidential file are another answer.
                var bringsFiles = taken.Files.Any(received.Files.ContainsKey);
                var apart = Seal(target.Project, id, form, masked.Written.Span, taken, bringsFiles, edit);
                var left = InstanceReader.ReadHead(masked.Written.Span, form.AttachmentPaths);
                await received.MaskAsync(masked.Written, cancellationToken);
                return (taken, whole, left, apart);
            },
            cancellationToken);
        var files = split.Files.ToHashSet(StringComparer.Ordinal);
        if (ConfidentialContents.HidesPlaces(form))
        {
            files.UnionWith(await received.CleanAsync(files, cancellationToken));
        }

        await received.HideAsync(files, cancellationToken);
        return new SplitInstance(parts with { InstanceName = shown.InstanceName }, part, files)
        {
            // Names that were put back are nobody's to guess: files may come under those that the sender named or may read.
            Nameable = new HashSet<string>([.. edit is null or { KnowsNames: true } ? parts.AttachmentNames : [], .. shown.AttachmentNames, .. head.AttachmentNames], StringComparer.Ordinal),
        };
    }

    private static InstanceHead ReadMerged(ReadOnlySpan<byte> masked, SplitResult taken, FormDefinition form)
    {
        using var whole = new PooledBytes();
        InstanceSplit.Merge(masked, taken.Values, whole);
        return InstanceReader.ReadHead(whole.Written.Span, form.AttachmentPaths);
    }

    private ConfidentialPart Seal(
        ProjectRef project, SubmissionId id, FormDefinition form, ReadOnlySpan<byte> masked, SplitResult split, bool bringsFiles, EditRights? edit)
    {
        using var record = new PooledBytes();
        ConfidentialRecord.Write(split.Values, record);
        return new ConfidentialPart(
            form.ConfidentialNumber,
            contents.SealValues(project, id, 1, record.Written.Span),
            contents.ContentMac(project, SHA256.HashData(masked)),
            contents.ContentMac(project, SHA256.HashData(record.Written.Span)),
            edit?.Edited,
            (edit is { MayWrite: false } && (edit.LosesQuestions || bringsFiles)) || IsBeyondRight(split, edit))
        {
            Changed = edit is null ? [] : [.. split.Changes.Where(change => change.Kind != ConfidentialChangeKind.Unclear).Select(change => change.Place).Distinct()],
        };
    }

    /// <summary>
    /// Sees to it that the version an instance edits is split by what is confidential now: whoever edits was shown it so, and numbers the
    /// answers by that.
    /// </summary>
    /// <exception cref="ProblemException"><c>submission.try_again</c>.</exception>
    public async Task BringUpAsync(SubmissionTarget target, FormDefinition form, InstanceHead head, CancellationToken cancellationToken)
    {
        if (target.Intent != SubmissionIntent.New && head.DeprecatedId is { } edited)
        {
            await FindEarlierAsync(target, form, edited, cancellationToken);
        }
    }

    // To remove an answer, or to put it into another row, is to change it. Where a client lost the marks of rows that it changed, only whoever
    // sent the answers themselves can have meant what is empty.
    private static bool IsBeyondRight(SplitResult split, EditRights? edit) =>
        edit is not null
        && ((!edit.MayWrite && split.Changes.Count > 0)
            || (!edit.IsSender && split.Changes.Any(change => change.Kind is ConfidentialChangeKind.Unclear)));

    private async Task<EarlierVersion?> FindEarlierAsync(
        SubmissionTarget target, FormDefinition form, string instance, CancellationToken cancellationToken)
    {
        var named = new { form = form.Form, instance = target.RevertedFrom ?? instance, draft = target.IsDraft };
        var earlier = await db.FindAsync<EarlierVersion>(Edited, named, cancellationToken);
        if (earlier is null || !await IsStaleAsync(earlier, cancellationToken))
        {
            return earlier;
        }

        await stored.RunAsync(target.Project, earlier.SubmissionId, earlier.Version, cancellationToken);
        earlier = await db.FindAsync<EarlierVersion>(Edited, named, cancellationToken);
        return earlier is not null && await IsStaleAsync(earlier, cancellationToken) ? throw SubmissionProblems.TryAgain() : earlier;
    }

    private async ValueTask<bool> IsStaleAsync(EarlierVersion earlier, CancellationToken cancellationToken) =>
        !earlier.IsEncrypted
        && await confidential.FindStalePlanAsync(earlier.FormVersionId, earlier.Confidential, cancellationToken) is not null;

    // Their sender has the answers on the phone; whoever reads them may have cleared one; all others send back the marks.
    private async Task<EditRights> EditOfAsync(
        Actor actor, SubmissionTarget target, FormDefinition form, EarlierVersion earlier, CancellationToken cancellationToken)
    {
        var version = new StoredVersionRef(earlier.SubmissionId, earlier.Version, earlier.FormVersionId, earlier.Confidential);
        var isSender = WhoAsks.IsSender(actor, earlier.SubmitterId);
        var mayWrite = isSender || await sight.MayWriteAsync(actor, target.Project.Id, form.Form, cancellationToken);
        var values = await confidential.ListAsync(target.Project, version, cancellationToken);
        var set = new SubmissionSet(target.Project, form.Form, "", target.IsDraft, RowLimits.All);
        var mayRead = await sight.MayReadAsync(actor, set, cancellationToken);

        // The history tells that answers changed: to somebody who guesses, a right guess must look like a wrong one. A phone sends all again what it
        // sent: its points stay where they are shown.
        var knows = mayRead || isSender;
        var split = new SplitEdit(values, EmptyKeeps: !(mayRead && mayWrite)) { SameIsChange = !knows, IsReadOnly = !mayWrite };
        return new EditRights(split, mayWrite, isSender)
        {
            KnowsNames = isSender || mayRead,
            Edited = new EditedSplit(earlier.SubmissionId, earlier.Confidential, target.RevertedFrom is null),

            // Another version of the form may not ask what was answered: storing it would take the answer away.
            LosesQuestions = form.VersionId != earlier.FormVersionId && values.Any(value => form.Confidential.Find(value.Path) is null),
        };
    }

    private sealed record EarlierVersion(
        SubmissionId SubmissionId, int Version, FormVersionId FormVersionId, int? Confidential, bool IsEncrypted, ActorId SubmitterId);

    private sealed record EditRights(SplitEdit Split, bool MayWrite, bool IsSender)
    {
        /// <summary>Whether they were shown, or sent, the names of confidential files.</summary>
        public required bool KnowsNames { get; init; }

        public required EditedSplit Edited { get; init; }

        public required bool LosesQuestions { get; init; }
    }
}

/// <summary>A received instance whose confidential answers were taken out.</summary>
/// <param name="Head">Its head; its name only where that is not confidential.</param>
/// <param name="Part">What was taken out.</param>
/// <param name="Files">The names of the files that confidential questions name.</param>
internal sealed record SplitInstance(InstanceHead Head, ConfidentialPart Part, IReadOnlySet<string> Files)
{
    /// <summary>The names under which its sender may bring files.</summary>
    public required IReadOnlySet<string> Nameable { get; init; }
}
