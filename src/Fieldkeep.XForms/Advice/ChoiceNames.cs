using System.Globalization;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Advice;

/// <summary>Knows the names of one list's choices: as written, without regard to case, and as numbers.</summary>
internal sealed class ChoiceNames(ChoiceList list)
{
    private readonly HashSet<string> _names = list.Choices.Select(choice => choice.Name).ToHashSet(StringComparer.Ordinal);
    private HashSet<double>? _numbers;
    private Dictionary<string, string>? _inAnyCase;

    /// <summary>All names, each once, in sheet order.</summary>
    public IReadOnlyCollection<string> All => _names;

    /// <summary>Says whether a choice has this very name.</summary>
    public bool Has(string name) => _names.Contains(name);

    /// <summary>Says whether a choice's name is this number, however it is written.</summary>
    public bool HasNumber(double value)
    {
        if (_numbers is null)
        {
            _numbers = [];
            foreach (var name in _names)
            {
                if (double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                {
                    _numbers.Add(number);
                }
            }
        }

        return _numbers.Contains(value);
    }

    /// <summary>Finds the first name that differs by capital letters only; null when none does.</summary>
    public string? FindInOtherCase(string name)
    {
        if (_inAnyCase is null)
        {
            _inAnyCase = new(StringComparer.OrdinalIgnoreCase);
            foreach (var one in _names)
            {
                _inAnyCase.TryAdd(one, one);
            }
        }

        return _inAnyCase.GetValueOrDefault(name);
    }
}
