using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>Every format says what the instances say, for any form.</summary>
public sealed class FormatsTests
{
    private const string Everything = """
        | survey   | type                       | name    | label::English | label::French | relevant |
        |          | text                       | place   | Place          | Lieu          |          |
        |          | integer                    | size    | Size           | Taille        |          |
        |          | decimal                    | weight  | Weight         | Poids         |          |
        |          | date                       | born    | Born           | Né            |          |
        |          | time                       | at      | At             | À             |          |
        |          | dateTime                   | seen    | Seen           | Vu            |          |
        |          | begin group                | where   | Where          | Où            |          |
        |          | geopoint                   | point   | Point          | Point         |          |
        |          | geotrace                   | trace   | Trace          | Trace         |          |
        |          | geoshape                   | shape   | Shape          | Surface       |          |
        |          | end group                  |         |                |               |          |
        |          | select_one yes             | ok      | All well       | Tout va bien  |          |
        |          | select_one codes           | code    | Code           | Code          |          |
        |          | select_multiple yes        | several | Several        | Plusieurs     |          |
        |          | begin repeat               | member  | Member         | Membre        |          |
        |          | text                       | name    | Name           | Nom           |          |
        |          | integer                    | age     | Age            | Âge           |          |
        |          | geopoint                   | home    | Home           | Maison        |          |
        |          | begin repeat               | job     | Job            | Métier        |          |
        |          | text                       | what    | What           | Quoi          |          |
        |          | end repeat                 |         |                |               |          |
        |          | end repeat                 |         |                |               |          |
        | choices  | list_name | name          | label::English | label::French |
        |          | yes       | y             | Yes            | Oui           |
        |          | yes       | no_answer_yet | Not yet        | Pas encore    |
        |          | codes     | 1             | One            | Un            |
        |          | codes     | 20            | Twenty         | Vingt         |
        | settings | form_id | version | default_language |
        |          | all     | 1       | English          |
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_comes_out_of_every_format()
    {
        var form = XFormReader.Read(XlsFormCompiler.Compile(MarkdownReader.Read(Everything), new CompileOptions()).XForm ?? "");
        var places = 0;
        for (var seed = 0u; seed < 40; seed++)
        {
            places += await RequireAsync(form, seed, instances: 6);
        }

        Assert.True(places > 700, $"Only {places} places were on maps.");
    }

    [Fact]
    public async Task Every_answer_to_real_forms_comes_out_of_every_format()
    {
        var folder = ConformanceFolder.Require("xlsform/real");
        var files = Directory.GetFiles(folder, "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var forms = 0;
        foreach (var file in files)
        {
            if (Find(await File.ReadAllTextAsync(file, Token)) is { } form)
            {
                forms++;
                try
                {
                    await RequireAsync(form, (uint)forms, instances: 2);
                }
                catch (Exception problem)
                {
                    throw new InvalidOperationException(Path.GetFileName(file), problem);
                }
            }
        }

        Assert.True(forms >= 208, $"Only {forms} forms were read.");
    }

    private static XForm? Find(string xml) => xml.Contains("<h:html", StringComparison.Ordinal) ? XFormReader.Read(xml) : null;

    private static async Task<int> RequireAsync(XForm form, uint seed, int instances)
    {
        var check = new FormatCheck(form, new Dice(seed, 0), instances);
        check.RequireCsv();
        check.RequireJson();
        await check.RequireXlsxAsync(Token);
        await check.RequireSavAsync(Token);
        return check.RequireMaps();
    }
}
