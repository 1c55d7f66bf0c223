using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Kernel;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Jobs;

public sealed class ExportGateTests
{
    private static readonly Actor Maker = new(new ActorId(7), ActorKind.Account, "", Door.Web, null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_has_one_place_and_its_maker_two()
    {
        using var gate = new ExportGate();

        var first = await gate.EnterAsync(Maker, 1, Token);
        var sameLink = gate.EnterAsync(Maker, 1, Token);
        var other = await gate.EnterAsync(Maker, 2, Token);
        var own = gate.EnterAsync(Maker, null, Token);
        using var somebody = await gate.EnterAsync(Maker with { Id = new ActorId(8) }, null, Token);
        Assert.False(sameLink.IsCompleted || own.IsCompleted);

        other.Dispose();
        (await own).Dispose();
        Assert.False(sameLink.IsCompleted);
        first.Dispose();
        (await sameLink).Dispose();
    }

    [Fact]
    public async Task Of_very_many_that_ask_for_one_person_most_are_refused_at_once()
    {
        using var gate = new ExportGate();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = Enumerable.Range(0, 50).Select(_ => gate.EnterAsync(Maker, null, stop.Token)).ToList();

        Assert.Equal((2, 40), (asking.Count(one => one.IsCompletedSuccessfully), asking.Count(one => one.IsFaulted)));
        Assert.Equal("export.busy", (await Assert.ThrowsAsync<ProblemException>(() => asking[^1])).Code);
        await stop.CancelAsync();
    }
}
