using Dapper;

namespace Fieldkeep.Server.Database;

/// <summary>Arguments of a statement from two places: those of the statement, and those of a part that many statements share.</summary>
internal sealed record JoinedArguments(object Own, object Shared)
{
    /// <summary>Gives them as one.</summary>
    public object Join()
    {
        var joined = new DynamicParameters(Own);
        joined.AddDynamicParams(Shared);
        return joined;
    }
}
