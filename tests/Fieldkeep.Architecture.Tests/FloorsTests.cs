using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

public sealed class FloorsTests
{
    [Fact]
    public void Rooms_use_only_the_rooms_that_floors_txt_lets_them() =>
        Strays.AssertNone(Rooms.Written.StraysOf(Rooms.Server.Types));

    [Fact]
    public void Every_room_in_the_code_has_a_line_in_floors_txt()
    {
        Strays.AssertNone(InTheCode().Except(Rooms.Written.Names, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_line_in_floors_txt_has_a_room_in_the_code() =>
        Strays.AssertNone(Rooms.Written.Names.Except(InTheCode(), StringComparer.Ordinal));

    [Fact]
    public void The_house_has_at_most_ten_floors_and_no_stair_goes_round() =>
        Assert.InRange(Rooms.Written.Names.Max(Rooms.Written.FloorOf), 1, 9);

    [Fact]
    public void The_test_sees_an_arrow_that_is_there()
    {
        // Access asks Database for rows and Kernel for actors: with those lines taken away it must be called a stray.
        var bare = Rooms.Parse(["== Ground", "Kernel :", "Database : Kernel", "== Books", "Access :"]);

        var strays = bare.StraysOf(Rooms.Server.Types.Where(type => Rooms.Of(type.FullName) == "Access")).ToList();

        Assert.Contains(strays, stray => stray.StartsWith("Access → Database (in GrantRows", StringComparison.Ordinal));
        Assert.Contains(strays, stray => stray.StartsWith("Access → Kernel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stair_that_goes_round_is_named()
    {
        var round = Rooms.Parse(["== Ground", "A : B", "B : C", "C : A"]);

        var refusal = Assert.Throws<InvalidOperationException>(() => round.FloorOf("A"));

        Assert.Contains("A → B → C → A", refusal.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> InTheCode() =>
        Rooms.Server.Types.Select(type => Rooms.Of(type.FullName)).OfType<string>().Distinct(StringComparer.Ordinal);
}
