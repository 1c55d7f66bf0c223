using Fieldkeep.Server.Exports.Anonymity;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>How easily people can be found in an export by answers that are no names.</summary>
/// <param name="Rows">Submissions that were looked at, a million at the most.</param>
/// <param name="IsPart">Whether there are more.</param>
/// <param name="SmallestGroup">Submissions that share all these answers at the least: the k of k-anonymity; 0 without submissions.</param>
/// <param name="UniqueRows">Submissions that share them with no other.</param>
/// <param name="FewRows">Submissions that share them with fewer than four others.</param>
/// <param name="Columns">The columns put together, the riskiest first.</param>
/// <param name="LeftOut">Columns of that kind beyond the twelve that are put together.</param>
/// <param name="RepeatColumns">Columns of that kind in repeats, which are not put together.</param>
/// <param name="Identifiers">Paths of questions that name people by themselves.</param>
internal sealed record AnonymityItem(
    int Rows,
    bool IsPart,
    int SmallestGroup,
    int UniqueRows,
    int FewRows,
    IReadOnlyList<RiskyColumnItem> Columns,
    int LeftOut,
    int RepeatColumns,
    IReadOnlyList<string> Identifiers)
{
    /// <summary>Shows an estimate.</summary>
    public static AnonymityItem Of(AnonymityEstimate estimate) => new(
        estimate.Rows,
        estimate.IsPart,
        estimate.Groups.Smallest,
        estimate.Groups.Unique,
        estimate.Groups.Few,
        [.. estimate.Columns.Select(column => new RiskyColumnItem(column.Path, column.Distinct, column.UniqueWithout))],
        estimate.LeftOut,
        estimate.RepeatColumns,
        estimate.Identifiers);
}

/// <summary>A column that helps to find people.</summary>
/// <param name="Distinct">Different answers in it.</param>
/// <param name="UniqueWithout">Submissions that would still be unique without it.</param>
internal sealed record RiskyColumnItem(string Path, int Distinct, int UniqueWithout);
