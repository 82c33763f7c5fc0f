#!/bin/sh
# Kills a gateway with SIGKILL at each step of a refresh, ROUNDS times for each step (default 50), with and without ReuseGrace.
# Usage: tests/kill-points.sh [ROUNDS]
set -eu
cd "$(dirname "$0")/.."
GATEWAY_KILL_ROUNDS="${1:-50}" dotnet test tests/Gateway.IntegrationTests --filter "FullyQualifiedName~KillPointTests" --logger "console;verbosity=detailed"
