using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Lifecycle.People;

/// <summary>
/// Finds the submissions in which a person is named, in the forms of a project, in the trash and in earlier versions too. What was sought is
/// written down nowhere; that somebody sought stands in the audit book before anything is found.
/// </summary>
internal sealed class FindPerson(
    Db db, Policy policy, FindSubmissions find, ConfidentialSight sight, SealedRows rows, OpenInstances open, SubmissionQueries submissions, StoredXml stored, Holds holds, FormQueries forms, AuditLog audit)
{
    /// <summary>The most that is found; whoever needs more is not looking for one person.</summary>
    public const int Most = 200;

    private const string Noted = "person search";
    private const int FewestCharacters = 2;
    private const int MostCharacters = 200;

    /// <summary>Finds them, form by form, newest first.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>person.text</c>, <c>person.no_questions</c>.
    /// </exception>
    public async Task<FoundPeople> RunAsync(Actor actor, ProjectRef project, PersonWanted wanted, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        var text = (wanted.Text?.Trim() ?? "") is { Length: >= FewestCharacters and <= MostCharacters } given
            ? given
            : throw new ProblemException("person.text", 422, $"“text” must be {FewestCharacters} to {MostCharacters} characters of what names the person.");
        if (wanted.Forms.Count == 0 || wanted.Forms.Any(form => form.Paths.Count == 0))
        {
            throw new ProblemException("person.no_questions", 422, "Choose at least one form, and in each form at least one question to look at.");
        }

        await audit.AppendAsync(
            db, actor, new AuditEvent("person.find", project.Id, "project", project.Id.ToString(), $"{wanted.Forms.Count} forms"), cancellationToken);
        var held = await holds.FindHeldAsync(project.Id, cancellationToken);
        var found = new List<FoundSubmission>();
        var unread = new Unread();
        foreach (var form in wanted.Forms)
        {
            var set = await find.RunAsync(actor, Permission.SubmissionRead, project, form.XmlFormId, isDraft: false, cancellationToken);
            var sought = new Sought(text, wanted.IsExact, form.Paths.ToHashSet(StringComparer.Ordinal));
            var isWhole = await sight.SeesAsync(actor, set, ConfidentialWish.IfAllowed, cancellationToken);
            if (isWhole)
            {
                await sight.NoteExportAsync(actor, set, Noted, cancellationToken);
            }

            var before = found.Count;
            unread.IsCovered |= await sight.CoversAsync(actor, set, cancellationToken);
            unread.Tests += await HeldSubmissions.CountTestsAsync(db, set.Form, cancellationToken);
            await LookAsync(set, sought, isWhole, held, found, unread, cancellationToken);
            foreach (var one in isWhole ? found.Skip(before).ToList() : [])
            {
                await sight.NoteAsync(actor, set, one.InstanceId, Noted, cancellationToken);
            }
        }

        var trashed = (await forms.ListTrashAsync(project.Id, cancellationToken)).Count;
        return new FoundPeople(
            found.Take(Most).ToList(),
            found.Count > Most,
            new UnreadInSearch(unread.Encrypted, unread.Damaged, unread.Tests, trashed, unread.IsCovered));
    }

    private async Task LookAsync(
        SubmissionSet set,
        Sought sought,
        bool isWhole,
        Func<SubmissionId, bool> held,
        List<FoundSubmission> found,
        Unread unread,
        CancellationToken cancellationToken)
    {
        await foreach (var block in rows.ReadAsync(set, new RowRange(0, long.MaxValue, WithTrash: true), long.MaxValue, cancellationToken))
        {
            using (block)
            {
                for (var at = 0; at < block.Rows.Count && found.Count <= Most; at++)
                {
                    var row = block.Rows[at];
                    if (await MatchAsync(set, sought, isWhole, block, at, unread, cancellationToken) is { } match)
                    {
                        found.Add(new FoundSubmission(
                            set.XmlFormId, row.InstanceId, row.CreatedAt, row.DeletedAt is not null, held(row.Id), match.Path, match.Value, match.IsEarlier));
                    }
                }
            }

            if (found.Count > Most)
            {
                return;
            }
        }
    }

    private async Task<Match?> MatchAsync(
        SubmissionSet set, Sought sought, bool isWhole, SealedBlock block, int at, Unread unread, CancellationToken cancellationToken)
    {
        var row = block.Rows[at];
        if (row.Answers != AnswersState.Clear)
        {
            unread.Encrypted++;
            return null;
        }

        try
        {
            Match? match = null;
            if (!isWhole)
            {
                await open.OpenAsync(set.Project, block, at, xml => match = sought.In(xml, isEarlier: false), cancellationToken);
            }
            else
            {
                match = sought.In(await stored.GetWholeAsync(set.Project, row.Id, row.Version, row.InstanceId, cancellationToken), isEarlier: false);
            }

            return match ?? (row.Version > 1 ? await MatchEarlierAsync(set, sought, isWhole, row, cancellationToken) : null);
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem) || problem is ProblemException { Code: "submission.damaged" })
        {
            unread.Damaged++;
            return null;
        }
    }

    private async Task<Match?> MatchEarlierAsync(
        SubmissionSet set, Sought sought, bool isWhole, SealedRow row, CancellationToken cancellationToken)
    {
        foreach (var version in (await submissions.ListVersionsAsync(row.Id, cancellationToken)).Where(one => one.Version != row.Version))
        {
            var xml = isWhole
                ? await stored.GetWholeAsync(set.Project, row.Id, version.Version, row.InstanceId, cancellationToken)
                : await stored.GetAsync(set.Project, row.Id, version.Version, row.InstanceId, cancellationToken);
            if (sought.In(xml, isEarlier: true) is { } match)
            {
                return match;
            }
        }

        return null;
    }

    private sealed class Unread
    {
        public long Encrypted { get; set; }

        public long Damaged { get; set; }

        public long Tests { get; set; }

        public bool IsCovered { get; set; }
    }

    private sealed record Match(string Path, string Value, bool IsEarlier);

    private sealed record Sought(string Text, bool IsExact, IReadOnlySet<string> Paths)
    {
        public Match? In(ReadOnlySpan<byte> xml, bool isEarlier)
        {
            foreach (var (path, value) in InstanceRewriter.Read(xml))
            {
                if (Replacements.IsOf(Paths, path) && Fits(value.Trim()))
                {
                    return new Match(path, value.Trim(), isEarlier);
                }
            }

            return null;
        }

        private bool Fits(string value) => IsExact
            ? string.Equals(value, Text, StringComparison.OrdinalIgnoreCase)
            : value.Contains(Text, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Whom to look for.</summary>
/// <param name="Text">A name, a number: whatever names the person in the answers.</param>
/// <param name="IsExact">Whether the whole answer must be that, and not only hold it.</param>
internal sealed record PersonWanted(string? Text, bool IsExact, IReadOnlyList<QuestionsOfForm> Forms);

/// <summary>Questions of a form.</summary>
/// <param name="Paths">Below the root of the instance: <c>/name</c>, <c>/member/name</c>.</param>
internal sealed record QuestionsOfForm(string XmlFormId, IReadOnlyList<string> Paths);

/// <summary>What was found.</summary>
/// <param name="IsMore">Whether there are more than are listed.</param>
/// <param name="Unread">Where nobody looked: the person may be named there still.</param>
internal sealed record FoundPeople(IReadOnlyList<FoundSubmission> Items, bool IsMore, UnreadInSearch Unread);

/// <summary>Where a search for a person did not look.</summary>
/// <param name="Encrypted">Submissions that a phone encrypted.</param>
/// <param name="Damaged">Submissions of which the newest or an earlier version cannot be read.</param>
/// <param name="Tests">Test submissions of the drafts of the forms.</param>
/// <param name="TrashedForms">Forms of the project in the trash.</param>
/// <param name="IsConfidentialCovered">Whether there are confidential answers that whoever asks may not read.</param>
internal sealed record UnreadInSearch(long Encrypted, long Damaged, long Tests, int TrashedForms, bool IsConfidentialCovered);

/// <summary>A submission in which the person is named.</summary>
/// <param name="Path">The first question that does.</param>
/// <param name="Value">What it says.</param>
/// <param name="IsEarlier">Whether only an earlier version does.</param>
internal sealed record FoundSubmission(
    string XmlFormId, string InstanceId, DateTimeOffset CreatedAt, bool IsTrashed, bool IsHeld, string Path, string Value, bool IsEarlier);
