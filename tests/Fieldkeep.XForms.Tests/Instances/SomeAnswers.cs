using System.Text;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Tests.Instances;

/// <summary>Makes answers to a form by dice, and reads those of an instance.</summary>
internal static class SomeAnswers
{
    private static readonly string[] Pieces =
    [
        "a", "É", "<", ">", "&", "]]>", "<!--", "-->", "\"", "'", "\n", "\r", "\r\n", "\t", " ", "  ", "&amp;", "&#13;", "<![CDATA[", "\u00A0",
        "\u2028", "\uFEFF", "😀", "𐍈", "عربى", "नेपाली", "${a}", "%41", "\u0085", "\u007F", "\uD7FF", "\uE000", "\uFFFD", "0", "-1.5",
    ];

    /// <summary>Answers about half of the questions; repeats get up to three rows, nested ones too.</summary>
    public static InstanceAnswers To(XForm form, Dice dice)
    {
        var answers = new InstanceAnswers();
        Answer(form.Root, "");
        answers.Set("/meta/instanceID", $"uuid:{dice.Next(1_000_000)}");
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

                    if (child is QuestionElement && dice.Once(2))
                    {
                        answers.Set(place, Text(dice));
                    }

                    Answer(child, place);
                }
            }
        }
    }

    /// <summary>A text of any characters XML can hold.</summary>
    public static string Text(Dice dice) => string.Concat(Enumerable.Range(0, dice.Next(8)).Select(_ => dice.Of(Pieces)));

    /// <summary>Reads every answer that is not empty, by place.</summary>
    public static SortedDictionary<string, string> Read(ReadOnlySpan<byte> xml, XForm form)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Visit(InstanceTree.Read(xml, form), "", found);
        return found;
    }

    /// <summary>What reading an instance written from these answers must give.</summary>
    public static SortedDictionary<string, string> Expected(InstanceAnswers answers)
    {
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in answers.Paths)
        {
            // Found: the path is one of its own.
            if (answers.Find(path) is { Length: > 0 } value)
            {
                expected.Add(path, value);
            }
        }

        return expected;
    }

    public static string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static void Visit(InstanceTree node, string path, SortedDictionary<string, string> found)
    {
        if (!string.IsNullOrEmpty(node.Value))
        {
            found.Add(path, node.Value);
        }

        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var child in node.Children)
        {
            var row = counts[child.Name] = counts.GetValueOrDefault(child.Name) + 1;
            Visit(child, row == 1 ? $"{path}/{child.Name}" : $"{path}/{child.Name}[{row}]", found);
        }
    }
}
