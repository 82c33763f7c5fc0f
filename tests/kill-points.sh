#!/bin/sh
# SIGKILL at each step of a refresh, 50 times each (or as many as the argument says), without and with the provider's grace.
set -eu
cd "$(dirname "$0")/.."
GATEWAY_KILL_ROUNDS="${1:-50}" dotnet test tests/Gateway.IntegrationTests --filter "FullyQualifiedName~KillPointTests" --logger "console;verbosity=detailed"
