namespace Fieldkeep.Server.Health;

/// <summary>How something stands, from good to bad.</summary>
internal enum CheckState
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>Somebody should look at it, these days.</summary>
    Warning,

    /// <summary>Something does not work, or data is in danger: operators are told.</summary>
    Failing,
}
