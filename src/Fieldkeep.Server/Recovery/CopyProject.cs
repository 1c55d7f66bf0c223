using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Recovering;

namespace Fieldkeep.Server.Recovery;

/// <summary>What was copied: its forms are closed yet.</summary>
internal sealed record CopiedProject(RecoveryReport Report, IReadOnlyList<PlacedForm> Forms);

/// <summary>Copies the forms of a project from a restored installation, and then their submissions, one after the other; counts, and tells what could not be.</summary>
internal sealed class CopyProject(PlaceForm placeForm, CopySubmissions copySubmissions, Db db)
{
    /// <summary>Does it. Memory is flat, whatever the size.</summary>
    /// <exception cref="ProblemException">Those of the operations it is made of.</exception>
    public async Task<CopiedProject> RunAsync(
        Actor actor, RecoverySource source, KeptProject there, Project here, RecoveryOrder order, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var known = new KnownSenders(db);
        var counts = new CopyCounts { Count = order.Count, SubmissionsThere = (int)await source.Submissions.CountAsync(there.Id, cancellationToken) };
        var unrewritten = await source.ListUnrewrittenAsync(there.Id, cancellationToken);
        var forms = new List<PlacedForm>();
        foreach (var form in await source.Forms.ListAsync(there.Id, cancellationToken))
        {
            if (form.IsTrashed)
            {
                await CountTrashedAsync(source, form, counts, cancellationToken);
                continue;
            }

            var versions = await source.Forms.ListVersionsAsync(form, cancellationToken);
            var placed = await placeForm.RunAsync(actor, source.Forms, there.Ref, form, here.Ref, cancellationToken);
            forms.Add(placed);
            counts.AddForm(versions.Count, placed, form.XmlFormId);
            progress.Report($"form “{form.XmlFormId}”: {placed.Versions.Count} versions{(placed.HasDraft ? " and a draft" : "")}");
            var place = new RecoveryPlace(source.Submissions, there.Ref, here.Ref, placed.Id, placed.Versions, placed.ConfidentialNumber, known.Of);
            var copying = new Copying(source, place, form, there.KeyId, unrewritten, known, counts);
            await copySubmissions.RunAsync(actor, copying, progress, cancellationToken);
        }

        if (known.Gone.Count > 0)
        {
            counts.Left.Add($"{known.Gone.Count} people, phones or links who sent or said something and are gone since: it stands without them");
        }

        counts.Left.AddRange(await source.TellLeftAsync(there.Id, cancellationToken));
        return new CopiedProject(counts.Report(here, there.Id, order), forms);
    }

    private static async Task CountTrashedAsync(RecoverySource source, RecoverableForm form, CopyCounts counts, CancellationToken cancellationToken)
    {
        var submissions = 0;
        for (var after = 0L; ;)
        {
            var page = await source.Submissions.ListAsync(form.Id, after, CopySubmissions.AtOnce, cancellationToken);
            if (page.Count == 0)
            {
                break;
            }

            (submissions, after) = (submissions + page.Count, page[^1].Sequence);
        }

        counts.SubmissionsThere -= submissions;
        counts.Left.Add($"the form “{form.XmlFormId}”, which lay in the trash, with {submissions} submissions");
    }
}
