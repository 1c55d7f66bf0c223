using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Past;
using Xunit;

namespace Fieldkeep.Server.Tests.Past;

/// <summary>Puts a project's settings together from entries, one after the other.</summary>
public sealed class FoldStateTests
{
    [Fact]
    public void What_came_back_from_the_trash_is_no_longer_in_it()
    {
        var state = new FoldState();

        state.Add(Entry(1, "project.create"));
        Assert.False(state.Project?.IsDeleted);
        state.Add(Entry(2, "project.delete"));
        Assert.True(state.Project?.IsDeleted);
        state.Add(Entry(3, "project.restore"));
        Assert.False(state.Project?.IsDeleted);
    }

    private static PastEntry Entry(long id, string action) =>
        new(id, DateTimeOffset.UnixEpoch, new ActorId(1), "Web", action, 5, "project", "5", null, null, IsReadable: true);
}
