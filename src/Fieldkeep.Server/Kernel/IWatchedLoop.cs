namespace Fieldkeep.Server.Kernel;

/// <summary>Work in the background that tells how it goes. Everything that runs for as long as the server does is one.</summary>
internal interface IWatchedLoop
{
    /// <summary>For how long it has failed, or its round has come to no end; null while all is well.</summary>
    TimeSpan? FailingFor { get; }
}
