using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Advice;

/// <summary>Collects advice and keeps it readable: beyond a hundred of one kind only their number is told.</summary>
internal sealed class AdviceList
{
    /// <summary>What one form can be told of one kind before the rest is only counted.</summary>
    public const int MostOfOneKind = 100;

    private readonly OrderedDictionary<string, (List<Diagnostic> Kept, int More)> _kinds = new(StringComparer.Ordinal);

    /// <summary>Adds one piece of advice.</summary>
    public void Add(string code, string message, SourceCell? cell, string? suggestion = null)
    {
        var (kept, more) = _kinds.TryGetValue(code, out var kind) ? kind : ([], 0);
        if (kept.Count < MostOfOneKind)
        {
            kept.Add(new Diagnostic(code, Severity.Advice, message, cell, suggestion));
        }
        else
        {
            more++;
        }

        _kinds[code] = (kept, more);
    }

    /// <summary>Hands everything over, kind by kind and row by row.</summary>
    public void MoveTo(DiagnosticList diagnostics)
    {
        foreach (var (code, (kept, more)) in _kinds)
        {
            foreach (var one in kept)
            {
                diagnostics.Add(one);
            }

            if (more > 0)
            {
                diagnostics.Advice(code, $"… and {more} more of this kind.", kept[0].Cell is { } cell ? new SourceCell(cell.Sheet) : null);
            }
        }
    }
}
