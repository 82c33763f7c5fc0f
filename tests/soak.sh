#!/bin/sh
# Runs the soak test for MINUTES (default 10). SEED selects the faults; the default is random and is printed.
# Needs redis-server. Usage: tests/soak.sh [MINUTES [SEED]]
set -eu
cd "$(dirname "$0")/.."
GATEWAY_SOAK_MINUTES="${1:-10}"
export GATEWAY_SOAK_MINUTES
if [ $# -gt 1 ]; then
  GATEWAY_SOAK_SEED="$2"
  export GATEWAY_SOAK_SEED
fi
exec dotnet test tests/Gateway.IntegrationTests --filter "FullyQualifiedName~Gateway.IntegrationTests.Soak" --logger "console;verbosity=detailed"
