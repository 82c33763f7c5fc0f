#!/usr/bin/env bash
# Compares the gateway with YARP and nginx on one pinned core. "compare.sh telemetry" compares the gateway with sampled traces, with metrics
# only and without telemetry; "compare.sh inline" adds the runtime's inline socket completions. Needs Linux with two cores, the .NET SDK,
# wrk, nginx and taskset (Debian: apt-get install wrk nginx-light util-linux). Options: --rounds 5 --seconds 6 --warmup 12 --connections 32
set -euo pipefail
cd "$(dirname "$0")"
dotnet build -c Release --nologo -v quiet
exec dotnet bin/Release/net10.0/Gateway.Benchmarks.dll compare "$@"
