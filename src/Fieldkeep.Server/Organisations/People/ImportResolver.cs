using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Finds the role and the unit that a line of a file means, and what is wrong with the line.</summary>
/// <param name="chart">The unit that is imported into, first, and all below it.</param>
/// <param name="mayGive">Tells whether whoever imports may give a role at a unit; asked once for each pair.</param>
internal sealed class ImportResolver(
    IReadOnlyList<ChartedUnit> chart, IReadOnlyList<OwnRole> own, Func<string?, UnitId, Task<bool>> mayGive)
{
    private const int MostNameCharacters = 255;

    private readonly Dictionary<(string? Role, UnitId Unit), bool> _allowed = [];
    private readonly HashSet<(string Key, UnitId Unit)> _seen = [];
    private readonly ILookup<(long Parent, string Name), UnitId> _below = chart.Skip(1).ToLookup(
        one => (one.Unit.Parent?.Value ?? 0, Fold(one.Unit.Name)), one => one.Unit.Id);

    /// <summary>Finds what a line means; the fault is null when all is well so far.</summary>
    public async Task<(string? Role, UnitId Unit, ImportOutcome? Fault)> ResolveAsync(ImportLine line)
    {
        if (line.Name.Length is 0 or > MostNameCharacters || line.Name.Any(char.IsControl) || !EmailKey.IsText(line.Name))
        {
            return (null, default, ImportOutcome.NameInvalid);
        }

        if (!EmailKey.IsAddress(line.Email) || !MailAddresses.IsAddress(line.Email))
        {
            return (null, default, ImportOutcome.EmailInvalid);
        }

        if (UnitOf(line.Unit) is not { } unit)
        {
            return (null, default, ImportOutcome.UnitUnknown);
        }

        if (!TryRole(line.Role, out var role))
        {
            return (null, unit, ImportOutcome.RoleUnknown);
        }

        if (!_allowed.TryGetValue((role, unit), out var isAllowed))
        {
            _allowed[(role, unit)] = isAllowed = await mayGive(role, unit);
        }

        return (role, unit, isAllowed ? null : ImportOutcome.Denied);
    }

    /// <summary>Tells whether a person and unit were on a line before.</summary>
    public ImportOutcome? Repeated(string key, UnitId unit) => key.Length == 0 || _seen.Add((key, unit)) ? null : ImportOutcome.Repeated;

    // Names parted by “/” or “>”, from the unit that is imported into downwards; its own name may stand first.
    private UnitId? UnitOf(string path)
    {
        var names = path.Split(['/', '>'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Fold).ToList();
        var top = chart[0].Unit;
        return Walk(top.Id, names) ?? (names.Count > 0 && names[0] == Fold(top.Name) ? Walk(top.Id, names.Skip(1)) : null);
    }

    private UnitId? Walk(UnitId from, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (_below[(from.Value, name)].Take(2).ToArray() is not [var found])
            {
                return null;
            }

            from = found;
        }

        return from;
    }

    private bool TryRole(string text, out string? role)
    {
        var folded = Fold(text);
        role = folded is "" or RolePermissions.Member
            ? null
            : own.FirstOrDefault(one => Fold(one.Name) == folded)?.Role
                ?? (folded is RolePermissions.Admin or RolePermissions.Manager or RolePermissions.Viewer or RolePermissions.Collector ? folded : "");
        return role is not { Length: 0 };
    }

    private static string Fold(string text) => text.Trim().ToLowerInvariant();
}
