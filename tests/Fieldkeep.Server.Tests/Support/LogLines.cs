using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Keeps what the server logged.</summary>
public sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>All lines so far.</summary>
    public string Text => string.Join('\n', _lines);

    /// <summary>Told each line, on the thread of whoever logs it; nobody when null.</summary>
    public Action<string>? Heard { get; set; }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Lines(categoryName, this);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Lines(string category, LogLines of) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{logLevel} {category}: {formatter(state, exception)} {exception}";
            of._lines.Enqueue(line);
            of.Heard?.Invoke(line);
        }
    }
}
