using System.Globalization;
using System.Text;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Instances;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>Makes answers of the types a form asks for by dice, sometimes others, and says where an export must show them.</summary>
internal static class TypedAnswers
{
    /// <summary>Answers most questions; repeats get up to three rows.</summary>
    public static InstanceAnswers To(XForm form, Dice dice, string instanceId)
    {
        var answers = new InstanceAnswers();
        Answer(form.Root, "");
        answers.Set("/meta/instanceID", instanceId);
        return answers;

        void Answer(FormElement parent, string path)
        {
            foreach (var child in parent.Children)
            {
                var rows = child is RepeatElement ? dice.Next(4) : 1;
                for (var row = 1; row <= rows; row++)
                {
                    var place = row == 1 ? $"{path}/{child.Name}" : $"{path}/{child.Name}[{row}]";
                    if (child is RepeatElement)
                    {
                        answers.SetRows($"{path}/{child.Name}", row);
                    }

                    if (child is QuestionElement question && !dice.Once(4))
                    {
                        answers.Set(place, dice.Once(20) ? SomeAnswers.Text(dice) : Typed(question, form, dice));
                    }

                    Answer(child, place);
                }
            }
        }
    }

    /// <summary>Every answer of an instance by the key of its row and the path of its question.</summary>
    public static Dictionary<(string Key, string Path), string> Expected(string instanceId, ReadOnlySpan<byte> xml, XForm form)
    {
        var expected = new Dictionary<(string, string), string>();
        Visit(InstanceTree.Read(xml, form), instanceId, "", expected);
        return expected;
    }

    private static void Visit(InstanceTree node, string key, string below, Dictionary<(string Key, string Path), string> expected)
    {
        foreach (var child in node.Children)
        {
            var path = $"{below}/{child.Name}";
            if (child.RepeatIndex is { } row)
            {
                Visit(child, $"{key}{path}[{row}]", "", expected);
                continue;
            }

            if (child is { Value.Length: > 0, Element: QuestionElement })
            {
                expected[(key, child.Path)] = child.Value;
            }

            Visit(child, key, path, expected);
        }
    }

    private static string Typed(QuestionElement question, XForm form, Dice dice) => question.DataType switch
    {
        DataType.Int => (dice.Next(100_000) - 20_000).ToString(CultureInfo.InvariantCulture),
        DataType.Decimal => ((dice.Next(1_000_000) - 300_000) / 1000m).ToString(CultureInfo.InvariantCulture),
        DataType.Date => $"{1890 + dice.Next(160):D4}-{1 + dice.Next(12):D2}-{1 + dice.Next(28):D2}",
        DataType.Time => $"{dice.Next(24):D2}:{dice.Next(60):D2}:{dice.Next(60):D2}.{dice.Next(1000):D3}+03:00",
        DataType.DateTime => $"20{dice.Next(90) + 10}-{1 + dice.Next(12):D2}-{1 + dice.Next(28):D2}T{dice.Next(24):D2}:{dice.Next(60):D2}:00.000-05:00",
        DataType.Geopoint => Position(dice),
        DataType.Geotrace or DataType.Geoshape => string.Join("; ", Enumerable.Range(0, 3 + dice.Next(4)).Select(_ => Position(dice))),
        DataType.SelectOne or DataType.SelectMultiple or DataType.Rank => Chosen(question, form, dice),
        _ => dice.Once(3) ? SomeAnswers.Text(dice) : $"text {dice.Next(1000)}",
    };

    private static string Position(Dice dice) => string.Create(
        CultureInfo.InvariantCulture, $"{(dice.Next(1800) - 900) / 10m} {(dice.Next(3600) - 1800) / 10m} {dice.Next(3000)} {dice.Next(20)}");

    private static string Chosen(QuestionElement question, XForm form, Dice dice)
    {
        if (question.ChoiceListId is not { } id || form.ChoiceLists.GetValueOrDefault(id) is not { Choices.Count: > 0 } list)
        {
            return "elsewhere";
        }

        return question.IsMultiple
            ? string.Join(' ', Enumerable.Range(0, 1 + dice.Next(3)).Select(_ => dice.Of(list.Choices).Value).Distinct())
            : dice.Of(list.Choices).Value;
    }

    /// <summary>What an export must show of an answer in one of the columns of its question.</summary>
    /// <param name="part">Position among the columns of the question.</param>
    public static string Shown(FlatColumn column, string answer, int part)
    {
        if (column.Source?.Question?.DataType != DataType.Geopoint)
        {
            return answer;
        }

        var parts = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return part < parts.Length ? parts[part] : "";
    }

    /// <summary>Writes answers as an instance.</summary>
    public static string Write(XForm form, InstanceAnswers answers)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        InstanceWriter.Write(form, answers, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
