namespace Gateway.Benchmarks;

/// <summary>One round of one contender.</summary>
/// <param name="RequestsPerSecond">As the load generator counted.</param>
/// <param name="CpuMicrosecondsPerRequest">User and system time of the contender's process.</param>
/// <param name="P50">Median latency in microseconds.</param>
/// <param name="P99">99th percentile in microseconds.</param>
/// <param name="BytesPerRequest">Managed bytes allocated; null for contenders without a managed heap.</param>
/// <param name="Failures">Answers other than 2xx and socket errors.</param>
internal sealed record Measurement(
    double RequestsPerSecond, double CpuMicrosecondsPerRequest, double P50, double P99, double? BytesPerRequest, long Failures);
