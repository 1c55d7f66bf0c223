namespace Fieldkeep.Server.Accounts;

/// <summary>
/// Tells since when something outside the database waits that somebody sent by a session: whether that was good then is looked at when it is stored, so that
/// none that was may be deleted. Registered by the room that keeps it.
/// </summary>
/// <param name="Since">Sessions that ended before are not meant; null while nothing waits.</param>
internal sealed record SessionsMeantElsewhere(Func<DateTimeOffset?> Since);
