using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Alerts;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>What is an alert, and when people are told.</summary>
public sealed class WatchedCheckTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly WatchedCheck _check = new("probe");
    private readonly List<(double Minute, AlertEventKind Kind)> _events = [];
    private readonly List<(double Minute, bool IsFailing)> _told = [];

    [Fact]
    public void What_is_bad_once_is_no_alert_and_what_is_bad_twice_is_one()
    {
        See(0, "f o f o o w o");
        Assert.Empty(_events);

        See(10, "f f");
        Assert.Equal([(10.5, AlertEventKind.Opened)], _events);
        Assert.Equal([(10.5, true)], _told);
    }

    [Fact]
    public void Of_a_warning_nobody_is_told_until_it_fails()
    {
        See(0, "w w w f w f f");

        Assert.Equal([(0.5, AlertEventKind.Opened), (3, AlertEventKind.Worsened)], _events);
        Assert.Equal([(3.0, true)], _told);
    }

    [Fact]
    public void It_is_good_again_when_it_stayed_so_and_that_is_told_an_hour_after_the_first_letter()
    {
        See(0, "f f");
        See(1, string.Join(' ', Enumerable.Repeat("o", 200)));

        Assert.Equal([(0.5, AlertEventKind.Opened), (11, AlertEventKind.Closed)], _events);
        Assert.Equal([(0.5, true), (60.5, false)], _told);
    }

    [Fact]
    public void What_comes_and_goes_is_one_alert_and_one_letter_a_day()
    {
        // Bad for two minutes, good for five, for three days.
        for (var minute = 0; minute < (3 * 24 * 60) - 7; minute += 7)
        {
            See(minute, "f f f f o o o o o o o o o o");
        }

        Assert.Equal([(0.5, AlertEventKind.Opened)], _events);
        Assert.Equal(3, _told.Count);
        Assert.All(_told, one => Assert.True(one.IsFailing));
    }

    [Fact]
    public void Whatever_happens_people_are_told_once_an_hour_at_most()
    {
        // Bad for twelve minutes, good for twelve, for a day.
        for (var minute = 0; minute < 24 * 60; minute += 24)
        {
            See(minute, string.Join(' ', Enumerable.Repeat("f", 24)));
            See(minute + 12, string.Join(' ', Enumerable.Repeat("o", 24)));
        }

        Assert.True(_events.Count > 40);
        Assert.True(_told.Zip(_told.Skip(1)).All(pair => pair.Second.Minute - pair.First.Minute >= 60));
    }

    [Fact]
    public void A_failure_is_told_each_day_and_one_that_somebody_knows_of_each_week()
    {
        for (var hour = 0; hour < 24 * 15; hour++)
        {
            See(hour * 60, "f f");
            _check.IsAcknowledged = hour >= 30;
        }

        Assert.Equal([0, 1, 8], _told.Select(one => (int)(one.Minute / 60 / 24)));
    }

    [Fact]
    public void What_eases_is_told_as_recovered_and_stays_an_alert()
    {
        See(0, "f f");
        See(1, string.Join(' ', Enumerable.Repeat("w", 200)));

        Assert.Equal([(0.5, AlertEventKind.Opened), (11, AlertEventKind.Eased)], _events);
        Assert.Equal([(0.5, true), (60.5, false)], _told);
        Assert.NotNull(_check.OpenedAt);
    }

    [Fact]
    public void What_is_told_is_worded_by_what_was_seen_when_it_stood_so()
    {
        See(0, "f f o");
        Assert.Equal((CheckState.Failing, "disk.full"), (_check.Standing, _check.Seen?.Code));

        // Neither by a moment that was worse, nor by one that was better.
        var other = new WatchedCheck("probe");
        other.TakeUp(CheckState.Failing, Start, isBelievedFailing: false, null, CheckOutcome.Failing("disk.very_low"));
        other.Take(CheckOutcome.Ok("disk.ok"), Start);
        Assert.True(other.IsDue(Start));
        Assert.Equal("disk.very_low", other.Seen?.Code);
    }

    [Fact]
    public void After_a_new_start_nothing_is_opened_or_told_twice()
    {
        _check.TakeUp(CheckState.Failing, Start, isBelievedFailing: true, Start);

        See(1, "f f f");
        Assert.Empty(_events);
        Assert.Empty(_told);

        // Told before the stop, good since: people are told that, too.
        var other = new WatchedCheck("probe");
        other.TakeUp(CheckState.Ok, null, isBelievedFailing: true, Start);
        Assert.True(other.IsDue(Start + WatchedCheck.BetweenTellings));
    }

    [Fact]
    public void A_clock_that_was_set_back_keeps_nobody_from_being_told()
    {
        _check.TakeUp(CheckState.Ok, null, isBelievedFailing: false, Start.AddYears(1));

        See(0, "f f");
        Assert.Equal([(0.5, true)], _told);
    }

    // One look each half minute.
    private void See(double minute, string states)
    {
        foreach (var state in states.Split(' '))
        {
            var now = Start.AddMinutes(minute);
            var seen = state switch
            {
                "f" => CheckOutcome.Failing("disk.full"),
                "w" => CheckOutcome.Warning("disk.low"),
                _ => CheckOutcome.Ok("disk.ok"),
            };
            if (_check.Take(seen, now) is { } happened)
            {
                _events.Add((minute, happened.Kind));
            }

            if (_check.IsDue(now))
            {
                _check.Told(now);
                _told.Add((minute, _check.IsBelievedFailing));
            }

            minute += 0.5;
        }
    }
}
