using BenchmarkDotNet.Running;

using Gateway.Benchmarks;

switch (args)
{
    case ["bare-yarp", var url, var origin, .. var meters]:
        await BareYarp.RunAsync(url, origin, withMeters: meters is ["with-meters"]);
        return 0;
    case ["compare", .. var options]:
        return await Comparison.RunAsync(ComparisonOptions.Parse(options));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run(args);
        return 0;
}
