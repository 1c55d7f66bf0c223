using Fieldkeep.Server.Exports.Archive;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports;

public sealed class ArchiveNamesTests
{
    [Fact]
    public void No_name_takes_the_place_of_another_wherever_it_is_unpacked()
    {
        var names = new ArchiveNames();
        string[] wanted = ["a:b.jpg", "a/b.jpg", "a_b.jpg", "A_B.JPG", "a_b (2).jpg", "CON", "con.txt", "..", new string('x', 300) + ".csv"];

        var given = wanted.Select(names.Take).ToList();

        Assert.Equal(["a_b.jpg", "a_b (2).jpg", "a_b (3).jpg", "A_B (4).JPG", "a_b (2) (2).jpg", "_CON", "_con.txt", "_", new string('x', 120) + ".csv"], given);
        Assert.Equal(given.Count, given.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }
}
