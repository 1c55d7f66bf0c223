using System.Text;
using Fieldkeep.XForms.Conditions;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Tests.Conditions;

/// <summary>A form with a question of every kind, and conditions asked of its instances.</summary>
internal static class VillageForm
{
    private const string Model = """
        <instance><data id="village">
          <region/><size/><note/><total/><visited/><at/><clock/><agreed/><needs/><place/><fence/><fee/>
          <member jr:template=""><name/><age/><skills/><visit jr:template=""><day/></visit></member>
          <pet jr:template=""><kind/></pet>
          <meta><instanceID/></meta>
        </data></instance>
        <bind nodeset="/data/size" type="int"/><bind nodeset="/data/fee" type="decimal"/>
        <bind nodeset="/data/note" type="string"/><bind nodeset="/data/total" type="string" calculate="1 + 1"/>
        <bind nodeset="/data/visited" type="date"/><bind nodeset="/data/at" type="dateTime"/><bind nodeset="/data/clock" type="time"/>
        <bind nodeset="/data/agreed" type="boolean"/><bind nodeset="/data/place" type="geopoint"/><bind nodeset="/data/fence" type="geoshape"/>
        <bind nodeset="/data/member/age" type="int"/><bind nodeset="/data/member/visit/day" type="date"/>
        """;

    private const string Body = """
        <select1 ref="/data/region"><label>Region</label><item><label>N</label><value>north</value></item><item><label>S</label><value>south</value></item></select1>
        <select ref="/data/needs"><label>Needs</label><item><label>F</label><value>food</value></item><item><label>W</label><value>water</value></item><item><label>C</label><value>cash</value></item></select>
        <group ref="/data/member"><label>Member</label><repeat nodeset="/data/member">
          <input ref="/data/member/name"><label>Name</label></input><input ref="/data/member/age"><label>Age</label></input>
          <select ref="/data/member/skills"><label>Skills</label><item><label>F</label><value>farm</value></item><item><label>W</label><value>weave</value></item></select>
          <group ref="/data/member/visit"><label>Visit</label><repeat nodeset="/data/member/visit"><input ref="/data/member/visit/day"><label>Day</label></input></repeat></group>
        </repeat></group>
        <group ref="/data/pet"><label>Pet</label><repeat nodeset="/data/pet"><input ref="/data/pet/kind"><label>Kind</label></input></repeat></group>
        """;

    private static readonly DateTimeOffset Came = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    public static readonly FormTables Tables = new([XFormReader.Read(SmallForm.Of(Model, Body))]);

    public static readonly ConditionFacts Facts = new(12, Came, "approved", null, [3, 4]);

    /// <summary>Tells whether a condition holds for an instance with these nodes below its root.</summary>
    public static bool Holds(string condition, string nodes, ConditionFacts? facts = null) =>
        HoldsFor(condition, $"<data id='village'>{nodes}</data>", facts);

    /// <summary>Tells whether a condition holds for an instance.</summary>
    public static bool HoldsFor(string condition, string xml, ConditionFacts? facts = null)
    {
        using var matcher = new ConditionMatcher(Tables, [Bind(condition)]);
        return matcher.Match(Encoding.UTF8.GetBytes(xml), facts ?? Facts)[0];
    }

    public static BoundCondition Bind(string condition) =>
        ConditionBinder.Bind(ConditionReader.Read(Encoding.UTF8.GetBytes(condition)), Tables);
}
