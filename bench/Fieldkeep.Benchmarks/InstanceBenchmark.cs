using System.Text;
using System.Xml.Linq;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Benchmarks;

/// <summary>Reading the head of an instance, as the submission door does, against building a tree of it.</summary>
internal static class InstanceBenchmark
{
    private const int Rounds = 20;

    /// <summary>Measures and prints.</summary>
    public static void Run()
    {
        using var resource = typeof(InstanceBenchmark).Assembly.GetManifestResourceStream("household.md")
            ?? throw new InvalidOperationException("The program was built without its resource household.md.");
        var compiled = XlsFormCompiler.Compile(resource, "household.md", new CompileOptions());
        var form = XFormReader.Read(compiled.XForm ?? throw new InvalidOperationException(compiled.Diagnostics[0].Message));
        var paths = AttachmentPaths.Of(form);
        var instance = Encoding.UTF8.GetBytes(Household(members: 5));
        var text = Encoding.UTF8.GetString(instance);

        var times = Stopwatches.Compare(
            Rounds, () => InstanceReader.ReadHead(instance, paths), () => XDocument.Parse(text, LoadOptions.PreserveWhitespace));
        Stopwatches.Head("work", "bytes", "µs", "MB/s");
        Stopwatches.Row("InstanceReader.ReadHead", instance.Length, $"{times[0] * 1e6:0.0}", $"{instance.Length / times[0] / 1e6:0}");
        Stopwatches.Row("XDocument.Parse", instance.Length, $"{times[1] * 1e6:0.0}", $"{instance.Length / times[1] / 1e6:0}");
    }

    /// <summary>A household with so many members.</summary>
    internal static string Household(int members)
    {
        var member = string.Concat(Enumerable.Range(1, members).Select(number =>
            $"<member><member_mark>M{number}</member_mark><member_sex>female</member_sex><member_age>{7 * number}</member_age>"
            + "<relation>child</relation><tasks>field water market</tasks><in_school>yes</in_school></member>"));
        return """<data id="household" version="1" xmlns:orx="http://openrosa.org/xforms"><start>2026-01-05T08:00:00.000+00:00</start>"""
            + "<end>2026-01-05T08:25:00.000+00:00</end><today>2026-01-05</today><deviceid>collect:device1</deviceid><visit><enumerator>E1</enumerator>"
            + "<household_code>HH-000001</household_code><district>north</district><settlement>Settlement 4</settlement><visit_date>2026-01-05</visit_date>"
            + "<place>1.2345678 31.2345678 1012.0 4.5</place><consent>yes</consent></visit><head><head_sex>male</head_sex><head_age>41</head_age>"
            + "<head_schooling>primary</head_schooling><head_work>farming</head_work><arrived>2019-04-02</arrived></head>" + member
            + "<dwelling><water>well</water><water_minutes>35</water_minutes><latrine>shared</latrine><roof>iron</roof><goods>radio phone</goods>"
            + "<light>solar</light></dwelling><food_days>6</food_days><photo>photo-1.jpg</photo><notes>The path floods after rain.</notes>"
            + "<orx:meta><orx:instanceID>uuid:454349e4-6a8e-46db-8a43-000000000005</orx:instanceID><orx:instanceName>HH-000001</orx:instanceName></orx:meta></data>";
    }
}
