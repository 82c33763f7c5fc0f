#!/bin/sh
# Measures the memory of a gateway with CONNECTIONS (default 100000) in the embedded store: while they are written, and after the next start.
# Usage: tests/memory.sh [CONNECTIONS]
set -eu
cd "$(dirname "$0")/.."
MEMORY_CONNECTIONS="${1:-100000}"
export MEMORY_CONNECTIONS
exec dotnet test tests/Gateway.IntegrationTests --filter "FullyQualifiedName~StoredConnectionsMemoryTests" --logger "console;verbosity=detailed"
