using Fieldkeep.Benchmarks;

// One benchmark a run: what one leaves in memory and in the compiler must not colour the next.
switch (args)
{
    case ["seal"]:
        SealBenchmark.Run();
        return 0;
    case ["compile"]:
        CompileBenchmark.Run();
        return 0;
    case ["instance"]:
        InstanceBenchmark.Run();
        return 0;
    default:
        await Console.Error.WriteLineAsync("error: name a benchmark\nhint: seal, compile or instance");
        return 2;
}
