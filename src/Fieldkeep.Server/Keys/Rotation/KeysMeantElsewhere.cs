namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Tells whether something outside the database is sealed with keys of a project, so that none may be destroyed; registered by the room that keeps it.</summary>
/// <param name="NeedsAsync">Asked with the project's entry in the keyring. True also while that is not known.</param>
internal sealed record KeysMeantElsewhere(Func<Guid, CancellationToken, Task<bool>> NeedsAsync);
