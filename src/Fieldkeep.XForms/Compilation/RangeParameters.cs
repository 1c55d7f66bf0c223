using System.Globalization;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Checks and applies the parameters of a range question.</summary>
internal sealed class RangeParameters
{
    private const string LabelSet = "tick_labelset";

    private readonly TreeContext _context;
    private readonly SurveyRow _row;
    private readonly FormNode _node;
    private readonly Parameters _parameters;
    private readonly string _appearance;

    private RangeParameters(TreeContext context, SurveyRow row, FormNode node)
    {
        _context = context;
        _row = row;
        _node = node;
        _parameters = Parameters.Read(context, row);
        _appearance = node.ControlValue("appearance") ?? "";
    }

    /// <summary>Reports what is wrong with the numbers and writes them to the control.</summary>
    public static void Apply(TreeContext context, SurveyRow row, FormNode node) =>
        new RangeParameters(context, row, node).Apply();

    private void Apply()
    {
        _parameters.Allow(_context, _row, "start", "end", "step", "tick_interval", "placeholder", LabelSet);
        CheckAppearance();
        var start = Number("start", "1");
        var end = Number("end", "10");
        var step = Number("step", "1");
        var interval = Number("tick_interval", null);
        var placeholder = Number("placeholder", null);
        if (start is { } from && end is { } to && step is { } by)
        {
            CheckStep("step", by, from, to);
            CheckPlaceholder(placeholder, from, to, by);
            if (interval is { } tick)
            {
                CheckStep("tick_interval", tick, from, to);
                CheckMultiple("tick_interval", tick, by);
            }

            CheckLabels(from, to, by, interval);
        }

        if (new[] { start, end, step, interval, placeholder }.Any(number => number is { } n && n != decimal.Truncate(n)))
        {
            _node.SetBind("type", "decimal");
        }

        SetControls();
    }

    private void SetControls()
    {
        _node.SetControl("start", _parameters["start"] ?? "1");
        _node.SetControl("end", _parameters["end"] ?? "10");
        _node.SetControl("step", _parameters["step"] ?? "1");
        if (_parameters["tick_interval"] is { } interval)
        {
            _node.SetControl("odk:tick-interval", interval);
        }

        if (_parameters["placeholder"] is { } placeholder)
        {
            _node.SetControl("odk:placeholder", placeholder);
        }

        if (_parameters[LabelSet] is { } list)
        {
            _node.Itemset = new Itemset(ItemsetSource.Instance, list)
            {
                List = _context.Document.Lists.GetValueOrDefault(list),
            };
        }
    }

    private void CheckAppearance()
    {
        var usesTicks = _parameters["tick_interval"] ?? _parameters["placeholder"] ?? _parameters[LabelSet];
        if (usesTicks is not null
            && _appearance.Length > 0
            && !_appearance.Contains("vertical", StringComparison.Ordinal)
            && !_appearance.Contains("no-ticks", StringComparison.Ordinal))
        {
            Error(
                DiagnosticCode.RangeAppearance,
                $"The appearance “{_appearance}” has no ticks. Use vertical or no-ticks, or remove tick_interval, " +
                "placeholder and tick_labelset.");
        }
    }

    private void CheckStep(string key, decimal step, decimal start, decimal end)
    {
        if (step == 0)
        {
            Error(DiagnosticCode.RangeZeroStep, $"The parameter {key} is 0. Write the distance between two values.");
        }
        else if (Math.Abs(step) > Math.Abs(end - start))
        {
            Error(
                DiagnosticCode.RangeStepTooLarge,
                $"The parameter {key} is {step}, more than the distance from {start} to {end}. Make it smaller.");
        }
    }

    private void CheckPlaceholder(decimal? placeholder, decimal start, decimal end, decimal step)
    {
        if (placeholder is not { } value)
        {
            return;
        }

        if (value < Math.Min(start, end) || value > Math.Max(start, end))
        {
            Error(
                DiagnosticCode.RangePlaceholderOutside,
                $"The placeholder {value} is outside of {start} to {end}. Choose a value inside.");
        }

        CheckMultiple("placeholder", value - start, step);
    }

    private void CheckMultiple(string key, decimal value, decimal step)
    {
        if (step != 0 && value % step != 0)
        {
            Error(
                DiagnosticCode.RangeNotOnStep,
                $"The parameter {key} does not fall on a step of {step}. Choose a multiple of the step.");
        }
    }

    private void CheckLabels(decimal start, decimal end, decimal step, decimal? interval)
    {
        if (_parameters[LabelSet] is not { } name)
        {
            return;
        }

        if (!_context.Document.Lists.TryGetValue(name, out var list))
        {
            Error(
                DiagnosticCode.RangeLabelListUnknown,
                $"The tick_labelset “{name}” is no list of the choices sheet. Add the list or correct the name.",
                _context.Nearest(name, _context.Document.Lists.Keys));
            return;
        }

        var values = new HashSet<decimal>();
        foreach (var choice in list.Choices)
        {
            if (Parse(choice.Name) is { } value)
            {
                values.Add(value);
                CheckLabel(choice, value, start, end, interval ?? step);
            }
            else
            {
                Error(
                    DiagnosticCode.RangeLabelNotANumber,
                    $"The list “{name}” labels ticks, but the name “{choice.Name}” is no number. Use numbers as names.");
            }
        }

        CheckEnds(name, values, start, end);
    }

    private void CheckLabel(Choice choice, decimal value, decimal start, decimal end, decimal tick)
    {
        if (value < Math.Min(start, end) || value > Math.Max(start, end))
        {
            Error(
                DiagnosticCode.RangeLabelOutside,
                $"The tick label {choice.Name} is outside of {start} to {end}. Remove it or widen the range.");
        }
        else if (tick != 0 && (value - start) % tick != 0)
        {
            Error(
                DiagnosticCode.RangeLabelNotOnTick,
                $"The tick label {choice.Name} does not fall on a tick: ticks start at {start} and are {tick} apart.");
        }
    }

    private void CheckEnds(string name, HashSet<decimal> values, decimal start, decimal end)
    {
        if (!_appearance.Contains("no-ticks", StringComparison.Ordinal))
        {
            return;
        }

        if (values.Count > 2)
        {
            Error(
                DiagnosticCode.RangeTooManyLabels,
                $"With no-ticks only the two ends can have labels, but the list “{name}” has {values.Count}.");
        }
        else if (!values.SetEquals([start, end]))
        {
            Error(
                DiagnosticCode.RangeLabelsNotEnds,
                $"With no-ticks only the ends {start} and {end} can have labels. Correct the names in the list “{name}”.");
        }
    }

    private decimal? Number(string key, string? fallback)
    {
        if ((_parameters[key] ?? fallback) is not { } text)
        {
            return null;
        }

        var number = Parse(text);
        if (number is null)
        {
            Error(DiagnosticCode.RangeNotANumber, $"The parameter {key} is “{text}”, which is no number. Write it in digits, such as {key}=10.");
        }

        return number;
    }

    private static decimal? Parse(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Error(string code, string message, string? suggestion = null) =>
        _context.Error(code, _row.Number, "parameters", message, suggestion);
}
