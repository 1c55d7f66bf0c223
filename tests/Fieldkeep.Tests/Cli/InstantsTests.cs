using System.Globalization;
using Fieldkeep.Cli;
using Xunit;

namespace Fieldkeep.Tests.Cli;

public sealed class InstantsTests
{
    [Theory]
    [InlineData("2026-11-22 10:15", "2026-11-22T10:15:00.0000000+00:00")]
    [InlineData("2026-11-22T10:15:07", "2026-11-22T10:15:07.0000000+00:00")]
    [InlineData("2026-11-22T10:15:07.123456Z", "2026-11-22T10:15:07.1234560+00:00")]
    [InlineData("2026-11-22 10:15:07.5+02:00", "2026-11-22T08:15:07.5000000+00:00")]
    [InlineData("2026-11-22 10:15-05:30", "2026-11-22T15:45:00.0000000+00:00")]
    public void An_instant_is_read_with_a_zone_or_as_UTC(string text, string expected) =>
        Assert.Equal(expected, Instants.TryRead(text)?.ToString("O", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("02/03")]
    [InlineData("02/03/2026")]
    [InlineData("2026-11-22")]
    [InlineData("10:15")]
    [InlineData("22.11.2026 10:15")]
    [InlineData("2026-11-22 10:15 PM")]
    [InlineData("2026-13-22 10:15")]
    [InlineData("now")]
    [InlineData("")]
    public void Everything_else_is_refused_and_never_guessed(string text) => Assert.Null(Instants.TryRead(text));
}
