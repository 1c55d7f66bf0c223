using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.XForms.Confidentiality;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

public sealed class PlaceMaskTests
{
    private static readonly MaskNoise First = (message, mac) => HMACSHA256.HashData("first"u8, message, mac);
    private static readonly MaskNoise Second = (message, mac) => HMACSHA256.HashData("second"u8, message, mac);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15.5, 32.5)]
    [InlineData(-33.9, 179.9999)]
    [InlineData(69.7, -179.99)]
    [InlineData(-88.99, 12)]
    public void A_point_moves_by_at_least_a_fifth_of_the_radius_and_at_most_all_of_it(double latitude, double longitude)
    {
        var nearest = double.MaxValue;
        var farthest = 0.0;
        for (var row = 0; row < 300; row++)
        {
            var shown = new PlaceMask($"uuid:{row}", First).Displace(FormattableString.Invariant($"{latitude} {longitude} 12 4.5"), 1000, "/data/home");
            var metres = Metres(latitude, longitude, shown);
            nearest = Math.Min(nearest, metres);
            farthest = Math.Max(farthest, metres);
        }

        // The comparison here is by the local radius, good to 0.1 % at this distance.
        Assert.InRange(nearest, 199, 390);
        Assert.InRange(farthest, 810, 1001);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.0001, -180)]
    [InlineData(15.5, 32.5)]
    [InlineData(-33.9, 179.9999)]
    [InlineData(88.99, 7)]
    public void It_stays_between_the_two_wherever_in_a_cell_it_is_and_whatever_the_radius(double latitude, double longitude)
    {
        foreach (var radius in new[] { 50.0, 500, 20_000 })
        {
            for (var at = 0; at < 400; at++)
            {
                // Steps of a fifteenth of a cell, through several cells.
                var north = latitude - (at % 20 * radius / 8 / 15 / 111_300);
                var east = longitude + (at / 20 * radius / 8 / 15 / (111_300 * Math.Cos(latitude * Math.PI / 180)));
                east = east > 180 ? east - 360 : east;
                var shown = new PlaceMask("uuid:1", First).Displace(FormattableString.Invariant($"{north} {east}"), radius, "/data/home");
                Assert.InRange(Metres(north, east, shown), (0.2 * radius) - (0.002 * radius), radius * 1.002);
            }
        }
    }

    [Fact]
    public void Points_of_one_cell_are_shown_at_one_place_and_corrections_tell_neither_direction_nor_distance()
    {
        var mask = new PlaceMask("uuid:1", First);
        var shown = Enumerable.Range(0, 200).Select(step => mask.Displace(FormattableString.Invariant($"{15.5 + (step * 0.00001)} 32.5"), 500, "/data/child/home"));

        // 200 steps of 1.1 m through cells of 62.5 m: at most five places, none of which follows the step before.
        Assert.InRange(shown.Distinct().Count(), 3, 5);
        Assert.NotEqual(mask.Displace("15.5 32.5", 500, "/data/home"), mask.Displace("15.5 32.5", 500, "/data/home", turn: 1));
        Assert.NotEqual(mask.Displace("15.5 32.5", 500, "/data/home"), mask.Displace("15.5 32.5", 2000, "/data/home"));
        Assert.Null(mask.Displace("15.5 32.5", 0, "/data/home"));
        Assert.Null(mask.Displace("15.5 32.5", double.NaN, "/data/home"));
        Assert.Null(mask.Displace("89.5 32.5", 500, "/data/home"));
    }

    [Fact]
    public void The_same_row_is_shown_at_the_same_place_and_other_rows_questions_and_projects_are_not()
    {
        const string Home = "15.5 32.5";
        var shown = new PlaceMask("uuid:1", First).Displace(Home, 500, "/data/home");

        Assert.Equal(shown, new PlaceMask("uuid:1", First).Displace("15.5 32.5 400 4", 500, "/data/home"));
        Assert.NotEqual(shown, new PlaceMask("uuid:2", First).Displace(Home, 500, "/data/home"));
        Assert.NotEqual(shown, new PlaceMask("uuid:1", First).Displace(Home, 500, "/data/work"));
        Assert.NotEqual(shown, new PlaceMask("uuid:1", Second).Displace(Home, 500, "/data/home"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("here")]
    [InlineData("1")]
    [InlineData("91 0")]
    [InlineData("0 181")]
    [InlineData("NaN 0")]
    [InlineData("1 2;3 4")]
    [InlineData("1 2 3 4 5")]
    public void What_is_no_point_is_withheld(string answer) => Assert.Null(new PlaceMask("uuid:1", First).Displace(answer, 500, "/data/home"));

    [Fact]
    public void Vincentys_own_example_comes_out()
    {
        // Geoscience Australia's worked example (GDA technical manual), Flinders Peak to Buninyong, on an ellipsoid nearly WGS 84.
        var (latitude, longitude) = PlaceMask.Destination(-37.95103341, 144.42486789, 306.86815833 * Math.PI / 180, 54972.271);

        Assert.Equal(-37.65282114, latitude, 6);
        Assert.Equal(143.92649553, longitude, 6);
    }

    private static double Metres(double latitude, double longitude, string? shown)
    {
        Assert.NotNull(shown);
        var parts = shown.Split(' ');
        Assert.Equal([5, 5], parts.Select(part => part.Length - part.IndexOf('.', StringComparison.Ordinal) - 1));
        var phi = latitude * Math.PI / 180;
        var e2 = 0.00669437999014;
        var w = Math.Sqrt(1 - (e2 * Math.Sin(phi) * Math.Sin(phi)));
        var (n, m) = (6378137 / w, 6378137 * (1 - e2) / (w * w * w));
        var (other, east) = (double.Parse(parts[0], CultureInfo.InvariantCulture) * Math.PI / 180, double.Parse(parts[1], CultureInfo.InvariantCulture));
        var lambda = Math.IEEERemainder(east - longitude, 360) * Math.PI / 180;

        // Chords along the meridian and along the parallel midway, which is right near the poles, too.
        return Math.Sqrt(Math.Pow((other - phi) * m, 2) + (4 * n * n * Math.Cos(phi) * Math.Cos(other) * Math.Pow(Math.Sin(lambda / 2), 2)));
    }
}
