using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Advice;

/// <summary>Finds the words that an author probably meant among some words, each only once and not without end.</summary>
internal sealed class NearWords
{
    /// <summary>Who compares with one of more words has copied it from a register, and has not typed it.</summary>
    private const int MostCandidates = 20_000;

    private readonly Dictionary<(string Word, IReadOnlyCollection<string> Candidates), string?> _found = [];

    /// <summary>Finds the nearest word; null when none is near, or when so many were looked for already that no more are.</summary>
    public string? Nearest(string word, IReadOnlyCollection<string> candidates)
    {
        if (!_found.TryGetValue((word, candidates), out var near)
            && _found.Count < FormLimits.Suggestions
            && candidates.Count <= MostCandidates)
        {
            near = Spelling.Nearest(word, candidates);
            _found.Add((word, candidates), near);
        }

        return near;
    }
}
