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
    case ["rows"]:
        RowsBenchmark.Run();
        return 0;
    case ["fill", var data, var project]:
        await FillSubmissions.RunAsync(data, long.Parse(project));
        return 0;
    case ["gathered", var data, var project]:
        await FillSubmissions.WaitAsync(data, long.Parse(project));
        return 0;
    default:
        await Console.Error.WriteLineAsync("error: name a benchmark\nhint: seal, compile, instance or rows; fill and gathered belong to script/bench filter and page");
        return 2;
}
