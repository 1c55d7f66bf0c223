using System.IO.Compression;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>An export of a form with very much of something takes time in proportion: it may not hold a core for minutes.</summary>
[Collection<MeasuredAlone>]
public sealed class TablesGrowthTests
{
    [Fact]
    public void Columns_are_laid_out_in_time_in_proportion_to_their_number() =>
        Growth.ShouldBeLinear(250, count => Form(count, at => $"<q{at}/>"), LayOut);

    [Fact]
    public void Columns_of_one_name_are_told_apart_in_time_in_proportion_to_their_number() =>
        Growth.ShouldBeLinear(100, count => Form(count, at => $"<g{at}><same/></g{at}>"), LayOut);

    [Fact]
    public void Repeats_are_laid_out_in_time_in_proportion_to_their_number() =>
        Growth.ShouldBeLinear(25, count => Form(count, at => $"<r{at} jr:template=''><a/></r{at}>"), LayOut);

    [Fact]
    public void Sheets_of_one_beginning_are_named_in_time_in_proportion_to_their_number() =>
        Growth.ShouldBeLinear(
            16,
            count => Enumerable.Range(0, count).Select(at => $"a_repeat_of_a_very_long_name_number_{at}").ToList(),
            names =>
            {
                using var zip = new ZipArchive(Stream.Null, ZipArchiveMode.Create);
                var sheets = new XlsxSheets(zip);
                foreach (var name in names)
                {
                    // Nothing waits for anything: the stream takes all at once.
                    var started = sheets.StartAsync(name, [], TestContext.Current.CancellationToken);
                    Assert.True(started.IsCompletedSuccessfully);
                }

                Assert.Equal(names.Count, sheets.Names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
            });

    private static XForm Form(int count, Func<int, string> node) => XFormReader.Read(
        SmallForm.Of($"<instance><data id='f'>{string.Concat(Enumerable.Range(0, count).Select(node))}</data></instance>"));

    private static void LayOut(XForm form)
    {
        var flat = FlatTable.Of(new FormTables([form]), new ColumnOptions(GroupPaths: false, SplitSelectMultiples: true));
        _ = new SavTables(flat, null).VariablesOf(0);
    }
}
