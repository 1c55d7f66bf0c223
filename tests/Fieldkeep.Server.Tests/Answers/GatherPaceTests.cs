using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Gathering;

namespace Fieldkeep.Server.Tests.Answers;

public sealed class GatherPaceTests(TestCluster cluster)
{
    // More than come in a calm second.
    private const int Rush = 105;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly GatherRules Rules = Small with { RushRows = Rush + 5 };

    [Fact]
    public async Task While_very_many_come_in_a_segment_waits_until_there_is_enough_for_the_rush()
    {
        var clock = new StoppedClock();
        await using var server = new TestServer(cluster)
        {
            Replace = services => services.AddSingleton(
                provider => new GatherPace(provider.GetRequiredService<SubmissionWriter>(), clock)),
        };
        await server.InitializeAsync();
        var (_, project, phone) = await server.SurveyAsync();
        await SendAsync(phone, Rush);
        clock.Advance(Second);

        Assert.False(await server.GatherAsync(project, Rules));
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
        await SendAsync(phone, 5);
        Assert.True(await server.GatherAsync(project, Rules));
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project }));

        await server.GatherAllAsync(project, Rules);
        await SendAsync(phone, 5);
        Assert.False(await server.GatherAsync(project, Rules));
        clock.Advance(Second);
        Assert.True(await server.GatherAsync(project, Rules));
    }

    /// <summary>Stands until it is moved: how fast this machine is makes no difference.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        private long _timestamp;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _timestamp);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _timestamp, by.Ticks);
    }
}
