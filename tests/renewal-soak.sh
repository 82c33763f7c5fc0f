#!/bin/sh
# Renewal at full size: 10 000 connections with tokens that live one minute, for five minutes, on a real Redis. Prints the figures.
# Needs redis-server. Environment variables change the numbers: RENEWAL_SOAK_CONNECTIONS=1000 RENEWAL_SOAK_DURATION=60 tests/renewal-soak.sh
set -eu
cd "$(dirname "$0")/.."
RENEWAL_SOAK_REPORT=$(mktemp)
export RENEWAL_SOAK_REPORT
export RENEWAL_SOAK_CONNECTIONS="${RENEWAL_SOAK_CONNECTIONS:-10000}"
export RENEWAL_SOAK_LIFETIME="${RENEWAL_SOAK_LIFETIME:-60}"
export RENEWAL_SOAK_DURATION="${RENEWAL_SOAK_DURATION:-300}"
export RENEWAL_SOAK_RATE="${RENEWAL_SOAK_RATE:-500}"
trap 'rm -f "$RENEWAL_SOAK_REPORT"' EXIT
status=0
dotnet test tests/Gateway.IntegrationTests --filter "FullyQualifiedName~RenewalSoakTests" || status=$?
cat "$RENEWAL_SOAK_REPORT"
exit "$status"
