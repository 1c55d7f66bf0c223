namespace Fieldkeep.Server;

/// <summary>Another server serves the database: only one may.</summary>
public sealed class ServedElsewhereException(string? server) : Exception(
    $"another server{(server is null ? "" : $", {server},")} uses this database: only one may");
