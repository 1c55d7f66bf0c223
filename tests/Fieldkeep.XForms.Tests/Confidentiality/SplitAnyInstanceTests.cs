using System.Buffers;
using System.Text;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tests.Instances;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

/// <summary>What holds for any instance of any form, whole or broken.</summary>
public sealed class SplitAnyInstanceTests
{
    private static readonly MaskNoise Noise = (message, mac) => mac.Fill((byte)message.Length);

    private static readonly IReadOnlyList<XForm> Forms =
    [
        .. Directory.EnumerateFiles(ConformanceFolder.Require("xlsform/real"), "*.xml").Order(StringComparer.Ordinal)
            .Where((_, index) => index % 8 == 0).Select(file => XFormReader.Read(File.ReadAllText(file))).Where(form => form.Root.Children.Count > 0),
    ];

    [Fact]
    public void Put_together_again_it_is_the_same_and_apart_it_has_none_of_the_answers()
    {
        for (var seed = 0u; seed < 150; seed++)
        {
            var dice = new Dice(seed, 0);
            var form = dice.Of(Forms);
            var plan = ConfidentialPlan.Of(form, Flags(form, dice));
            var sent = Instance(form, dice, out var answers);
            var output = new ArrayBufferWriter<byte>();
            var result = InstanceSplit.Split(sent, plan, new PlaceMask("uuid:1", Noise), null, output);

            Assert.Equal(Encoding.UTF8.GetString(sent), Encoding.UTF8.GetString(Merge(output.WrittenSpan, result.Values)));
            var left = SomeAnswers.Read(output.WrittenSpan, form);
            Assert.All(result.Values, value => Assert.False(left.ContainsKey(Below(value.Place)) && value.Masked is null));
            var open = SomeAnswers.Expected(answers);
            Assert.All(open.Where(pair => plan.Find(form.Root.Path + WithoutRows(pair.Key)) is null), pair => Assert.Equal(pair.Value, left[pair.Key]));

            // What was masked, sent back as it is, changes nothing.
            var again = new ArrayBufferWriter<byte>();
            var edited = InstanceSplit.Split(output.WrittenSpan, plan, null, new SplitEdit(result.Values, EmptyKeeps: dice.Once(2)), again);
            Assert.Empty(edited.Changes);
            Assert.Equal(Encoding.UTF8.GetString(output.WrittenSpan), Encoding.UTF8.GetString(again.WrittenSpan));
        }
    }

    [Fact]
    public void A_broken_instance_is_refused_or_split_and_never_anything_else()
    {
        string[] shards =
        [
            "<", ">", "</", "/>", "\"", "&", "&#", ";", "<![CDATA[", "]]>", "<!--", "-->", " fk:confidential=\"1\"", " fk:confidential='0'", " fk:radius=\"-1\"",
            " xmlns:fk=\"https://fieldkeep.org/xforms/confidential\"", " xmlns:fk='x'", "\u0000", "\uFEFF", "<?x ?>", "é",
        ];
        var whole = 0;
        for (var seed = 0u; seed < 400; seed++)
        {
            var dice = new Dice(seed, 1);
            var form = dice.Of(Forms);
            var plan = ConfidentialPlan.Of(form, Flags(form, dice));
            var text = Encoding.UTF8.GetString(Instance(form, dice, out _));
            for (var changes = dice.Next(3); changes >= 0; changes--)
            {
                var at = dice.Next(text.Length);
                text = dice.Once(3) ? text[..at] + text[Math.Min(text.Length, at + dice.Next(9))..] : text.Insert(at, dice.Of(shards));
            }

            var sent = Encoding.UTF8.GetBytes(text);
            var output = new ArrayBufferWriter<byte>();
            try
            {
                var first = InstanceSplit.Split(sent, plan, new PlaceMask("r", Noise), null, output);
                var put = Merge(output.WrittenSpan, first.Values);
                var again = new ArrayBufferWriter<byte>();
                var second = InstanceSplit.Split(put, plan, new PlaceMask("r", Noise), new SplitEdit(first.Values, EmptyKeeps: false), again);
                Assert.Empty(second.Changes);
                whole++;
            }
            catch (InstanceException)
            {
                // Told to the client.
            }
        }

        Assert.InRange(whole, 20, 380);
    }

    private static IReadOnlyList<ConfidentialFlag> Flags(XForm form, Dice dice) =>
    [
        .. form.ListElements().Where(element => element.Path != form.Root.Path && dice.Once(6))
            .Select(element => new ConfidentialFlag(element.Path, dice.Once(2) ? 500 : null, IsDeclassified: dice.Once(8), null)),
    ];

    private static byte[] Instance(XForm form, Dice dice, out InstanceAnswers answers)
    {
        answers = SomeAnswers.To(form, dice);
        var output = new ArrayBufferWriter<byte>();
        InstanceWriter.Write(form, answers, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Merge(ReadOnlySpan<byte> masked, IReadOnlyList<ConfidentialValue> values)
    {
        var output = new ArrayBufferWriter<byte>();
        InstanceSplit.Merge(masked, values, output);
        return output.WrittenSpan.ToArray();
    }

    private static string Below(string place) => place[place.IndexOf('/', 1)..];

    private static string WithoutRows(string place) => System.Text.RegularExpressions.Regex.Replace(
        place, @"\[[0-9]+\]", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5));
}
