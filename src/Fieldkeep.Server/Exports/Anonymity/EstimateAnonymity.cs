using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Privacy;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Anonymity;

/// <summary>Estimates how easily people can be found in an export by answers that are no names: age, sex, village, occupation together.</summary>
/// <param name="Rows">Submissions that were looked at.</param>
/// <param name="IsPart">Whether there are more than were looked at.</param>
/// <param name="Groups">How small the groups are that share all these answers.</param>
/// <param name="Columns">The columns that were put together, the riskiest first.</param>
/// <param name="LeftOut">Further columns of that kind, beyond the most that are put together.</param>
/// <param name="RepeatColumns">Columns of that kind in repeats: they are not put together, and a roster can single people out by itself.</param>
/// <param name="Identifiers">Columns of the export that name people by themselves; while they are in it no group protects anybody.</param>
internal sealed record AnonymityEstimate(
    int Rows, bool IsPart, GroupMeasure Groups, IReadOnlyList<RiskyColumn> Columns, int LeftOut, int RepeatColumns, IReadOnlyList<string> Identifiers);

/// <summary>A column that helps to find people.</summary>
/// <param name="Distinct">Different answers in it.</param>
/// <param name="UniqueWithout">Submissions that would still be alone in their group without it.</param>
internal sealed record RiskyColumn(string Path, int Distinct, int UniqueWithout);

/// <summary>Streams the submissions of an export and counts who shares the answers that the privacy check calls quasi-identifiers.</summary>
internal sealed class EstimateAnonymity(
    BeginExport begin, ChosenRows chosen, SubmissionRows rows, PagePlaces places, AuditLog audit, Db db)
{
    private const int MostRows = 1_000_000;

    // 8 bytes a row each: 96 MB at the most.
    private const int MostColumns = 12;

    /// <summary>Gives the estimate for the rows and columns of an export.</summary>
    /// <exception cref="ProblemException">Those of <see cref="BeginExport"/> and of filters, <c>query.too_many</c>.</exception>
    public async Task<AnonymityEstimate> RunAsync(
        Actor actor, WantedExport wanted, FindNames names, CancellationToken cancellationToken)
    {
        var export = await begin.RunAsync(actor, wanted with { Passphrases = null }, names, cancellationToken);
        using var search = await places.BeginSearchAsync(actor, isSearch: true, cancellationToken);
        // What only an earlier version asked stands in the export as well.
        var findings = export.Shape.Models.SelectMany(model => PrivacyCheck.Run(model).Findings).ToList();
        var inExport = ChosenOf(export.Shape.Tables.Tables[0]);
        var inRepeats = export.Shape.Tables.Tables.Skip(1).SelectMany(ChosenOf).ToList();
        var quasi = Matching(inExport, findings, IsQuasi);
        var columns = quasi.Take(MostColumns).ToList();
        var identifiers = Matching([.. inExport, .. inRepeats], findings, IsIdentifier).ConvertAll(column => column.Path);
        List<FormColumn> ChosenOf(FormTable table) => [.. table.Columns.Where(column => IsChosen(column, wanted.Options.Columns))];
        var set = export.Request.Set;
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.estimate_anonymity", set.Project.Id, "form", set.XmlFormId, $"{columns.Count} columns{export.Request.Circumstances}"),
            cancellationToken);
        var (sizes, isPart) = await CountAsync(export, columns, cancellationToken);
        return new AnonymityEstimate(
            sizes.Rows, isPart, sizes.Measure(), RiskiestFirst(sizes, columns), quasi.Count - columns.Count, Matching(inRepeats, findings, IsQuasi).Count, identifiers);
    }

    private async Task<(GroupSizes Sizes, bool IsPart)> CountAsync(
        PreparedExport export, List<FormColumn> columns, CancellationToken cancellationToken)
    {
        var sizes = new GroupSizes(Math.Max(columns.Count, 1));
        if (columns.Count == 0)
        {
            return (sizes, false);
        }

        var seen = 0L;
        var indexes = columns.ConvertAll(column => column.Index);
        await rows.StreamAsync(
            new RowSource(
                export.Request.Set,
                chosen.ReadAsync(export.Request, MostRows + 1L, cancellationToken),
                new SubmitterNames(export.Request.Names),
                null),
            () => new RowFormat(export.Shape, new AnonymityRows(indexes)),
            (block, _) =>
            {
                seen += block.Rows;
                if (sizes.Rows < MostRows)
                {
                    sizes.Add(block.Tables[0].Written.Span);
                }

                return ValueTask.CompletedTask;
            },
            cancellationToken);
        return (sizes, seen > MostRows);
    }

    private static List<RiskyColumn> RiskiestFirst(GroupSizes sizes, List<FormColumn> columns) =>
        [.. columns
            .Select((column, at) => new RiskyColumn(column.Path, sizes.CountDistinct(at), sizes.Measure(at).Unique))
            .OrderBy(column => column.UniqueWithout)
            .ThenByDescending(column => column.Distinct)];

    private static List<FormColumn> Matching(List<FormColumn> columns, IEnumerable<PrivacyFinding> findings, Func<PrivacyFinding, bool> isMeant)
    {
        var paths = findings.Where(isMeant).Select(finding => BelowRoot(finding.Path)).ToHashSet(StringComparer.Ordinal);
        return columns.FindAll(column => paths.Contains(column.Path));
    }

    private static bool IsQuasi(PrivacyFinding finding) =>
        !finding.IsAboutStaff && !IsIdentifier(finding)
        && (finding.Kinds.Contains(PrivacyKind.QuasiIdentifier) || finding.Topics.Contains(PrivacyTopic.Place));

    private static bool IsIdentifier(PrivacyFinding finding) =>
        !finding.IsAboutStaff
        && (finding.Kinds.Contains(PrivacyKind.DirectIdentifier) || finding.Topics.Contains(PrivacyTopic.Gps));

    private static string BelowRoot(string path) => path[path.IndexOf('/', 1)..];

    private static bool IsChosen(FormColumn column, IReadOnlyList<string>? wanted) =>
        wanted is null || wanted.Any(path => column.Path == path || column.Path.StartsWith(path + "/", StringComparison.Ordinal));
}
