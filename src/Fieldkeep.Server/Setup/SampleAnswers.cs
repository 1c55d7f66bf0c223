using System.Globalization;
using System.Text;

namespace Fieldkeep.Server.Setup;

/// <summary>Makes up filled sample forms: the same number always gives the same answers, and nobody in them exists.</summary>
internal static class SampleAnswers
{
    /// <summary>The form that the answers fit: SampleForm.md, beside this file.</summary>
    public const string FormId = "sample_household_visit";

    private static readonly string[] Districts = ["north", "south", "east"];
    private static readonly string[] Waters = ["tap", "borehole", "truck", "river"];
    private static readonly string[] Needs = ["food", "water", "shelter", "health", "school"];
    private static readonly string[] Notes =
    [
        "", "The path floods after rain.", "Ask for the way at the school.", "A second visit was agreed on.", "The roof needs a new sheet.",
    ];

    /// <summary>Gives the XML of one instance, UTF-8.</summary>
    /// <param name="number">Which one, from 0.</param>
    /// <param name="visited">When the visit began.</param>
    public static byte[] InstanceOf(int number, DateTimeOffset visited)
    {
        var dice = new Dice(number);
        var agrees = dice.Roll(20) > 0;
        var xml = new StringBuilder();
        xml.Append(CultureInfo.InvariantCulture, $"""<data id="{FormId}" version="1" xmlns:orx="http://openrosa.org/xforms">""")
            .Append(CultureInfo.InvariantCulture, $"<start>{Instant(visited)}</start><end>{Instant(visited.AddMinutes(9 + dice.Roll(30)))}</end>")
            .Append(CultureInfo.InvariantCulture, $"<today>{visited:yyyy-MM-dd}</today><household_code>{CodeOf(number)}</household_code>")
            .Append(CultureInfo.InvariantCulture, $"<district>{dice.Pick(Districts)}</district>")
            .Append(CultureInfo.InvariantCulture, $"<place>{-2 + (dice.Roll(40_000) / 10_000m)} {30 + (dice.Roll(40_000) / 10_000m)} {900 + dice.Roll(600)} {3 + dice.Roll(9)}</place>")
            .Append(CultureInfo.InvariantCulture, $"<consent>{(agrees ? "yes" : "no")}</consent>");
        if (agrees)
        {
            AppendHousehold(xml, dice, visited);
        }

        xml.Append(CultureInfo.InvariantCulture, $"<notes>{(agrees ? dice.Pick(Notes) : "")}</notes><orx:meta>")
            .Append(CultureInfo.InvariantCulture, $"<orx:instanceID>uuid:5a3b1e00-0000-4000-8000-{number:x12}</orx:instanceID>")
            .Append(CultureInfo.InvariantCulture, $"<orx:instanceName>{CodeOf(number)}</orx:instanceName></orx:meta></data>");
        return Encoding.UTF8.GetBytes(xml.ToString());
    }

    private static void AppendHousehold(StringBuilder xml, Dice dice, DateTimeOffset visited)
    {
        var needs = string.Join(' ', Needs.Where(_ => dice.Roll(5) < 2));
        xml.Append(CultureInfo.InvariantCulture, $"<living><arrived>{visited.AddDays(-30 - dice.Roll(2000)):yyyy-MM-dd}</arrived>")
            .Append(CultureInfo.InvariantCulture, $"<water>{dice.Pick(Waters)}</water><water_minutes>{dice.Roll(90)}</water_minutes><needs>{needs}</needs></living>");
        for (var member = 1 + dice.Roll(6); member > 0; member--)
        {
            var age = dice.Roll(75);
            var school = age is > 4 and < 19 ? dice.Roll(4) > 0 ? "yes" : "no" : "";
            xml.Append(CultureInfo.InvariantCulture, $"<member><age>{age}</age><sex>{(dice.Roll(2) == 0 ? "female" : "male")}</sex>")
                .Append(CultureInfo.InvariantCulture, $"<in_school>{school}</in_school></member>");
        }
    }

    private static string CodeOf(int number) => string.Create(CultureInfo.InvariantCulture, $"HH-{number + 1:0000}");

    private static string Instant(DateTimeOffset at) => at.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture);

    /// <summary>Numbers that look thrown and are always the same: SplitMix64. Secrets come from Vault, never from here.</summary>
    private sealed class Dice(int seed)
    {
        private ulong _state = unchecked(((ulong)seed + 1) * 0x9E3779B97F4A7C15);

        public int Roll(int sides)
        {
            unchecked
            {
                _state += 0x9E3779B97F4A7C15;
                var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
                return (int)((mixed ^ (mixed >> 31)) % (ulong)sides);
            }
        }

        public string Pick(string[] list) => list[Roll(list.Length)];
    }
}
