using System.Xml.Linq;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Breaks workbooks at random: the compiler must answer with diagnostics or with well-formed XML.</summary>
public sealed class CompilerRobustnessTests
{
    private const int Workbooks = 3000;

    private const string Seed = """
        | survey   | type                          | name | label | label::fr | hint | relevant   | calculation | default | appearance  | parameters     | choice_filter | trigger | repeat_count | save_to | image | constraint | constraint_message | body::a | bind::b | instance::c |
        |          | begin group                   | g    | G     | G         |      |            |             |         | table-list  |                |               |         |              |         |       |            |                    | x       |         |             |
        |          | select_one l                  | s1   | S     |           |      |            |             |         | minimal     | randomize=true |               |         |              |         | a.png |            |                    |         |         |             |
        |          | end group                     |      |       |           |      |            |             |         |             |                |               |         |              |         |       |            |                    |         |         |             |
        |          | begin repeat                  | r    | R     |           |      |            |             |         |             |                |               |         | ${n}         |         |       |            |                    |         |         |             |
        |          | integer                       | a    | A ${n}| A         | H    | ${n} > 1   |             | 1 + 1   |             |                |               |         |              | x       |       | . > ${n}   | No ${n}            |         | yes     | v           |
        |          | select_multiple l or_other    | m    | M     |           |      |            |             |         |             |                |               |         |              |         |       |            |                    |         |         |             |
        |          | end repeat                    |      |       |           |      |            |             |         |             |                |               |         |              |         |       |            |                    |         |         |             |
        |          | begin loop over k             | o    | O     |           |      |            |             |         |             |                |               |         |              |         |       |            |                    |         |         |             |
        |          | text                          | t    | %(label)s |       |      |            |             | ${last-saved#n} |     | rows=3         |               |         |              |         |       |            |                    |         |         |             |
        |          | end loop                      |      |       |           |      |            |             |         |             |                |               |         |              |         |       |            |                    |         |         |             |
        |          | integer                       | n    | N     |           |      |            |             |         |             |                |               |         |              |         |       |            |                    |         |         |             |
        |          | range                         | p    | P     |           |      |            |             |         | no-ticks    | start=1 end=11 step=2 tick_labelset=d |   |         |              |         |       |            |                    |         |         |             |
        |          | select_one ${a}               | q    | Q     |           |      |            |             |         |             |                | ${m} = 1      |         |              |         |       |            |                    |         |         |             |
        |          | select_one_from_file f.csv    | f    | F     |           |      |            |             |         |             | value=v        |               |         |              |         |       |            |                    |         |         |             |
        |          | select_one_external e         | e    | E     |           |      |            |             |         |             |                | x=${n}        |         |              |         |       |            |                    |         |         |             |
        |          | geotrace                      | w    | W     |           |      |            |             |         |             | reference-geometry=${r} |      |         |              |         |       |            |                    |         |         |             |
        |          | calculate                     | c    |       |           |      |            | pulldata('f', 'a', 'b', ${n}) |   |     |                |               | ${n}    |              |         |       |            |                    |         |         |             |
        |          | audit                         |      |       |           |      |            |             |         |             | identify-user=true |           |         |              |         |       |            |                    |         |         |             |
        | choices  | list_name | name | label | label::fr | zone |
        |          | l         | 1    | One   | Un        | z    |
        |          | l         | 2    | Two ${n} |        |      |
        |          | k         | oak  | Oak   |           |      |
        |          | k         | elm  | Elm   | Orme      |      |
        |          | d         | 1    | Low   |           |      |
        |          | d         | 11   | High  |           |      |
        | external_choices | list_name | name | label |
        |          | e         | 1    | One   |
        | entities | list_name | label | create_if |
        |          | trees     | ${a}  | ${n} = 1  |
        | settings | form_title | default_language | instance_name | namespaces | attribute::z | flat |
        |          | T          | fr               | ${n}          | k="http://k" | 1          |      |
        """;

    private static readonly string[] Odd =
    [
        "${", "${}", "${n}", "${ n }", "${last-saved#n}", "${r}${g}", "a:b", "-", ".", "..", "/", "'", "\"", "<&>", "%(name)s",
        "%", "instance('x')/y[${n}]", "instance(", "indexed-repeat(${a},${r},1", "pulldata(", "pulldata('", "search('x')",
        "begin group", "end group", "begin repeat", "end repeat", "begin loop over l", "end loop", "select_one", "select_one l",
        "select_one .csv", "select_one_from_file .csv", "select_one ${", "rank l", "osm l", "osm ", "note", "calculate",
        "csv-external", "xml-external", "background-geopoint", "start-geopoint", "meta", "data", "instanceID", "entity", "label",
        "name", "xmlns", "xml:lang", "jr:template", "ref", "::", "label::", "::fr", "label::fr::x", "bind::", "bind::x::y::z",
        "media::x", "media", "body", "instance", "instance::tag", "yes", "no", "table-list", "label", "\uD800", "\u0001", "\uFFFF",
        "É", "١", "0", "1e999", "-1", "NaN", "start==1", "a=b=c", "=", ";,", " ", "x#y#z", "#", "list_name", "type",
    ];

    [Fact]
    public void No_workbook_makes_the_compiler_throw_or_write_broken_XML()
    {
        var seed = MarkdownReader.Read(Seed);
        var dice = new Dice(20261121, 0);
        var written = 0;
        Assert.DoesNotContain(XlsFormCompiler.Compile(seed, new CompileOptions()).Diagnostics, d => d.Severity == Severity.Error);
        for (var i = 0; i < Workbooks; i++)
        {
            var workbook = seed;
            for (var changes = dice.Next(8); changes >= 0; changes--)
            {
                workbook = Change(workbook);
            }

            var form = XlsFormCompiler.Compile(workbook, new CompileOptions());
            if (form.XForm is not null)
            {
                Assert.NotNull(XDocument.Parse(form.XForm).Root);
                written++;
            }
        }

        Assert.True(written > Workbooks / 10, $"Only {written} of the broken workbooks still compile.");

        Workbook Change(Workbook workbook)
        {
            var sheets = workbook.Sheets.ToList();
            var at = dice.Next(sheets.Count);
            var sheet = sheets[at];
            sheets[at] = dice.Next(12) switch
            {
                0 => sheet with { Header = Replace(sheet.Header) },
                1 => sheet with { Name = dice.Of(Odd) },
                2 => sheet with { Rows = [] },
                3 or 4 => sheet with { Rows = sheet.Rows.Where((_, index) => index != dice.Next(sheet.Rows.Count)).ToList() },
                5 => sheet with { Rows = [.. sheet.Rows, .. sheet.Rows.Where(_ => dice.Once(3))] },
                6 => sheet with { Header = [] },
                _ => sheet with { Rows = ReplaceCell(sheet) },
            };
            return new Workbook(sheets);
        }

        List<string?> Replace(IReadOnlyList<string?> cells)
        {
            var changed = cells.ToList();
            if (changed.Count > 0)
            {
                changed[dice.Next(changed.Count)] = dice.Once(6) ? null : dice.Of(Odd);
            }

            return changed;
        }

        List<SheetRow> ReplaceCell(Sheet sheet)
        {
            var rows = sheet.Rows.ToList();
            if (rows.Count > 0)
            {
                var row = dice.Next(rows.Count);
                rows[row] = rows[row] with { Cells = [.. Replace(rows[row].Cells)] };
            }

            return rows;
        }
    }

    [Fact]
    public void A_cell_full_of_references_is_refused() =>
        FormTable.Of($$"""
            | survey | type | name | label |
            |        | text | a    | A     |
            |        | note | b    | {{string.Concat(Enumerable.Repeat("${a}", 1_001))}} |
            """).ShouldFail(DiagnosticCode.LimitExceeded, 3);

    [Fact]
    public void A_workbook_beyond_a_limit_is_given_no_advice() =>
        FormTable.Of($$"""
            | survey | type | name | label | relevant |
            |        | text | a    | A     | nofun(1  |
            |        | note | b    | {{string.Concat(Enumerable.Repeat("${a}", 1_001))}} | nofun(1) |
            """).ShouldHaveOnly(DiagnosticCode.LimitExceeded);

    [Fact]
    public void A_workbook_of_mistakes_gives_a_bounded_list()
    {
        var rows = Enumerable.Range(0, 30_000).Select(i => new SheetRow(i + 2, ["nonsense", $"q{i}"])).ToList();
        var form = XlsFormCompiler.Compile(
            new Workbook([new Sheet("survey", ["type", "name"], rows)]), new CompileOptions());
        Assert.False(form.Succeeded);
        Assert.Equal(DiagnosticList.MaxCount, form.Diagnostics.Count);
    }
}
