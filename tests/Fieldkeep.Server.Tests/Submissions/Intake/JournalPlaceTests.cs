using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Intake;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

public sealed class JournalPlaceTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("fieldkeep-place-");

    private string Usual => Path.Combine(_data.FullName, "journal");

    private string Other => Path.Combine(_data.FullName, "other");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public void The_first_time_any_folder_will_do_and_what_was_used_last_is_found_again()
    {
        Assert.Equal(Usual, JournalPlace.Choose(_data.FullName, null, leavesOld: false));
        Assert.Equal(Usual, JournalPlace.Find(_data.FullName));
        Serve(Other);

        Assert.Equal(Other, JournalPlace.Find(_data.FullName));
        Assert.Equal(Other, JournalPlace.Choose(_data.FullName, Other, leavesOld: false));
        Assert.Equal("other\n", File.ReadAllText(Path.Combine(_data.FullName, JournalPlace.File)));
    }

    [Theory]
    [InlineData("0000000001.fkj")]
    [InlineData("quarantine/019aa0f27c3e7d118a5b2f0c6d9e4b10.fkq")]
    public void Another_folder_is_refused_while_the_old_one_holds_something_unless_it_is_to_be_left(string file)
    {
        Serve(Usual);
        Assert.Equal(Other, JournalPlace.Choose(_data.FullName, Other, leavesOld: false));
        Directory.CreateDirectory(Path.Combine(Usual, "quarantine"));
        File.WriteAllText(Path.Combine(Usual, file), "");

        var refused = Assert.Throws<JournalException>(() => JournalPlace.Choose(_data.FullName, Other, leavesOld: false));

        Assert.Equal(JournalTrouble.Elsewhere, refused.Reason);
        Assert.Contains(Usual, refused.Message, StringComparison.Ordinal);
        Assert.Equal(Usual, JournalPlace.Choose(_data.FullName, null, leavesOld: false));
        Assert.Equal(Other, JournalPlace.Choose(_data.FullName, Other, leavesOld: true));
    }

    [Fact]
    public void A_place_that_is_gone_is_refused_even_when_it_is_asked_for_again_unless_it_is_to_be_left()
    {
        Serve(Other);
        Directory.Delete(Other, recursive: true);
        Directory.CreateDirectory(Other); // Where its disk was mounted.

        Assert.Throws<JournalException>(() => JournalPlace.Choose(_data.FullName, Other, leavesOld: false));
        Assert.Throws<JournalException>(() => JournalPlace.Choose(_data.FullName, null, leavesOld: false));
        Assert.Equal(Other, JournalPlace.Choose(_data.FullName, Other, leavesOld: true));
    }

    private void Serve(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "lock"), "");
        JournalPlace.Remember(_data.FullName, folder);
    }
}
