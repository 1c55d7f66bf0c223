using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.Attempts;

public sealed class AttemptWindowTests
{
    private readonly FakeClock _clock = new();
    private readonly AttemptWindow _window;

    public AttemptWindowTests() => _window = new AttemptWindow(_clock);

    [Fact]
    public void Five_failures_of_one_account_from_one_address_stop_it_there_and_nowhere_else()
    {
        Fail(5, _ => ("a@example.org", "192.0.2.1"));

        Assert.InRange(WaitOf("a@example.org", "192.0.2.1"), TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        Assert.Equal(TimeSpan.Zero, WaitOf("a@example.org", "192.0.2.2"));
        Assert.Equal(TimeSpan.Zero, WaitOf("b@example.org", "192.0.2.1"));
    }

    [Fact]
    public void The_window_slides_so_that_time_alone_opens_the_door_again()
    {
        Fail(5, _ => ("a@example.org", "192.0.2.1"));
        _clock.Advance(TimeSpan.FromMinutes(15));

        Assert.Equal(TimeSpan.Zero, WaitOf("a@example.org", "192.0.2.1"));
    }

    [Fact]
    public void Failures_of_one_account_from_many_addresses_wait_longer_and_longer()
    {
        Fail(10, number => ("a@example.org", $"192.0.2.{number}"));
        var first = WaitOf("a@example.org", "198.51.100.1");
        _clock.Advance(first);
        Fail(1, _ => ("a@example.org", "198.51.100.2"));
        var second = WaitOf("a@example.org", "198.51.100.3");

        Assert.InRange(first, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.InRange(second, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void A_hundred_failures_stop_an_address_whatever_is_guessed()
    {
        for (var number = 0; number < 100; number++)
        {
            Begin(LimitSets.OfGuess($"door {number}", "192.0.2.1"), "");
        }

        Assert.NotEqual(TimeSpan.Zero, WaitOf("x@example.org", "192.0.2.1"));
        Assert.Equal(TimeSpan.Zero, WaitOf("x@example.org", "192.0.2.2"));
    }

    [Theory]
    [InlineData("2001:db8:1:2:{0:x}::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2")]
    public void A_64_of_ipv6_is_one_address_and_a_mapped_one_is_the_one_of_ipv4(string from, string same, string another)
    {
        for (var number = 0; number < 100; number++)
        {
            Begin(LimitSets.OfGuess($"door {number}", string.Format(null, from, number)), "");
        }

        Assert.NotEqual(TimeSpan.Zero, WaitOf("x@example.org", same));
        Assert.Equal(TimeSpan.Zero, WaitOf("x@example.org", another));
    }

    [Theory]
    [InlineData("192.0.2.{0}", "192.0.2.200", "192.0.3.1")]
    [InlineData("2001:db8:1:{0}::1", "2001:db8:1:ff::1", "2001:db8:2::1")]
    public void A_thousand_failures_stop_a_network(string from, string same, string another)
    {
        for (var number = 0; number < 1000; number++)
        {
            Begin(LimitSets.OfGuess($"door {number}", string.Format(null, from, number % 100)), "");
        }

        Assert.NotEqual(TimeSpan.Zero, WaitOf("x@example.org", same));
        Assert.Equal(TimeSpan.Zero, WaitOf("x@example.org", another));
    }

    [Fact]
    public void Failures_at_twenty_accounts_stop_an_address_for_further_ones_for_an_hour()
    {
        Fail(20, number => ($"{number}@example.org", "192.0.2.1"));
        _clock.Advance(TimeSpan.FromMinutes(20));

        Assert.InRange(WaitOf("x@example.org", "192.0.2.1"), TimeSpan.FromMinutes(39), TimeSpan.FromMinutes(40));
        Assert.Equal(TimeSpan.Zero, WaitOf("7@example.org", "192.0.2.1"));
        Assert.Equal(TimeSpan.Zero, WaitOf("x@example.org", "192.0.2.2"));
    }

    [Fact]
    public void A_class_of_forty_that_signs_in_at_once_is_not_taken_for_an_attack()
    {
        var (passed, busy) = (new List<(Limit[] Limits, Guid Id)>(), 0);
        for (var person = 0; person < 40; person++)
        {
            var limits = LimitSets.OfPassword($"{person}@example.org", "192.0.2.1");
            var id = Guid.CreateVersion7();
            var verdict = _window.Begin(limits, id, $"{person}@example.org");
            Assert.Equal(TimeSpan.Zero, verdict.Wait);
            if (verdict.Passes)
            {
                passed.Add((limits, id));
            }

            busy += verdict.IsBusy ? 1 : 0;
        }

        Assert.Equal(20, passed.Count);
        Assert.Equal(20, busy);
        passed.ForEach(one => _window.TakeBack(one.Limits, one.Id));
        Assert.True(_window.Look(LimitSets.OfPassword("39@example.org", "192.0.2.1"), "39@example.org").Passes);
    }

    [Fact]
    public void A_known_device_has_a_counter_of_its_own()
    {
        Fail(10, number => ("a@example.org", $"192.0.2.{number % 3}"));
        var device = LimitSets.OfDevice("a@example.org", "device", "192.0.2.9");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.True(_window.Look(device, "a@example.org").Passes);
            Begin(device, "a@example.org");
        }

        Assert.NotEqual(TimeSpan.Zero, _window.Look(device, "a@example.org").Wait);
        Assert.True(_window.Look(LimitSets.OfDevice("a@example.org", "another", "192.0.2.9"), "a@example.org").Passes);
    }

    [Fact]
    public void Many_known_devices_of_one_account_get_twenty_guesses_together()
    {
        for (var number = 0; number < 20; number++)
        {
            FailWith(LimitSets.OfDevice("a@example.org", $"device {number}", $"192.0.2.{number}"), "a@example.org");
        }

        var next = LimitSets.OfDevice("a@example.org", "device 20", "192.0.2.20");
        Assert.NotEqual(TimeSpan.Zero, _window.Look(next, "a@example.org").Wait);
        Assert.True(_window.Look(LimitSets.OfDevice("b@example.org", "device 20", "192.0.2.20"), "b@example.org").Passes);
    }

    [Fact]
    public void Known_devices_count_for_their_address()
    {
        for (var number = 0; number < 100; number++)
        {
            FailWith(LimitSets.OfDevice($"{number}@example.org", "device", "192.0.2.1"), $"{number}@example.org");
        }

        Assert.NotEqual(TimeSpan.Zero, _window.Look(LimitSets.OfDevice("a@example.org", "device", "192.0.2.1"), "a@example.org").Wait);
        Assert.True(_window.Look(LimitSets.OfDevice("a@example.org", "device", "192.0.2.2"), "a@example.org").Passes);
    }

    private void FailWith(Limit[] limits, string account)
    {
        var id = Guid.CreateVersion7();
        Assert.True(_window.Begin(limits, id, account).Passes);
        _window.Fail(limits, id);
    }

    [Fact]
    public void An_attempt_whose_process_is_gone_counts_as_failed_after_a_minute()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            _window.Begin(LimitSets.OfPassword("a@example.org", "192.0.2.1"), Guid.CreateVersion7(), "a@example.org");
        }

        Assert.Equal(TimeSpan.Zero, WaitOf("a@example.org", "192.0.2.1"));
        _clock.Advance(AttemptJudge.LongestOpen);
        Assert.NotEqual(TimeSpan.Zero, WaitOf("a@example.org", "192.0.2.1"));
    }

    [Fact]
    public void What_is_forgotten_of_one_account_is_kept_of_the_others()
    {
        Fail(5, _ => ("a@example.org", "192.0.2.1"));
        Fail(5, _ => ("b@example.org", "192.0.2.1"));
        _window.Forget(new HashSet<string> { "a@example.org" });

        Assert.Equal(TimeSpan.Zero, WaitOf("a@example.org", "192.0.2.1"));
        Assert.NotEqual(TimeSpan.Zero, WaitOf("b@example.org", "192.0.2.1"));
    }

    private void Fail(int times, Func<int, (string Account, string Address)> attempt)
    {
        for (var number = 1; number <= times; number++)
        {
            var (account, address) = attempt(number);
            Begin(LimitSets.OfPassword(account, address), account);
        }
    }

    private void Begin(Limit[] limits, string account)
    {
        var id = Guid.CreateVersion7();
        _window.Begin(limits, id, account);
        _window.Fail(limits, id);
    }

    private TimeSpan WaitOf(string account, string address) =>
        _window.Look(LimitSets.OfPassword(account, address), account).Wait;
}
