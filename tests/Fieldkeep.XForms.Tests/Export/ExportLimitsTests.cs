using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Export;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Export;

/// <summary>
/// Exports forms made to be slow or large. Each test has its own time limit, far above what the work takes and far below
/// what it takes when every part is compared with every other.
/// </summary>
public sealed class ExportLimitsTests
{
    private const int Minute = 60_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Minute)]
    public Task Many_nodes_before_one_repeat_take_no_longer_than_their_number() => ExportAsync(
        Repeat(100_000, i => $"<r><x/></r>") + "<q/>",
        "",
        $"""{Repeat(100_000, i => $"<input ref=\"/data/n{i}\"/>")}<group><label>Loose</label><input ref="/data/q"/></group><repeat nodeset="/data/r"/>""");

    [Fact(Timeout = Minute)]
    public Task Many_selects_of_one_name_take_no_longer_than_their_number() => ExportAsync(
        Repeat(40_000, i => $"<g{i}><a/></g{i}>"),
        "",
        Repeat(40_000, i => $"<select1 ref=\"/data/g{i}/a\"><item><label>{i}</label><value>{i}</value></item></select1>"));

    [Fact(Timeout = Minute)]
    public Task Many_lost_nodes_take_no_longer_than_their_number() => ExportAsync(
        "<a/><meta>" + Repeat(150_000, i => $"<n{i}/>") + "</meta>", "", "");

    [Fact(Timeout = Minute)]
    public Task Many_questions_of_one_list_take_no_longer_than_their_number() => ExportAsync(
        Repeat(20_000, i => $"<a{i}/>"),
        $"<instance id=\"l\"><root>{Repeat(20_000, i => $"<item><name>{i}</name><label>{i}</label></item>")}</root></instance>",
        Repeat(20_000, i => $"<select1 ref=\"/data/a{i}\"><itemset nodeset=\"instance('l')/root/item\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>"));

    [Fact(Timeout = Minute)]
    public async Task A_form_that_grows_beyond_what_can_be_read_is_told_and_not_compiled()
    {
        var exported = await ExportAsync(
            Repeat(1_400, i => $"<a{i}/>"),
            $"<itext>{Repeat(1_400, i => $"<translation lang=\"l{i}\"><text id=\"t{i}\"><value>{i}</value></text></translation>")}</itext>",
            Repeat(1_400, i => $"<input ref=\"/data/a{i}\"><label ref=\"jr:itext('t{i}')\"/></input>"));

        Assert.Contains(exported.Diagnostics, one => one.Code == DiagnosticCode.ExportRefused && one.Message.Contains("64 MiB", StringComparison.Ordinal));
    }

    [Fact(Timeout = Minute)]
    public async Task A_sheet_wider_and_longer_than_memory_is_refused()
    {
        var refused = await Assert.ThrowsAsync<XlsxLimitException>(() => ExportAsync(
            Repeat(12_000, i => $"<a{i}/>"), Repeat(12_000, i => $"<bind nodeset=\"/data/a{i}\" b{i}=\"1\"/>"), ""));

        Assert.Equal("survey", refused.Sheet);
    }

    [Fact]
    public void An_export_nobody_waits_for_any_more_ends()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => XlsFormExporter.Export(ForeignForms.Ordered, null, gone.Token));
    }

    private static Task<ExportedForm> ExportAsync(string nodes, string model, string body) =>
        Task.Run(() => XlsFormExporter.Export(Form(nodes, model, body), null, Token), Token);

    private static string Repeat(int count, Func<int, FormattableString> one)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            text.Append(one(i).ToString(CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    private static string Form(string nodes, string model, string body) => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title>
        <model><instance><data id="t">{nodes}</data></instance>{model}</model></h:head><h:body>{body}</h:body></h:html>
        """;
}
