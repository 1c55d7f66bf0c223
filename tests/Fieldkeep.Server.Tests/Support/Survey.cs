using System.Globalization;
using System.Security;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A form with a question of every type and a repeat.</summary>
internal static class Survey
{
    /// <summary>The form's id.</summary>
    public const string FormId = "survey";

    /// <summary>The form; <paramref name="extra"/> is one more text question.</summary>
    public static string Form(string version = "1", string extra = "") => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Survey</h:title><model><instance><data id="{FormId}" version="{version}">
            <who><name/></who><age/><weight/><born/><met/><at/><consent/><water/><assets/><place/><calc/>{(extra.Length > 0 ? $"<{extra}/>" : "")}
            <child jr:template=""><name/><age/></child><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/who/name" type="string"/><bind nodeset="/data/age" type="int"/><bind nodeset="/data/weight" type="decimal"/>
            <bind nodeset="/data/born" type="date"/><bind nodeset="/data/met" type="dateTime"/><bind nodeset="/data/at" type="time"/>
            <bind nodeset="/data/consent" type="boolean"/><bind nodeset="/data/water" type="string"/><bind nodeset="/data/assets" type="string"/>
            <bind nodeset="/data/place" type="geopoint"/><bind nodeset="/data/calc" type="string"/>
            <bind nodeset="/data/child/name" type="string"/><bind nodeset="/data/child/age" type="int"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/who/name"><label>Name</label></input><input ref="/data/age"><label>Age</label></input>
            <select1 ref="/data/water"><label>Water</label><item><label>Well</label><value>well</value></item></select1>
            <select ref="/data/assets"><label>Assets</label><item><label>Radio</label><value>radio</value></item></select>
            <group ref="/data/child"><label>Children</label><repeat nodeset="/data/child"><input ref="/data/child/name"><label>Name</label></input></repeat></group>
          </h:body></h:html>
        """;

    /// <summary>An instance.</summary>
    public static string Instance(SurveyAnswers answers, string deprecatedId = "", string version = "1", string more = "") => $"""
        <data id="{FormId}" version="{version}"><who><name>{Escape(answers.Name)}</name></who><age>{answers.Age}</age><weight>{answers.Weight?.ToString(CultureInfo.InvariantCulture)}</weight><born>{answers.Born:yyyy-MM-dd}</born><met>{answers.Met?.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture)}</met><at>{answers.At?.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}{(answers.At is null ? "" : "+03:00")}</at><consent>{(answers.Consent is { } consent ? (consent ? "true" : "false") : "")}</consent><water>{answers.Water}</water><assets>{answers.Assets}</assets><place>{answers.Place}</place><calc>{answers.Calc}</calc>{more}{string.Concat(answers.Children.Select(child => $"<child><name>{Escape(child.Name)}</name><age>{child.Age}</age></child>"))}<meta><instanceID>{answers.Id}</instanceID>{(deprecatedId.Length > 0 ? $"<deprecatedID>{deprecatedId}</deprecatedID>" : "")}</meta></data>
        """;

    private static string Escape(string text) => SecurityElement.Escape(text);
}

/// <summary>What someone answered; null or nothing for no answer.</summary>
internal sealed record SurveyAnswers(string Id)
{
    public string Name { get; init; } = "";

    public int? Age { get; init; }

    public decimal? Weight { get; init; }

    public DateOnly? Born { get; init; }

    public DateTimeOffset? Met { get; init; }

    public TimeOnly? At { get; init; }

    public bool? Consent { get; init; }

    public string Water { get; init; } = "";

    public string Assets { get; init; } = "";

    public string Place { get; init; } = "";

    public string Calc { get; init; } = "";

    public IReadOnlyList<(string Name, int? Age)> Children { get; init; } = [];

    /// <summary>How often it was edited.</summary>
    public int Edits { get; init; }
}
