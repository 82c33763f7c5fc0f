using BenchmarkDotNet.Running;

using Gateway.Benchmarks;

switch (args)
{
    case ["bare-yarp", var url, var origin]:
        await BareYarp.RunAsync(url, origin);
        return 0;
    case ["compare", .. var options]:
        return await Comparison.RunAsync(ComparisonOptions.Parse(options));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run(args);
        return 0;
}
