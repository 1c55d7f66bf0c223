using Fieldkeep.Server.Access;
using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;

namespace Fieldkeep.Server.Exports;

/// <summary>What someone wants of a form's submissions.</summary>
internal sealed record WantedExport(
    ProjectRef Project, string XmlFormId, bool IsDraft, RowSelection Selection, ExportOptions Options)
{
    /// <summary>Passphrases for what phones encrypted; null when that is to stay closed.</summary>
    public Passphrases? Passphrases { get; init; }

    /// <summary>Whether confidential answers and files are wanted with the others.</summary>
    public bool Confidential { get; init; }
}

/// <summary>Checks and lays out an export that someone wants.</summary>
internal sealed class BeginExport(FindSubmissions find, PrepareExport prepare, ChosenRows chosen, OpenExportKeys keys, ConfidentialSight sight)
{
    /// <summary>Gives the export, of which nothing is written yet. Whoever gets it disposes <see cref="ExportRequest.Keys"/> at its end.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>export.unknown_review_state</c>, <c>export.bad_range</c>,
    /// <c>key.wrong_passphrase</c>, <c>submission.confidential</c>, <c>session.too_many_attempts</c>, and those of <see cref="PrepareExport"/> and of a filter.
    /// </exception>
    public async Task<PreparedExport> RunAsync(
        Actor actor, WantedExport wanted, FindNames names, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionExport, wanted.Project, wanted.XmlFormId, wanted.IsDraft, cancellationToken);
        if (wanted.Confidential)
        {
            await sight.RequireReadAsync(actor, set, cancellationToken);
            await sight.NoteExportAsync(actor, set, ExportFormats.Of(wanted.Options.Format).Name, cancellationToken);
            set = set with { IsWhole = true };
        }

        var request = new ExportRequest(actor, set, wanted.Options, names, wanted.Selection.ToFilter());
        var prepared = await prepare.RunAsync(request, cancellationToken);
        request = request with { AsksTrash = await chosen.AsksTrashAsync(request, cancellationToken) };
        prepared = prepared with { Request = request };
        var opened = await keys.OpenAsync(actor, set, wanted.Passphrases, cancellationToken);
        return opened is null ? prepared : prepared with { Request = request with { Keys = opened } };
    }
}
