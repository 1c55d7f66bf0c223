using System.Globalization;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>A form with a confidential question of each kind, and a submission with a text in each that stands nowhere else.</summary>
internal sealed class SecretVillage
{
    /// <summary>The form's id.</summary>
    public const string FormId = "secrets";

    /// <summary>What stands in an answer that is not confidential, to see that something was read.</summary>
    public const string Plain = "wells-are-open";

    private readonly string _mark = Guid.CreateVersion7().ToString("n")[20..];

    /// <summary>The project.</summary>
    public required long Project { get; init; }

    /// <summary>The submission.</summary>
    public string InstanceId { get; } = Village.NewId();

    /// <summary>What is in the confidential text.</summary>
    public string Secret => $"kansecret{_mark}";

    /// <summary>What is in a confidential answer of a repeat.</summary>
    public string Note => $"kannote{_mark}";

    /// <summary>What is in the text beside a confidential choice.</summary>
    public string Other => $"kanother{_mark}";

    /// <summary>The name of the confidential photo.</summary>
    public string PhotoName => $"kanphoto{_mark}.jpg";

    /// <summary>What is in the confidential photo.</summary>
    public string PhotoText => $"kanpixels{_mark}";

    /// <summary>What is in the audit.</summary>
    public string Audit => $"kanaudit{_mark}";

    /// <summary>The true latitude of the place.</summary>
    public string Latitude => "3.01" + Digits(_mark, 1);

    /// <summary>The true longitude of the place.</summary>
    public string Longitude => "30.91" + Digits(_mark, 7);

    /// <summary>The latitude at which the path begins.</summary>
    public string PathLatitude => "2.02" + Digits(_mark, 1);

    /// <summary>The longitude at which the path begins.</summary>
    public string PathLongitude => "30.92" + Digits(_mark, 7);

    /// <summary>The true place to five decimals, a metre.</summary>
    public string Place => Latitude[..^3] + "|" + Longitude[..^3];

    /// <summary>Where the path begins, to five decimals.</summary>
    public string Way => PathLatitude[..^3] + "|" + PathLongitude[..^3];

    /// <summary>Everything that nobody without the right may see.</summary>
    public IReadOnlyList<string> All => [Secret, Note, Other, PhotoName, PhotoText, Audit, Latitude, PathLatitude, Place, Way];

    /// <summary>The form; with marks in it unless they are set beside it.</summary>
    public static string Form(string version = "1", bool hasMarks = true)
    {
        var mark = hasMarks ? """fk:confidential="true" """ : "";
        var metres = hasMarks ? """fk:confidential="true" fk:radius="500" """ : "";
        return $"""
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:fk="https://fieldkeep.org/xforms/confidential" xmlns:orx="http://openrosa.org/xforms">
              <h:head><h:title>Secrets</h:title><model><instance><data id="{FormId}" version="{version}">
                <water/><secret/><sum/><child jr:template=""><age/><note/></child><job/><job_other/><photo/><free/><place/><path/><orx:meta><orx:audit/><orx:instanceID/><orx:instanceName/></orx:meta></data></instance>
                <bind nodeset="/data/water" type="string"/><bind nodeset="/data/secret" type="string" {mark}/>
                <bind nodeset="/data/sum" type="string" calculate="concat('about ', /data/secret)"/>
                <bind nodeset="/data/child/age" type="int"/><bind nodeset="/data/child/note" type="string" {mark}/>
                <bind nodeset="/data/job" type="string" {mark}/><bind nodeset="/data/job_other" type="string" {mark}/>
                <bind nodeset="/data/photo" type="binary" {mark}/><bind nodeset="/data/free" type="binary"/>
                <bind nodeset="/data/place" type="geopoint" {metres}/><bind nodeset="/data/path" type="geotrace" {mark}/>
                <bind nodeset="/data/meta/audit" type="binary"/>
                <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/>
                <bind nodeset="/data/meta/instanceName" type="string" calculate="concat(/data/water, /data/secret)"/></model></h:head>
              <h:body><input ref="/data/water"><label>Water</label></input><input ref="/data/secret"><label>Secret</label></input>
                <group ref="/data/child"><label>Child</label><repeat nodeset="/data/child"><input ref="/data/child/age"><label>Age</label></input><input ref="/data/child/note"><label>Note</label></input></repeat></group>
                <input ref="/data/job"><label>Job</label></input><input ref="/data/job_other"><label>Which?</label></input>
                <upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload><upload ref="/data/free" mediatype="image/*"><label>Well</label></upload>
                <input ref="/data/place"><label>Place</label></input><input ref="/data/path"><label>Path</label></input>
              </h:body></h:html>
            """;
    }

    /// <summary>An instance with everything in it.</summary>
    public string Instance(string? instanceId = null, string deprecatedId = "", string? secret = null, string version = "1") => $"""
        <data id="{FormId}" version="{version}" xmlns:orx="http://openrosa.org/xforms"><water>{Plain}</water><secret>{secret ?? Secret}</secret><sum>about {secret ?? Secret}</sum><child><age>4</age><note>{Note}</note></child><child><age>7</age><note/></child><job>other</job><job_other>{Other}</job_other><photo>{PhotoName}</photo><free>well.jpg</free><place>{Latitude} {Longitude} 1100 4.5</place><path>{PathLatitude} {PathLongitude} 0 0;2.03 30.9 0 0</path><orx:meta><orx:audit>audit.csv</orx:audit><orx:instanceID>{instanceId ?? InstanceId}</orx:instanceID>{(deprecatedId.Length > 0 ? $"<orx:deprecatedID>{deprecatedId}</orx:deprecatedID>" : "")}<orx:instanceName>{Plain}{secret ?? Secret}</orx:instanceName></orx:meta></data>
        """;

    /// <summary>The files of the instance.</summary>
    public (string Name, byte[] Content)[] Files =>
    [
        (PhotoName, Encoding.UTF8.GetBytes(PhotoText)), ("well.jpg", "a well"u8.ToArray()),
        ("audit.csv", Encoding.UTF8.GetBytes("event,node,start,end,latitude\n" + Audit)),
    ];

    /// <summary>Makes a project with the form, sends the submission from a phone, and gives it.</summary>
    public static async Task<(SecretVillage Village, CollectClient Phone)> BuildAsync(TestServer server, Browser admin, bool hasMarks = true)
    {
        var village = new SecretVillage { Project = await admin.ProjectAsync() };
        var phone = await server.PhoneAsync(admin, village.Project, Form(hasMarks: hasMarks));
        using var sent = await phone.SubmitAsync(village.Instance(), village.Files);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (village, phone);
    }

    // Six decimals that no other place has; rounded to three of them they are cut, and none of the three falls away.
    private static string Digits(string mark, long times)
    {
        var number = long.Parse(mark[^10..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) * times;
        return FormattableString.Invariant($"{number % 90 + 10}{number / 90 % 9 + 1}{number / 810 % 5}{number / 4050 % 90 + 10}");
    }
}
