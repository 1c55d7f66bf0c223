using System.Buffers;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Fuzz;

/// <summary>Makes an input of the form compiler and says whether the answer holds what is promised for every input.</summary>
internal sealed class XlsFormTarget(IReadOnlyList<byte[]> corpus)
{
    private static readonly string[] FileNames = ["form.xlsx", "form.xls", "form.csv", "form.md", "form", ".csv", "ünïcode \u202E.xlsx"];

    /// <summary>What happened to the inputs so far, by kind and outcome.</summary>
    public SortedDictionary<string, int> Outcomes { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes the work of one input; running it is what is measured.</summary>
    public Action Prepare(ulong seed, ulong input)
    {
        var dice = new Dice(seed, input);
        var kind = dice.Next(10);
        if (kind == 9 && corpus.Count > 0 && dice.Once(4))
        {
            var real = SomeFile.Bend(dice.Of(corpus), dice);
            var realName = dice.Of(FileNames);
            return () => Check("real file, bent", dice, () => XlsFormCompiler.Compile(new MemoryStream(real), realName, new CompileOptions()));
        }

        var workbook = SomeWorkbook.By(dice);
        for (var changes = dice.Next(5) - 1; changes > 0; changes--)
        {
            workbook = BreakWorkbook.Once(workbook, dice);
        }

        if (kind < 7)
        {
            return () => Check("workbook", dice, () => XlsFormCompiler.Compile(workbook, new CompileOptions()));
        }

        var (name, bytes) = kind switch
        {
            7 => ("markdown", SomeFile.Markdown(workbook)),
            8 => ("csv", SomeFile.Csv(workbook)),
            _ => ("xlsx", SomeFile.Xlsx(workbook, dice)),
        };
        bytes = dice.Once(2) ? SomeFile.Bend(bytes, dice) : bytes;
        var fileName = name == "csv" ? "form.csv" : dice.Of(FileNames);
        return () => Check(name, dice, () => XlsFormCompiler.Compile(new MemoryStream(bytes), fileName, new CompileOptions()));
    }

    private void Check(string kind, Dice dice, Func<CompiledForm> compile)
    {
        var form = compile();
        var outcome = $"{kind}: {(form.Succeeded ? "compiled" : "refused")}";
        Outcomes[outcome] = Outcomes.GetValueOrDefault(outcome) + 1;
        var hasErrors = form.Diagnostics.Any(one => one.Severity == Severity.Error);
        Require(form.Succeeded != hasErrors, "A form is refused without a reason, or compiled in spite of one.");
        Require(form.Diagnostics.All(one => one.Message.Length > 0 && one.Code.Length > 0), "A diagnostic says nothing.");
        if (dice.Once(16))
        {
            var again = compile();
            Require(again.XForm == form.XForm && again.ItemsetsCsv == form.ItemsetsCsv, "The second XForm differs from the first.");
            Require(
                again.Diagnostics.Select(one => one.Message).SequenceEqual(form.Diagnostics.Select(one => one.Message), StringComparer.Ordinal),
                "The second diagnostics differ from the first.");
        }

        if (form.XForm is not null)
        {
            CheckXForm(form.XForm, dice);
        }
    }

    private static void CheckXForm(string xml, Dice dice)
    {
        // It reads every character; what is not well-formed throws.
        var read = XFormReader.Read(xml);
        if (dice.Once(16))
        {
            var answers = new InstanceAnswers();
            answers.Set("/meta/instanceID", "uuid:1");
            var output = new ArrayBufferWriter<byte>();
            InstanceWriter.Write(read, answers, output);
            Require(InstanceReader.ReadHead(output.WrittenSpan, AttachmentPaths.Of(read)).InstanceId == "uuid:1", "An instance is not read back.");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new FuzzException(otherwise);
        }
    }
}
