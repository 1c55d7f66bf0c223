using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

public sealed class AttemptLimitsTests
{
    private readonly FakeClock _clock = new();
    private readonly AttemptLimits _limits;

    public AttemptLimitsTests() => _limits = new AttemptLimits(_clock);

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
    public void A_hundred_failures_stop_an_address_whatever_the_account()
    {
        Fail(100, number => ($"{number}@example.org", "192.0.2.1"));

        Assert.NotEqual(TimeSpan.Zero, WaitOf("x@example.org", "192.0.2.1"));
        Assert.Equal(TimeSpan.Zero, WaitOf("x@example.org", "192.0.2.2"));
    }

    [Fact]
    public void A_whole_64_of_ipv6_is_one_address()
    {
        Fail(100, number => ($"{number}@example.org", $"2001:db8:1:2:{number:x}::1"));

        Assert.NotEqual(TimeSpan.Zero, WaitOf("x@example.org", "2001:db8:1:2:ffff::9"));
        Assert.Equal(TimeSpan.Zero, WaitOf("x@example.org", "2001:db8:1:3::1"));
    }

    [Fact]
    public void An_attempt_that_succeeds_does_not_count()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            _limits.Begin("a@example.org", "192.0.2.1").Succeeded();
        }

        Assert.Equal(TimeSpan.Zero, WaitOf("a@example.org", "192.0.2.1"));
    }

    [Fact]
    public void A_thousand_attempts_at_once_get_no_more_than_the_budget()
    {
        var passed = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (WaitOf("a@example.org", "192.0.2.1", keep: true) == TimeSpan.Zero)
            {
                Interlocked.Increment(ref passed);
            }
        });

        Assert.Equal(5, passed);
    }

    private void Fail(int times, Func<int, (string Account, string Address)> attempt)
    {
        for (var number = 1; number <= times; number++)
        {
            var (account, address) = attempt(number);
            _limits.Begin(account, address);
        }
    }

    private TimeSpan WaitOf(string account, string address, bool keep = false)
    {
        try
        {
            var attempt = _limits.Begin(account, address);
            if (!keep)
            {
                attempt.Succeeded();
            }

            return TimeSpan.Zero;
        }
        catch (ProblemException problem) when (problem.Code == "session.too_many_attempts")
        {
            return problem.RetryAfter ?? TimeSpan.Zero;
        }
    }
}
